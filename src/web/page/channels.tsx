/** Channels as rows: how full, and who waits on which side. */
import type { ChannelRow } from "../protocol.ts";
import { count, length, percent } from "./format.ts";
import { GoroutineButton } from "./goroutines.tsx";
import { filter, grouped, state } from "./store.ts";
import { type Column, Head } from "./table-head.tsx";

const COLUMNS: readonly Column<never>[] = [
  { title: "channel" },
  { title: "fill" },
  { title: "len/cap", number: true },
  { title: "receivers wait" },
  { title: "senders wait" },
  { title: "stuck for", number: true },
];
const SHOWN = 4;

export function Channels() {
  const rows = state.value?.channels ?? [];
  return (
    <section class="panel" id="panel-channels" aria-labelledby="title-channels">
      <div class="panel-head">
        <h2 id="title-channels" tabIndex={-1}>
          <kbd>4</kbd> Channels
        </h2>
      </div>
      {rows.length === 0 ? (
        <p class="hint">No channel has been seen.</p>
      ) : (
        <section class="table-scroll" tabIndex={0} aria-label="Channels">
          <table id="channels">
            <Head columns={COLUMNS} />
            <tbody>
              {rows.map((row) => (
                <Row key={row.label} row={row} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function Row({ row }: { readonly row: ChannelRow }) {
  const share = row.capacity > 0 ? Math.min(row.length / row.capacity, 1) : 0;
  return (
    <tr>
      <td>
        <button
          type="button"
          class="link"
          title="Who waits for it"
          onClick={() => {
            filter.value = `chan:${row.label}`;
            grouped.value = false;
          }}
        >
          {row.label}
        </button>
        {row.kind === "shared chan" && <span class="note"> shared</span>}
        {row.closed && <span class="note"> closed</span>}
      </td>
      <td>
        <span class={`fill${share === 1 ? " full" : ""}`} aria-hidden="true">
          <span style={{ width: percent(share).replace(" ", "") }} />
        </span>
      </td>
      <td class="number">
        {count(row.length)}/{count(row.capacity)}
      </td>
      <td>
        <Waiters ids={row.receivers} count={row.receiverCount} />
      </td>
      <td>
        <Waiters ids={row.senders} count={row.senderCount} />
      </td>
      <td class="number">{row.stuckMs > 0 ? length(row.stuckMs) : ""}</td>
    </tr>
  );
}

function Waiters({ ids, count: all }: { readonly ids: readonly number[]; readonly count: number }) {
  if (all === 0) return <span class="faint">none</span>;
  return (
    <>
      <b>{count(all)}</b>{" "}
      {ids.slice(0, SHOWN).map((id) => (
        <>
          <GoroutineButton key={id} id={id} />{" "}
        </>
      ))}
      {all > SHOWN && "…"}
    </>
  );
}
