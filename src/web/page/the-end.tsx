/** How the program ended, what it left, and a way to keep it. */
import { clockText } from "./format.ts";
import { GoroutineButton } from "./goroutines.tsx";
import { lanes } from "./lanes-data.ts";
import { save } from "./link.ts";
import { ended, state } from "./store.ts";

/** A browser reads a text of this length without effort; all of it can be saved. */
const SHOWN = 200_000;

const TITLES = {
  exit: "The program has ended",
  deadlock: "Deadlock: every goroutine waits",
  panic: "The program has panicked",
  lost: "The connection is lost",
} as const;

export function TheEnd() {
  const how = ended.value;
  const last = state.value;
  if (how === null || last === null) return null;
  const grave = how.kind === "deadlock" || how.kind === "panic";
  const stem = `gort-${last.program}-${last.pid}`;
  return (
    <section class={`the-end${grave ? " grave" : ""}`} id="the-end" aria-labelledby="title-end">
      <div role={how.kind === "deadlock" ? "alert" : "status"}>
        <h2 id="title-end">
          {grave ? "✖ " : "■ "}
          {TITLES[how.kind]}
          {how.code !== null && ` (exit code ${how.code})`}
        </h2>
        <p class="message">{how.message}</p>
      </div>
      {last.graph.cycles.map((cycle) => (
        <p key={cycle.join()} class="cycle">
          <strong>⟲ Cycle:</strong>{" "}
          {[...cycle, cycle[0]!].map((id, i) => {
            const edge = last.graph.edges.find(({ from, to }) => from === cycle[i - 1] && to === id);
            return (
              <>
                {i > 0 && ` waits for ${edge === undefined ? "" : thing(edge.object)}`}
                <GoroutineButton key={i} id={id} named />
              </>
            );
          })}
        </p>
      ))}
      <p>
        This page keeps what it knew after {clockText(last.upMs)}: it is gone when the tab is closed.{" "}
        {how.dump !== "" && (
          <button
            type="button"
            id="save-dump"
            onClick={() => save(`${stem}.goroutines.txt`, new Blob([how.dump]))}
          >
            Save the dump ⤓
          </button>
        )}{" "}
        <button type="button" id="save-all" onClick={() => saveAll(`${stem}.json`)}>
          Save everything ⤓
        </button>
      </p>
      {how.dump !== "" && (
        <details id="dump">
          <summary>All goroutines (dump)</summary>
          <pre tabIndex={0}>
            {how.dump.slice(0, SHOWN)}
            {how.dump.length > SHOWN && "\n… the rest is in the saved file"}
          </pre>
        </details>
      )}
    </section>
  );
}

/** A lock is held by the next one; a goroutine that is joined is the next one. */
function thing(object: string): string {
  return object.startsWith("goroutine ") ? "" : `${object}, held by `;
}

/** The last state, how it ended, and the lanes as lists of [begin ms, end ms, goroutine, runs, flags]. */
function saveAll(name: string): void {
  const kept = [...lanes.values()].map((lane) => ({
    kind: lane.kind === 0 ? "processor" : "goroutine",
    id: lane.id,
    spans: Array.from({ length: lane.size }, (_, i) => [
      lane.begin[i],
      lane.end[i],
      lane.goroutine[i],
      lane.runs[i],
      lane.flags[i],
    ]),
    marks: lane.marks,
  }));
  const text = JSON.stringify({ format: 1, ended: ended.value, state: state.value, lanes: kept });
  save(name, new Blob([text], { type: "application/json" }));
}
