/**
 * A connection's lines as a channel: no goroutine and no buffer of its own, each receive is a readLine.
 */
import { Receivable } from "../chan/receivable.ts";
import { Form, type Holder, inForm } from "../chan/recv.ts";
import type { Received } from "../chan/types.ts";
import {
  begin,
  fail,
  fulfil,
  Operation,
  type Parkable,
  probe,
  State,
  type Waiter,
} from "../runtime/operation.ts";
import type { WaitReason } from "../runtime/wait-reason.ts";
import type { ReadLine } from "./reads.ts";

export class LineChan extends Receivable<string> {
  private readonly read: () => ReadLine;
  private over = false;

  constructor(read: () => ReadLine) {
    super();
    this.read = read;
  }

  get length(): number {
    return 0;
  }

  get capacity(): number {
    return 0;
  }

  /** The end of the stream has been received. */
  get closed(): boolean {
    return this.over;
  }

  receiving(form: number, holder: Holder<string> | undefined): Operation<unknown> {
    return new LineRecv(this, this.read(), form, holder);
  }

  tryRecv(): Received<string> | undefined {
    const op = this.receiving(Form.valueOk, undefined);
    begin(op);
    op.done = State.finished;
    return op.poll() ? (op.value as Received<string>) : undefined;
  }

  received(line: string | undefined): Received<string> {
    if (line !== undefined) return [line, true];
    this.over = true;
    return [undefined, false];
  }
}

/** A receive: it waits for the read as a select waits for a case. */
class LineRecv extends Operation<unknown> implements Waiter {
  done: number = State.fresh;
  value: unknown;
  owner: Parkable | Waiter | null = null;
  private readonly ch: LineChan;
  private readonly read: ReadLine;
  private readonly form: number;

  constructor(ch: LineChan, read: ReadLine, form: number, holder: Holder<string> | undefined) {
    super();
    this.ch = ch;
    this.read = read;
    this.form = form;
    this.value = holder;
    if (probe.track !== null) probe.track(this, [read as Operation<unknown>]);
  }

  get reason(): WaitReason {
    return this.read.reason;
  }

  override toString(): string {
    return this.read.toString();
  }

  poll(): boolean {
    if (!this.read.poll()) return false;
    this.receive();
    return true;
  }

  enqueue(): void {
    this.read.done = this.done === State.contested ? State.contested : State.entered;
    this.read.owner = this;
    this.read.enqueue();
  }

  dequeue(): void {
    this.read.dequeue();
  }

  override contest(): void {
    this.done = State.contested;
    this.read.contest();
  }

  fire(): void {
    const ok = this.read.done === State.fulfilled;
    if (ok) this.receive();
    else this.value = this.read.value;
    if (ok) fulfil(this);
    else fail(this);
  }

  private receive(): void {
    const [line, ok] = this.ch.received(this.read.value);
    this.value = inForm(this.form, this.value as Holder<string>, line, ok);
  }
}
