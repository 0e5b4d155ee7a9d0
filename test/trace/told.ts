/**
 * What a trace says, in words: the steps of a program as Go's execution tracer tells them, one a line.
 *
 *   main makes ponger            main waits, chan send        main gives way
 *   ponger wakes main            ponger has ended             host wakes main
 */

import { last, start, stop } from "gort/trace";
import { clock } from "#src/runtime/clock.ts";
import { G } from "#src/runtime/status.ts";
import { reasonText } from "#src/runtime/wait-reason.ts";
import { Kind, RunEnd } from "#src/trace/events.ts";
import { type MachineTrace, readTrace, type Trace } from "#src/trace/reader.ts";

/** One event, in words and numbers. */
export interface Event {
  readonly kind: (typeof KINDS)[number];
  readonly time: number;
  readonly reason: string;
  readonly name: string;
  readonly a: number;
  readonly b: number;
  /** Of a run: how long, and how it ended. */
  readonly length: number;
  readonly end: number;
}

const KINDS = [
  "none",
  "sync",
  "run",
  "create",
  "unblock",
  "status",
  "steal",
  "regionBegin",
  "regionEnd",
  "taskBegin",
  "taskEnd",
  "log",
  "gap",
  "mark",
] as const;

/** The events of one machine, in the order of time. */
export function eventsOf({ events, names }: MachineTrace): Event[] {
  const found: Event[] = [];
  for (let i = 0; i < events.count; i++) {
    const kind = events.kinds[i] as number;
    const b = events.bs[i] as number;
    found.push({
      kind: KINDS[kind] as Event["kind"],
      time: events.times[i] as number,
      reason: (events.reasons[i] as number) === 0 ? "" : reasonText(events.reasons[i] as number),
      name: names[events.names[i] as number] as string,
      a: events.as[i] as number,
      b,
      length: kind === Kind.run ? b >>> 3 : kind === Kind.gap ? b : 0,
      end: kind === Kind.run ? b & 7 : -1,
    });
  }
  return found;
}

/** The events of a process with one thread. */
export function eventsIn(bytes: Uint8Array): Event[] {
  const { machines } = readTrace(bytes);
  return machines.length === 0 ? [] : eventsOf(machines[0] as MachineTrace);
}

/** The names of goroutines, by number, from all threads. */
export function namesIn(trace: Trace): Map<number, string> {
  const found = new Map<number, string>([[0, "host"]]);
  for (const machine of trace.machines) {
    for (const { kind, a, name } of eventsOf(machine)) {
      if ((kind === "create" || kind === "status") && name !== "") found.set(a, name);
    }
  }
  return found;
}

/** The steps that one thread has made. */
export function stepsOf(trace: Trace, machine: MachineTrace): string[] {
  const names = namesIn(trace);
  const who = (id: number): string => names.get(id) ?? `goroutine ${id}`;
  const steps: string[] = [];
  let running: Event | null = null;
  const over = (): void => {
    if (running === null) return;
    const name = who(running.a);
    const { end, reason } = running;
    running = null;
    if (end === RunEnd.yielded) steps.push(`${name} gives way`);
    else if (end === RunEnd.blocked) steps.push(`${name} waits, ${reason}`);
    else steps.push(`${name} has ${end === RunEnd.failed ? "failed" : "ended"}`);
  };
  for (const event of eventsOf(machine)) {
    const { kind, a, b, reason, name } = event;
    if (kind === "run") {
      over();
      running = event;
    } else if (kind === "create") {
      if ((running as Event | null)?.a !== b) over();
      steps.push(`${who(b)} makes ${who(a)}`);
    } else if (kind === "unblock") {
      if ((running as Event | null)?.a !== b) over();
      steps.push(`${who(b)} wakes ${who(a)}, ${reason}`);
    } else if (kind === "status") {
      steps.push(`${who(a)} is there, ${b % 8 === G.waiting ? reason : STATES[b % 8]}`);
    } else if (kind === "regionBegin") steps.push(`${who(a)} begins ${name}`);
    else if (kind === "regionEnd") steps.push(`${who(a)} ends ${name}`);
    else if (kind === "log") steps.push(`${who(a)} says ${name}: ${machine.names[b]}`);
    else if (kind === "gap") steps.push("(gap)");
  }
  over();
  return steps;
}

const STATES = ["idle", "runnable", "running", "waiting", "syscall", "dead", "exiting"];

/** The steps of a process with one thread. */
export function stepsIn(bytes: Uint8Array): string[] {
  const trace = readTrace(bytes);
  return trace.machines.flatMap((machine) => stepsOf(trace, machine));
}

/** Records what `fn` does, and gives the trace. */
export async function recorded(fn: () => Promise<unknown>): Promise<Uint8Array> {
  start();
  await fn();
  // Before the end of recording: a run that goes on is then not cut in two.
  const bytes = last({ seconds: 1_000_000 });
  await stop();
  return bytes;
}

/** The process's clock, with jumps. It never goes back, so it stays for the life of the test file. */
export class JumpingClock {
  private readonly real = clock.read;
  private ahead = 0;

  constructor() {
    clock.read = () => this.real() + this.ahead;
  }

  /** So much time has passed. */
  jump(ms: number): void {
    this.ahead += ms;
  }

  /** In units, as in events. */
  get units(): number {
    return Math.floor(clock.read() * 10_000);
  }
}
