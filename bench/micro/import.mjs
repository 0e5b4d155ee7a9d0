/**
 * What an import costs: the wall time of a fresh process that imports the library, less that of one that imports nothing.
 */
export const cases = [
  {
    name: "import",
    about: "The import of the library in a fresh process, median of 20, less the start of a bare one.",
    kind: "import",
    unit: "ms",
    metrics: [{ key: "time", label: "time", unit: "ms" }],
    specifier: "gort",
    targets: [{ max: 15, unit: "ms" }],
  },
];
