/** Types of shared channels: what they carry, also where that is a parameter. */
import { type Sendable, type SharedChan, sharedChan } from "gort";

interface Row {
  readonly id: number;
  readonly tags: readonly string[];
}

export const ints: SharedChan<number> = sharedChan<number>(4);
export const rows: SharedChan<Row> = sharedChan<Row>();

export function make<T extends Sendable>(): SharedChan<T> {
  return sharedChan<T>(1);
}

// @ts-expect-error: a function cannot be sent
sharedChan<{ f: () => void }>(1);
