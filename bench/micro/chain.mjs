/**
 * The daisy chain: each goroutine receives from its right neighbour, adds one and sends to its left.
 */
function* link(left, right) {
  yield* left.send((yield* right.recv()) + 1);
}

const gort = ({ chan, go, run }, n) =>
  run(function* main() {
    const leftmost = chan();
    let left = leftmost;
    for (let i = 0; i < n; i++) {
      const right = chan();
      go(link, left, right);
      left = right;
    }
    go(function* start(rightmost) {
      yield* rightmost.send(1);
    }, left);
    return yield* leftmost.recv();
  });

export const cases = [
  {
    name: "chain",
    about:
      "A chain of 100,000 goroutines joined by unbuffered channels: made, and one number passed from end to end.",
    fixed: 100_000,
    repeat: 5,
    unit: "ms",
    expected: (n) => n + 1,
    gort,
    targets: [
      { against: "go", factor: 0.65 },
      { max: 80, unit: "ms" },
    ],
  },
];
