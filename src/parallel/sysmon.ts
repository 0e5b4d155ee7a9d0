/**
 * sysmon: a thread that owns no processor, and prints how the scheduler is doing each so many milliseconds (schedtrace).
 *
 *   GORT_DEBUG=schedtrace=MS                 a line each MS milliseconds, from the program's first goroutine on
 *   GORT_DEBUG=schedtrace=MS,scheddetail=1   with a line for each processor, machine and goroutine
 *   gort run --schedtrace MS                 the same as the first
 *
 * It only reads shared memory and writes to standard error, so it goes on while every other thread computes. It runs none of gort's code but one function, which it is given as text: there is no file that a bundler could lose, and a
 * program in one file is not run a second time. It keeps no process alive.
 *
 * Goroutines are in no memory that it sees. With details each machine tells it of its own by message, when its event loop turns; one that computes is listed as it was, but for the goroutine that runs, whose number it publishes.
 *
 * Go: runtime/proc.go (sysmon, schedtrace).
 */
import { Worker } from "node:worker_threads";
import { keepShared } from "../runtime/account.ts";
import { debugSwitch } from "../runtime/debug.ts";
import { printError } from "../runtime/exit.ts";
import { now } from "../runtime/kernel.ts";
import { p } from "../runtime/processor.ts";
import { showProcs } from "../runtime/procs.ts";
import { watching } from "../runtime/scheduler.ts";
import { G } from "../runtime/status.ts";
import { reasonText } from "../runtime/wait-reason.ts";
import { HOME } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { home } from "../shm/region.ts";
import { type Listed, type Memory, PLACES, schedtrace } from "./schedtrace.ts";
import { isElsewhere } from "./task.ts";

/** Where machines send their lists. A channel of this name is within the process. */
const CHANNEL = "gort sysmon";
/** A machine with more goroutines lists the first. */
const MOST_LISTED = 10_000;
const LONGEST_MS = 0x7fffffff;

let started = false;

/** A number of milliseconds as it is written behind schedtrace; undefined for what is none. */
export function parsePeriod(text: string): number | undefined {
  const ms = /^[0-9]+$/.test(text) ? Number(text) : 0;
  return ms >= 1 && ms <= LONGEST_MS ? ms : undefined;
}

/** Prints each `periodMs`, from now on. */
export function startSchedtrace(periodMs: number): void {
  if (started) return;
  started = true;
  keepShared(self.machine);
  showProcs();
  const { shared } = home();
  try {
    new Worker(SOURCE, {
      eval: true,
      workerData: { shared, places: PLACES, channel: CHANNEL, periodMs, isDetailed: isDetailed() },
      name: "gort sysmon",
      // Nothing of the program's: neither its loaders nor what it preloads.
      execArgv: [],
      env: {},
    }).unref();
  } catch {
    // No threads to be had (a permission): this one prints, when its event loop turns.
    printHere(periodMs);
  }
  if (isDetailed()) tellSysmon(periodMs);
}

/** The switch; what it says that is no number of milliseconds is told once, and 0 is off, as in Go. */
function startAsAsked(): void {
  const text = debugSwitch("schedtrace");
  if (text === undefined || text === "0") return;
  const periodMs = parsePeriod(text);
  if (periodMs === undefined) {
    printError(
      `gort: GORT_DEBUG=schedtrace needs an integer of at least 1 (milliseconds), got ${JSON.stringify(text)}`,
    );
    return;
  }
  startSchedtrace(periodMs);
}

/** This thread is a machine that another one has started: that one has sysmon. */
export function startedElsewhere(): void {
  started = true;
  watching.first = () => {};
  const periodMs = parsePeriod(debugSwitch("schedtrace") ?? "");
  if (periodMs !== undefined && isDetailed()) tellSysmon(periodMs);
}

function isDetailed(): boolean {
  return Number(debugSwitch("scheddetail")) > 0;
}

function tellSysmon(periodMs: number): void {
  const channel = new BroadcastChannel(CHANNEL);
  (channel as unknown as { unref(): void }).unref();
  const tell = (): void => channel.postMessage([self.machine, ownList()]);
  tell();
  setInterval(tell, periodMs).unref();
}

/** Go's numbers for our states (status.ts). */
const GO_STATUS: readonly number[] = [0, 1, 2, 4, 3, 6, 2];

function ownList(): Listed[] {
  const list: Listed[] = [];
  for (const g of p.slots) {
    if (g === undefined || g.id === 0 || g.state === G.dead || isElsewhere(g)) continue;
    if (list.length === MOST_LISTED) break;
    list.push([g.id, GO_STATUS[g.state] ?? 0, g.reason === 0 ? "" : reasonText(g.reason)]);
  }
  return list;
}

function printHere(periodMs: number): void {
  const { words, doubles } = home();
  const from = now();
  const memory: Memory = { fromMs: from, atMs: from, busyMs: [] };
  const lists = isDetailed() ? [] : undefined;
  const print = (): void => {
    if (lists !== undefined) (lists as Listed[][])[self.machine] = ownList();
    printError(schedtrace(words, doubles, PLACES, words[HOME.procs] as number, now(), memory, lists));
  };
  print();
  setInterval(print, periodMs).unref();
}

watching.first = startAsAsked;

/** What the thread runs. */
const SOURCE = `"use strict";
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const { shared, places, channel, periodMs, isDetailed } = workerData;
const schedtrace = ${schedtrace.toString()};
const words = new Int32Array(shared);
const doubles = new Float64Array(shared, 0, Math.floor(shared.byteLength / 8));
const from = performance.now();
const memory = { fromMs: from, atMs: from, busyMs: [] };
const lists = isDetailed ? [] : undefined;
function print() {
  const text = schedtrace(words, doubles, places, words[places.home.procs], performance.now(), memory, lists);
  let rest = Buffer.from(text);
  for (let tries = 0; rest.length > 0 && tries < 10000; tries++) {
    try { rest = rest.subarray(writeSync(2, rest)); } catch (error) { if (error.code !== "EAGAIN") return; }
  }
}
if (isDetailed) {
  const inbox = new BroadcastChannel(channel);
  inbox.onmessage = ({ data: [machine, list] }) => { lists[machine] = list; };
  inbox.unref();
}
print();
setInterval(print, periodMs);
`;
