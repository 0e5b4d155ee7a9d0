/**
 * settle(): until all others are durably blocked. Go: testing/synctest.Wait.
 */
import { BubbleError } from "../base/errors.ts";
import { isolation } from "../runtime/isolation.ts";
import { BasicOperation, fulfil, type Op, type Operation } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { World } from "./world.ts";

class Settle extends BasicOperation<void> {
  private world: World | null = null;

  get reason(): WaitReason {
    return WaitReason.settle;
  }

  poll(): boolean {
    const { world } = isolation;
    if (!(world instanceof World)) {
      throw new BubbleError(
        "settle() outside of a bubble: it waits for the others of its bubble, bubble(function* () { … })",
      );
    }
    if (world.settling !== null) {
      throw new BubbleError(
        "settle() while another goroutine is in settle(): neither would ever see the other one blocked",
      );
    }
    this.world = world;
    return false;
  }

  enqueue(): void {
    (this.world as World).settling = this;
  }

  dequeue(): void {
    (this.world as World).settling = null;
  }

  /** All others are durably blocked. */
  settled(): void {
    this.dequeue();
    fulfil(this as Operation<unknown>);
  }

  override toString(): string {
    return "this settle operation";
  }
}

/**
 * Inside a bubble: waits until every other goroutine of it is durably blocked. No time passes.
 *
 * So what the others can do without time going on, they have done: `ch.trySend(1); yield* settle();` and the receiver has run as far as it gets.
 *
 * @throws BubbleError (`GORT_BUBBLE`), where it is waited for: outside of a bubble, or while another goroutine settles
 *
 * Go: testing/synctest.Wait.
 */
export function settle(): Op<void> {
  return new Settle();
}
