/** All that is known of the selected goroutine. */
import type { GoroutineDetail } from "../protocol.ts";
import { programClock } from "./clock.ts";
import { stackInDump } from "./dump.ts";
import { followWaker, say } from "./focus.ts";
import { length } from "./format.ts";
import { GoroutineButton } from "./goroutines.tsx";
import { Swatch } from "./legend.tsx";
import { called, nameOf } from "./names.ts";
import { lookOf, stateText } from "./states.ts";
import { detail, ended, pinned, select, selected, state, togglePin } from "./store.ts";

export function Detail() {
  const id = selected.value;
  // Its name may come with the answer.
  void detail.value;
  return (
    <section class="panel detail" id="panel-detail" aria-labelledby="title-detail">
      <div class="panel-head">
        <h2 id="title-detail" tabIndex={-1}>
          {id === 0 ? "Detail" : called(id)}
        </h2>
        {id > 0 && (
          <>
            <button
              type="button"
              id="pin"
              aria-pressed={pinned.value.includes(id)}
              onClick={() => togglePin(id)}
            >
              Pin lane <kbd>P</kbd>
            </button>
            <button type="button" id="copy" onClick={() => void copy(id)}>
              Copy
            </button>
            <button type="button" aria-label="Select nobody" onClick={() => select(0)}>
              ✕
            </button>
          </>
        )}
      </div>
      {id === 0 ? (
        <p class="hint">
          Select a goroutine: click a run or a number, or walk with the arrow keys, <kbd>,</kbd> and{" "}
          <kbd>.</kbd>, and press <kbd>Enter</kbd>.
        </p>
      ) : (
        <Body id={id} />
      )}
    </section>
  );
}

function Body({ id }: { readonly id: number }) {
  const known = detail.value;
  if (known === "gone")
    return <p class="hint">{called(id)} has ended. Its lane stays for as long as events are kept.</p>;
  if (known === null || known.id !== id) return <FromDump id={id} />;
  return <Known it={known} />;
}

/** When nobody can be asked any more, the dump may say it. */
function FromDump({ id }: { readonly id: number }) {
  const stack = ended.value === null ? "" : stackInDump(ended.value.dump, id);
  if (stack !== "")
    return (
      <pre class="stack" id="stack" tabIndex={0}>
        {stack}
      </pre>
    );
  return <p class="hint">{ended.value === null ? "Asking…" : "Nothing more was kept of it than its row."}</p>;
}

function Known({ it }: { readonly it: GoroutineDetail }) {
  const ago = (at: number): string =>
    `${length(Math.max((ended.value ? state.value!.now : programClock()) - at, 0))} ago`;
  return (
    <>
      <dl class="known">
        <dt>state</dt>
        <dd>
          <Swatch look={lookOf(it.state, it.reason)} /> {stateText(it.state, it.reason)}
          {it.waitedSeconds > 0 && `, for ${length(it.waitedSeconds * 1000)}`}
        </dd>
        {it.waitsOn !== "" && (
          <>
            <dt>waits on</dt>
            <dd>{it.waitsOn}</dd>
          </>
        )}
        {it.holds.length > 0 && (
          <>
            <dt>holds</dt>
            <dd>{it.holds.join(", ")}</dd>
          </>
        )}
        <dt>belongs to</dt>
        <dd>P{it.proc}</dd>
        {it.wokenBy >= 0 && (
          <>
            <dt>woken by</dt>
            <dd>
              {it.wokenBy === 0 ? (
                "the host (timer, socket, promise)"
              ) : (
                <GoroutineButton id={it.wokenBy} named />
              )}
              , {ago(it.wokenAt)}{" "}
              <button type="button" onClick={followWaker}>
                Go there <kbd>U</kbd>
              </button>
            </dd>
          </>
        )}
        {it.ranAt >= 0 && (
          <>
            <dt>ran last</dt>
            <dd>
              {ago(it.ranAt)}, for {length(Math.max(it.ranMs, 0))}
            </dd>
          </>
        )}
        <dt>created by</dt>
        <dd>
          {it.parent > 0 ? (
            <>
              {it.creator} in <GoroutineButton id={it.parent} />
            </>
          ) : (
            it.creator || "the program's start"
          )}
          {it.created !== null && <span class="place"> {placeOf(it.created)}</span>}
        </dd>
      </dl>
      <h3>Stack</h3>
      {it.silent ? (
        <p class="hint">P{it.proc} computes and does not answer: a stack can be taken when it gives way.</p>
      ) : it.stack.length === 0 ? (
        <p class="hint">No stack was taken.</p>
      ) : (
        <ol class="stack" id="stack">
          {it.stack.map((frame, i) => (
            <li key={`${i}/${frame.line}`}>
              <b>{frame.fn || "(anonymous)"}</b> <span class="place">{placeOf(frame)}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function placeOf({ file, line, column }: Place): string {
  return `${file}:${line}${column > 0 ? `:${column}` : ""}`;
}

/** As text, in the manner of a dump. */
async function copy(id: number): Promise<void> {
  const known = detail.value;
  const text =
    known === null || known === "gone"
      ? stackInDump(ended.value?.dump ?? "", id) || called(id)
      : [
          `goroutine ${id} [${stateText(known.state, known.reason)}]: ${nameOf(id)}`,
          ...known.stack.map((frame) => `${frame.fn}()\n\t${placeOf(frame)}`),
          ...(known.parent > 0 ? [`created by ${known.creator} in goroutine ${known.parent}`] : []),
        ].join("\n");
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("The browser did not allow it.");
  }
}
