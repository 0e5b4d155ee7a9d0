/** Blocks of shared memory (shm/slab.ts): on one thread against what is in use, and blocks that one thread takes and another gives back. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CLASSES,
  FIRST_PAGE,
  HOME,
  HOME_PAGE_TABLE,
  LINE,
  PAGE_WORDS,
  PAGES_A_BUFFER,
} from "#src/shm/layout.ts";
import { home, known, memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { alloc, free, LARGEST, releaseCaches, sizeClass, sizeOf } from "#src/shm/slab.ts";
import { random } from "../base/seed.ts";
import { Crew } from "./crew.ts";

/** Pages of the home that have been taken. */
const pages = (): number => home().words[HOME_PAGE_TABLE + PAGES_A_BUFFER] as number;

describe("blocks", () => {
  it("have the smallest class that holds them", () => {
    for (let cls = 0; cls < CLASSES; cls++) {
      assert.equal(sizeClass(sizeOf(cls)), cls);
      if (cls + 1 < CLASSES) assert.equal(sizeClass(sizeOf(cls) + 1), cls + 1);
    }
    for (const bytes of [0, 1, 63]) assert.equal(sizeClass(bytes), 0);
    assert.equal(LARGEST, sizeOf(CLASSES - 1));
    assert.throws(() => alloc(LARGEST + 1), { name: "RangeError", message: /805306368/ });
  });

  it("do not overlap, are aligned, and keep what is in them until they are given back", (t) => {
    const { below } = random(t, "shm/slab");
    const live: { ref: Ref; bytes: number; mark: number }[] = [];
    for (let i = 0; i < 20_000; i++) {
      if (live.length < 300 && below(5) < 3) {
        const bytes = below(50) === 0 ? below(300_000) : 1 + below(1500);
        const ref = alloc(bytes);
        const { words } = memoryOf(ref);
        const at = wordOf(ref);
        const size = sizeOf(sizeClass(bytes));
        assert.equal(at % 4, 0);
        if ((size & (size - 1)) === 0) assert.equal(at % LINE, 0);
        // Whole blocks: an overlap shows in one of the two.
        words.fill(i, at, at + (size >>> 2));
        live.push({ ref, bytes, mark: i });
      } else if (live.length > 0) {
        const [one] = live.splice(below(live.length), 1) as [{ ref: Ref; bytes: number; mark: number }];
        const at = wordOf(one.ref);
        const block = memoryOf(one.ref).words.subarray(at, at + (sizeOf(sizeClass(one.bytes)) >>> 2));
        assert.ok(
          block.every((word) => word === one.mark),
          `a block of ${one.bytes} bytes was written over`,
        );
        free(one.ref);
      }
    }
    for (const { ref } of live) free(ref);
  });

  it("are used again, on this thread and after releaseCaches on another", async () => {
    // Ten pages.
    const refs = Array.from({ length: 160 }, () => alloc(4096));
    assert.equal(new Set(refs).size, 160);
    for (const ref of refs) free(ref);
    const before = pages();
    for (let round = 0; round < 100; round++) {
      const again = refs.map(() => alloc(4096));
      assert.equal(new Set(again).size, 160);
      for (const ref of again) free(ref);
    }
    assert.equal(pages(), before);
    releaseCaches();
    const [theirs] = await new Crew("take", { workers: 1, data: { bytes: 4096, count: 160 } }).finish<
      Ref[]
    >();
    assert.equal(pages(), before);
    assert.equal(new Set(theirs).size, 160);
  });

  it("of a size above half a buffer have a buffer of their own, and are used again", async () => {
    const buffers = home().words[HOME.buffers] as number;
    const ref = alloc(40 << 20);
    const { number, bytes } = memoryOf(ref);
    assert.equal(number, buffers);
    bytes[wordOf(ref) * 4 + (40 << 20) - 1] = 77;
    free(ref);
    assert.equal(alloc(40 << 20), ref);
    free(ref);
    assert.equal(home().words[HOME.buffers], buffers + 1);
    // Another thread has to fetch it before it can follow the list.
    const [theirs] = await new Crew("take", { workers: 1, data: { bytes: 40 << 20, count: 1 } }).finish<
      Ref[]
    >();
    assert.deepEqual(theirs, [ref]);
  });

  for (const delays of [false, true]) {
    it(`go from thread to thread without growth${delays ? ", delayed" : ""}`, async () => {
      const rounds = delays ? 3000 : 17_000;
      const run = async (): Promise<void> => {
        const crew = new Crew("pass-on", { workers: 3, delays, data: { rounds } });
        await crew.finish();
      };
      await run();
      const before = pages();
      await run();
      // 100,000 blocks of up to 512 bytes would be more than 300 pages.
      assert.ok(pages() - before <= 30, `${pages() - before} pages more`);
    });
  }

  it("come from a new buffer when the common one is full, whichever thread makes it", async () => {
    const { words } = home();
    for (let round = 0; round < 3; round++) {
      const common = words[HOME.common] as number;
      const buffers = words[HOME.buffers] as number;
      const full = common === 0 ? words : memoryOf(common << 22).words;
      const table = common === 0 ? HOME_PAGE_TABLE : 0;
      full[table + PAGES_A_BUFFER] = PAGES_A_BUFFER - 3;
      const crew = new Crew("grow", { workers: 3, delays: round === 2, data: { blocks: 40 } });
      const got = (await crew.finish<Ref[]>()).flat();
      assert.equal(new Set(got).size, 120);
      assert.notEqual(words[HOME.common], common);
      assert.equal(words[HOME.buffers], buffers + 1, "one, however many threads met the full one");
      for (const ref of got) {
        const at = wordOf(ref);
        assert.ok(at >= FIRST_PAGE * PAGE_WORDS, "it lies over the table of pages");
        assert.equal(memoryOf(ref).words[at], ref, "another block lies over it");
        assert.equal(memoryOf(ref).words[at + (32768 >>> 2) - 1], ref, "another block lies over it");
      }
      assert.equal(known().length, words[HOME.buffers]);
    }
  });
});
