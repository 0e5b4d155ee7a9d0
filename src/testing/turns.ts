/**
 * The turns of a world: some callbacks of the event loop each, one behind the other.
 *
 * The first enters the world and runs what can run. After each of them Node runs the microtasks, which belong to the world, as nothing else can have made one since the loop's last callback; so the next one finds none left, and goes on. The last one leaves.
 * Nothing else of the loop comes between (they are asked for at once), and a turn of the loop serves many steps of virtual time.
 */

/** What is done in them. */
export interface Turned {
  /** Enters, and runs what can run. */
  first(): void;
  /** A microtask has made somebody ready. */
  between(): void;
  /** No microtask is left. Whether to be called once more. */
  drained(): boolean;
  /** No microtask is left, for this turn. Leaves; whether another turn is needed. */
  last(): boolean;
}

// Those of the host, also when a test has put others in their place by the time they are needed.
const soon = setImmediate;
const nextMicrotask = queueMicrotask;

const FEW = 2;
const MANY = 64;

export class Turns {
  private readonly turned: Turned;
  private scheduled = false;
  private draining = false;
  private wanted = false;
  private count = FEW;

  constructor(turned: Turned) {
    this.turned = turned;
  }

  /** Somebody is ready, and no loop on the stack. */
  request(): void {
    if (this.draining) {
      nextMicrotask(() => {
        if (this.draining) this.turned.between();
      });
      return;
    }
    if (this.scheduled) return;
    this.scheduled = true;
    soon(() => {
      this.scheduled = false;
      this.draining = true;
      this.wanted = true;
      this.turned.first();
    });
    for (let i = 0; i < this.count; i++) {
      soon(() => {
        if (this.wanted) this.wanted = this.turned.drained();
      });
    }
    soon(() => {
      this.draining = false;
      // All were used: the next turn has more of them.
      this.count = this.wanted ? Math.min(this.count * 2, MANY) : FEW;
      if (this.turned.last()) this.request();
    });
  }
}
