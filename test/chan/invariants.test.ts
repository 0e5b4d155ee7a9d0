/**
 * Channels under random sequences of operations, compared after each step with a model of two lists and a buffer: the invariants
 * I1 to I5 of `chan/hchan.ts`, who stands in the queues, what is in the buffer; and in the end what each waiter got.
 *
 * Go: TestSelectStress, TestPseudoRandomSend and TestChan of runtime/chan_test.go ask the same of goroutines.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type Chan, chan, go, type Op, select } from "gort";
import { host } from "#src/runtime/netpoll.ts";
import { type Random, random } from "../base/seed.ts";
import { checkInvariants, queues } from "./queues.ts";

const CLOSED = "send on closed channel";

/** Somebody in the model's queues. `selects`: on both sides, or with a case that can be made to win instead. */
interface Party {
  readonly id: number;
  readonly form: "value" | "valueOk" | "send" | "select";
  readonly value: number;
  readonly withdraw?: Chan<string>;
}

class Model {
  readonly buffer: number[] = [];
  senders: Party[] = [];
  receivers: Party[] = [];
  closed = false;
  /** What each party is to get, by id. */
  readonly expected: Map<number, unknown> = new Map();
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  canSend(): boolean {
    return this.closed || this.receivers.length > 0 || this.buffer.length < this.capacity;
  }

  canReceive(): boolean {
    return this.closed || this.buffer.length > 0 || this.senders.length > 0;
  }

  send(party: Party): void {
    if (this.closed) {
      this.done(party, CLOSED);
    } else if (this.receivers.length > 0) {
      this.received(this.receivers[0] as Party, party.value, true);
      this.sent(party);
    } else if (this.buffer.length < this.capacity) {
      this.buffer.push(party.value);
      this.sent(party);
    } else {
      this.senders.push(party);
    }
  }

  receive(party: Party): void {
    const sender = this.senders[0];
    if (this.buffer.length > 0) {
      this.received(party, this.buffer.shift() as number, true);
      if (sender !== undefined) this.buffer.push(sender.value);
      if (sender !== undefined) this.sent(sender);
    } else if (sender !== undefined) {
      this.received(party, sender.value, true);
      this.sent(sender);
    } else if (this.closed) {
      this.received(party, undefined, false);
    } else {
      this.receivers.push(party);
    }
  }

  close(): void {
    this.closed = true;
    for (const receiver of [...this.receivers]) this.received(receiver, undefined, false);
    for (const sender of [...this.senders]) this.done(sender, CLOSED);
  }

  done(party: Party, outcome: unknown): void {
    this.senders = this.senders.filter((one) => one !== party);
    this.receivers = this.receivers.filter((one) => one !== party);
    this.expected.set(party.id, outcome);
  }

  private sent(party: Party): void {
    this.done(party, party.form === "select" ? { case: "out", value: undefined } : undefined);
  }

  private received(party: Party, value: number | undefined, ok: boolean): void {
    const outcome = { value, valueOk: [value, ok], select: { case: "in", value }, send: undefined }[
      party.form
    ];
    this.done(party, outcome);
  }
}

/** One channel, its model, and a sequence of steps on both. */
class Sequence {
  readonly ch: Chan<number>;
  readonly model: Model;
  readonly got: Map<number, unknown> = new Map();
  private ids = 0;
  private readonly random: Random;
  private readonly inGoroutines: boolean;
  private selecting: Party[] = [];

  constructor(capacity: number, random: Random, inGoroutines: boolean) {
    this.inGoroutines = inGoroutines;
    this.ch = chan(capacity);
    this.model = new Model(capacity);
    this.random = random;
  }

  /** Waits for an operation: with `await`, or with `yield*` in a goroutine, which has its own ways through the code. */
  private listen({ id }: Party, make: () => Op<unknown>): void {
    const { got } = this;
    if (this.inGoroutines) {
      go(function* () {
        try {
          got.set(id, yield* make());
        } catch (error) {
          got.set(id, (error as Error).message);
        }
      });
    } else {
      make().then(
        (value) => got.set(id, value),
        (error: unknown) => got.set(id, (error as Error).message),
      );
    }
  }

  step(): void {
    const { ch, model } = this;
    const id = ++this.ids;
    const value = id;
    switch (this.random.below(12)) {
      case 0:
      case 1:
      case 2: {
        const party: Party = { id, form: "send", value };
        model.send(party);
        this.listen(party, () => ch.send(value));
        break;
      }
      case 3:
      case 4: {
        const party: Party = { id, form: "value", value };
        model.receive(party);
        this.listen(party, () => ch.recv());
        break;
      }
      case 5: {
        const party: Party = { id, form: "valueOk", value };
        model.receive(party);
        this.listen(party, () => ch.recvOk());
        break;
      }
      case 6:
        this.trySend(id);
        break;
      case 7:
        this.tryReceive(id);
        break;
      case 8:
      case 9:
        this.select(id);
        break;
      case 10:
        this.withdraw();
        break;
      default:
        if (this.random.below(12) === 0) this.close();
    }
  }

  private trySend(id: number): void {
    const { ch, model } = this;
    if (model.closed) {
      assert.throws(() => ch.trySend(id), { message: CLOSED });
      return;
    }
    const possible = model.canSend();
    if (possible) model.send({ id: -id, form: "send", value: id });
    assert.equal(ch.trySend(id), possible);
  }

  private tryReceive(id: number): void {
    const { ch, model } = this;
    const possible = model.canReceive();
    if (possible) model.receive({ id: -id, form: "valueOk", value: 0 });
    assert.deepEqual(ch.tryRecv(), possible ? model.expected.get(-id) : undefined);
  }

  /** A select to send, to receive or both, and with a case that lets it be withdrawn. What is chosen among two ready cases is not the matter here. */
  private select(id: number): void {
    const { ch, model } = this;
    const [sends, receives] = [
      [true, false],
      [false, true],
      [true, true],
    ][this.random.below(3)] as [boolean, boolean];
    if (sends && receives && model.canSend() && model.canReceive()) return;
    // Two that wait on both sides may serve each other in two ways.
    if (sends && receives && this.onBothSides() > 0) return;
    const withdraw = chan<string>(1);
    const party: Party = { id, form: "select", value: id, withdraw };
    if (sends && receives && !model.canSend() && !model.canReceive()) {
      model.senders.push(party);
      model.receivers.push(party);
    } else if (sends && (!receives || model.canSend())) {
      model.send(party);
    } else {
      model.receive(party);
    }
    if (!model.expected.has(id)) this.selecting.push(party);
    this.listen(party, () =>
      select({ out: sends && ch.send(id), in: receives && ch.recv(), gone: withdraw.recv() }),
    );
  }

  private withdraw(): void {
    this.selecting = this.selecting.filter(({ id }) => !this.model.expected.has(id));
    const [party] = this.selecting.splice(this.random.below(this.selecting.length), 1);
    if (party === undefined) return;
    this.model.done(party, { case: "gone", value: "gone" });
    assert.equal((party.withdraw as Chan<string>).trySend("gone"), true);
    assert.deepEqual(queues(party.withdraw as Chan<string>), [0, 0]);
  }

  private close(): void {
    if (this.model.closed) {
      assert.throws(() => this.ch.close(), { message: "close of closed channel" });
    } else {
      this.model.close();
      this.ch.close();
    }
  }

  private onBothSides(): number {
    return this.model.senders.filter((one) => this.model.receivers.includes(one)).length;
  }

  check(): void {
    const { ch, model } = this;
    checkInvariants(ch, this.onBothSides());
    assert.equal(ch.closed, model.closed, "I4");
    assert.equal(ch.length, model.buffer.length);
    assert.deepEqual(queues(ch), [model.senders.length, model.receivers.length]);
  }

  /** What everybody got, once the callbacks have run. */
  async finish(): Promise<void> {
    if (!this.model.closed) this.close();
    this.check();
    await turn();
    await turn();
    for (const [id, expected] of this.model.expected) {
      if (id > 0) assert.deepEqual(this.got.get(id), expected, `waiter ${id}`);
    }
    assert.equal(this.got.size, [...this.model.expected.keys()].filter((id) => id > 0).length);
  }
}

/** Goroutines run when the event loop has turned. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("channels under random operations", () => {
  for (const capacity of [0, 1, 2, 3, 20]) {
    it(`of capacity ${capacity} do as the model does`, async (t: TestContext) => {
      const source = random(t, "chan/invariants");
      for (let round = 0; round < 150; round++) {
        const sequence = new Sequence(capacity, source, false);
        for (let step = 0; step < 60; step++) {
          sequence.step();
          sequence.check();
        }
        await sequence.finish();
      }
      assert.equal(host.waiting, 0);
    });

    it(`of capacity ${capacity} do so in goroutines`, async (t: TestContext) => {
      const source = random(t, "chan/invariants");
      for (let round = 0; round < 60; round++) {
        const sequence = new Sequence(capacity, source, true);
        for (let step = 0; step < 60; step++) {
          sequence.step();
          await turn();
          sequence.check();
        }
        await sequence.finish();
      }
      assert.equal(host.waiting, 0);
    });
  }
});
