/** One line of what all goroutines do, and how busy the processors are. */
import { count, percent, short } from "./format.ts";
import { samples } from "./history.ts";
import { Swatch } from "./legend.tsx";
import { LOOKS, type Look, lookOfReason, WORDS } from "./states.ts";
import { state } from "./store.ts";

export function Summary() {
  const now = state.value;
  if (now === null) return null;
  const { totals } = now;
  const byLook = Object.fromEntries(LOOKS.map((look) => [look, 0])) as Record<Look, number>;
  byLook.running = totals.running;
  byLook.runnable = totals.runnable;
  byLook.io = totals.syscall;
  for (const [reason, n] of Object.entries(totals.blocked)) byLook[lookOfReason(reason)] += n;
  const last = samples.at(-1);
  return (
    <section class="summary" aria-label="Summary">
      <dl>
        <div class="all">
          <dt>goroutines</dt>
          <dd id="total">{count(totals.goroutines)}</dd>
        </div>
        {LOOKS.map((look) => (
          <div key={look} class={byLook[look] === 0 ? "zero" : ""}>
            <dt>
              <Swatch look={look} /> {WORDS[look]}
            </dt>
            <dd>{count(byLook[look])}</dd>
          </div>
        ))}
        <div>
          <dt>P busy</dt>
          <dd>{percent(last?.busy ?? 0)}</dd>
        </div>
        <div>
          <dt>global queue</dt>
          <dd>{count(totals.queued)}</dd>
        </div>
        <div>
          <dt>steals/s</dt>
          <dd>{short(Math.round(last?.steals ?? 0))}</dd>
        </div>
        <div>
          <dt>ticks/s</dt>
          <dd>{short(Math.round(last?.ticks ?? 0))}</dd>
        </div>
        <div>
          <dt>timers</dt>
          <dd>{count(totals.timers)}</dd>
        </div>
        <div>
          <dt>long slices</dt>
          <dd>{count(totals.longSlices)}</dd>
        </div>
      </dl>
    </section>
  );
}
