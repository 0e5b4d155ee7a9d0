/**
 * listen and accept.
 *
 * The host accepts by itself; what it has accepted and nobody has asked for yet stands in a queue, unread. A connection is never lost to a case that loses: it is given
 * only to an accept that happens.
 *
 * Go: net.Listen, net.Listener.
 */
import { ConnClosedError } from "../base/errors.ts";
import { Ring } from "../base/ring.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { win } from "../runtime/contest.ts";
import { enterHost, leaveHost } from "../runtime/kernel.ts";
import { BasicOperation, type Op, type Operation, State } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Conn } from "./conn.ts";
import type { Watcher } from "./poller.ts";
import { orRefused } from "./refused.ts";
import { settle } from "./settle.ts";
import { addressText, showAsText } from "./shown.ts";
import { checkListen } from "./target.ts";
import { type Address, type Closer, type Link, type ListenTarget, network } from "./transport.ts";
import { traced } from "./whence.ts";

class Accept extends BasicOperation<Conn> implements Waiting<Accept> {
  private readonly listener: Listener;
  before: Accept | null = null;
  behind: Accept | null = null;

  constructor(listener: Listener) {
    super();
    this.listener = listener;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  override failure(): unknown {
    return traced(this.value);
  }

  override toString(): string {
    return "this accept operation";
  }

  poll(): boolean {
    const link = this.listener.next();
    if (link === undefined) return false;
    this.value = new Conn(link);
    return true;
  }

  enqueue(): void {
    this.listener.enter(this);
  }

  dequeue(): void {
    this.listener.leave(this);
  }
}

/** A listening socket. Go: net.Listener. */
export class Listener {
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly addr: Address;
  private readonly acceptor: Closer;
  private readonly queue: Ring<Link> = new Ring<Link>();
  private acceptq: Accept | null = null;
  /** Why nothing can be accepted any more. */
  private error: Error | null = null;
  /** The poller that it is in. @internal */
  watcher: Watcher | null = null;

  /** @internal */
  constructor(addr: Address, acceptor: Closer) {
    this.addr = addr;
    this.acceptor = acceptor;
  }

  /** Waits for the next connection. Throws ConnClosedError (`GORT_CONN_CLOSED`) when the listener is closed. */
  accept(): Op<Conn> {
    return new Accept(this);
  }

  /** Accepts a connection that is there, and never waits: undefined when there is none. Throws what {@link accept} throws. */
  tryAccept(): Conn | undefined {
    const link = this.next();
    return link === undefined ? undefined : new Conn(link);
  }

  /** Listens no more, at once: whoever is parked in accept gets a ConnClosedError, and connections that nobody has accepted are closed. Again it does nothing. */
  close(): void {
    this.watcher?.gone();
    this.end(new ConnClosedError());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  get closed(): boolean {
    return this.error !== null;
  }

  /** @internal */
  canGoOn(): boolean {
    return this.queue.size > 0 || this.error !== null;
  }

  /** @internal */
  next(): Link | undefined {
    if (this.error !== null) throw traced(this.error);
    return this.queue.shift();
  }

  /** @internal */
  enter(op: Accept): void {
    enterHost();
    if (this.acceptq === null) this.acceptq = alone<Accept>(op);
    else join<Accept>(this.acceptq, op);
  }

  /** @internal */
  leave(op: Accept): void {
    leaveHost();
    this.acceptq = left<Accept>(this.acceptq as Accept, op);
  }

  /** @internal */
  arrived(link: Link): void {
    let first = this.acceptq;
    while (first !== null && first.done === State.contested && !win(first as Operation<unknown>))
      first = this.acceptq;
    if (first === null) {
      this.queue.push(link);
      this.watcher?.readable();
      return;
    }
    this.acceptq = served(first);
    first.value = new Conn(link);
    settle(first as Operation<unknown>);
  }

  /** @internal */
  end(error: Error): void {
    if (this.error !== null) return;
    this.error = error;
    this.acceptor.close();
    for (let link = this.queue.shift(); link !== undefined; link = this.queue.shift()) link.close();
    for (let first = this.acceptq; first !== null; first = this.acceptq) {
      this.acceptq = served(first);
      settle(first as Operation<unknown>, error);
    }
    this.watcher?.readable();
  }

  private get state(): string {
    return this.error === null ? "open" : "closed";
  }

  toString(): string {
    return `Listener { ${addressText(this.addr)}, ${this.state} }`;
  }

  toJSON(): object {
    return { addr: this.addr, state: this.state };
  }

  get [Symbol.toStringTag](): string {
    return "Listener";
  }
}

showAsText(Listener.prototype);

class Listen extends BasicOperation<Listener> {
  private readonly target: ListenTarget;
  private acceptor: Closer | null = null;

  constructor(target: ListenTarget) {
    super();
    this.target = target;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  override failure(): unknown {
    return traced(this.value);
  }

  override toString(): string {
    return "this listen operation";
  }

  poll(): boolean {
    return false;
  }

  enqueue(): void {
    enterHost();
    let listener: Listener | null = null;
    const acceptor = network.transport.listen(this.target, {
      listening: (addr) => {
        if (this.done === State.contested && !win(this as Operation<unknown>)) return;
        listener = new Listener(addr, acceptor);
        this.value = listener;
        settle(this as Operation<unknown>);
      },
      connection: (link) => {
        (listener as Listener).arrived(link);
      },
      failed: (error) => {
        if (listener === null) settle(this as Operation<unknown>, error);
        else listener.end(error);
      },
    });
    this.acceptor = acceptor;
  }

  dequeue(): void {
    leaveHost();
    this.acceptor?.close();
  }
}

/**
 * Listens for connections.
 *
 * @param options - `port` (0, the default, is any free one) and `host` (the default is every address), or the `path` of a Unix socket; `backlog`; `tls`: options of
 *   `tls.createServer`; `reusePort`, which needs Node 22.12 or 23.1
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`), InvalidNumberError (`GORT_INVALID_NUMBER`) for a port out of range, and the system's error (`code` EADDRINUSE,
 *   EACCES, …); all when it is waited for
 * @example
 * ```ts
 * const listener = yield* listen({ port: 8080 });
 * for (;;) go(handle, yield* listener.accept());
 * ```
 *
 * Go: net.Listen.
 */
export function listen(options: ListenTarget = {}): Op<Listener> {
  return orRefused(() => {
    checkListen("listen", options);
    return new Listen(options);
  });
}
