/** Names of the words of shared memory, from the tables of shm/layout.ts and from what a program says of its blocks. */
import type { labels } from "./world.ts";

/** The tables as they are in the model, where sizes are small. */
export interface Layout {
  readonly HOME: Readonly<Record<string, number>> & { readonly injector: number; readonly classes: number };
  readonly MACHINE: Readonly<Record<string, number>>;
  readonly INJECTOR_HEADER: number;
  readonly machineAt: (machine: number) => number;
}

/** What a word is called. */
export function wordName(
  word: number,
  named: typeof labels,
  { HOME, INJECTOR_HEADER, MACHINE, machineAt }: Layout,
): string {
  for (const { at, words, name, fields } of named) {
    if (word >= at && word < at + words) return `${name}.${fieldOf(word - at, fields)}`;
  }
  if (word >= HOME.injector && word < machineAt(0)) {
    const offset = word - HOME.injector;
    if (offset < INJECTOR_HEADER) return `injector.${offset === 0 ? "head" : "tail"}`;
    return `injector.slots[${(offset - INJECTOR_HEADER) >>> 1}]`;
  }
  if (word < HOME.classes) return `home.${fieldOf(word, HOME)}`;
  const size = machineAt(1) - machineAt(0);
  const machine = Math.floor((word - machineAt(0)) / size);
  if (machine >= 0 && machine < 32)
    return `machine ${machine}.${fieldOf((word - machineAt(0)) % size, MACHINE)}`;
  return `word ${word}`;
}

function fieldOf(offset: number, fields: Readonly<Record<string, number>>): string {
  let best: [string, number] = ["", 0];
  for (const [name, at] of Object.entries(fields)) if (at <= offset && at >= best[1]) best = [name, at];
  const rest = offset - best[1];
  return rest === 0 && best[0] !== "" ? best[0] : `${best[0]}[${rest}]`;
}
