/**
 * Poller: which of many connections and listeners can go on, for a program that keeps their states by itself and has no goroutine for each.
 *
 * It is what a goroutine that is parked on a connection spares its program; examples/net/echo-poll.ts shows both sides of that.
 *
 * Invariants:
 *   I1  a direction that its program is interested in and that can go on stands in the line. One that stands there may have lost its reason: the line is looked at
 *       from its front, and who cannot go on leaves it.
 *   I2  whoever has been told of goes to the end of the line, and stays there as long as it can go on: level-triggered, and nobody is told of twice while another waits.
 *   I3  a closed connection or listener is in no poller.
 *
 * Go: runtime/netpoll.go, internal/poll. Differs: level-triggered, and for programs; Go's is edge-triggered and the scheduler's own.
 */
import { ConnClosedError, describe, InvalidOptionError } from "../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { concluded, holdCase } from "../runtime/contest.ts";
import { enterHost, leaveHost } from "../runtime/kernel.ts";
import {
  fulfil,
  type Op,
  Operation,
  type Parkable,
  probe,
  State,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Conn } from "./conn.ts";
import { Listener } from "./listener.ts";

/** What a program wants to hear of. A listener is only read: accepted from. */
export interface Interest {
  readonly read?: boolean | undefined;
  readonly write?: boolean | undefined;
}

/** What can go on without waiting, with the data that was given with it. */
export type Readiness<D = unknown> =
  | { readonly kind: "accept"; readonly listener: Listener; readonly data: D }
  | { readonly kind: "readable"; readonly conn: Conn; readonly data: D }
  | { readonly kind: "writable"; readonly conn: Conn; readonly data: D };

/** What a connection or listener tells the poller that it is in. */
export interface Watcher {
  /** It may be possible now to read, or to accept. */
  readable(): void;
  /** It may be possible now to write. */
  writable(): void;
  /** It is closed. */
  gone(): void;
}

/** One direction of what is watched. */
class Side implements Waiting<Side> {
  readonly event: Readiness;
  wanted = false;
  /** It stands in the line. */
  inLine = false;
  before: Side | null = null;
  behind: Side | null = null;

  constructor(event: Readiness) {
    this.event = event;
  }

  get canGoOn(): boolean {
    const { event } = this;
    return event.kind === "accept" ? event.listener.canGoOn() : event.conn.canGoOn(event.kind === "readable");
  }
}

/** What is watched: both its directions. */
class Watch implements Watcher {
  readonly poller: Poller<unknown>;
  readonly target: Conn | Listener;
  readonly read: Side;
  /** A listener has none. */
  readonly write: Side | null;

  constructor(poller: Poller<unknown>, target: Conn | Listener, data: unknown) {
    this.poller = poller;
    this.target = target;
    if (target instanceof Conn) {
      this.read = new Side({ kind: "readable", conn: target, data });
      this.write = new Side({ kind: "writable", conn: target, data });
    } else {
      this.read = new Side({ kind: "accept", listener: target, data });
      this.write = null;
    }
  }

  readable(): void {
    this.poller.changed(this.read);
  }

  writable(): void {
    if (this.write !== null) this.poller.changed(this.write);
  }

  gone(): void {
    this.poller.remove(this.target);
  }
}

class Next extends Operation<Readiness> implements Waiting<Next> {
  done: number = State.fresh;
  value: Readiness = undefined as never;
  owner: Parkable | Waiter | null = null;
  private readonly poller: Poller<unknown>;
  before: Next | null = null;
  behind: Next | null = null;

  constructor(poller: Poller<unknown>) {
    super();
    this.poller = poller;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  override toString(): string {
    return "this poll operation";
  }

  poll(): boolean {
    const event = this.poller.take();
    if (event === null) return false;
    this.value = event;
    return true;
  }

  enqueue(): void {
    this.poller.enter(this);
  }

  dequeue(): void {
    this.poller.leave(this);
  }
}

/**
 * Waits for many connections and listeners at once, and says which can go on: for a program that keeps a state per connection in a table of its own instead of a
 * goroutine each.
 *
 * Level-triggered: what can go on is told of again and again until it has been read, written or accepted from. Fair: everything else that can go on comes in between. What is
 * in a poller belongs to the goroutine that asks it: a read, write or accept by another one at the same time makes it report what then is not so.
 *
 * @typeParam D - what the program keeps for each, and gets back with each event
 * @example
 * ```ts
 * const poller = new Poller();
 * poller.add(listener);
 * for (;;) {
 *   const event = yield* poller.next();
 *   switch (event.kind) {
 *     case "accept": …listener.tryAccept()
 *     case "readable": …conn.tryRead(buf)
 *     case "writable": …conn.tryWrite(data)
 *   }
 * }
 * ```
 *
 * Go: none in the library; golang.org/x/sys/unix's EpollWait.
 */
export class Poller<D = undefined> {
  /** Who can go on, or could. */
  private line: Side | null = null;
  private nextq: Next | null = null;

  /**
   * Watches `target`, for reading unless told otherwise. A closed one leaves by itself.
   *
   * @throws InvalidOptionError (`GORT_INVALID_OPTION`): it is no connection or listener, or is in a poller already; ConnClosedError (`GORT_CONN_CLOSED`)
   */
  add(
    target: Conn | Listener,
    interest: Interest = { read: true },
    ...data: undefined extends D ? [data?: D] : [data: D]
  ): void {
    if (!(target instanceof Conn || target instanceof Listener))
      throw new InvalidOptionError(`poller.add needs a connection or a listener, got ${describe(target)}`);
    if (target.closed) throw new ConnClosedError();
    if (target.watcher !== null) throw new InvalidOptionError("poller.add: it is in a poller already");
    checkInterest("add", target, interest);
    const watch = new Watch(this as unknown as Poller<unknown>, target, data[0]);
    target.watcher = watch;
    this.want(watch, interest);
  }

  /** From now on it is `interest` that is heard of. Throws InvalidOptionError (`GORT_INVALID_OPTION`) when `target` is not in this poller. */
  modify(target: Conn | Listener, interest: Interest): void {
    const watch = this.watchOf(target);
    if (watch === null) throw new InvalidOptionError("poller.modify: it is not in this poller");
    checkInterest("modify", target, interest);
    this.want(watch, interest);
  }

  /** Watches it no more; it stays open. Whether it was in this poller. */
  remove(target: Conn | Listener): boolean {
    const watch = this.watchOf(target);
    if (watch === null) return false;
    target.watcher = null;
    this.want(watch, {});
    return true;
  }

  /** Waits for something that can go on. The end of a stream, an error and a deadline that is over can be read (or written to, or accepted): the try says which it is. */
  next(): Op<Readiness<D>> {
    return new Next(this as unknown as Poller<unknown>) as Operation<unknown> as Operation<Readiness<D>>;
  }

  /** A direction may have come to go on. @internal */
  changed(side: Side): void {
    if (!side.wanted || side.inLine) return;
    this.lineUp(side);
    this.serve();
  }

  /** Whoever can go on and has waited longest. @internal */
  take(): Readiness | null {
    for (let side = this.line; side !== null; side = this.line) {
      this.line = served(side);
      side.inLine = false;
      if (!side.canGoOn) continue;
      this.lineUp(side);
      return side.event;
    }
    return null;
  }

  /** @internal */
  enter(op: Next): void {
    enterHost();
    if (this.nextq === null) this.nextq = alone<Next>(op);
    else join<Next>(this.nextq, op);
  }

  /** @internal */
  leave(op: Next): void {
    leaveHost();
    this.nextq = left<Next>(this.nextq as Next, op);
  }

  private watchOf(target: Conn | Listener): Watch | null {
    const watcher = (target as Partial<Conn> | null | undefined)?.watcher;
    return watcher instanceof Watch && (watcher.poller as unknown) === this ? watcher : null;
  }

  private want({ target, read, write }: Watch, interest: Interest): void {
    this.setWanted(read, interest.read === true);
    if (write !== null) this.setWanted(write, interest.write === true);
    if (read.wanted && target instanceof Conn) target.pull();
    this.serve();
  }

  private setWanted(side: Side, wanted: boolean): void {
    side.wanted = wanted;
    if (wanted && !side.inLine) {
      this.lineUp(side);
    } else if (!wanted && side.inLine) {
      side.inLine = false;
      this.line = left(this.line as Side, side);
    }
  }

  private lineUp(side: Side): void {
    side.inLine = true;
    if (this.line === null) this.line = alone(side);
    else join(this.line, side);
  }

  /** Whoever waits for an event gets one, if there is one. */
  private serve(): void {
    while (this.nextq !== null) {
      const first: Next = this.nextq;
      if (!holdCase(first as Operation<unknown>)) continue;
      const event = this.take();
      if (!concluded(first as Operation<unknown>, event !== null)) return;
      leaveHost();
      this.nextq = served(first);
      first.value = event as Readiness;
      fulfil(first as Operation<unknown>);
    }
  }

  get [Symbol.toStringTag](): string {
    return "Poller";
  }
}

function checkInterest(what: string, target: Conn | Listener, interest: unknown): void {
  if (typeof interest !== "object" || interest === null) {
    throw new InvalidOptionError(
      `poller.${what} needs { read?: boolean, write?: boolean }, got ${describe(interest)}`,
    );
  }
  for (const [name, value] of Object.entries(interest)) {
    if (name !== "read" && name !== "write")
      throw new InvalidOptionError(`poller.${what}: there is no option "${name}" (read, write)`);
    if (value !== undefined && typeof value !== "boolean")
      throw new InvalidOptionError(`poller.${what}: ${name} is a boolean, got ${describe(value)}`);
  }
  if (target instanceof Listener && (interest as Interest).write === true)
    throw new InvalidOptionError(`poller.${what}: a listener is only read: accepted from`);
}
