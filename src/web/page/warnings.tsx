/** What seems wrong, in words. Only what is certain is red. */
import type { Warning } from "../protocol.ts";
import { GoroutineButton } from "./goroutines.tsx";
import { called } from "./names.ts";
import { ended, filter, grouped, state } from "./store.ts";

export function Warnings() {
  const now = state.value;
  if (now === null) return null;
  const order = { alarm: 0, hint: 1, note: 2 };
  const found = now.warnings.toSorted((a, b) => order[a.level] - order[b.level]);
  const alarms = found.filter(({ level }) => level === "alarm");
  const others = found.filter(({ level }) => level !== "alarm");
  const cycle = ended.value === null && alarms.length === 0 ? now.graph.cycles[0] : undefined;
  return (
    <section class="warnings" aria-label="Warnings">
      <div role="alert" class="alert" id="alert">
        {cycle !== undefined && (
          <p class="warning is-alarm">
            <b>✖ deadlock of a part:</b> {cycle.map((id) => called(id)).join(", ")} wait for each other.
          </p>
        )}
        <List rows={alarms} />
      </div>
      <div role="status" id="warnings">
        {found.length === 0 && cycle === undefined ? (
          <p class="fine">✓ Nothing seems wrong: no deadlock is known.</p>
        ) : (
          <List rows={others} />
        )}
      </div>
    </section>
  );
}

function List({ rows }: { readonly rows: readonly Warning[] }) {
  if (rows.length === 0) return null;
  return (
    <ul>
      {rows.map((one) => (
        <One key={one.rule + (one.goroutine ?? "") + (one.channel ?? "") + (one.proc ?? "")} it={one} />
      ))}
    </ul>
  );
}

function One({ it }: { readonly it: Warning }) {
  return (
    <li class={`warning is-${it.level}`}>
      <b>{{ alarm: "✖ certain:", hint: "⚠ hint:", note: "note:" }[it.level]}</b> {it.text}{" "}
      {it.goroutine !== undefined && it.goroutine > 0 && <GoroutineButton id={it.goroutine} />}
      {it.channel !== undefined && (
        <button
          type="button"
          class="link"
          onClick={() => {
            filter.value = `chan:${it.channel}`;
            grouped.value = false;
          }}
        >
          {it.channel}
        </button>
      )}
      <details>
        <summary>why</summary>
        {it.rule}
      </details>
    </li>
  );
}
