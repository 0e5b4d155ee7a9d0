/**
 * Publish and subscribe: every subscriber gets every message, each on a channel of its own.
 *
 * The question of every such program is what becomes of a subscriber that is too slow. Waiting for it would hold up all others, and an endless queue
 * would hide it. Here each has room for a few messages, and what does not fit is dropped and counted.
 */
import { type Chan, chan, type Goroutine, type RecvChan, range, WaitGroup } from "gort";

interface Subscription<T> {
  readonly messages: RecvChan<T>;
  readonly dropped: number;
  cancel(): void;
}

class Topic<T> {
  private readonly subscribers = new Set<{ messages: Chan<T>; dropped: number }>();

  subscribe(room: number): Subscription<T> {
    const one = { messages: chan<T>(room), dropped: 0 };
    this.subscribers.add(one);
    const cancel = () => {
      if (this.subscribers.delete(one)) one.messages.close();
    };
    return Object.assign(one, { cancel });
  }

  /** Never waits. */
  publish(message: T): void {
    for (const one of this.subscribers) if (!one.messages.trySend(message)) one.dropped++;
  }

  close(): void {
    for (const one of this.subscribers) one.messages.close();
    this.subscribers.clear();
  }
}

function* read(name: string, subscription: Subscription<string>, log: string[]): Goroutine {
  const seen: string[] = [];
  for (const message = range(subscription.messages); yield* message.next(); ) seen.push(message.value);
  log.push(`${name}: ${seen.join(" ")} (${subscription.dropped} dropped)`);
}

export function* main(): Goroutine {
  const news = new Topic<string>();
  const log: string[] = [];
  const readers = new WaitGroup();
  readers.go(read, "attentive", news.subscribe(10), log);
  readers.go(read, "slow", news.subscribe(2), log);
  const leaver = news.subscribe(10);
  readers.go(read, "leaver", leaver, log);

  for (const message of ["one", "two", "three", "four"]) {
    news.publish(message); // the readers come to run when main waits: all four are there by then
    if (message === "three") leaver.cancel();
  }
  news.close();
  yield* readers.wait();
  for (const line of log) console.log(line);
}

// Output:
// attentive: one two three four (0 dropped)
// slow: one two (2 dropped)
// leaver: one two three (0 dropped)
