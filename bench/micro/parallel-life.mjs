/**
 * A process's first portable result, its rest and its end: each in fresh processes (life/).
 */
const life = (name, body, about, metrics, targets) => ({
  name,
  body,
  about,
  kind: "life",
  metrics,
  targets,
});

export const cases = [
  life(
    "parallel-first",
    "lifeFirst",
    "From the call of run, in a fresh process, until the result of a portable goroutine that ran on another core, whose thread has to start; median of 10.",
    [{ key: "value", label: "time", unit: "ms" }],
    [{ max: 60, unit: "ms" }],
  ),
  life(
    "parallel-idle",
    "lifeIdle",
    "Processor time of a process in which both cores have worked, over the 2 s in which main sleeps.",
    [{ key: "value", label: "busy", unit: "%" }],
    [{ max: 0.5, unit: "%" }],
  ),
  life(
    "parallel-exit",
    "lifeExit",
    "From the end of main, after both cores have worked, until the process is gone; median of 10; beside it a bare process.",
    [
      { key: "value", label: "time", unit: "ms" },
      { key: "bare", label: "bare", unit: "ms" },
    ],
    [],
  ),
];
