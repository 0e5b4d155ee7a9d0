/** Buffers and references (shm/region.ts). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BUFFER_BYTES, HOME } from "#src/shm/layout.ts";
import {
  addBuffer,
  attach,
  hasHome,
  home,
  memoryOf,
  NUMBERS_A_BLOCK,
  refTo,
  seams,
  takeNumbers,
  wordOf,
} from "#src/shm/region.ts";

describe("shared memory", () => {
  it("is made when it is first asked for", () => {
    assert.equal(hasHome(), false);
    assert.equal(home().shared.byteLength, BUFFER_BYTES);
    assert.equal(hasHome(), true);
    assert.equal(home(), home());
  });

  it("has references that are positive and lead back, up to the last buffer's end", () => {
    for (const buffer of [0, 1, 255, 511]) {
      for (const word of [4, 64, BUFFER_BYTES / 4 - 4]) {
        const ref = refTo(buffer, word);
        assert.ok(ref > 0);
        assert.equal(ref | 0, ref, "it fits a word");
        assert.equal(wordOf(ref), word);
        assert.equal(ref >>> 22, buffer);
      }
    }
  });

  it("gives numbers that nobody else has", () => {
    const first = takeNumbers();
    assert.ok(first > 0);
    assert.equal(takeNumbers(), first + NUMBERS_A_BLOCK);
  });

  it("refuses a home of another version, and a buffer that nobody has announced", () => {
    assert.throws(() => attach(0, new SharedArrayBuffer(BUFFER_BYTES)), /another version of gort/);
    assert.throws(() => memoryOf(refTo(77, 4)), /buffer 77 was never announced/);
  });

  it("announces a buffer when its number is gone and before it is used; a failed announcement leaves no number that means two buffers", (t) => {
    const { announce, fetch } = seams;
    t.after(() => Object.assign(seams, { announce, fetch }));
    const told: number[] = [];
    seams.announce = (number, shared) => {
      assert.equal(home().words[HOME.buffers], number + 1);
      assert.equal(memoryOf(refTo(number, 4)).shared, shared);
      told.push(number);
      if (told.length === 1) throw new Error("ended here");
    };
    assert.throws(() => addBuffer(65536), /ended here/);
    const number = addBuffer(65536);
    assert.deepEqual(told, [number - 1, number]);
  });

  it("fetches a buffer once", (t) => {
    const { fetch } = seams;
    t.after(() => Object.assign(seams, { fetch }));
    let times = 0;
    seams.fetch = () => {
      times++;
      return new SharedArrayBuffer(65536);
    };
    const memory = memoryOf(refTo(300, 4));
    assert.equal(memoryOf(refTo(300, 8)), memory);
    assert.equal(times, 1);
    assert.equal(attach(300, memory.shared), memory);
  });

  it("is used up after 512 buffers, and says so", () => {
    home().words[HOME.buffers] = 512;
    assert.throws(() => addBuffer(65536), { name: "RangeError", message: /512 buffers/ });
  });
});
