/**
 * Sockets on loopback: the server's process is measured, the load comes from another.
 */

/** Bytes in a message. */
export const MESSAGE = 16;

export const cases = [
  {
    name: "echo",
    about: `100 connections, each sends ${MESSAGE} bytes and waits for their echo: messages a second, and how long an echo takes.`,
    kind: "echo",
    connections: 100,
    metrics: [
      { key: "rate", label: "throughput", unit: "/s", more: true },
      { key: "p50", label: "p50", unit: "µs" },
      { key: "p99", label: "p99", unit: "µs" },
      { key: "cpu", label: "processor time of the server", unit: "µs each" },
    ],
    targets: [
      { against: "node:net", least: 1 },
      { metric: "p99", against: "node:net", factor: 1.1 },
    ],
  },
  {
    name: "http-hello",
    body: "http",
    about: "wrk with 100 connections asks for 13 bytes of text, again and again: requests a second.",
    kind: "http",
    needs: "wrk",
    connections: 100,
    metrics: [
      { key: "rate", label: "throughput", unit: "/s", more: true },
      { key: "p50", label: "p50", unit: "µs" },
      { key: "p99", label: "p99", unit: "µs" },
    ],
    targets: [{ against: "node:http", least: 0.95 }],
  },
  {
    name: "idle",
    about:
      "5,000 connections that have had one echo and wait for more: bytes for each in the server's process. Not counted: the kernel's.",
    kind: "idle",
    connections: 5000,
    metrics: [
      { key: "heap", label: "heap", unit: "B" },
      { key: "rss", label: "resident", unit: "B" },
    ],
    targets: [],
  },
];
