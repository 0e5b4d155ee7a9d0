/**
 * Parked goroutines: what a million of them weigh, and whether a switch gets dearer while they are there.
 *
 * They wait in 1,000 groups, each on a channel of its own: the goroutines are weighed, not the channels, and libraries that allow
 * about a thousand waiters a channel can take part.
 */
import { pingPong, sum } from "./ping-pong.mjs";

export const GROUP = 1000;

function* receive(ch, state) {
  const value = yield* ch.recv(); // before the total is read: others add to it meanwhile
  state.total += value;
  if (--state.left === 0) state.done.trySend(state.total);
}

/** Parks `n` goroutines; resolves when all wait, with a function that releases them and gives their sum. */
export const park = async ({ chan, go, gosched, run }, n) => {
  const channels = Array.from({ length: Math.ceil(n / GROUP) }, () => chan());
  const state = { total: 0, left: n, done: chan(1) };
  await run(function* main() {
    for (let i = 0; i < n; i++) go(receive, channels[i % channels.length], state);
    yield* gosched();
  });
  return () =>
    run(function* main() {
      for (let i = 0; i < n; i++) yield* channels[i % channels.length].send(1);
      return yield* state.done.recv();
    });
};

const among = (parked, targets) => ({
  name: `among-1e${Math.log10(parked)}`,
  body: "ping-pong",
  park: parked,
  about: `The round trip of ping-pong while ${parked.toLocaleString("en")} other goroutines are parked.`,
  expected: sum,
  gort: pingPong,
  targets,
});

const flat = (name) => [{ baseline: name, factor: 1.25 }];

export const cases = [
  {
    name: "parked",
    body: "park",
    about:
      "A million goroutines, each started with an argument and waiting to receive from a channel: bytes for each.",
    kind: "memory",
    fixed: 1_000_000,
    expected: (n) => n,
    gort: park,
    metrics: [
      { key: "heap", label: "heap", unit: "B" },
      { key: "rss", label: "resident", unit: "B" },
    ],
    targets: [{ max: 450, unit: "B" }],
  },
  among(1e3, []),
  among(1e5, flat("among-1e3")),
  among(1e6, flat("among-1e3")),
];
