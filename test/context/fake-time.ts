/**
 * A host whose time stands still, as in test/runtime/fake-host.ts, with a wall clock that a test can also set wrong.
 */
import { clock } from "#src/runtime/clock.ts";
import { FakeHost } from "../runtime/fake-host.ts";

/** What the wall clock says when the time is installed: a round number, in 2033. */
export const EPOCH = 2_000_000_000_000;

export class FakeTime extends FakeHost {
  /** How much the wall clock has been set forward (or back) by hand. */
  jumped = 0;
  private readonly begun = this.now;
  private readonly realWall = clock.wall;

  override install(): void {
    super.install();
    clock.wall = () => this.wall;
  }

  override restore(): void {
    super.restore();
    clock.wall = this.realWall;
  }

  /** Milliseconds since 1970, as the machine believes. */
  get wall(): number {
    return EPOCH + (this.now - this.begun) + this.jumped;
  }

  /** Lets `ms` pass. */
  pass(ms: number): void {
    this.moveTo(this.now + ms);
  }
}
