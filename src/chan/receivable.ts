/**
 * What every flavour of channel has in common on its receiving side: one way to make a receive, in three forms.
 */
import type { Op, Operation } from "../runtime/operation.ts";
import { iterate } from "./iterate.ts";
import { Form, type Holder } from "./recv.ts";
import type { Received, RecvChan } from "./types.ts";

export abstract class Receivable<T> implements RecvChan<T> {
  abstract readonly length: number;
  abstract readonly capacity: number;
  abstract readonly closed: boolean;

  /** A receive, of one of the forms {@link Form}; `holder` is the cursor of a range. */
  abstract receiving(form: number, holder: Holder<T> | undefined): Operation<unknown>;

  abstract tryRecv(): Received<T> | undefined;

  recv(): Op<T | undefined> {
    return this.receiving(Form.value, undefined) as Operation<T | undefined>;
  }

  recvOk(): Op<Received<T>> {
    return this.receiving(Form.valueOk, undefined) as Operation<Received<T>>;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return iterate(this);
  }

  get [Symbol.toStringTag](): string {
    return "Chan";
  }
}
