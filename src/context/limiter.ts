/**
 * Limiter: at most so many events a second, and a burst of them at once.
 *
 * Nothing fills the bucket of tokens: it is a number and the time it was true at, and whoever asks works out what has been added since. Who
 * finds too few takes them all the same and waits until they would have been there: the bucket is then in debt, and whoever asks later
 * waits longer. So there is no queue, and the order is that of asking, until somebody gives up: what comes free goes to whoever asks next.
 *
 * Invariants:
 *   I1  there are never more tokens than the burst: whoever looks (tokensAt) sees no more.
 *   I2  a wait in progress has taken its tokens, and is a timer that is due when they are earned. Both begin in enqueue() and end together:
 *       in fire(), or in dequeue(), which gives back those tokens that nobody who asked later counts on.
 *   I3  `latest` is the time that was promised last. What is earned between an earlier promise and it was promised after that one.
 *
 * Go: golang.org/x/time/rate. Differs: milliseconds; the infinite rate is Infinity; a cancel never gives back more than was taken, nor
 * does a second one.
 */
import { checkAmount, describe, InvalidNumberError, RateLimitError } from "../base/errors.ts";
import { now, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";
import { BasicOperation, fulfil, type Op, type Operation } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { type Context, checkContext } from "./context.ts";
import { dueTimeOf } from "./ctx.ts";

/** Go counts whole nanoseconds. Less is what the rounding of fractions leaves, and nothing to wait for. */
const NANOSECOND_MS = 1e-6;

/** The arithmetic, apart from whose clock it is. Times and durations are milliseconds. */
class Bucket {
  limit: number;
  burst: number;
  /** How many there were at `last`, before what is beyond the burst is cut off. Below zero: so many are promised and not earned yet. */
  private tokens: number;
  private last: number;
  private latest: number = Number.NEGATIVE_INFINITY;

  constructor(limit: number, burst: number, at: number) {
    this.limit = limit;
    this.burst = burst;
    this.tokens = burst;
    this.last = at;
  }

  /** An infinite rate: all may go, and nothing is counted. */
  get isOpen(): boolean {
    return this.limit === Number.POSITIVE_INFINITY;
  }

  tokensAt(at: number): number {
    // A clock that goes back adds nothing.
    const added = at > this.last ? earnedIn(at - this.last, this.limit) : 0;
    return Math.min(this.tokens + added, this.burst);
  }

  /** Adds what has been earned. Before a change of rate or burst, which counts from then on. */
  advance(at: number): void {
    this.tokens = this.tokensAt(at);
    this.last = at;
  }

  /** How long after `at` `n` tokens could be used; 0: at once. */
  delayOf(n: number, at: number): number {
    const missing = this.isOpen ? 0 : n - this.tokensAt(at);
    if (missing <= 0) return 0;
    const delay = timeFor(missing, this.limit);
    return delay < NANOSECOND_MS ? 0 : delay;
  }

  /** Takes `n` tokens and promises them: for which time. */
  take(n: number, at: number): number {
    const due = at + this.delayOf(n, at);
    if (this.isOpen) return due;
    this.advance(at);
    this.tokens -= n;
    this.latest = due;
    return due;
  }

  /** Takes back at `at` the promise of `n` tokens for the time `due`, which was made while `limit` held. */
  giveBack(n: number, due: number, limit: number, at: number): void {
    // Too late: whoever had the promise may have acted on it.
    if (due < at) return;
    const later = this.latest - due;
    // Below zero only if the rate has been raised since; Go then gives back more than was taken.
    const promisedSince = later > NANOSECOND_MS ? earnedIn(later, limit) : 0;
    const free = n - promisedSince;
    if (free <= 0) return;
    this.advance(at);
    this.tokens += free;
    const before = due - timeFor(n, limit);
    if (Math.abs(later) <= NANOSECOND_MS && before >= at) this.latest = before;
  }
}

function timeFor(tokens: number, limit: number): number {
  return (tokens / limit) * 1000;
}

function earnedIn(durationMs: number, limit: number): number {
  // The time until an event that never comes, times nothing, would be no number.
  return limit === 0 ? 0 : (durationMs / 1000) * limit;
}

/** Waiting for `n` tokens; while it waits it is its own timer. */
class Turn extends BasicOperation<void> implements Timed {
  place = -1;
  /** The time that it was promised. */
  private due = 0;
  private readonly bucket: Bucket;
  private readonly n: number;
  private readonly ctx: Context | undefined;
  /** The rate that the promise was made at. */
  private limit = 0;

  constructor(bucket: Bucket, n: number, ctx: Context | undefined) {
    super();
    this.bucket = bucket;
    this.n = n;
    this.ctx = ctx;
  }

  get reason(): WaitReason {
    return WaitReason.sleep;
  }

  get quiet(): boolean {
    return false;
  }

  poll(): boolean {
    const { bucket, n } = this;
    const at = now();
    const delay = bucket.delayOf(n, at);
    if (!bucket.isOpen) this.check(delay);
    if (delay > 0) return false;
    bucket.take(n, at);
    return true;
  }

  /** Throws if it can never be its turn, or only too late. */
  private check(delay: number): void {
    const { n, ctx } = this;
    if (n > this.bucket.burst) {
      throw new RateLimitError(`rate: Wait(n=${n}) exceeds limiter's burst ${this.bucket.burst}`);
    }
    if (ctx !== undefined && delay > dueTimeOf(ctx) - now()) {
      throw new RateLimitError(`rate: Wait(n=${n}) would exceed context deadline`);
    }
  }

  enqueue(): void {
    this.limit = this.bucket.limit;
    this.due = this.bucket.take(this.n, now());
    startTimer(this, this.due);
  }

  dequeue(): void {
    stopTimer(this);
    this.bucket.giveBack(this.n, this.due, this.limit, now());
  }

  fire(): void {
    fulfil(this as Operation<unknown>);
  }

  override toString(): string {
    return "this wait for a Limiter";
  }
}

/** A promise of tokens, which {@link Limiter.reserve} gives. Go: rate.Reservation. */
export interface Reservation {
  /** Whether the tokens were to be had; if not, nothing has been taken. */
  readonly ok: boolean;
  /** How long to wait from now until they may be used, in milliseconds; 0 when the time has come, Infinity for never. */
  readonly delay: number;
  /**
   * They will not be used: gives back those that nobody who asked later counts on. No effect once their time has passed, and the second
   * time.
   */
  cancel(): void;
}

/** Limits how often something happens: `perSecond` times a second in the long run, `burst` times at once. */
export class Limiter {
  readonly #bucket: Bucket;

  /**
   * @param perSecond - tokens added each second; 0 adds none, Infinity limits nothing, not even the burst
   * @param burst - how many tokens there can be, and so the most that can be asked for at once. There are as many in the beginning.
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`) for a rate below 0 or NaN, and a burst that is no integer of at
   *   least 0
   *
   * Go: rate.NewLimiter.
   */
  constructor(perSecond: number, burst: number) {
    checkRate("new Limiter", perSecond);
    checkAmount("the burst of a Limiter", burst, 0);
    this.#bucket = new Bucket(perSecond, burst, now());
  }

  /** Tokens added each second. */
  get limit(): number {
    return this.#bucket.limit;
  }

  /** How many tokens there can be. */
  get burst(): number {
    return this.#bucket.burst;
  }

  /** How many tokens there are; below zero while somebody waits for some. Go: Limiter.Tokens. */
  tokens(): number {
    return this.#bucket.tokensAt(now());
  }

  /** Changes the rate from now on; who waits already keeps the time he was promised. Throws as the constructor does. */
  setLimit(perSecond: number): void {
    checkRate("setLimit", perSecond);
    this.#bucket.advance(now());
    this.#bucket.limit = perSecond;
  }

  /** Changes the burst from now on; who waits already keeps the time he was promised. Throws as the constructor does. */
  setBurst(burst: number): void {
    checkAmount("setBurst", burst, 0);
    this.#bucket.advance(now());
    this.#bucket.burst = burst;
  }

  /**
   * Takes `n` tokens if they are there, and says whether. Never waits.
   *
   * @throws InvalidNumberError (`GORT_INVALID_NUMBER`) for an `n` that is no integer of at least 0
   *
   * Go: Limiter.AllowN.
   */
  allow(n: number = 1): boolean {
    checkAmount("allow", n, 0);
    const bucket = this.#bucket;
    const at = now();
    if (!canEverHave(bucket, n) || bucket.delayOf(n, at) > 0) return false;
    bucket.take(n, at);
    return true;
  }

  /**
   * Takes `n` tokens and says when they may be used: for those who wait in a way of their own; all others use {@link wait}.
   *
   * Not `ok` when `n` exceeds the burst.
   *
   * @throws InvalidNumberError (`GORT_INVALID_NUMBER`) for an `n` that is no integer of at least 0
   *
   * Go: Limiter.ReserveN.
   */
  reserve(n: number = 1): Reservation {
    checkAmount("reserve", n, 0);
    return new Reserved(this.#bucket, n);
  }

  /**
   * Waits until `n` tokens may be used. Who asks first goes first.
   *
   * The tokens are taken when the wait begins, and given back when it loses a `select` or its context ends, as far as nobody who asked
   * later counts on them; those are had by whoever asks next.
   *
   * @param n - how many, at most the burst
   * @param ctx - ends the wait early; a wait that would last beyond its deadline is not begun
   * @throws InvalidNumberError (`GORT_INVALID_NUMBER`) at the call, for an `n` that is no integer of at least 0. When it is waited for:
   *   RateLimitError (`GORT_RATE_LIMIT`) when `n` exceeds the burst, or the tokens come too late for `ctx`; and `ctx.err`.
   *   InvalidContextError (`GORT_INVALID_CONTEXT`) at the call, for a `ctx` that is none
   * @example
   * ```ts
   * const limiter = new Limiter(100, 10); // a hundred a second, ten at once
   * for (const url of urls) {
   *   yield* limiter.wait(1, ctx);
   *   go(fetchPage, url);
   * }
   * ```
   *
   * Go: Limiter.WaitN.
   */
  wait(n: number = 1, ctx?: Context): Op<void> {
    checkAmount("wait", n, 0);
    if (ctx === undefined) return new Turn(this.#bucket, n, ctx);
    checkContext("what Limiter.wait was given", ctx);
    return ctx.wait(new Turn(this.#bucket, n, ctx));
  }

  get [Symbol.toStringTag](): string {
    return "Limiter";
  }
}

class Reserved implements Reservation {
  readonly ok: boolean;
  readonly #bucket: Bucket;
  readonly #due: number;
  readonly #limit: number;
  /** What a cancel is to give back. */
  #n = 0;

  constructor(bucket: Bucket, n: number) {
    this.#bucket = bucket;
    this.#limit = bucket.limit;
    this.ok = canEverHave(bucket, n);
    this.#due = this.ok ? bucket.take(n, now()) : Number.POSITIVE_INFINITY;
    if (this.ok && !bucket.isOpen) this.#n = n;
  }

  get delay(): number {
    return Math.max(this.#due - now(), 0);
  }

  cancel(): void {
    const n = this.#n;
    this.#n = 0;
    if (n > 0) this.#bucket.giveBack(n, this.#due, this.#limit, now());
  }
}

function canEverHave(bucket: Bucket, n: number): boolean {
  return n <= bucket.burst || bucket.isOpen;
}

function checkRate(what: string, perSecond: unknown): void {
  if (typeof perSecond !== "number" || !(perSecond >= 0)) {
    throw new InvalidNumberError(
      `${what} needs a rate of at least 0 tokens a second, got ${describe(perSecond)}`,
    );
  }
}
