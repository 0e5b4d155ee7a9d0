/** One run of the stress of shared channels: this thread and some workers send and receive, and everything is accounted for. */
import assert from "node:assert/strict";
import { run, sharedChan } from "gort";
import { waitsInUse } from "#src/shm/wait.ts";
import { Crew } from "../shm/crew.ts";
import { lend, takePart } from "./shared-core.ts";
import { type Item, type Plan, work } from "./shared-work.ts";

export interface Shape {
  readonly kind: Plan["kind"];
  readonly workers: number;
  readonly capacity: number;
  readonly count: number;
  readonly delays?: boolean;
}

export async function stress({ kind, workers, capacity, count, delays = false }: Shape): Promise<void> {
  const channels = [sharedChan<Item>(capacity), sharedChan<Item>(capacity)];
  const finished = sharedChan<number>(4);
  const senders = 2;
  const plan = (): Plan => ({
    kind,
    refs: channels.map((ch) => lend(ch as never)),
    finished: lend(finished as never),
    senders,
    receivers: kind === "exchange" ? 0 : 2,
    count,
  });
  const machines = workers + 1;
  const plans = Array.from({ length: machines }, plan);
  const leave = takePart();
  const crew = new Crew("shared-channels", { workers, delays, data: plans });
  try {
    await crew.gathered();
    const own = work(0, plans[0] as Plan);
    const closing = run(function* () {
      for (let i = 0; i < machines * senders; i++) yield* finished.recv();
      for (const ch of channels) ch.close();
    });
    const [mine, theirs] = await Promise.all([own, crew.finish<number[][]>(), closing]);
    check([mine, ...theirs].flat(), machines, senders, count);
    assert.equal(waitsInUse(), 0, "no wait is left");
  } finally {
    leave();
    await crew.stop();
  }
}

function check(got: readonly number[][], machines: number, senders: number, count: number): void {
  const all = got
    .flat()
    .map((value) => value >> 1)
    .sort((x, y) => x - y);
  const expected: number[] = [];
  for (let machine = 0; machine < machines; machine++)
    for (let i = 0; i < senders; i++)
      for (let seq = 0; seq < count; seq++) expected.push((machine * 100 + i) * 1e6 + seq);
  assert.deepEqual(all, expected, "every value arrives once");
  for (const list of got) {
    const last = new Map<number, number>();
    for (const value of list) {
      const path = Math.floor(value / 2e6) * 2 + (value & 1);
      assert.ok((last.get(path) ?? -1) < value, "what a sender sends through one channel arrives in order");
      last.set(path, value);
    }
  }
}
