/** A thread that dies while it sends to, receives from and waits for shared channels: the others go on, and nothing is lost but what it held. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { go, gosched, run, type SharedChan, sharedChan } from "gort";
import { self } from "#src/shm/lock.ts";
import { waitsInUse } from "#src/shm/wait.ts";
import { Crew, turn } from "../shm/crew.ts";
import { lend, mourn, takePart } from "./shared-core.ts";

const KILLS = Number(process.env["GORT_KILLS"] ?? 4);

function increasing(values: readonly number[], what: string): void {
  for (const [i, value] of values.entries()) assert.equal(value, i, `${what}: value ${i}`);
}

async function killOne(capacity: number, delayMs: number): Promise<void> {
  const out = sharedChan<number>(capacity);
  const back = sharedChan<number>(capacity);
  const either = sharedChan<number>(capacity);
  const leave = takePart();
  const crew = new Crew("shared-mortal", {
    workers: 1,
    data: { out: lend(out as never), back: lend(back as never), either: lend(either as never) },
  });
  const got: number[] = [];
  const chosen: number[] = [];
  let sent = 0;
  let over = false;
  try {
    await crew.gathered();
    const main = run(function* () {
      const receivers = [go(receive, out, got), go(receive, either, chosen)];
      const sender = go(function* () {
        for (; !over; sent++) yield* back.send(sent);
      });
      for (const one of receivers) yield* one;
      yield* sender;
    });
    const from = performance.now();
    while (performance.now() - from < delayMs || got.length === 0) await turn();
    await crew.kill(0);
    mourn(1);
    // What remains here goes on: the sender is let go by a receiver of this thread, the receivers by the end.
    over = true;
    const rest: number[] = [];
    const drain = run(function* () {
      while (back.tryRecv() !== undefined) rest.push(0);
      yield* gosched();
      while (back.tryRecv() !== undefined) rest.push(0);
      out.close();
      either.close();
    });
    await Promise.all([main, drain]);
    increasing(got, "what the dead thread had sent");
    increasing(chosen, "what its select had sent");
    assert.ok(sent > 0);
    assert.equal(waitsInUse(), 0);
    assert.equal(self.machine, 0);
  } finally {
    leave();
    await crew.stop();
    crew.forget(0);
  }
}

function* receive(ch: SharedChan<number>, into: number[]) {
  for (;;) {
    const [value, ok] = yield* ch.recvOk();
    if (!ok) return;
    into.push(value);
  }
}

for (const capacity of [0, 1, 128]) {
  test(`capacity ${capacity}`, { timeout: 50_000 }, async () => {
    for (let i = 0; i < KILLS; i++) await killOne(capacity, (i * 7) % 23);
  });
}
