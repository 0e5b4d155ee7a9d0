/**
 * parallelMap on two processors, which are real threads.
 */
import { runtime } from "gort";
import { mapContract } from "./map-contract.ts";

runtime.gomaxprocs(2);
mapContract("two processors");
