/** The first lines: which program, how it is, what watching it costs; and the buttons. */

import { fetchFile, working } from "./files.ts";
import { clockText, count, length, percent } from "./format.ts";
import { ended, helpOpen, state, theme, trouble } from "./store.ts";
import { behindMs, follow, following, pause, windowMs } from "./view.ts";

const WINDOWS = [100, 1000, 2000, 5000, 10_000, 30_000, 60_000];

export function Header() {
  const now = state.value;
  return (
    <header class="header">
      <div class="title">
        <h1>
          <span class="brand">gort</span> <span title={now?.path}>{now?.program ?? "…"}</span>
        </h1>
        {now !== null && (
          <dl class="facts">
            <Fact name="pid">{now.pid}</Fact>
            <Fact name="GOMAXPROCS">{now.gomaxprocs}</Fact>
            <Fact name="up">{clockText(now.upMs)}</Fact>
            <Fact name="node">{now.node}</Fact>
            <Fact name="gort">{now.gort}</Fact>
          </dl>
        )}
        <Badge />
        {now !== null && <Cost />}
      </div>
      <Buttons />
      {trouble.value !== "" && (
        <p class="trouble" role="alert">
          {trouble.value}
        </p>
      )}
    </header>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt> <dd>{children}</dd>
    </div>
  );
}

function Badge() {
  if (ended.value !== null)
    return (
      <strong class="badge badge-ended" id="badge">
        {ended.value.kind === "lost" ? "■ lost" : "■ ended"}
      </strong>
    );
  if (following.value)
    return (
      <strong class="badge badge-live" id="badge">
        ● live
      </strong>
    );
  // Read again with every answer.
  void state.value;
  return (
    <strong class="badge badge-paused" id="badge">
      ❚❚ paused, {length(Math.round(behindMs() / 100) * 100)} behind
    </strong>
  );
}

function Cost() {
  const { ratio, budget, mode, recorded, lost } = state.value!.cost;
  const over = ratio > budget;
  const says = `What being watched costs, of the processors' time; the budget is ${percent(budget)}. Above it events are written down in bursts.`;
  return (
    <span class={`cost${over ? " over" : ""}`} title={says} id="cost">
      cost {percent(ratio)}
      {over ? " (over budget)" : ""} · lost {count(lost)}
      {mode === "bursts" && ` · bursts: ${percent(recorded)} of time recorded`}
      {mode === "counters" && " · counters only"}
    </span>
  );
}

function Buttons() {
  const over = ended.value !== null;
  const spans = WINDOWS.includes(windowMs.value)
    ? WINDOWS
    : [...WINDOWS, windowMs.value].sort((a, b) => a - b);
  return (
    <div class="buttons" role="toolbar" aria-label="The view">
      <button type="button" id="pause" disabled={over} onClick={() => (following.value ? pause() : follow())}>
        {following.value ? "❚❚ Pause" : "▶ Go on"} <kbd>Space</kbd>
      </button>
      <button type="button" id="follow" disabled={over || following.value} onClick={follow}>
        Follow <kbd>F</kbd>
      </button>
      <label class="choice">
        window{" "}
        <select
          id="window"
          value={`${windowMs.value}`}
          onChange={(event) => {
            windowMs.value = Number(event.currentTarget.value);
          }}
        >
          {spans.map((ms) => (
            <option key={ms} value={`${ms}`}>
              {length(ms)}
            </option>
          ))}
        </select>
      </label>
      <span class="spring" />
      {(["dump", "trace", "perfetto"] as const).map((what) => (
        <button
          key={what}
          type="button"
          disabled={over || working.value === what}
          onClick={() => void fetchFile(what)}
        >
          {{ dump: "Dump", trace: "Last 10 s", perfetto: "Perfetto" }[what]} ⤓
        </button>
      ))}
      <label class="choice">
        theme{" "}
        <select
          id="theme"
          value={theme.value}
          onChange={(event) => {
            theme.value = event.currentTarget.value as "auto" | "dark" | "light";
          }}
        >
          <option value="auto">auto</option>
          <option value="dark">dark</option>
          <option value="light">light</option>
        </select>
      </label>
      <button type="button" id="help-button" onClick={() => (helpOpen.value = true)}>
        Keys <kbd>?</kbd>
      </button>
    </div>
  );
}
