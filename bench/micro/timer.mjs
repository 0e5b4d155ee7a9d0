/**
 * A 1 ms timer, armed again each time it fires, beside two goroutines that play ping-pong without end: when the timer really fires,
 * and how much of its speed the ping-pong keeps.
 */
export const STRIDE = 1024; // rounds between two looks at the clock

function* ponger(ping, pong) {
  for (;;) {
    const v = yield* ping.recv();
    if (v === undefined) return;
    yield* pong.send(v);
  }
}

const gort = ({ chan, go, run }, ended) =>
  run(function* main() {
    const ping = chan();
    const pong = chan();
    go(ponger, ping, pong);
    let rounds = 0;
    while (!ended()) {
      for (let i = 0; i < STRIDE; i++) {
        yield* ping.send(i);
        yield* pong.recv();
      }
      rounds += STRIDE;
    }
    ping.close();
    return rounds;
  });

async function asyncPonger(ping, pong) {
  for (;;) {
    const v = await ping.recv();
    if (v === undefined) return;
    await pong.send(v);
  }
}

const gortAwait = ({ chan, go, run }, ended) =>
  run(async function main() {
    const ping = chan();
    const pong = chan();
    go(asyncPonger, ping, pong);
    let rounds = 0;
    while (!ended()) {
      for (let i = 0; i < STRIDE; i++) {
        await ping.send(i);
        await pong.recv();
      }
      rounds += STRIDE;
    }
    ping.close();
    return rounds;
  });

const shared = {
  body: "timer",
  kind: "timer",
  metrics: [
    { key: "p99", label: "p99", unit: "ms" },
    { key: "p50", label: "p50", unit: "ms" },
    { key: "max", label: "max", unit: "ms" },
    { key: "fired", label: "fired", unit: "" },
    { key: "round", label: "round trip", unit: "ns" },
    { key: "kept", label: "speed kept", unit: "%" },
  ],
  targets: [
    { max: 2, unit: "ms" },
    { metric: "kept", min: 90, unit: "%" },
  ],
};

export const cases = [
  {
    ...shared,
    name: "timer",
    about:
      "A 1 ms timer beside an endless ping-pong: its delay from when it was armed, and the ping-pong's speed beside it.",
    gort,
  },
  {
    ...shared,
    name: "timer-await",
    about: "The same beside an endless ping-pong of two async functions that wait with await.",
    gort: gortAwait,
    same: "timer",
    targets: [{ max: 2, unit: "ms" }],
  },
];
