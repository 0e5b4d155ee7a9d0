/**
 * The small parts of `gort top`: widths, cuts, numbers, keys.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clockTime, count, period, perSecond, ratesBetween, seconds } from "#src/cli/top/figures.ts";
import { paint } from "#src/cli/top/line.ts";
import { cut, cutStart, fit, shown, shownAscii, width } from "#src/cli/top/text.ts";
import { firstView, keysOf, press, type Rows, remember, type View } from "#src/cli/top/view.ts";
import { before, proc, state } from "./top-fake.ts";

describe("text", () => {
  it("is as wide as its cells", () => {
    const widths: [text: string, cells: number][] = [
      ["", 0],
      ["abc", 3],
      ["é", 1],
      ["e\u0301", 1],
      ["上海", 4],
      ["ｶ", 1],
      ["Ａ", 2],
      ["한", 2],
      ["😀", 2],
      ["𠀀", 2],
      ["▁█·›…", 5],
      ["→", 1],
      ["\u2e7f\u2e80", 3],
      ["\u303e\u303f", 3],
    ];
    for (const [text, cells] of widths) assert.equal(width(text), cells, JSON.stringify(text));
  });

  it("is cut to at most so many cells, with a mark", () => {
    assert.equal(cut("abcdef", 6, "…"), "abcdef");
    assert.equal(cut("abcdef", 5, "…"), "abcd…");
    assert.equal(cut("上海上海", 6, "…"), "上海…");
    assert.equal(cut("abc", 0, "…"), "");
    assert.equal(cutStart("src/a/b.ts:10", 8, "…"), "…b.ts:10");
    assert.equal(cutStart("上海上海", 6, "…"), "…上海");
    for (const text of ["abcdef", "上海上海上", "a上b海c", "e\u0301e\u0301e\u0301"]) {
      for (let cells = 0; cells < 12; cells++) {
        assert.ok(width(cut(text, cells, "…")) <= cells);
        assert.ok(width(cutStart(text, cells, "…")) <= cells);
        assert.equal(width(fit(text, cells, "…", "right")), cells);
      }
    }
  });

  it("is painted with its mark at the edge, whatever piece that falls into", () => {
    const line = [{ text: "abc", look: "strong" as const }, { text: "def" }];
    const painted = [7, 6, 5, 4, 3, 2, 1].map((cells) => paint(line, cells, "…", false));
    assert.deepEqual(painted, ["abcdef", "abcdef", "abcd…", "abc…", "ab…", "a…", "…"]);
    assert.equal(paint(line, 3, "…", true), "\x1b[1mab\x1b[0m…");
  });

  it("of a program cannot command the terminal", () => {
    assert.equal(
      shown("a\x1b[31m\x7f\x9b\u202e\u2066\u200d\ufeff\n\t\ud800b"),
      "a\\x1b[31m\\x7f\\x9b\\u202e\\u2066\\u200d\\ufeff\\n\\t\\ud800b",
    );
    assert.equal(shown("naïve 上海 😀"), "naïve 上海 😀");
    assert.equal(shownAscii("naïve 😀"), "na\\xefve \\u{1f600}");
  });
});

describe("numbers", () => {
  it("are short", () => {
    assert.deepEqual([0, 7, 9999, 10_000, 48_123, 99_960, 999_400, 999_600, 3.2e6, 5e9, 7e12].map(count), [
      "0",
      "7",
      "9999",
      "10.0k",
      "48.1k",
      "100k",
      "999k",
      "1.0M",
      "3.2M",
      "5.0G",
      "7.0T",
    ]);
    assert.deepEqual([null, 0, 0.04, 1.25, 9.96, 812, 1000, 4100].map(perSecond), [
      "-",
      "0/s",
      "0.0/s",
      "1.3/s",
      "10/s",
      "812/s",
      "1.0k/s",
      "4.1k/s",
    ]);
    assert.deepEqual([0, 0.4, 12, 999, 1800, 59_000, 130_000, 8e6, 2e8].map(period), [
      "0ms",
      "0.4ms",
      "12ms",
      "999ms",
      "1.8s",
      "59s",
      "2m",
      "2h",
      "2d",
    ]);
    assert.deepEqual([0, 1, 119, 120].map(seconds), ["-", "1s", "119s", "2m"]);
    assert.deepEqual([0, 192_000, 3_792_000, 90_000_000].map(clockTime), [
      "0:00",
      "3:12",
      "1:03:12",
      "1d 01:00",
    ]);
  });

  it("of two answers are rates, by their own clock", () => {
    const later = { ...state(), now: 2500 };
    const { created, procs } = ratesBetween(before(), later);
    assert.equal(created, 96_200);
    assert.equal(procs.get(1)?.stolen, 8200);
    assert.equal(procs.get(0)?.busy, 1, "no more than all");
    assert.equal(ratesBetween(later, later).created, null, "nothing has passed");
    assert.equal(ratesBetween({ ...before(), procs: [] }, state()).procs.size, 0, "a processor that is new");
  });

  it("of run queues are kept, those of processors that are gone are not", () => {
    let view = firstView({ intervalMs: 1000, ascii: false });
    for (let n = 1; n <= 20; n++) view = remember(view, state({ procs: [proc(0, { runq: n })] }));
    assert.deepEqual(view.queues.get(0), [13, 14, 15, 16, 17, 18, 19, 20]);
    assert.equal(remember(view, state({ procs: [] })).queues.size, 0);
  });
});

describe("keys", () => {
  const rows: Rows = { count: 30, fitting: 30, example: 12 };
  const typed = (keys: readonly string[], view: Partial<View> = {}): View =>
    keys.reduce((now, key) => press(now, key, rows)[0], {
      ...firstView({ intervalMs: 1000, ascii: false }),
      ...view,
    });

  it("have names", () => {
    assert.deepEqual(keysOf("a\x1b[A\x1bOBq\x1b[5~\x1b[1;5C\x1b😀\x03\r\x7f"), [
      "a",
      "up",
      "down",
      "q",
      "pageup",
      "unknown",
      "escape",
      "😀",
      "ctrl-c",
      "enter",
      "backspace",
    ]);
  });

  it("move within the rows", () => {
    assert.equal(typed(["up"]).selected, 0);
    assert.equal(typed(["down", "j", "k"]).selected, 1);
    assert.equal(typed(["pagedown", "pagedown", "pagedown", "pagedown"]).selected, 29);
    assert.equal(typed(["end", "pageup"]).selected, 19);
    assert.equal(typed(["home"], { selected: 9 }).selected, 0);
    assert.equal(typed(["up"], { selected: 1000 }).selected, 28, "rows have gone");
  });

  it("pause, and go on with a look", () => {
    const view = typed([" "]);
    assert.equal(view.paused, true);
    assert.deepEqual(press(view, " ", rows)[1], "ask");
  });

  it("change the time between two looks, 250 ms at least", () => {
    assert.deepEqual(
      ["-", "--", "---", "+", "++"].map((keys) => typed([...keys]).intervalMs),
      [500, 250, 250, 2000, 5000],
    );
  });

  it("type a filter, with letters that are commands elsewhere", () => {
    assert.equal(typed([..."/q gx", "backspace"]).typing, "q g");
    assert.deepEqual(press(typed([..."/fn:a "]), "enter", rows), [{ ...typed([]), filter: "fn:a" }, "ask"]);
    assert.deepEqual(typed(["/", "x", "escape"], { filter: "old" }), { ...typed([]), filter: "old" });
    assert.equal(typed(["/", "x", "\x01", "unknown", "up"]).typing, "x");
    assert.equal(press(typed(["/", "x"]), "ctrl-c", rows)[1], "quit");
  });

  it("open a goroutine and come back to its row", () => {
    const view = typed(["down", "enter"]);
    assert.deepEqual([view.mode, view.about, view.detail], ["detail", 12, "asked"]);
    assert.deepEqual(
      [typed(["down", "enter", "escape"]).mode, typed(["down", "enter", "escape"]).selected],
      ["goroutines", 1],
    );
    const none = press(typed([]), "enter", { ...rows, example: 0 });
    assert.equal(none[0].mode, "goroutines");
  });

  it("open a view, and close it by the same key", () => {
    for (const [key, mode] of [
      ["r", "channels"],
      ["P", "procs"],
      ["x", "waits"],
      ["?", "help"],
    ] as const) {
      assert.equal(typed([key]).mode, mode);
      assert.equal(typed([key, key]).mode, "goroutines");
      assert.equal(typed([key, "escape"]).mode, "goroutines");
    }
  });

  it("sort, from every view", () => {
    assert.deepEqual(
      [..."cbwnis"].map((key) => typed(["x", key]).sort),
      ["cpu", "blocked", "wait", "count", "id", "state"],
    );
    assert.equal(typed(["x", "w"]).mode, "goroutines");
  });
});
