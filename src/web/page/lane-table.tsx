/** The lanes as rows: the same data for whoever cannot see the picture, and for reading exact numbers. */
import { signal } from "@preact/signals";
import { LaneMark } from "../protocol.ts";
import { clock } from "./clock.ts";
import { goroutineOf, spanText } from "./focus.ts";
import { length } from "./format.ts";
import { lanes, lanesChanged } from "./lanes-data.ts";
import { called } from "./names.ts";
import { noteText } from "./notes.ts";
import { laneRows } from "./rows.ts";
import { select } from "./store.ts";
import { type Column, Head } from "./table-head.tsx";
import { following, leftEdge, rightEdge, standsAt, windowMs } from "./view.ts";

const MOST = 300;
type By = "lane" | "begin" | "length";

const by = signal<By>("begin");

interface Row {
  readonly key: string;
  readonly lane: string;
  readonly order: number;
  readonly goroutine: number;
  readonly what: string;
  readonly begin: number;
  readonly length: number;
}

let shown: { rows: Row[]; left: number; edge: number } | undefined;
let shownFor = "";
let shownAt = 0;

/** While the view follows, anew once a second: rows that jump cannot be read. */
function rowsCalmly(): { rows: Row[]; left: number; edge: number } {
  const key = `${by.value} ${windowMs.value} ${laneRows.value.length}`;
  const now = clock();
  if (shown === undefined || key !== shownFor || now - shownAt > 1000 || !following.value)
    [shown, shownFor, shownAt] = [{ ...rowsNow(), edge: rightEdge() }, key, now];
  return shown;
}

/** The newest spans and marks of each lane in the view. */
function rowsNow(): { rows: Row[]; left: number } {
  const [from, to] = [leftEdge(), rightEdge()];
  const all: Row[] = [];
  for (const [order, { key, kind, id }] of laneRows.value.entries()) {
    const lane = lanes.get(key);
    if (lane === undefined) continue;
    const name = `${kind === 0 ? "P" : "G"}${id}`;
    for (let i = lane.after(from); i < lane.size && lane.begin[i]! < to; i++) {
      const begin = lane.begin[i]!;
      const goroutine = goroutineOf(lane, i);
      all.push({
        key: `${key}/${begin}`,
        lane: name,
        order,
        goroutine,
        what: spanText(lane, i),
        begin,
        length: lane.end[i]! - begin,
      });
    }
    for (const mark of lane.marks) {
      if (mark.at < from || mark.at > to) continue;
      const [goroutine, what] =
        mark.kind === LaneMark.steal
          ? [0, `stole ${mark.a} from P${mark.b}`]
          : mark.kind === LaneMark.woken
            ? [mark.a, mark.a === 0 ? "woken by the host" : "woken by"]
            : mark.kind === LaneMark.woke
              ? [mark.a, "woke"]
              : [0, `the program noted: ${noteText(mark.a)}`];
      all.push({
        key: `${key}/${mark.at}/${mark.kind}/${mark.a}`,
        lane: name,
        order,
        goroutine,
        what,
        begin: mark.at,
        length: 0,
      });
    }
  }
  all.sort((a, b) =>
    by.value === "lane"
      ? a.order - b.order || b.begin - a.begin
      : by.value === "length"
        ? b.length - a.length
        : b.begin - a.begin,
  );
  return { rows: all.slice(0, MOST), left: Math.max(all.length - MOST, 0) };
}

const COLUMNS: readonly Column<By>[] = [
  { title: "lane", by: "lane" },
  { title: "goroutine" },
  { title: "what" },
  { title: "began", by: "begin", number: true },
  { title: "length", by: "length", number: true },
];

export function LaneTable() {
  void [lanesChanged.value, windowMs.value, standsAt.value];
  const { rows, left, edge } = rowsCalmly();
  return (
    <section class="table-scroll tall" tabIndex={0} aria-label="Lanes as a table">
      <table id="lanes-table">
        <caption>
          {following.value ? "Times count back from now." : "Times count from the program's start."}
          {left > 0 ? ` ${left} further rows: zoom in to see them.` : ""}
        </caption>
        <Head columns={COLUMNS} sorted={by.value} sort={(column) => (by.value = column)} />
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td>{row.lane}</td>
              <td>
                {row.goroutine > 0 && (
                  <button type="button" class="link" onClick={() => select(row.goroutine)}>
                    {called(row.goroutine)}
                  </button>
                )}
              </td>
              <td>{row.what}</td>
              <td class="number">
                {following.value ? length(row.begin - edge) : `${(row.begin / 1000).toFixed(6)} s`}
              </td>
              <td class="number">{row.length > 0 ? length(row.length) : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
