/**
 * Messages from producers to one consumer: through a buffer of 128, without a buffer, and from 100 producers at once.
 */
import { sum } from "./ping-pong.mjs";

function* produce(out, from, to) {
  for (let i = from; i <= to; i++) yield* out.send(i);
}

function* consume({ chan, go }, n, { capacity, producers }) {
  const ch = chan(capacity);
  const share = n / producers;
  for (let p = 0; p < producers; p++) go(produce, ch, Math.floor(p * share) + 1, Math.floor((p + 1) * share));
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + (yield* ch.recv())) | 0;
  return total;
}

const shared = {
  body: "producer-consumer",
  expected: sum,
  gort: (lib, n, arg) => lib.run(() => consume(lib, n, arg)),
};

export const cases = [
  {
    ...shared,
    name: "buffered",
    about: "One message from a producer to a consumer through a channel of capacity 128.",
    arg: { capacity: 128, producers: 1 },
    targets: [
      { against: "go", factor: 1 },
      { max: 34, unit: "ns" },
    ],
  },
  {
    ...shared,
    name: "unbuffered",
    about: "One message from a producer to a consumer through an unbuffered channel.",
    arg: { capacity: 0, producers: 1 },
    targets: [
      { against: "go", factor: 0.5 },
      { max: 60, unit: "ns" },
    ],
  },
  {
    ...shared,
    name: "fan-in",
    about: "One message of 100 producers that send to one consumer over the same unbuffered channel.",
    arg: { capacity: 0, producers: 100 },
    step: 100,
    targets: [
      { against: "go", factor: 0.55 },
      { max: 70, unit: "ns" },
    ],
  },
];
