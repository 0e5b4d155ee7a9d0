/**
 * A context of this core that others refer to: it tells them of its end.
 *
 * It hangs on the context like a child. The end is published once: the cause, then the state, and then each machine that has a stand-in gets a message. Who arrives later finds the state.
 */
import { scratch } from "../portable/codec.ts";
import {
  announce,
  type Exported,
  exportAs,
  exportOf,
  nextSerial,
  Reference,
} from "../portable/references.ts";
import { Mail } from "../shm/inbox.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc } from "../shm/slab.ts";
import type { CancelCtx, Child } from "./cancel.ts";
import { encodeEnding, endOf } from "./crossing-ending.ts";
import type { Ctx } from "./ctx.ts";
import type { Ending } from "./ending.ts";

class Crossing implements Child, Exported {
  readonly ctx: Ctx;
  readonly serial: number = nextSerial();
  record: Ref = 0;
  before: Child | null = null;
  behind: Child | null = null;

  constructor(ctx: Ctx) {
    this.ctx = ctx;
  }

  /** Its record, from now on if it has none. The context has not ended. */
  open(): Ref {
    if (this.record === 0) {
      exportAs(this, this.serial);
      (this.ctx.node as CancelCtx).adopt(this);
    }
    return this.record;
  }

  mark(): void {}

  handOver(): void {}

  /** What it hangs on has ended. */
  wake(): void {
    // What another one's end called may have dropped it.
    if (this.record !== 0) publish(this.record, (this.ctx.node as CancelCtx).ending as Ending);
  }

  dropped(): void {
    const node = this.ctx.node as CancelCtx;
    if (node.ending === null) node.disown(this);
  }
}

function publish(record: Ref, ending: Ending): void {
  const length = encodeEnding(ending);
  const { words } = memoryOf(record);
  const at = wordOf(record);
  if (length > 0) {
    const block = alloc(length * 4);
    memoryOf(block).words.set(scratch.words.subarray(0, length), wordOf(block));
    words[at + Reference.block] = block;
    words[at + Reference.length] = length;
  }
  announce(record, endOf(ending), Mail.ended);
}

const crossings = new WeakMap<Ctx, Crossing>();

/** The one for a context of this core. */
export function crossingOf(ctx: Ctx): Crossing {
  let crossing = crossings.get(ctx);
  if (crossing === undefined) {
    crossing = new Crossing(ctx);
    crossings.set(ctx, crossing);
  }
  return crossing;
}

/** The context of this core that has come home. */
export function originalOf(serial: number): Ctx {
  return (exportOf(serial) as Crossing).ctx;
}
