/**
 * A parallel map: what has been read and not received, what is under way, and how it ends.
 *
 *   fresh      nobody has waited yet: nothing has been read, nothing started
 *   open       the feeder reads inputs (map-feed.ts), batches run, results are received
 *   stopping   after the first error, the context's end or the consumer's leaving: nothing is read or started, batches end after their call
 *   over       nothing runs: the error has been or will be thrown, once; then every receive finds the map closed
 *
 * Invariants (owner thread only):
 *   I1  running <= concurrency, and a batch calls one function at a time.
 *   I2  ahead, the inputs that have been read and whose results have not been received, never exceeds 2 x concurrency x size: `size` is at most {@link MOST}, and 1 when a call takes longer than {@link TARGET_MS}.
 *   I3  the segments in the list are, ordered: all that have been read, in the order of the inputs; unordered: those that are done, in the order in which they were. So the first one's results are what is received next.
 *   I4  receivers wait only while there is no result to receive, first come, first served.
 *   I5  a map that is over has given back all its memory.
 */
import { ProcessorLostError } from "../base/errors.ts";
import { alone, join, left, served } from "../base/waitq.ts";
import { chan } from "../chan/hchan.ts";
import type { Chan } from "../chan/types.ts";
import type { PortableEntry } from "../portable/registry.ts";
import { type Go, goFor, type Maker } from "../runtime/kernel.ts";
import { asOperation, begin, type Op, type Operation, State } from "../runtime/operation.ts";
import { currentProcs } from "../runtime/procs.ts";
import { startParallel } from "./boot.ts";
import { here } from "./machine.ts";
import { type Outcome, sharing, staying, type Transport } from "./map-batch.ts";
import { type Fed, parallelMapFeed } from "./map-feed.ts";
import type { Parcel } from "./map-parcel.ts";
import type { MapRecv } from "./map-recv.ts";
import { Segment, Segments } from "./map-segments.ts";
import { type Source, sourceOf } from "./map-source.ts";

/** What a batch is to take. */
const TARGET_MS = 1.5;
/** Inputs of a batch at most. */
export const MOST = 256;

/** What a map needs of a context; the layer context is not this one's to know. */
export interface MapContext {
  done(): Op<void>;
  readonly err: Error | undefined;
}

export interface Plan {
  readonly entry: PortableEntry;
  readonly inputs: unknown;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly ctx: MapContext | undefined;
  readonly onProgress: ((done: number, total: number | undefined) => void) | undefined;
}

/** While one batch of a processor is under way, others wait there: nobody has to wait for the feeder. */
const BATCHES_A_PROCESSOR = 4;

export function usualConcurrency(): number {
  return BATCHES_A_PROCESSOR * currentProcs();
}

export class Mapping implements Fed {
  readonly source: Source;
  readonly wake: Chan<void> = chan<void>(1);
  readonly plan: Plan;
  size = 1;
  stopping = false;
  over = false;
  /** Null while the map is fresh. */
  private transport: Transport | null = null;
  /** Whoever made the map. */
  private readonly maker: Maker;
  private watched: Operation<unknown> | null = null;
  private isFed = false;
  private running = 0;
  private ahead = 0;
  private read = 0;
  private done = 0;
  /** The words of the last parcel. */
  private words = 0;
  private failure: { readonly error: unknown } | null = null;
  readonly list: Segments = new Segments();
  private returned: Segment[] = [];
  private waiters: MapRecv | null = null;
  private isServing = false;

  constructor(plan: Plan, by: Maker) {
    this.plan = plan;
    this.maker = by;
    this.source = sourceOf(plan.inputs, () => this.nudge());
  }

  /** Somebody waits: the first time, that starts it. */
  begin(): void {
    if (this.transport !== null || this.over) return;
    const { entry, ctx } = this.plan;
    if (ctx?.err !== undefined) {
      this.failure = { error: ctx.err };
      this.over = true;
      return;
    }
    // Before the first input is copied: what is shared by reference needs somebody to share it with.
    if (!here.joined && currentProcs() > 1) startParallel();
    this.transport = here.joined ? sharing(entry) : staying(entry);
    goFor(this.maker, parallelMapFeed as never, [this as Fed]);
    if (ctx !== undefined) this.watch(ctx);
  }

  private watch(ctx: MapContext): void {
    const op = asOperation(ctx.done()) as Operation<unknown>;
    begin(op);
    const over = (): void => {
      op.done = State.finished;
      this.watched = null;
      this.fail(ctx.err);
    };
    if (op.poll()) {
      over();
      return;
    }
    op.done = State.entered;
    op.owner = { fire: over };
    this.watched = op;
    op.enqueue();
  }

  get limit(): number {
    return 2 * this.plan.concurrency * this.size;
  }

  get hasSlot(): boolean {
    return this.running < this.plan.concurrency;
  }

  get hasRoom(): boolean {
    return this.ahead < this.limit;
  }

  get isIdle(): boolean {
    return this.running === 0 && this.returned.length === 0;
  }

  get hasReturned(): boolean {
    return this.returned.length > 0;
  }

  /** The feeder looks around again. */
  nudge(): void {
    this.wake.trySend(undefined);
  }

  parcel(): Parcel {
    return (this.transport as Transport).parcel(this.size === 1 ? 0 : this.words);
  }

  put(parcel: Parcel, input: unknown): void {
    const { name } = this.plan.entry;
    parcel.put(input, `input ${this.read + 1} of ${name}`);
    this.read++;
    this.ahead++;
  }

  start(parcel: Parcel): void {
    this.words = parcel.length;
    const segment = new Segment({ parcel, segments: 0 }, 0, parcel.count);
    if (this.plan.ordered) this.list.push(segment);
    this.send(segment);
  }

  startReturned(): void {
    while (this.hasSlot && this.returned.length > 0) this.send(this.returned.shift() as Segment);
  }

  private send(segment: Segment): void {
    const { parcel } = segment.shipment;
    const { goroutine, outcome } = (this.transport as Transport).start(
      this.maker,
      parcel,
      segment.from,
      segment.count,
    );
    this.running++;
    goroutine.watch({ fire: () => this.ended(segment, goroutine, outcome) });
  }

  private ended(segment: Segment, goroutine: Go, outcome: () => Outcome): void {
    this.running--;
    try {
      const { done, tookMs, results } = outcome();
      if (goroutine.failed) this.fail(goroutine.value);
      else if (!this.stopping) {
        this.adapt(done, segment.count, tookMs);
        this.arrived(segment, done, results);
      }
      // A goroutine whose machine has died has not said how far it came.
      if (this.stopping && segment.results === undefined && !(goroutine.value instanceof ProcessorLostError))
        segment.shipment.parcel.discard(segment.from + done, segment.count - done);
    } catch (error) {
      this.fail(error);
    }
    release(segment);
    this.nudge();
    this.settle();
  }

  private arrived(segment: Segment, done: number, results: unknown[]): void {
    segment.results = results;
    if (done < segment.count) {
      const rest = segment.cut(done, this.size);
      this.returned = [...rest, ...this.returned];
      if (this.plan.ordered) this.list.insert(segment, rest);
    }
    if (!this.plan.ordered) this.list.push(segment);
    this.done += done;
    this.plan.onProgress?.(this.done, this.source.total);
    this.serve();
  }

  /** How many inputs would have taken the time that a batch is to take. */
  private adapt(done: number, count: number, tookMs: number): void {
    const wanted = Math.max(1, Math.min(MOST, Math.floor((TARGET_MS * done) / Math.max(tookMs, 0.001))));
    if (wanted >= this.size) this.size = Math.min(wanted, this.size * 2);
    // One that was cut says how slow the inputs are now; any other may have been held up by something else.
    else this.size = done < count ? wanted : Math.max(wanted, this.size >>> 1);
  }

  /** The first error stops the map. */
  fail(error: unknown): void {
    if (this.stopping || this.over) return;
    this.failure = { error };
    this.stop();
  }

  /** Nothing more is read or started; what has not been received is dropped. */
  stop(): void {
    if (this.stopping || this.over) return;
    this.stopping = true;
    this.list.clear();
    for (const segment of this.returned) {
      segment.shipment.parcel.discard(segment.from, segment.count);
      release(segment);
    }
    this.returned = [];
    this.transport?.stop.set();
    if (this.transport === null) this.over = true;
    this.nudge();
    // The feeder may have ended already: only results were left.
    this.settle();
  }

  /** The feeder has ended. */
  fed(): void {
    this.isFed = true;
    this.settle();
  }

  /** An error while the input was closed counts where there is no other. */
  closeFailed(error: unknown): void {
    this.failure ??= { error };
  }

  get hasFailed(): boolean {
    return this.failure !== null;
  }

  private settle(): void {
    if (!this.isFed || this.running > 0 || this.over) return;
    // The last results may still have to be received.
    if (!this.stopping && !this.list.isEmpty) return;
    this.over = true;
    this.transport?.stop.drop();
    const { watched } = this;
    if (watched !== null) {
      this.watched = null;
      watched.dequeue();
      watched.done = State.finished;
      watched.recycle();
    }
    this.serve();
  }

  /** The next result; there is one. */
  take(): unknown {
    const value = this.list.shift();
    this.ahead--;
    if (!this.isFed) this.nudge();
    else this.settle();
    return value;
  }

  /** The error that has not been thrown yet. */
  takeFailure(): { readonly error: unknown } | null {
    const { failure } = this;
    this.failure = null;
    return failure;
  }

  enter(op: MapRecv): void {
    if (this.waiters === null) this.waiters = alone(op);
    else join(this.waiters, op);
  }

  leave(op: MapRecv): void {
    this.waiters = left(this.waiters as MapRecv, op);
  }

  /** Gives those who wait what there is. */
  private serve(): void {
    // Taking the last result ends the map, which is to serve those who wait: this loop does.
    if (this.isServing) return;
    this.isServing = true;
    // One by one: whoever is served may withdraw others.
    while (this.waiters !== null && (this.over || this.list.ready)) {
      const op = this.waiters;
      const failure = this.over ? this.takeFailure() : null;
      if (failure === null && !op.takes()) break;
      this.waiters = served(op);
      op.conclude(failure);
    }
    this.isServing = false;
  }
}

/** A segment's batch has ended, or will not be started. */
function release(segment: Segment): void {
  const { shipment } = segment;
  if (--shipment.segments === 0) shipment.parcel.drop();
}
