/**
 * Map and reduce: the words of all files below a folder, counted on all cores.
 *
 *   gort run examples/34-word-count.ts [DIR]
 *
 * The walk is an async generator, and `parallelMap` reads it as fast as the files are counted, not faster. Each file's counts come back as a Map, as soon
 * as they are there (`ordered: false`): addition does not mind the order. One file that cannot be read must not end it all, so that is a result as well.
 * Without DIR the program counts in a small tree that it makes itself.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Goroutine, parallelMap, portable, range, wait } from "gort";

type Counted = { readonly words: Map<string, number> } | { readonly error: Error };

/** It parks while the file is read: its core does something else meanwhile. */
export const countWords = portable(function* countWords(path: string): Goroutine<Counted> {
  const words = new Map<string, number>();
  try {
    const text = yield* wait(readFile(path, "utf8"));
    for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) words.set(word, (words.get(word) ?? 0) + 1);
    return { words };
  } catch (error) {
    return { error: error as Error };
  }
});

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

export function* main(): Goroutine {
  const given = process.argv[2];
  const folder = given ?? makeTree();
  const total = new Map<string, number>();
  let files = 0;
  let unread = 0;
  const counts = parallelMap(countWords, filesBelow(folder), { ordered: false });
  for (const r = range(counts); yield* r.next(); files++) {
    const counted = r.value;
    if ("error" in counted) unread++;
    else for (const [word, n] of counted.words) total.set(word, (total.get(word) ?? 0) + n);
  }
  if (given === undefined) rmSync(folder, { recursive: true });

  console.log(`${files} files, ${unread} of them not read, ${total.size} different words`);
  const often = [...total].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  for (const [word, n] of often.slice(0, 5)) console.log(`${String(n).padStart(7)} ${word}`);
}

/** Sixty files in three folders. */
function makeTree(): string {
  const folder = mkdtempSync(join(tmpdir(), "word-count-"));
  const words = "the cat and the dog and the bird saw a fox in the old garden".split(" ");
  for (let i = 0; i < 60; i++) {
    const below = join(folder, `part ${i % 3}`);
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${i}.txt`), words.slice(0, 1 + (i % words.length)).join(", "));
  }
  return folder;
}

// Output:
// 60 files, 0 of them not read, 11 different words
//     156 the
//      92 and
//      56 cat
//      44 dog
//      32 bird
