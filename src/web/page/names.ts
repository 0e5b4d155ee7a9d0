/**
 * What goroutines are called. Lanes have only numbers; names come with whatever else tells of a goroutine, and are kept: a goroutine that has ended still has its name in the past.
 */
import type { StateReply } from "../protocol.ts";

const MOST = 50_000;
const names = new Map<number, string>();

export function nameOf(goroutine: number): string {
  return names.get(goroutine) ?? "";
}

/** As it is written everywhere: G17 worker. */
export function called(goroutine: number, name = nameOf(goroutine)): string {
  return goroutine === 0 ? "nobody" : name === "" ? `G${goroutine}` : `G${goroutine} ${name}`;
}

export function learn(goroutine: number, name: string): void {
  if (name === "" || goroutine <= 0) return;
  if (names.size >= MOST && !names.has(goroutine)) names.delete(names.keys().next().value!);
  names.set(goroutine, name);
}

export function learnAll(reply: StateReply): void {
  for (const row of reply.goroutines) learn(row.id, row.name);
  for (const proc of reply.procs) learn(proc.running, proc.runningName);
  for (const node of reply.graph.nodes) learn(node.goid, node.name);
  for (const group of reply.groups) learn(group.example, group.name);
}
