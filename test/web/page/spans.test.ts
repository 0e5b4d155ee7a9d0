/** How parts of a lane are joined: the same as if all had been told at once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Spans } from "../../../src/web/page/spans.ts";

type Span = [begin: number, end: number, goroutine: number, runs?: number];

/** A lane from an answer that begins at `from` ms; spans in ms. */
function lane(from: number, spans: readonly Span[], marks: readonly number[] = []): Spans {
  const units = (ms: number): number => Math.round((ms - from) * 10_000);
  const words = [
    ...spans.flatMap(([begin, end, goroutine, runs = 1]) => [units(begin), units(end), goroutine, runs, 255]),
    ...marks.flatMap((at) => [units(at), 1, 4, 0]),
  ];
  const made = new Spans(0, 0);
  assert.equal(made.read(new Uint32Array(words), 0, spans.length, marks.length, from), words.length);
  return made;
}

function told(of: Spans): Span[] {
  return Array.from({ length: of.size }, (_, i) => [
    Number(of.begin[i]!.toFixed(4)),
    Number(of.end[i]!.toFixed(4)),
    of.goroutine[i]!,
    of.runs[i]!,
  ]);
}

describe("spans of the live page", () => {
  it("go on with what a part tells", () => {
    const known = lane(
      0,
      [
        [0, 10, 1],
        [12, 20, 2],
      ],
      [5, 15],
    );
    known.join(lane(20, [[20, 25, 3]], [21]), 20);
    assert.deepEqual(told(known), [
      [0, 10, 1, 1],
      [12, 20, 2, 1],
      [20, 25, 3, 1],
    ]);
    assert.deepEqual(
      known.marks.map(({ at }) => at),
      [5, 15, 21],
    );
  });

  it("continue a run that was cut in two", () => {
    const known = lane(0, [
      [0, 10, 1],
      [12, 18, 2],
    ]);
    known.join(
      lane(15, [
        [15, 22, 2],
        [23, 24, 3],
      ]),
      15,
    );
    assert.deepEqual(told(known), [
      [0, 10, 1, 1],
      [12, 22, 2, 1],
      [23, 24, 3, 1],
    ]);
  });

  it("give way to what is told later and better", () => {
    const known = lane(
      0,
      [
        [0, 10, 1],
        [12, 18, 2],
        [18, 19, 4],
      ],
      [13, 18.5],
    );
    known.join(lane(15, [[15, 16, 7]]), 15);
    assert.deepEqual(told(known), [
      [0, 10, 1, 1],
      [12, 15, 2, 1],
      [15, 16, 7, 1],
    ]);
    assert.deepEqual(
      known.marks.map(({ at }) => at),
      [13],
    );
  });

  it("are found by time", () => {
    const known = lane(0, [
      [0, 10, 1],
      [12, 20, 2],
    ]);
    assert.equal(known.at(5), 0);
    assert.equal(known.at(11), -1);
    assert.equal(known.at(11.8, 1), 1);
    assert.equal(known.at(10.2, 1), 0);
    assert.equal(known.at(30, 1), -1);
    assert.equal(known.after(10), 1);
  });

  it("are as many as come: room grows, and the oldest half goes in the end", () => {
    const known = new Spans(0, 0);
    for (let part = 0; part < 12; part++) {
      const from = part * 20_000;
      known.join(
        lane(
          from,
          Array.from({ length: 20_000 }, (_, i): Span => [from + i, from + i + 0.5, i]),
        ),
        from,
      );
    }
    assert.ok(known.size < 200_000 && known.size > 100_000, `${known.size}`);
    assert.equal(known.begin[known.size - 1], 239_999);
    for (let i = 1; i < known.size; i++) assert.ok(known.begin[i]! >= known.end[i - 1]!);
  });
});
