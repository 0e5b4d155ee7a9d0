/**
 * A producer sends in turn on each of several unbuffered channels; the consumer takes every message by a select over all of them.
 */
import { sum } from "./ping-pong.mjs";

function* produce(channels, n) {
  for (let i = 1; i <= n; i++) yield* channels[i % channels.length].send(i);
}

function* selectOf2(select, [a, b], n) {
  let total = 0;
  for (let i = 0; i < n; i++) {
    const got = yield* select({ a: a.recv(), b: b.recv() });
    total = (total + got.value) | 0;
  }
  return total;
}

function* selectOf8(select, [a, b, c, d, e, f, g, h], n) {
  let total = 0;
  for (let i = 0; i < n; i++) {
    const got = yield* select({
      a: a.recv(),
      b: b.recv(),
      c: c.recv(),
      d: d.recv(),
      e: e.recv(),
      f: f.recv(),
      g: g.recv(),
      h: h.recv(),
    });
    total = (total + got.value) | 0;
  }
  return total;
}

const gort = ({ chan, go, run, select }, n, width) => {
  const channels = Array.from({ length: width }, () => chan());
  return run(function* main() {
    go(produce, channels, n);
    return yield* width === 2 ? selectOf2(select, channels, n) : selectOf8(select, channels, n);
  });
};

export const cases = [
  {
    name: "select-2",
    body: "select",
    arg: 2,
    about: "One message taken by a select over 2 unbuffered channels on which a producer sends in turn.",
    expected: sum,
    gort,
    targets: [
      { against: "go", factor: 0.75 },
      { max: 130, unit: "ns" },
    ],
  },
  {
    name: "select-8",
    body: "select",
    arg: 8,
    about: "One message taken by a select over 8 unbuffered channels on which a producer sends in turn.",
    expected: sum,
    gort,
    targets: [{ max: 300, unit: "ns" }],
  },
];
