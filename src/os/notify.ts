/**
 * notify: the process's signals as channels. Go: os/signal.
 *
 * One listener of the host's per signal, whatever the number of channels, which puts the signal into each of them; it never waits for a receiver.
 *
 * Invariants:
 *   I1  a channel is in `relays` under each of its signals from notify to stopNotify, and then under none.
 *   I2  a channel is in the kernel's heap exactly while somebody waits for it and it has not been stopped: a signal can come at any time, so that wait is for
 *       the host; a listener alone would keep neither the process alive nor a deadlock unreported.
 *   I3  a signal that came before stopNotify is not lost: it is in the channel, or has its default action afterwards.
 *
 * I3 is why the listener outlives its last channel for a turn of the event loop. The system hands a signal over at once, but Node hears of it when the loop polls;
 * one that is then still under way would vanish with the listener. It is caught and sent anew, when nobody listens any more.
 *
 * Go: os/signal/signal.go. Differs: the channel is made here; a channel that was stopped is known to be dead, so waiting for it is a deadlock.
 */

import { describe, InvalidSignalError } from "../base/errors.ts";
import { Ring } from "../base/ring.ts";
import { NOTHING, SourceChan } from "../chan/flavors/source.ts";
import type { RecvChan } from "../chan/types.ts";
import { hostOnly, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";
import { checkSignals, mustStay } from "./signals.ts";

const CAPACITY = 64;

class SignalChan extends SourceChan<NodeJS.Signals> implements Timed {
  /** As a timer it is never due. */
  place = -1;
  readonly names: readonly NodeJS.Signals[];
  private stopped = false;
  private readonly buffer: Ring<NodeJS.Signals> = new Ring();

  constructor(names: readonly NodeJS.Signals[]) {
    super();
    this.names = names;
  }

  override get length(): number {
    return this.buffer.size;
  }

  override get capacity(): number {
    return CAPACITY;
  }

  get quiet(): boolean {
    return false;
  }

  fire(): void {}

  take(): NodeJS.Signals | typeof NOTHING {
    return this.buffer.shift() ?? NOTHING;
  }

  /** A signal has come. */
  put(name: NodeJS.Signals): void {
    if (this.canDeliver) this.deliver(name);
    else if (this.buffer.size < CAPACITY) this.buffer.push(name);
  }

  /** No signal comes from here on: whoever waits has nothing to wait for. */
  stop(): void {
    this.stopped = true;
    stopTimer(this);
  }

  protected watch(): void {
    if (!this.stopped) startTimer(this, Number.POSITIVE_INFINITY);
  }

  protected unwatch(): void {
    stopTimer(this);
  }
}

/** The host's listener for one signal, and the channels that get it, in the order of notify. */
class Relay {
  private readonly channels: Set<SignalChan> = new Set();
  private readonly name: NodeJS.Signals;
  /** How many times its last channel has gone. */
  private times = 0;

  constructor(name: NodeJS.Signals) {
    this.name = name;
  }

  /** Throws when the system does not allow the listener; nothing is left behind then. */
  add(ch: SignalChan): void {
    // Asked of the host each time: removeAllListeners() takes ours as well.
    if (!process.listeners(this.name).includes(this.listener)) {
      // In front of all others, the command's among them: whoever asks there how many listen is not misled by one that is left over, and leaves in listener().
      process.prependListener(this.name, this.listener);
    }
    relays.set(this.name, this);
    this.channels.add(ch);
  }

  /** Does nothing when `ch` is not there. */
  remove(ch: SignalChan): void {
    if (!this.channels.delete(ch) || this.channels.size > 0 || mustStay(this.name)) return;
    const time = ++this.times;
    // Not at once: a signal that has been caught and not been handed on yet would be lost when the listener goes. Whoever is told that nobody listens any more, and sends it then, does so long before this.
    linger.after(() => this.isAlone && this.times === time && this.close());
  }

  private get isAlone(): boolean {
    return this.channels.size === 0 && relays.get(this.name) === this;
  }

  /** The signal has come. One that nobody waits for any more is sent anew, unless another listener of the program's is there and gets it now. */
  private readonly listener = (): void => {
    for (const ch of this.channels) ch.put(this.name);
    if (!this.isAlone || mustStay(this.name)) return;
    this.close();
    if (process.listenerCount(this.name) === 0) raise(this.name);
  };

  private close(): void {
    process.off(this.name, this.listener);
    relays.delete(this.name);
  }
}

const LINGER_MS = 100;

/** How long the listener of a signal that nobody waits for any more stays. Tests have less time. */
export const linger: { after: (leave: () => void) => void } = {
  after: (leave) => {
    setTimeout(leave, LINGER_MS).unref();
  },
};

const relays: Map<NodeJS.Signals, Relay> = new Map();

function raise(name: NodeJS.Signals): void {
  try {
    process.kill(process.pid, name);
  } catch {
    // Windows reports signals that it has no way to send; their default is nothing.
  }
}

/**
 * Gives a channel of the signals that the process receives. While somebody listens to a signal its default action (mostly: the end) does not happen.
 *
 * Several channels may listen to one signal: each of them gets it. A channel keeps up to 64 signals that nobody has received yet, further ones are dropped. It is never closed;
 * {@link stopNotify} ends it. A goroutine that waits for the channel keeps the process alive and is no deadlock; the channel alone keeps nothing.
 *
 * @param signals - names such as "SIGINT"; a name that stands twice counts once. None at all means every signal that can be caught, except faults
 * (SIGILL, SIGTRAP, …) and those that Node uses itself: SIGCHLD, SIGPIPE, SIGPROF, SIGUSR1 and SIGXFSZ, which can be listened to by name. (Node no longer starts its inspector
 * on SIGUSR1 then.)
 * @throws InvalidSignalError (a `TypeError`, `GORT_INVALID_SIGNAL`) for what is no signal of this system, cannot be caught (SIGKILL, SIGSTOP) or is a fault (SIGSEGV, …),
 * and in a worker, which no signal reaches; nothing is listened to then
 * @example
 * ```ts
 * import { notify, run, stopNotify } from "gort";
 *
 * await run(function* main() {
 *   const signals = notify("SIGINT", "SIGTERM");
 *   process.kill(process.pid, "SIGTERM");
 *   console.log(yield* signals.recv()); // SIGTERM
 *   stopNotify(signals); // the next one ends the process again
 * });
 * ```
 *
 * Go: signal.Notify. Differs: it makes the channel.
 */
export function notify(...signals: readonly NodeJS.Signals[]): RecvChan<NodeJS.Signals> {
  const names = checkSignals(signals);
  hostOnly("notify");
  // Asked for when needed: the module would double what importing gort costs.
  if (!process.getBuiltinModule("node:worker_threads").isMainThread) {
    throw new InvalidSignalError("notify works on the main thread: no signal reaches a worker");
  }
  const ch = new SignalChan(names);
  for (const name of names) {
    try {
      (relays.get(name) ?? new Relay(name)).add(ch);
    } catch (cause) {
      // Which signals a system lets nobody catch is for it to say.
      if (signals.length === 0) continue;
      stopNotify(ch);
      throw new InvalidSignalError(`notify: this system lets nobody listen to ${name}`, { cause });
    }
  }
  return ch;
}

/**
 * Ends what {@link notify} began: when it returns, no signal comes into the channel any more. When no other channel or listener is left for a signal, its default
 * action is in force again.
 *
 * Signals that are in the channel can still be received. The channel is not closed: waiting for more of them is waiting for ever. Again, or with a channel
 * that is none of notify's, it does nothing.
 *
 * @throws InvalidSignalError (a `TypeError`, `GORT_INVALID_SIGNAL`) for what is no channel
 *
 * Go: signal.Stop.
 */
export function stopNotify(ch: RecvChan<NodeJS.Signals>): void {
  if (!(ch instanceof SignalChan)) {
    if (typeof (ch as RecvChan<NodeJS.Signals> | null | undefined)?.recv === "function") return;
    throw new InvalidSignalError(`stopNotify needs the channel that notify gave, got ${describe(ch)}`);
  }
  ch.stop();
  for (const name of ch.names) relays.get(name)?.remove(ch);
}
