/**
 * Receiving from a parallel map: one result, or all that are to come.
 */
import type { Waiting } from "../base/waitq.ts";
import { type Holder, inForm } from "../chan/recv.ts";
import { fail, fulfil, Operation, type Parkable, probe, State, type Waiter } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Mapping } from "./map-state.ts";

/** A receive of one of the forms Form, or of all results as an array. */
export const ALL = 3;

export class MapRecv extends Operation<unknown> implements Waiting<MapRecv> {
  done: number = State.fresh;
  /** The result; until then the cursor of a range, or what has come of all. */
  value: unknown;
  owner: Parkable | Waiter | null = null;
  private readonly map: Mapping;
  private readonly form: number;
  before: MapRecv | null = null;
  behind: MapRecv | null = null;

  constructor(map: Mapping, form: number, holder: Holder<unknown> | undefined) {
    super();
    this.map = map;
    this.form = form;
    this.value = form === ALL ? [] : holder;
    if (probe.track !== null) probe.track(this);
  }

  get reason(): WaitReason {
    return WaitReason.chanReceive;
  }

  poll(): boolean {
    const { map } = this;
    map.begin();
    if (this.takes()) return true;
    const failure = map.over ? map.takeFailure() : null;
    if (failure !== null) throw failure.error;
    return false;
  }

  /** Takes what there is; true when that is all it waits for. At the map's end, too, when there is no error to throw. */
  takes(): boolean {
    const { map, form } = this;
    if (form === ALL) {
      while (map.list.ready) (this.value as unknown[]).push(map.take());
      return map.over && !map.hasFailed;
    }
    if (map.list.ready) this.value = inForm(form, this.value as Holder<unknown>, map.take(), true);
    else if (map.over && !map.hasFailed)
      this.value = inForm(form, this.value as Holder<unknown>, undefined, false);
    else return false;
    return true;
  }

  enqueue(): void {
    this.map.enter(this);
  }

  dequeue(): void {
    this.map.leave(this);
    // As a case that has lost it leaves no trace.
    if (this.form === ALL) this.map.list.unshift(this.value as unknown[]);
  }

  conclude(failure: { readonly error: unknown } | null): void {
    if (failure === null) {
      fulfil(this);
      return;
    }
    this.value = failure.error;
    fail(this);
  }
}
