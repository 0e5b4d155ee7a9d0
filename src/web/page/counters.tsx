/** Counters over the last minutes, as charts with one cursor, and the same as a table. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { short } from "./format.ts";
import { type Sample, samples } from "./history.ts";
import { onPalette, thePalette } from "./palette.ts";
import type { Look } from "./states.ts";
import { state } from "./store.ts";

interface Series {
  readonly name: string;
  readonly of: (sample: Sample) => number;
  readonly colour: Look | "text";
  /** Told apart without colour. */
  readonly dash: number[];
}

function strokeOf(colour: Look | "text"): string {
  return colour === "text" ? thePalette().text : thePalette().looks[colour];
}

interface Chart {
  /** Small numbers stay visible beside large ones. */
  readonly log?: boolean;
  readonly title: string;
  readonly series: readonly Series[];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const CHARTS: readonly Chart[] = [
  {
    title: "Goroutines by state (log scale)",
    log: true,
    series: [
      { name: "waiting", of: (one) => one.waiting, colour: "chan", dash: [] },
      { name: "runnable", of: (one) => one.runnable, colour: "runnable", dash: [6, 3] },
      { name: "running", of: (one) => one.running, colour: "running", dash: [2, 2] },
      { name: "syscall", of: (one) => one.syscall, colour: "io", dash: [8, 3, 2, 3] },
    ],
  },
  {
    title: "Run queues",
    series: [
      { name: "all processors", of: (one) => sum(one.runq), colour: "runnable", dash: [] },
      { name: "longest", of: (one) => Math.max(0, ...one.runq), colour: "lock", dash: [6, 3] },
      { name: "global", of: (one) => one.queued, colour: "text", dash: [2, 2] },
    ],
  },
  {
    title: "Steals a second",
    series: [{ name: "steals/s", of: (one) => one.steals, colour: "lock", dash: [] }],
  },
  {
    title: "Ticks a second",
    series: [{ name: "ticks/s", of: (one) => one.ticks, colour: "running", dash: [] }],
  },
];

export function Counters() {
  return (
    <section class="panel" id="panel-counters" aria-labelledby="title-counters">
      <div class="panel-head">
        <h2 id="title-counters" tabIndex={-1}>
          <kbd>2</kbd> Counters
        </h2>
      </div>
      <div class="charts">
        {CHARTS.map((chart) => (
          <Figure key={chart.title} chart={chart} />
        ))}
      </div>
      <details>
        <summary>as a table</summary>
        <Numbers />
      </details>
    </section>
  );
}

function Figure({ chart }: { readonly chart: Chart }) {
  const at = useRef<HTMLDivElement>(null);
  useEffect(() => plot(at.current!, chart), [chart]);
  // The numbers in the legend are as of the last answer.
  void state.value;
  const last = samples.at(-1);
  return (
    <figure>
      <figcaption>{chart.title}</figcaption>
      <div ref={at} class="chart" aria-hidden="true" />
      <ul class="chart-legend">
        {chart.series.map((series, i) => (
          <li key={series.name}>
            <span
              class={`stroke stroke-${i}`}
              style={{ borderTopColor: `var(--${series.colour})` }}
              aria-hidden="true"
            />{" "}
            {series.name} <b>{last === undefined ? "" : short(Math.round(series.of(last)))}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

const HEIGHT = 120;

/** Zero and three powers of ten at most. */
function powers(most: number): number[] {
  const highest = Math.max(Math.floor(Math.log10(most)), 0);
  const apart = Math.ceil((highest + 1) / 3);
  const found = [0];
  for (let power = highest; power > 0; power -= apart) found.push(10 ** power);
  return found.sort((a, b) => a - b);
}

function plot(at: HTMLElement, chart: Chart): () => void {
  const data = (): uPlot.AlignedData => [
    samples.map((one) => one.now / 1000),
    ...chart.series.map(({ of }) => samples.map(of)),
  ];
  const axis: uPlot.Axis = {
    stroke: () => thePalette().faint,
    grid: { stroke: () => thePalette().line, width: 1 },
    ticks: { show: false },
    font: thePalette().font,
  };
  const made = new uPlot(
    {
      width: Math.max(at.clientWidth, 100),
      height: HEIGHT,
      legend: { show: false },
      cursor: { sync: { key: "gort" }, y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: false },
        y: {
          range: (_, __, most) => [0, Math.max(most * (chart.log ? 2 : 1.1), 4)],
          ...(chart.log ? { distr: 4 as const, asinh: 1 } : {}),
        },
      },
      axes: [
        { ...axis, size: 24, values: (_, ticks) => ticks.map((seconds) => `${seconds} s`), space: 70 },
        {
          ...axis,
          size: 44,
          values: (_, ticks) => ticks.map((n: number | null) => (n === null ? "" : short(n))),
          space: 28,
          ...(chart.log
            ? {
                splits: (_: uPlot, __: number, ___: number, most: number) => powers(most),
                filter: (_: uPlot, splits: number[]) => splits,
              }
            : {}),
        },
      ],
      series: [
        {},
        ...chart.series.map(({ name, colour, dash }) => ({
          label: name,
          stroke: () => strokeOf(colour),
          width: 1.5,
          dash,
          points: { show: false },
        })),
      ],
    },
    data(),
    at,
  );
  const observer = new ResizeObserver(() =>
    made.setSize({ width: Math.max(at.clientWidth, 100), height: HEIGHT }),
  );
  observer.observe(at);
  const unhear = state.subscribe(() => {
    // Charts out of sight wait until they are seen.
    const { top, bottom } = at.getBoundingClientRect();
    if (document.visibilityState !== "hidden" && bottom > -window.innerHeight && top < 2 * window.innerHeight)
      made.setData(data());
  });
  onPalette(() => made.redraw());
  return () => {
    unhear();
    observer.disconnect();
    made.destroy();
  };
}

function Numbers() {
  void state.value;
  const rows = CHARTS.flatMap(({ title, series }) => series.map((one) => ({ title, ...one })));
  return (
    <section class="table-scroll" tabIndex={0} aria-label="Counters">
      <table>
        <thead>
          <tr>
            <th scope="col">counter</th>
            {["now", "least", "mean", "most"].map((word) => (
              <th key={word} scope="col" class="number">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ title, name, of }) => {
            const values = samples.map(of);
            const numbers = [
              values.at(-1) ?? 0,
              Math.min(...values),
              sum(values) / Math.max(values.length, 1),
              Math.max(...values),
            ];
            return (
              <tr key={title + name}>
                <th scope="row">
                  {title}: {name}
                </th>
                {numbers.map((value, i) => (
                  <td key={i} class="number">
                    {Number.isFinite(value) ? short(Math.round(value)) : ""}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
