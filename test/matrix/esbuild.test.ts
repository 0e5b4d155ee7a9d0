/**
 * Portable goroutines from single-file bundles of esbuild.
 */
import { bundlesOf } from "./bundles.ts";

bundlesOf("esbuild");
