/**
 * What `gort top` draws: a function of states, the view and the size, so it is compared with screens as they are to be.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { frameOf, plainOf, type Size } from "#src/cli/top/frame.ts";
import { paint } from "#src/cli/top/line.ts";
import { width } from "#src/cli/top/text.ts";
import { firstView, press, remember, type View } from "#src/cli/top/view.ts";
import type { StateReply } from "#src/web/protocol.ts";
import { before, detail, group, proc, row, state } from "./top-fake.ts";

const VIEW = remember(remember(firstView({ intervalMs: 1000, ascii: false }), before()), state());
const LOW: Size = { columns: 80, rows: 24 };

/** The screen as text, without the blanks at the ends of its lines. */
function screen(
  size: Size,
  more: Partial<View> = {},
  now: StateReply = state(),
  previous: StateReply | null = before(),
): string[] {
  const { lines } = frameOf(now, previous, { ...VIEW, ...more }, size);
  assert.equal(lines.length, size.rows);
  const painted = lines.map((line) => paint(line, size.columns, more.ascii ? "~" : "…", false));
  for (const line of painted) assert.ok(width(line) <= size.columns, line);
  return painted.map((line) => line.trimEnd());
}

const text = (lines: readonly string[]): string => lines.join("\n");

describe("the screen", () => {
  it("of 80 x 24", () => {
    assert.equal(
      text(screen(LOW)),
      [
        "gort top  server.ts  pid 4242  up 0:03  GOMAXPROCS=2  each 1 s",
        "G 1012:  2 running  14 runnable  992 waiting  created 48.1k/s  ended 48.1k/s",
        "waits: chan receive 980  sleep 12  timers 12  long slices 1  cost 0.1% (full)",
        "P0 [###########·]  91% G17 worker                    runq    9       ▁█  81.2k/s",
        "P1 [########····]  64% G3 1.8s LONG parse            runq    5       ▁▅   2.0k/s",
        "CHAN  chan#2 64/64 sendq 31 FULL 8.0s  chan#1 0/64 recvq 980 empty",
        "ALARM goroutines 6 and 1 wait for each other",
        "HINT  P1: goroutine 3 (parse) has not yielded for 1.8 s",
        "",
        " COUNT  GOID  STATE         FOR  FUNCTION  WAITS ON  WHERE",
        "›  980    12  chan receive   2m  worker    chan#1    src/main.ts:6",
        "    31    31  chan send      8s  fetch     chan#2    src/net.ts:12",
        "     1     3  running         -  parse     -         src/parse.ts:88",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "sort: count  ? help  q quit  / filter  g group  r chans  P procs  x waits",
      ].join("\n"),
    );
  });

  it("of 120 x 24 has more columns", () => {
    assert.equal(
      text(screen({ columns: 120, rows: 24 }).slice(0, 13)),
      [
        "gort top  server.ts  pid 4242  up 0:03  GOMAXPROCS=2  each 1 s",
        "G 1012:  2 running  14 runnable  992 waiting  4 syscall  created 48.1k/s  ended 48.1k/s  ticks 83.2k/s  steals 0/s",
        "waits: chan receive 980  sleep 12  timers 12  long slices 1  cost 0.1% (full)",
        "P0 [##################··]  91% G17 worker                                    runq    9       ▁█  81.2k/s  stolen     0/s",
        "P1 [#############·······]  64% G3 1.8s LONG parse                            runq    5       ▁▅   2.0k/s  stolen  4.1k/s",
        "CHAN  chan#2 64/64 sendq 31 FULL 8.0s  chan#1 0/64 recvq 980 empty",
        "ALARM goroutines 6 and 1 wait for each other",
        "HINT  P1: goroutine 3 (parse) has not yielded for 1.8 s",
        "",
        " COUNT  GOID  STATE         FOR  FUNCTION  WAITS ON  WHERE",
        "›  980    12  chan receive   2m  worker    chan#1    src/main.ts:6",
        "    31    31  chan send      8s  fetch     chan#2    src/net.ts:12",
        "     1     3  running         -  parse     -         src/parse.ts:88",
      ].join("\n"),
    );
  });

  it("of 40 x 15 has what matters most", () => {
    assert.equal(
      text(screen({ columns: 40, rows: 15 })),
      [
        "server.ts  pid 4242  up 0:03  each 1 s",
        "G 1012:  2 run  14 ready  992 wait",
        "waits: chan receive 980",
        "P0 [#####·]  91% G17 worker   q   9   ▁█",
        "P1 [####··]  64% G3 1.8s LON… q   5   ▁▅",
        "CHAN  chan#2 64/64 sendq 31 FULL 8.0s",
        "ALARM (1 more: x) goroutines 6 and 1 wa…",
        " COUNT  STATE         FOR  FUNCTION",
        "›  980  chan receive   2m  worker",
        "    31  chan send      8s  fetch",
        "     1  running         -  parse",
        "",
        "",
        "",
        "sort: count  ? help  q quit",
      ].join("\n"),
    );
  });

  it("has nothing but ASCII when that is asked for, names included", () => {
    const groups = [group(2, { name: "上海é" })];
    for (const mode of ["goroutines", "channels", "procs", "waits", "help", "detail"] as const) {
      const shown = text(screen(LOW, { ascii: true, mode }, state({ groups })));
      assert.match(shown, /^[\n\x20-\x7e]*$/, shown);
    }
    assert.match(text(screen(LOW, { ascii: true }, state({ groups }))), /\\u4e0a\\u6d77\\xe9/);
  });

  it("is never wider or higher than the terminal, however small", () => {
    for (let columns = 1; columns <= 130; columns += 3) {
      for (const rows of [1, 2, 3, 5, 8, 12, 20, 40])
        for (const mode of ["goroutines", "channels", "procs", "waits", "help", "detail"] as const)
          screen({ columns, rows }, { mode, grouped: columns % 2 === 0 });
    }
  });

  it("says no rate before there are two answers", () => {
    const lines = screen(LOW, {}, state(), null);
    assert.match(lines[1] as string, /created - {2}ended -/);
    assert.match(lines[3] as string, /\[············\] {4}- G17/);
  });

  it("calls no rate negative when a counter begins anew", () => {
    const now = state();
    const fresh = state({ now: 4000, totals: { ...now.totals, created: 0, ticks: 0 }, procs: [proc(0)] });
    assert.doesNotMatch(text(screen(LOW, {}, fresh, now)), /-\d/);
  });

  it("lets no name command the terminal", () => {
    const evil = "a\x1b[2J\x07\x9b31m\u202ecba\r\nb\u200b\ud800";
    const now = state({
      program: evil,
      groups: [group(1, { name: evil, where: evil, waitsOn: evil, reason: evil })],
      goroutines: [row(1, { name: evil, where: evil, waitsOn: evil, creator: evil, reason: evil })],
      channels: state().channels.map((each) => ({ ...each, label: evil })),
      procs: [proc(0, { runningName: evil })],
      warnings: [{ level: "hint", text: evil, rule: evil }],
      graph: {
        nodes: [{ goid: 6, name: evil, reason: evil }],
        edges: [{ from: 6, to: 6, object: evil, exact: true }],
        cycles: [[6]],
      },
    });
    const one = detail(12, {
      name: evil,
      creator: evil,
      waitsOn: evil,
      holds: [evil],
      stack: [{ fn: evil, file: evil, line: 1, column: 1 }],
    });
    const size = { columns: 300, rows: 40 };
    for (const mode of ["goroutines", "channels", "procs", "waits", "detail"] as const) {
      for (const grouped of [true, false]) {
        const shown = text(screen(size, { mode, grouped, detail: one, about: 12 }, now));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        assert.doesNotMatch(shown, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\ud800]/);
        assert.match(shown, /a\\x1b\[2J\\x07\\x9b31m\\u202ecba\\x0d\\nb\\u200b\\ud800/, mode);
      }
    }
    assert.ok(!plainOf(now, null, VIEW, 300).join("").includes("\x1b"));
  });

  it("cuts wide characters at their edge", () => {
    const groups = [group(1, { name: "上".repeat(60) })];
    const line = screen({ columns: 60, rows: 24 }, {}, state({ groups }))[10] as string;
    assert.match(line, /上…/);
  });

  it("has the selected row on it, and the first rows when there is room again", () => {
    const groups = Array.from({ length: 100 }, (_, at) =>
      group(1000 - at, { example: at + 1, name: `f${at}` }),
    );
    const now = state({ groups });
    const low = frameOf(now, before(), { ...VIEW, selected: 70 }, LOW);
    assert.match(low.lines.map((line) => paint(line, 80, "…", false)).join("\n"), /^› {1,2}930 .*f70/m);
    assert.equal(low.rows.example, 71);
    const [up] = press(low.view, "home", low.rows);
    assert.match(
      text(frameOf(now, before(), up, LOW).lines.map((line) => paint(line, 80, "…", false))),
      /^› 1000 .*f0/m,
    );
  });

  it("keeps the processors that do not fit in one line", () => {
    const procs = Array.from({ length: 16 }, (_, id) => proc(id, { runq: 1, busyMs: 500 }));
    const old = before();
    const was = { ...old, procs: procs.map((each) => ({ ...each, busyMs: 0 })) };
    const lines = screen(LOW, {}, state({ procs }), was);
    assert.ok(lines.includes("… 12 more: busy 50%, runq 12 (P: all)"), text(lines));
    assert.equal(lines.filter((line) => /^P\d/.test(line)).length, 4);
  });

  it("has words for what a colour says", () => {
    const lines = frameOf(state(), before(), VIEW, LOW).lines;
    for (const line of lines) {
      for (const { text, look } of line) {
        if (look === "alarm") assert.match(text, /ALARM|LONG|ENDED|CYCLE/);
        if (look === "warning") assert.match(text, /HINT|PAUSED|lost|guess/);
      }
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such
    assert.match(lines.map((line) => paint(line, 80, "…", true)).join(""), /\x1b\[1;31mALARM\x1b\[0m/);
  });
});

describe("the other views", () => {
  it("single goroutines", () => {
    assert.equal(
      text(screen({ columns: 100, rows: 24 }, { grouped: false, sort: "id" }).slice(9, 13)),
      [
        " GOID  STATE         FOR  P  FUNCTION  WAITS ON  WHERE          CREATED BY",
        "›   3  running         -  0  parse     chan#1    src/main.ts:6  main in G1",
        "   12  chan receive   2m  0  worker    chan#1    src/main.ts:6  main in G1",
        "  … 1010 more fit",
      ].join("\n"),
    );
  });

  it("channels", () => {
    assert.equal(
      text(screen({ columns: 100, rows: 24 }, { mode: "channels" }).slice(8, 11)),
      [
        " CHANNEL  KIND         P  FILL        LEN/CAP  RECVQ  SENDQ  STANDS     WHO WAITS",
        "›chan#1   chan         0  [········]     0/64    980      0  empty      G12 G13 +978",
        " chan#2   shared chan  -  [########]    64/64      0     31  FULL 8.0s  G31 +30",
      ].join("\n"),
    );
  });

  it("processors", () => {
    assert.equal(
      text(screen({ columns: 100, rows: 24 }, { mode: "procs" }).slice(6, 9)),
      [
        " P  THREAD  BUSY        CPU  RUNNING             RUNQ  HISTORY     TICKS  STOLEN  TIMERS       TOLD",
        "›0       0  [#######·]  91%  G17 worker             9        ▁█  81.2k/s     0/s       0  100ms ago",
        " 1       1  [#####···]  64%  G3 1.8s LONG parse     5        ▁▅   2.0k/s  4.1k/s       0  100ms ago",
      ].join("\n"),
    );
  });

  it("who waits for whom", () => {
    assert.equal(
      text(screen(LOW, { mode: "waits" }).slice(4, 11)),
      [
        "CYCLE G6 → mutex#4 → G1 → chan#2 → G6",
        "ALARM goroutines 6 and 1 wait for each other",
        "      exact",
        "HINT  P1: goroutine 3 (parse) has not yielded for 1.8 s",
        "      a slice of more than 100 ms",
        "G6 get  sync.Mutex.Lock  mutex#4 → G1 main",
        "G1 main  chan send  chan#2 → G6 get  (a guess)",
      ].join("\n"),
    );
  });

  it("a goroutine", () => {
    assert.equal(
      text(screen(LOW, { mode: "detail", about: 12, detail: detail(12) }).slice(6, 15)),
      [
        "goroutine 12 worker",
        "state      chan receive, 2m, on P0",
        "waits on   chan#1",
        "holds      mutex#2",
        "last run   500ms ago, for 0.4ms",
        "woken by   G1, 1.0s ago",
        "created by main in G1, src/main.ts:14",
        "",
        "  worker  src/main.ts:6:11",
      ].join("\n"),
    );
  });

  it("a goroutine whose processor computes, one that has ended, one that is asked for", () => {
    const show = (shown: View["detail"]): string =>
      text(screen(LOW, { mode: "detail", about: 12, detail: shown }));
    assert.match(show(detail(12, { silent: true, stack: [] })), /computes and does not answer: no stack/);
    assert.match(show("gone"), /goroutine 12 has ended/);
    assert.match(show("asked"), /goroutine 12: asked for/);
  });
});

describe("the sorts", () => {
  const groups = [
    group(1, { name: "a", state: "running", reason: "", longestSeconds: 0, example: 105 }),
    group(9, { name: "b", reason: "sleep", longestSeconds: 500, example: 104 }),
    group(5, { name: "c", reason: "chan receive", longestSeconds: 50, example: 103 }),
    group(2, { name: "d", state: "runnable", reason: "", longestSeconds: 0, example: 102 }),
    group(3, { name: "e", reason: "sync.Mutex.Lock", longestSeconds: 7, example: 101 }),
  ];
  const order = (sort: View["sort"]): string => {
    const lines = screen(LOW, { sort }, state({ groups }));
    return lines.map((line) => /^[› ] +\d+ +\d+ .* ([a-e]) /.exec(line)?.[1] ?? "").join("");
  };
  it("by who holds a processor", () => assert.equal(order("cpu"), "adbce"));
  it("by what another goroutine blocks", () => assert.equal(order("blocked"), "cebda"));
  it("by the longest wait", () => assert.equal(order("wait"), "bceda"));
  it("by how many", () => assert.equal(order("count"), "bceda"));
  it("by number", () => assert.equal(order("id"), "edcba"));
  it("by state", () => assert.equal(order("state"), "adcbe"));
});

describe("the filter of groups", () => {
  const shown = (filter: string): string => text(screen(LOW, { filter }));
  it("has all words of the program's", () => {
    for (const filter of [
      "fn:fet",
      "chan:chan#2",
      "reason:send",
      "blocked>2s blocked<9s".split(" ")[0] as string,
    ])
      assert.match(shown(filter), / fetch /, filter);
    for (const filter of ["fn:parse", "chan:chan#1", "state:running", "blocked>1m", "blocked>8s"])
      assert.doesNotMatch(shown(filter), / fetch /, filter);
    assert.match(shown("NET.ts"), / fetch /);
    assert.match(shown("state:waiting fn:worker"), /980 .* worker/);
    assert.match(shown("nothing of the kind"), / none/);
  });
  it("shows single goroutines where groups do not know", () => {
    assert.match(shown("g:12"), /GOID +STATE/);
    assert.doesNotMatch(shown("g:12"), /COUNT/);
  });
});

describe("plain text", () => {
  it("is the same below each other, as long as it needs to be", () => {
    assert.equal(
      text(plainOf(state(), before(), VIEW, 100)),
      [
        "gort top  server.ts  pid 4242  up 0:03  GOMAXPROCS=2  each 1 s",
        "G 1012:  2 running  14 runnable  992 waiting  4 syscall  created 48.1k/s  ended 48.1k/s",
        "waits: chan receive 980  sleep 12  timers 12  long slices 1  cost 0.1% (full)",
        "P0 [##################··]  91% G17 worker                runq    9       ▁█  81.2k/s  stolen     0/s",
        "P1 [#############·······]  64% G3 1.8s LONG parse        runq    5       ▁▅   2.0k/s  stolen  4.1k/s",
        " COUNT  GOID  STATE         FOR  FUNCTION  WAITS ON  WHERE",
        "   980    12  chan receive   2m  worker    chan#1    src/main.ts:6",
        "    31    31  chan send      8s  fetch     chan#2    src/net.ts:12",
        "     1     3  running         -  parse     -         src/parse.ts:88",
        "CHAN  chan#2 64/64 sendq 31 FULL 8.0s  chan#1 0/64 recvq 980 empty",
        "CYCLE G6 → mutex#4 → G1 → chan#2 → G6",
        "ALARM goroutines 6 and 1 wait for each other",
        "HINT  P1: goroutine 3 (parse) has not yielded for 1.8 s",
      ].join("\n"),
    );
  });
});
