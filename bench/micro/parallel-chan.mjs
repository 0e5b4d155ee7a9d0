/**
 * Shared channels from one core to another, and a mutex that two cores want.
 *
 * Who makes the goroutine holds its own core until that has begun, so it has begun on another one.
 */
import { flag, hold, worth } from "./parallel-loads.mjs";
import { sum } from "./ping-pong.mjs";

const goroutines = () => import("./parallel-goroutines.mjs");

function* numbers({ go, sharedChan }, produceNumbers, n, capacity) {
  const ch = sharedChan(capacity);
  const begun = flag();
  go(produceNumbers, begun, ch, n);
  hold(begun);
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + (yield* ch.recv())) | 0;
  return total;
}

function* objects({ go, sharedChan }, produceObjects, n, capacity) {
  const ch = sharedChan(capacity);
  const begun = flag();
  go(produceObjects, begun, ch, n);
  hold(begun);
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + worth(yield* ch.recv())) | 0;
  return total;
}

function* pinger({ go, sharedChan }, answer, n, capacity) {
  const ping = sharedChan(capacity);
  const pong = sharedChan(capacity);
  const begun = flag();
  go(answer, begun, ping, pong, n);
  hold(begun);
  let total = 0;
  for (let i = 0; i < n; i++) {
    yield* ping.send(i);
    total = (total + (yield* pong.recv())) | 0;
  }
  return total;
}

function* contended({ go, SharedMutex }, increment, n) {
  if (SharedMutex === undefined) throw new Error("this gort has no SharedMutex");
  const mu = new SharedMutex();
  const counter = flag();
  const begun = flag();
  const other = go(increment, begun, mu, counter, n / 2);
  hold(begun);
  for (let i = n / 2; i > 0; i--) {
    yield* mu.lock();
    counter[0]++;
    mu.unlock();
  }
  yield* other;
  return counter[0];
}

/** A case of one of the bodies above, with a portable goroutine of parallel-goroutines.mjs on the other core. */
const across = (name, about, main, fn, body, arg, targets) => ({
  name,
  body,
  arg,
  about,
  expected: sum,
  step: 2,
  prepared: true,
  gort: async (lib, n) => {
    const { [fn]: goroutine } = await goroutines();
    return () => lib.run(() => main(lib, goroutine, n, arg));
  },
  targets,
});

const number = (capacity) =>
  across(
    `parallel-chan-int-${capacity}`,
    `One 32-bit integer from a core to another one through a shared channel of capacity ${capacity}; MessagePort: posted without waiting.`,
    numbers,
    "produceNumbers",
    "sharedInts",
    capacity,
    [
      { against: "message-port", factor: 0.2 },
      { max: 100, unit: "ns" },
    ],
  );

const object = (capacity) =>
  across(
    `parallel-chan-object-${capacity}`,
    `One object { id, name, ok } from a core to another one through a shared channel of capacity ${capacity}; MessagePort: posted without waiting.`,
    objects,
    "produceObjects",
    "sharedObjects",
    capacity,
    [
      { against: "message-port", factor: 0.28 },
      { max: 330, unit: "ns" },
    ],
  );

const roundTrip = (name, capacity, what) =>
  across(
    name,
    `One round trip between two cores over two ${what} shared channels, both cores awake.`,
    pinger,
    "answer",
    "sharedPingPong",
    capacity,
    [{ max: 2000, unit: "ns" }],
  );

export const cases = [
  number(128),
  number(1024),
  object(128),
  object(1024),
  roundTrip("parallel-ping-pong", 0, "unbuffered"),
  roundTrip("parallel-ping-pong-1", 1, "one-place"),
  {
    ...across(
      "parallel-mutex",
      "One lock() and unlock() of a SharedMutex that goroutines on two cores want all the time, around the increment of a counter.",
      contended,
      "increment",
      "sharedMutex",
      undefined,
      [],
    ),
    expected: (n) => n,
  },
];
