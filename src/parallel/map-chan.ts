/**
 * A parallel map as a channel that is only received from.
 */
import { Receivable } from "../chan/receivable.ts";
import { Form, type Holder } from "../chan/recv.ts";
import type { Received, RecvChan } from "../chan/types.ts";
import type { Maker } from "../runtime/kernel.ts";
import { begin, type Op, type Operation, State } from "../runtime/operation.ts";
import { ALL, MapRecv } from "./map-recv.ts";
import { Mapping, type Plan } from "./map-state.ts";

/** The results of a parallel map: a channel to receive from, closed after the last one. */
export interface ParallelMap<R> extends RecvChan<R> {
  /**
   * Waits for all results that have not been received, as an array.
   *
   * @throws the first error, as every receive does
   */
  toArray(): Op<R[]>;
  [Symbol.asyncIterator](): AsyncIterator<R>;
}

export class MapChan<R> extends Receivable<R> implements ParallelMap<R> {
  private readonly map: Mapping;

  constructor(plan: Plan, by: Maker) {
    super();
    this.map = new Mapping(plan, by);
  }

  /** Results that are there. */
  get length(): number {
    return this.map.list.length;
  }

  /** Inputs that may be ahead of the consumer at present. */
  get capacity(): number {
    return this.map.limit;
  }

  get closed(): boolean {
    return this.map.over;
  }

  receiving(form: number, holder: Holder<R> | undefined): Operation<unknown> {
    return new MapRecv(this.map, form, holder as Holder<unknown> | undefined);
  }

  tryRecv(): Received<R> | undefined {
    const op = this.receiving(Form.valueOk, undefined);
    begin(op);
    op.done = State.finished;
    return op.poll() ? (op.value as Received<R>) : undefined;
  }

  toArray(): Op<R[]> {
    return new MapRecv(this.map, ALL, undefined) as Operation<unknown> as Op<R[]>;
  }

  override [Symbol.asyncIterator](): AsyncIterator<R> {
    const { map } = this;
    let isOver = false;
    return {
      next: async (): Promise<IteratorResult<R>> => {
        if (isOver) return { done: true, value: undefined };
        try {
          const [value, ok] = this.tryRecv() ?? (await this.recvOk());
          if (ok) return { done: false, value };
        } catch (error) {
          isOver = true;
          throw error;
        }
        isOver = true;
        return { done: true, value: undefined };
      },
      return: async (): Promise<IteratorResult<R>> => {
        isOver = true;
        map.stop();
        // What runs ends first, and the input is closed: its error is the loop's.
        await this.recvOk();
        return { done: true, value: undefined };
      },
    };
  }
}
