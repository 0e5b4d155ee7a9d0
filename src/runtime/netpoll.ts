/**
 * The host's event loop as netpoller: who waits for it, and whether it can still act.
 *
 * The contract of everything that waits for the host (a promise, a socket, a timer): count yourself in with enter() when you park and
 * out with leave() when you are woken or withdrawn. A count above zero keeps deadlock detection quiet. Keeping the process alive is the
 * host's own business: the socket or timer behind the wait is what holds the event loop open.
 *
 * Go: runtime/netpoll.go. Differs: the poller is libuv, and it calls us.
 */
export const host: {
  waiting: number;
  /** How many of those wait for a promise. */
  promises: number;
  /**
   * What may wake somebody although it holds nothing: a deadline whose AbortSignal has been handed out, a foreign signal that somebody waits for. Such a thing
   * does not keep a process alive that has nothing else to do; but instead of reporting a deadlock one waits for it.
   */
  latent: number;
  /** The last wait has been withdrawn by code of the host's own, while no goroutine runs. Set by deadlock.ts. */
  onWithdrawn: () => void;
} = { waiting: 0, promises: 0, latent: 0, onWithdrawn: () => {} };

/** One more wait that the host can end. */
export function enterHost(): void {
  host.waiting++;
}

/** One more wait for a promise: a wait that the host can end. */
export function enterPromise(): void {
  host.promises++;
  host.waiting++;
}

/** One less. */
export function leavePromise(): void {
  host.promises--;
  host.waiting--;
}

/** One more thing that may wake somebody, and holds nothing. */
export function enterLatent(): void {
  host.latent++;
}

/** One less. */
export function leaveLatent(): void {
  host.latent--;
}

/** One less. */
export function leaveHost(): void {
  host.waiting--;
}

/** Kinds of resources that stay listed although they are idle: the process's own terminals and pipes. */
const STANDARD_STREAMS: ReadonlySet<string> = new Set(["PipeWrap", "TTYWrap"]);

/**
 * Whether something other than gort keeps the event loop alive: a timer, a socket, a file operation, a worker, a thread-pool job.
 *
 * Call it in a timer's callback, after that timer has been cleared: then no handle of gort's own counts. The list of resources answers first because it is
 * cheap; it does not know thread-pool jobs (zlib, crypto) and workers, and it lists idle standard streams, so an answer of "nothing" is checked against libuv's own
 * (uv_loop_alive; it in turn does not count timers while one is being served, through a diagnostic report, about 4 ms).
 */
export function hostIsAlive(): boolean {
  if (process.getActiveResourcesInfo().some((kind) => !STANDARD_STREAMS.has(kind))) return true;
  const settings = process.report as { excludeNetwork?: boolean } & typeof process.report;
  const before = settings.excludeNetwork;
  try {
    // Otherwise the report looks up the names of all network peers, which can take seconds.
    settings.excludeNetwork = true;
    const report = process.report.getReport() as { libuv?: { type: string; is_active: boolean }[] };
    return report.libuv?.find((handle) => handle.type === "loop")?.is_active ?? true;
  } catch {
    return true; // No report to be had: then only an empty event loop (beforeExit) can tell.
  } finally {
    if (before !== undefined) settings.excludeNetwork = before;
  }
}
