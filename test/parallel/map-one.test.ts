/**
 * parallelMap while there is one processor: the same results.
 */
import { runtime } from "gort";
import { mapContract } from "./map-contract.ts";

runtime.gomaxprocs(1);
mapContract("one processor");
