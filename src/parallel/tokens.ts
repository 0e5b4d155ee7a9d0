/**
 * The tasks that were made here and whose records are in use, by token: a record that comes back names its task so.
 */
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { R } from "./records.ts";

/** What waits for a record to come back. */
export interface Settler {
  readonly record: Ref;
  /** Where it was made, as the frames of a stack. */
  readonly created: string;
  /** It has ended. */
  settle(failing: boolean, value: unknown): void;
  /** The machine that had it has died; `began` says whether it had begun. */
  bereave(began: boolean): void;
}

const made: (Settler | undefined)[] = [];
const freeTokens: number[] = [];

/** A token that stands for `task`, for its record. */
export function takeToken(task: Settler): number {
  const token = freeTokens.pop() ?? made.length;
  made[token] = task;
  return token;
}

/** Undefined for the token of a machine that has died. */
export function taskOf(token: number): Settler | undefined {
  return made[token];
}

export function tasks(): Iterable<Settler | undefined> {
  return made;
}

export function tokensInUse(): number {
  return made.length - freeTokens.length;
}

/** The record's task has begun here, or has ended elsewhere. */
export function dropToken(record: Ref): void {
  const { words } = memoryOf(record);
  const token = words[wordOf(record) + R.token] as number;
  if (made[token] === undefined) return;
  made[token] = undefined;
  freeTokens.push(token);
}
