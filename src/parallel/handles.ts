/**
 * The handle of a portable goroutine goes to another core.
 *
 * What arrives there has its number and its name, and whoever waits for it gets a copy of the result, or the error, which then counts as waited for. It asks the machine that made the goroutine when somebody waits
 * for the first time, and keeps the answer. That machine keeps the goroutine's end as long as somebody may ask, and decides on a panic only then: as on one core,
 * whoever has the handle and is about to wait comes in time. A handle that comes home is the goroutine itself.
 *
 * The handle of a goroutine that is not portable is refused: its result was never meant to be copied.
 *
 * Invariants:
 *   I1  one that somebody waits for is in `asked` until the answer comes, or its machine has died.
 *   I2  it is a holder of its record as long as it lives: it can be sent on, and asked there.
 */
import { ProcessorLostError } from "../base/errors.ts";
import { decodeError, decodeOne, encodeError, encodeResult, scratch } from "../portable/codec.ts";
import { registerHandle } from "../portable/handles.ts";
import {
  announce,
  arrived,
  type Exported,
  exportAs,
  exportOf,
  forsake,
  holdRecord,
  importedAs,
  importOf,
  isReferring,
  letGo,
  nextSerial,
  Reference,
  stateOf,
} from "../portable/references.ts";
import { refuse } from "../portable/refusal.ts";
import { out, putWord, source, takeWord } from "../portable/wire.ts";
import { undecide } from "../runtime/exit.ts";
import { Go } from "../runtime/goroutine.ts";
import { Joined } from "../runtime/join.ts";
import type { Operation } from "../runtime/operation.ts";
import { G, type GoroutineStatus, statusWord } from "../runtime/status.ts";
import { obituary, self } from "../shm/lock.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc, free } from "../shm/slab.ts";
import { Order, onOrder, tell } from "./orders.ts";
import { ties } from "./retire.ts";
import { mourners } from "./salvage.ts";
import { Task, unloaded } from "./task.ts";

const TAG = 11;
/** The state of a record whose goroutine has ended. */
const ENDED = 1;

/** A goroutine of this machine's whose handle others have. */
class Shown implements Exported {
  readonly task: Task;
  record: Ref = 0;
  private ended: Joined | null = null;

  constructor(task: Task) {
    this.task = task;
    exportAs(this, nextSerial());
    task.isShown = true;
    if (task.state === G.dead) announce(this.record, ENDED);
    else this.ended = task.watch(this, false);
  }

  /** Its goroutine has ended. */
  fire(): void {
    this.ended = null;
    announce(this.record, ENDED);
  }

  dropped(): void {
    const { task } = this;
    shown.delete(task);
    this.ended?.dequeue();
    task.isShown = false;
    if (task.failed && !task.observed) undecide(task);
  }
}

const shown = new Map<Task, Shown>();

/** Those that somebody here waits for. */
const asked = new Set<FarHandle>();

class FarJoined extends Joined {
  private readonly far: FarHandle;

  constructor(far: FarHandle) {
    super(far);
    this.far = far;
  }

  override poll(): boolean {
    if (this.far.state !== G.dead && obituary.isDead(this.far.owner)) this.far.lose();
    return super.poll();
  }

  override enqueue(): void {
    super.enqueue();
    this.far.ask();
  }
}

/** The handle of a goroutine of another machine's. It stands in no table here. */
class FarHandle extends Go {
  readonly owner: number;
  private readonly label: string;
  private hasFailed = false;
  private readonly from: Ref;
  readonly serial: number;

  constructor(record: Ref, id: number, label: string) {
    super(id, unloaded, [], 0, null);
    const { words } = memoryOf(record);
    this.owner = words[wordOf(record) + Reference.home] as number;
    this.serial = words[wordOf(record) + Reference.serial] as number;
    this.label = label;
    this.from = record;
    this.state = G.running;
  }

  override get name(): string {
    return this.label;
  }

  override get status(): GoroutineStatus {
    return statusWord(this.state === G.dead || stateOf(this.from) === ENDED ? G.dead : G.running);
  }

  override get failed(): boolean {
    return this.hasFailed;
  }

  get record(): Ref {
    return this.from;
  }

  override operation(): Operation<unknown> {
    return new FarJoined(this);
  }

  /** Somebody waits. */
  ask(): void {
    if (asked.has(this)) return;
    asked.add(this);
    tell(this.owner, Order.watch, this.serial, self.machine);
  }

  settle(failing: boolean, value: unknown): void {
    if (this.state === G.dead) return;
    asked.delete(this);
    this.hasFailed = failing;
    this.state = G.dead;
    this.value = value;
    this.observe();
    if (this.joined !== null) Joined.release(this, true);
  }

  lose(): void {
    this.settle(
      true,
      new ProcessorLostError(
        `the processor that made goroutine ${this.id} (${this.label}) is lost: its thread has ended (out of memory, or process.exit), and nobody knows how the goroutine ended`,
      ),
    );
  }

  get [Symbol.toStringTag](): string {
    return "Goroutine";
  }
}

registerHandle<Go>(TAG, {
  is: (value) => value instanceof Go,
  check: (g) => {
    if (g instanceof Task || g instanceof FarHandle) return;
    refuse(
      `is the handle of goroutine ${g.id} (${g.name === "" ? "a function without a name" : g.name}), which is not portable`,
      "it runs on the core that made it: wait for it there and send the result, or mark its function with portable()",
    );
  },
  encode: (g) => {
    const record = recordOf(g);
    holdRecord(record);
    putWord(record);
    putWord(g.id);
    out.value(g.name);
  },
  decode: () => {
    const record = takeWord();
    const id = takeWord();
    const name = source.value() as string;
    const { words } = memoryOf(record);
    const at = wordOf(record);
    if (words[at + Reference.home] === self.machine) {
      const { task } = exportOf(words[at + Reference.serial] as number) as Shown;
      letGo(record);
      return task;
    }
    const there = arrived(record) as Go | undefined;
    if (there !== undefined) return there;
    const handle = new FarHandle(record, id, name);
    importOf(record, handle);
    return handle;
  },
  undo: (g) => letGo(recordOf(g)),
});

function recordOf(g: Go): Ref {
  if (g instanceof FarHandle) return g.record;
  let one = shown.get(g as Task);
  if (one === undefined) {
    one = new Shown(g as Task);
    shown.set(g as Task, one);
  }
  return one.record;
}

/** Home: `machine` waits for the goroutine, which has a record as long as it does. */
onOrder(Order.watch, (serial, machine) => {
  const { task } = exportOf(serial) as Shown;
  if (task.state === G.dead) {
    if (task.failed) task.observe();
    answer(task, serial, machine);
  } else {
    task.watch({ fire: () => answer(task, serial, machine) });
  }
});

function answer(task: Task, serial: number, machine: number): void {
  if (obituary.isDead(machine)) return;
  let failing = task.failed;
  let length: number;
  try {
    length = failing ? encodeError(task.value) : encodeResult(task.value, task.name);
  } catch (error) {
    failing = true;
    length = encodeError(error);
  }
  const block = alloc(length * 4);
  memoryOf(block).words.set(scratch.words.subarray(0, length), wordOf(block));
  tell(machine, Order.answer, serial, block, failing ? 1 : 0);
}

onOrder(Order.answer, (serial, block, failing) => {
  const handle = importedAs(serial) as FarHandle | undefined;
  const { words, bytes } = memoryOf(block);
  // Read also when nobody is there any more: what is in it may count its readers.
  const value =
    failing === 1
      ? decodeError(words, bytes, wordOf(block), handle?.owner ?? 0, "")
      : decodeOne(words, bytes, wordOf(block));
  free(block);
  handle?.settle(failing === 1, value);
});

mourners.push((machine) => {
  for (const handle of [...asked]) if (handle.owner === machine) handle.lose();
  forsake(machine);
});

ties.push(isReferring);
