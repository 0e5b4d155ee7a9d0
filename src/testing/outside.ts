/**
 * A world that only somebody outside can wake: the host, or a goroutine of the process.
 *
 * It says so to the process, which then is not ended in silence: when the event loop has run dry the world hears of it as a `run` does.
 */
import { type Main, mains } from "../runtime/deadlock.ts";
import { enterHost, enterLatent, host, hostIsAlive, leaveHost, leaveLatent } from "../runtime/netpoll.ts";
import { p } from "../runtime/processor.ts";
import { watchEnds } from "../runtime/scheduler.ts";

// Those of the host, also when a test has put others in their place by the time they are needed.
const hostTimeout = setTimeout;
const withdrawTimeout = clearTimeout;

const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 250;

/** How many worlds wait: they cannot wake each other. */
let waiting = 0;

/** Whether a goroutine of the process can still run by itself. `count`: of waits that the host can end, with those of worlds. */
export function isAnybodyOutside(runnable: number, count: number): boolean {
  return runnable > 0 || count > waiting;
}

const TURNS = 2;

/** Whether the host does something for the world, for all that Node tells. */
export class HostWatch {
  /** What has kept the event loop alive when the world began; -1 before. */
  private before = -1;
  private turnsLeft = TURNS;

  begin(): void {
    if (this.before < 0) this.before = resources();
  }

  /** Somebody has run. */
  reset(): void {
    this.turnsLeft = TURNS;
  }

  /** What it does in its next turns is in no list: they are to be waited for. */
  mayActNext(): boolean {
    return this.turnsLeft-- > 0;
  }

  /** It does something that it has not done when the world began. */
  get acts(): boolean {
    return resources() > this.before;
  }
}

function resources(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate").length;
}

export class Outside {
  private readonly look: () => void;
  private readonly entry: Main;
  private timer: NodeJS.Timeout | null = null;
  private delayMs = FIRST_LOOK_MS;
  private latent = false;

  /** `look`: it is worth another look; `ranDry`: nothing can come any more. */
  constructor(look: () => void, ranDry: () => void) {
    this.look = look;
    this.entry = { onDeadlock: "reject", reject: ranDry };
  }

  /** Outside of the world. `latent`: what may wake it holds no process (netpoll.ts). */
  begin(latent: boolean): void {
    if (mains.has(this.entry)) return;
    this.latent = latent;
    if (latent) enterLatent();
    waiting++;
    watchEnds();
    enterHost();
    mains.add(this.entry);
    this.timer = hostTimeout(this.check, this.delayMs);
    this.delayMs = Math.min(this.delayMs * 2, LAST_LOOK_MS);
  }

  /** Not left to `beforeExit`: a test runner listens to that, too, and gives up. */
  private readonly check = (): void => {
    if (this.timer === null) return;
    withdrawTimeout(this.timer);
    const isAlive = this.latent || p.runq.size > 0 || host.waiting > waiting || hostIsAlive();
    if (isAlive) this.look();
    else this.entry.reject(null as never);
  };

  /** Outside of the world; harmless when it has not begun. */
  end(): void {
    if (this.timer === null) return;
    withdrawTimeout(this.timer);
    this.timer = null;
    mains.delete(this.entry);
    if (this.latent) leaveLatent();
    waiting--;
    leaveHost();
    if (host.waiting === 0) host.onWithdrawn();
  }

  /** Something has happened: look often again. */
  reset(): void {
    this.delayMs = FIRST_LOOK_MS;
  }
}
