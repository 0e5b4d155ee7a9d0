/**
 * Portable goroutines from single-file bundles of rolldown.
 */
import { bundlesOf } from "./bundles.ts";

bundlesOf("rolldown");
