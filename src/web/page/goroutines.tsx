/** The table of goroutines, one by one or in groups that are in the same place for the same reason. */
import type { GoroutineRow, GroupRow } from "../protocol.ts";
import { fits, sorted } from "./filter.ts";
import { count, length } from "./format.ts";
import { Swatch } from "./legend.tsx";
import { called } from "./names.ts";
import { lookOf, stateText } from "./states.ts";
import {
  dimming,
  ended,
  filter,
  grouped,
  inCycle,
  type Sort,
  select,
  selected,
  sort,
  state,
} from "./store.ts";
import { type Column, Head } from "./table-head.tsx";

export function Goroutines() {
  const now = state.value;
  return (
    <section class="panel" id="panel-goroutines" aria-labelledby="title-goroutines">
      <div class="panel-head">
        <h2 id="title-goroutines" tabIndex={-1}>
          <kbd>3</kbd> Goroutines
        </h2>
        <label class="choice filter">
          filter <kbd>/</kbd>{" "}
          <input
            id="filter"
            type="search"
            placeholder="state:waiting fn:worker blocked>1s"
            aria-describedby="filter-help"
            spellcheck={false}
            autocomplete="off"
            value={filter.value}
            onInput={(event) => {
              filter.value = event.currentTarget.value;
            }}
          />
        </label>
        <button
          type="button"
          id="grouped"
          aria-pressed={grouped.value}
          onClick={() => (grouped.value = !grouped.value)}
        >
          Grouped
        </button>
      </div>
      <p class="hint" id="filter-help">
        state: fn: chan: g: reason: p: blocked&gt;1s, or any word; all of them have to fit.
      </p>
      {now === null ? null : grouped.value ? (
        <Groups rows={now.groups.filter((row) => fits(groupAsRow(row), filter.value))} />
      ) : (
        <Single rows={rowsOf(now.goroutines)} fitting={now.fitting} />
      )}
    </section>
  );
}

/** While the program lives the observer filters and sorts; afterwards nobody else does. */
function rowsOf(rows: readonly GoroutineRow[]): readonly GoroutineRow[] {
  if (ended.value === null) return rows;
  const found = sorted(
    rows.filter((row) => fits(row, filter.value)),
    sort.value,
  );
  return dimming.value
    ? [
        ...found.filter(({ id }) => inCycle.value.has(id)),
        ...found.filter(({ id }) => !inCycle.value.has(id)),
      ]
    : found;
}

function groupAsRow(row: GroupRow): GoroutineRow {
  return { ...row, id: row.example, waitedSeconds: row.longestSeconds, proc: -1, parent: 0, creator: "" };
}

const SINGLE: readonly Column<Sort>[] = [
  { title: "goroutine", by: "id" },
  { title: "function", by: "fn" },
  { title: "state", by: "state" },
  { title: "for", by: "wait", number: true },
  { title: "P", number: true },
  { title: "where" },
  { title: "waits on" },
];

function Single({ rows, fitting }: { readonly rows: readonly GoroutineRow[]; readonly fitting: number }) {
  return (
    <section class="table-scroll" tabIndex={0} aria-label="Goroutines">
      <table id="goroutines">
        <caption>
          {rows.length < fitting && ended.value === null
            ? `${count(rows.length)} of ${count(fitting)} that fit`
            : `${count(rows.length)} that fit`}
        </caption>
        <Head columns={SINGLE} sorted={sort.value} sort={(by) => (sort.value = by)} />
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.id}
              class={`${selected.value === row.id ? "is-selected" : ""} ${dimming.value && !inCycle.value.has(row.id) ? "is-dim" : ""}`}
            >
              <td>
                <GoroutineButton id={row.id} />
              </td>
              <td class="name">{row.name}</td>
              <td class="state">
                <Swatch look={lookOf(row.state, row.reason)} /> {stateText(row.state, row.reason)}
              </td>
              <td class="number">{row.state === "waiting" ? length(row.waitedSeconds * 1000) : ""}</td>
              <td class="number">{row.proc < 0 ? "" : row.proc}</td>
              <td class="place">{row.where}</td>
              <td>{row.waitsOn}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const GROUPS: readonly Column<never>[] = [
  { title: "n", number: true },
  { title: "function" },
  { title: "state" },
  { title: "longest", number: true },
  { title: "where" },
  { title: "waits on" },
  { title: "one of them" },
];

function Groups({ rows }: { readonly rows: readonly GroupRow[] }) {
  return (
    <section class="table-scroll" tabIndex={0} aria-label="Goroutines in groups">
      <table id="goroutines">
        <caption>
          {count(rows.length)} {rows.length === 1 ? "group" : "groups"}: the same function, state and reason
        </caption>
        <Head columns={GROUPS} />
        <tbody>
          {rows.map((row) => (
            <tr
              key={`${row.name}/${row.state}/${row.reason}/${row.waitsOn}/${row.where}`}
              class={`${selected.value === row.example ? "is-selected" : ""} ${dimming.value && !inCycle.value.has(row.example) ? "is-dim" : ""}`}
            >
              <td class="number">
                <b>{count(row.count)}</b>
              </td>
              <td class="name">{row.name}</td>
              <td class="state">
                <Swatch look={lookOf(row.state, row.reason)} /> {stateText(row.state, row.reason)}
              </td>
              <td class="number">{row.state === "waiting" ? length(row.longestSeconds * 1000) : ""}</td>
              <td class="place">{row.where}</td>
              <td>{row.waitsOn}</td>
              <td>
                <GoroutineButton id={row.example} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The number of a goroutine, to be selected. */
export function GoroutineButton({ id, named = false }: { readonly id: number; readonly named?: boolean }) {
  return (
    <button type="button" class="link" data-g={id} onClick={() => select(id)}>
      {named ? called(id) : `G${id}`}
    </button>
  );
}
