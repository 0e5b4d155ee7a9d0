/**
 * When the observer is asked, and what happens to its answers.
 *
 * Invariants:
 *   I1  a hidden page asks for nothing (only the question whether the program has ended stays open); one request of a kind is on its way at most.
 *   I2  after the end, or when nobody has answered three times, nothing is asked any more, and what is known stays.
 */
import type { Ended, EndReply, GoroutineDetail, StateReply } from "../protocol.ts";
import { told } from "./clock.ts";
import { remember } from "./history.ts";
import { askAll, askLanes } from "./lanes-data.ts";
import { getJson, Refused } from "./link.ts";
import { learn, learnAll } from "./names.ts";
import { detail, ended, filter, select, selected, sort, state, trouble } from "./store.ts";
import { following, pause, standsAt } from "./view.ts";

const STATE_MS = 250;
const LANES_MS = 100;
const DETAIL_MS = 1000;
/** With prefers-reduced-motion. */
const CALM_MS = 1000;
const ROWS = 200;
const TRIES = 3;
/** What an observer keeps of events. */
const KEPT_MS = 10_000;

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/** Details of goroutines of the end: there is nobody to ask them of any more. */
const keptDetails = new Map<number, GoroutineDetail>();
let failures = 0;

export function startPolling(): void {
  repeat(STATE_MS, askState);
  repeat(LANES_MS, async () => {
    await askLanes();
  });
  repeat(DETAIL_MS, askDetail);
  filter.subscribe(soon);
  sort.subscribe(soon);
  selected.subscribe((goroutine) => {
    if (goroutine > 0) soonDetail();
  });
  void waitForEnd();
}

const wakers = new Map<() => Promise<void>, () => void>();
const soon = (): void => wakers.get(askState)?.();
const soonDetail = (): void => wakers.get(askDetail)?.();

/** Does `ask` again and again, while the page is seen and the program lives. */
function repeat(everyMs: number, ask: () => Promise<void>): void {
  let timer: number | undefined;
  let busy = false;
  let again = false;
  const turn = async (): Promise<void> => {
    window.clearTimeout(timer);
    if (ended.value !== null || document.visibilityState === "hidden") return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await ask();
    } catch (error) {
      await failed(error);
    }
    busy = false;
    const rest = again ? 0 : calm.matches ? Math.max(everyMs, CALM_MS) : everyMs;
    again = false;
    window.clearTimeout(timer);
    timer = window.setTimeout(turn, rest);
  };
  wakers.set(ask, () => void turn());
  document.addEventListener("visibilitychange", () => void turn());
  void turn();
}

async function askState(): Promise<void> {
  const wanted = new URLSearchParams({ sort: sort.value, limit: `${ROWS}` });
  if (filter.value.trim() !== "") wanted.set("filter", filter.value.trim());
  const reply = await getJson<StateReply>(`/api/state?${wanted}`);
  if (ended.value !== null) return;
  failures = 0;
  trouble.value = "";
  take(reply);
  if (reply.ended !== null) await finish(reply.ended);
}

function take(reply: StateReply): void {
  told(reply.now);
  learnAll(reply);
  remember(reply);
  state.value = reply;
  document.title = `${reply.program} · gort`;
}

async function askDetail(): Promise<void> {
  const goroutine = selected.value;
  if (goroutine <= 0) return;
  try {
    const found = await getJson<GoroutineDetail>(`/api/goroutine?id=${goroutine}`);
    learn(found.id, found.name);
    if (selected.value === goroutine && ended.value === null) detail.value = found;
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404)) throw error;
    if (selected.value === goroutine && (detail.value === null || detail.value === "gone"))
      detail.value = "gone";
  }
}

async function failed(error: unknown): Promise<void> {
  if (error instanceof Refused) {
    trouble.value =
      error.status === 401
        ? "The token was not accepted: open the address that gort printed when the program began."
        : `The observer answered ${error.message}.`;
    return;
  }
  if (ended.value !== null || ++failures < TRIES) return;
  if (state.value === null) {
    trouble.value = "Nobody answers: the program is over, or the address is an old one.";
    return;
  }
  await finish({ kind: "lost", code: null, message: "The connection to the program was lost.", dump: "" });
}

/** Stays open until the program ends. */
async function waitForEnd(): Promise<void> {
  while (ended.value === null) {
    try {
      const { state: last, ...how } = await getJson<EndReply>("/api/end", 0);
      take(last);
      return await finish(how);
    } catch {
      // The observer is gone or does not know it: the other questions will say so.
      await new Promise((resolve) => window.setTimeout(resolve, 2000));
      while (document.visibilityState === "hidden")
        await new Promise((resolve) =>
          document.addEventListener("visibilitychange", resolve, { once: true }),
        );
    }
  }
}

/** The program is over: asks for what will be gone in a moment, and then for nothing more. */
async function finish(how: Ended): Promise<void> {
  if (ended.value !== null) return;
  ended.value = how;
  if (following.value) {
    pause();
    // The last moments are what is wanted.
    standsAt.value = state.value?.now ?? standsAt.value;
  }
  trouble.value = "";
  const first = state.value?.graph.cycles[0]?.[0];
  if (how.kind === "deadlock" && selected.value === 0 && first !== undefined) select(first);
  if (how.kind === "lost") return showKept();
  const worth = new Set([...(state.value?.graph.cycles.flat() ?? []), selected.value].filter((id) => id > 0));
  const details = [...worth].slice(0, 20).map(async (id) => {
    keptDetails.set(id, await getJson<GoroutineDetail>(`/api/goroutine?id=${id}`, 1000));
  });
  await Promise.allSettled([askAll(KEPT_MS), ...details]);
  showKept();
}

/** From now on a selection is answered from what is kept. */
function showKept(): void {
  selected.subscribe((goroutine) => {
    const known = keptDetails.get(goroutine);
    if (known !== undefined) detail.value = known;
    else if (detail.value === "gone" || detail.value?.id !== goroutine) detail.value = null;
  });
}
