/** The texts of marks that the program itself has made (logs, regions): asked for when one is seen whose text is not known. */
import { signal } from "@preact/signals";
import type { NamesReply } from "../protocol.ts";
import { getJson } from "./link.ts";
import { ended } from "./store.ts";

const texts = signal<readonly string[]>([]);
/** How many times in vain: an observer that does not know a number is not asked for ever. */
let inVain = 0;
let asking = false;

export function noteText(number: number): string {
  const text = texts.value[number];
  if (text === undefined && !asking && inVain < 3 && ended.value === null) void ask(number);
  return text ?? `mark ${number}`;
}

async function ask(number: number): Promise<void> {
  asking = true;
  try {
    const { first, names } = await getJson<NamesReply>(`/api/names?from=${texts.value.length}`);
    const found = [...texts.value.slice(0, first), ...names];
    inVain = found[number] === undefined ? inVain + 1 : 0;
    texts.value = found;
  } catch {
    inVain++;
  }
  asking = false;
}
