/**
 * Two goroutines and two unbuffered channels: one sends a number and waits for the answer, the other adds one and answers.
 */
export const sum = (n) => {
  let total = 0;
  for (let i = 1; i <= n; i++) total = (total + i) | 0;
  return total;
};

function* ponger(ping, pong, n) {
  for (let i = 0; i < n; i++) yield* pong.send((yield* ping.recv()) + 1);
}

function* pinger({ chan, go }, n) {
  const ping = chan();
  const pong = chan();
  go(ponger, ping, pong, n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    yield* ping.send(i);
    total = (total + (yield* pong.recv())) | 0;
  }
  return total;
}

export const pingPong = (lib, n) => lib.run(() => pinger(lib, n));

async function asyncPonger(ping, pong, n) {
  for (let i = 0; i < n; i++) await pong.send((await ping.recv()) + 1);
}

async function asyncPinger({ chan, go }, n) {
  const ping = chan();
  const pong = chan();
  go(asyncPonger, ping, pong, n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    await ping.send(i);
    total = (total + (await pong.recv())) | 0;
  }
  return total;
}

export const cases = [
  {
    name: "ping-pong",
    about: "One round trip between two goroutines over two unbuffered channels (two sends, two receives).",
    expected: sum,
    gort: pingPong,
    targets: [
      { against: "go", factor: 0.35 },
      { max: 90, unit: "ns" },
    ],
  },
  {
    name: "ping-pong-await",
    about: "The same round trip between two async functions that wait with await.",
    expected: sum,
    gort: (lib, n) => lib.run(() => asyncPinger(lib, n)),
    same: "ping-pong",
    targets: [{ max: 300, unit: "ns" }],
  },
];
