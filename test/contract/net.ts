/**
 * What every network must do, a real one or one in memory: one suite that each transport passes.
 *
 * Split by subject: connecting, waiting, reading, lines, writing, ending, deadlines, serve, load. Go: package net, bufio.
 */
import { connectingContract } from "./net-connecting.ts";
import { deadlineContract } from "./net-deadlines.ts";
import { endingContract } from "./net-ending.ts";
import { linesContract } from "./net-lines.ts";
import { loadContract } from "./net-load.ts";
import { readingContract } from "./net-reading.ts";
import { serveContract } from "./net-serve.ts";
import { serveEndContract } from "./net-serve-end.ts";
import type { Net } from "./net-support.ts";
import { waitingContract } from "./net-waiting.ts";
import { writingContract } from "./net-writing.ts";

/** Registers the whole contract for one network. */
export function netContract(net: Net): void {
  connectingContract(net);
  waitingContract(net);
  readingContract(net);
  linesContract(net);
  writingContract(net);
  endingContract(net);
  deadlineContract(net);
  serveContract(net);
  serveEndContract(net);
  loadContract(net);
}
