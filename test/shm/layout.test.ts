/** The table of shared memory (shm/layout.ts): nothing overlaps, what must have a line of its own has one, and every word is in the table here. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capacity } from "#src/shm/atomic.ts";
import * as layout from "#src/shm/layout.ts";

const { HOME, LINE, MACHINE, machineAt } = layout;

/** How many words each has. A new word must be entered here, and is then checked. */
const HOME_WORDS: Record<keyof typeof HOME, number> = {
  version: 1,
  procs: 1,
  numberBlocks: 1,
  idle: layout.MASK_WORDS,
  spinning: 1,
  machines: 1,
  wanted: 1,
  patrol: 1,
  traced: 1,
  traceFile: 1,
  traceKey: 1,
  buffers: 1,
  growLock: 1,
  common: 1,
  interned: 1,
  internLock: 1,
  internHead: 1,
  sharedLock: 1,
  sharedHead: 1,
  classes: layout.CLASSES * LINE,
  injector: layout.INJECTOR_HEADER + capacity.injector * layout.INJECTED_WORDS,
};
const MACHINE_WIDTHS: Record<keyof typeof MACHINE, number> = {
  inbox: 1,
  asked: 1,
  bell: 1,
  asleep: 1,
  life: 1,
  beat: 1,
  running: 1,
  since: 1,
  host: 1,
  sent: 1,
  received: 1,
  goroutines: 1,
  ran: 1,
  stolen: 1,
  grabbing: 1,
  records: 1,
  waits: 1,
  runqHead: 1,
  runqTail: 1,
  steps: 2,
  created: 2,
  busyMs: 2,
  runq: 1,
  timers: 1,
  longSlices: 1,
  processor: 1,
  counted: 1,
  countedBeat: 1,
  ring: 1,
  inState: 4,
  inWait: 28,
  runqSlots: capacity.runQueue,
};

/** Each begins where the one before has ended, or later; gives the end of the last. */
function inOrder(
  offsets: Readonly<Record<string, number>>,
  widths: Readonly<Record<string, number>>,
): number {
  assert.deepEqual(Object.keys(offsets).sort(), Object.keys(widths).sort());
  let end = 0;
  for (const [name, at] of Object.entries(offsets).sort(([, a], [, b]) => a - b)) {
    assert.ok(at >= end, `${name} begins at ${at}, inside of what ends at ${end}`);
    end = at + (widths[name] as number);
  }
  return end;
}

/** The names that share a line with another one. */
function neighbours(offsets: Readonly<Record<string, number>>, names: readonly string[]): string[] {
  const line = (name: string): number => Math.floor((offsets[name] as number) / LINE);
  return names.filter((name) => names.some((other) => other !== name && line(other) === line(name)));
}

describe("the layout", () => {
  it("of the home has no overlaps, and ends before the machines begin", () => {
    assert.ok(inOrder(HOME, HOME_WORDS) <= machineAt(0));
  });

  it("of a machine has no overlaps, and ends where the next one begins", () => {
    const end = inOrder(MACHINE, MACHINE_WIDTHS);
    assert.ok(end <= layout.MACHINE_WORDS);
    assert.equal(machineAt(8) - machineAt(7), layout.MACHINE_WORDS);
  });

  it("puts what several cores write on lines of its own", () => {
    const { numberBlocks, idle, spinning, machines, buffers, interned, classes, injector } = HOME;
    for (const at of [
      numberBlocks,
      idle,
      spinning,
      machines,
      buffers,
      interned,
      classes,
      injector,
      machineAt(0),
    ]) {
      assert.equal(at % LINE, 0);
    }
    assert.equal(layout.MACHINE_WORDS % LINE, 0);
    assert.deepEqual(
      neighbours(HOME, ["numberBlocks", "idle", "spinning", "machines", "buffers", "interned", "classes"]),
      [],
    );
    assert.deepEqual(
      neighbours(MACHINE, ["inbox", "bell", "beat", "runqHead", "runqTail", "steps", "runqSlots"]),
      [],
    );
  });

  it("has the pages behind everything else, in the home and in a later buffer", () => {
    assert.ok(layout.HOME_PAGE_TABLE >= machineAt(layout.MOST_MACHINES - 1) + layout.MACHINE_WORDS);
    assert.ok(layout.FIRST_HOME_PAGE * layout.PAGE_WORDS >= layout.HOME_PAGE_TABLE + layout.PAGE_TABLE_WORDS);
    assert.ok(layout.FIRST_PAGE * layout.PAGE_WORDS >= layout.PAGE_TABLE_WORDS);
    assert.ok(layout.PAGE_TABLE_WORDS > layout.PAGES_A_BUFFER);
    assert.ok(layout.FIRST_HOME_PAGE < layout.PAGES_A_BUFFER);
  });

  it("has a bit for every machine, and queues whose sizes are powers of two", () => {
    assert.equal(layout.MASK_WORDS * 32, layout.MOST_MACHINES);
    for (const size of Object.values(capacity)) assert.equal(size & (size - 1), 0);
  });
});
