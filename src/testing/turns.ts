/**
 * The turns of a world: two callbacks of the event loop each, one behind the other.
 *
 * The first enters the world and runs what can run. Then Node runs the microtasks, which belong to the world, as nothing else can have made one since the loop's last callback. The second leaves.
 */

/** What is done in them. */
export interface Turned {
  /** Enters, and runs what can run. */
  first(): void;
  /** Between the two somebody has become ready. */
  between(): void;
  /** Leaves; whether another turn is needed. */
  second(): boolean;
}

export class Turns {
  private readonly turned: Turned;
  private scheduled = false;
  private draining = false;

  constructor(turned: Turned) {
    this.turned = turned;
  }

  /** Somebody is ready, and no loop on the stack. */
  request(): void {
    if (this.draining) {
      queueMicrotask(() => {
        if (this.draining) this.turned.between();
      });
      return;
    }
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.draining = true;
      this.turned.first();
    });
    setImmediate(() => {
      this.draining = false;
      if (this.turned.second()) this.request();
    });
  }
}
