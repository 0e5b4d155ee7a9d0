/**
 * What tracing costs: nothing when it is off, and little beside goroutines that do something when it is on (bench/trace).
 */
export const cases = [
  {
    name: "trace-off",
    body: "traceOff",
    about:
      "What the scheduler's checks for a tracer cost a program that has none: against the same build without them, in turn, the median of the pairs' ratios. Ping-pong, and goroutines made, run and joined.",
    kind: "trace",
    metrics: [
      { key: "pingPong", label: "ping-pong", unit: "%" },
      { key: "spawn", label: "spawn", unit: "%" },
    ],
    targets: [{ max: 1, unit: "%" }],
  },
  {
    name: "trace-on",
    body: "traceOn",
    about:
      "What recording costs goroutines on two processors that work for about 1 µs for each message: without a file, and to a file, against the same without recording.",
    kind: "trace",
    metrics: [
      { key: "memory", label: "in memory", unit: "%" },
      { key: "file", label: "to a file", unit: "%" },
    ],
    targets: [{ max: 15, unit: "%" }],
  },
];
