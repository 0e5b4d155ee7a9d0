/** How long the program's own SharedArrayBuffers are kept, on one core and on several. Whole programs: the collector is asked on each thread. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { allOwn, forgetOwn, keepOwn, type Own } from "#src/parallel/own-buffers.ts";
import { bufferSeams } from "#src/portable/codec.ts";
import { program, root } from "../prog/program.ts";

const PRELUDE = `import { allOwn } from ${JSON.stringify(`${pathToFileURL(root)}/dist/parallel/own-buffers.js`)};
import { go, portable, run, runtime, sharedChan, wait } from "gort";
import { threadId } from "node:worker_threads";
const MB = 2 ** 20;
const main = threadId === 0;
const words = () => new Int32Array(new SharedArrayBuffer(64));
const turn = () => new Promise((resolve) => setImmediate(resolve));
// Waits, with the whole thread, until as many have come: so each of them is on a thread of its own.
function meets(w, count = 2) {
  Atomics.add(w, 0, 1);
  while (Atomics.load(w, 0) < count) Atomics.wait(w, 1, 0, 1);
}
function flag(w, i) { Atomics.store(w, i, 1); Atomics.notify(w, i); }
function* flagged(w, i) {
  const waited = Atomics.waitAsync(w, i, 0);
  if (waited.async) yield* wait(waited.value);
}
function forgetMessage() { sharedChan(1).trySend(0); }
// Collects until no more than \`most\` are kept on this thread; how many are.
function* collect(most, limit = 300) {
  for (let tries = 0; tries < limit; tries++) {
    forgetMessage();
    gc();
    yield* wait(turn());
    if (allOwn().length <= most) break;
  }
  // What is no longer kept is garbage only now.
  gc();
  return allOwn().length;
}
function filled(bytes, value) {
  const view = new Uint8Array(new SharedArrayBuffer(bytes));
  view.fill(value);
  return view;
}
// What the one of two that is on the other thread gives.
function* far(fn, ...args) {
  const w = words();
  const both = [go(fn, w, ...args), go(fn, w, ...args)];
  return (yield* both[0]) ?? (yield* both[1]);
}
`;

async function prints(expected: string, source: string): Promise<void> {
  const { stdout, stderr, code } = await program(PRELUDE + source, { flags: ["--expose-gc"] });
  assert.deepEqual([stdout, stderr, code], [expected, "", 0]);
}

describe("a SharedArrayBuffer that crosses", () => {
  it("is let go of on all threads when no program can reach it", () =>
    prints(
      "200\nfew\nfew\nbounded\n",
      `export const look = portable(function* look(w, bytes) { meets(w); return bytes[MB - 1]; });
      export const tidy = portable(function* tidy(w) {
        meets(w);
        if (main) return null;
        while (Atomics.load(w, 2) === 0) yield* collect(-1, 1);
        return allOwn().length;
      });
      await run(function* () {
        runtime.gomaxprocs(2);
        const before = process.memoryUsage().arrayBuffers;
        let sum = 0;
        for (let i = 0; i < 100; i++) {
          const w = words();
          const bytes = filled(MB, 1);
          const both = [go(look, w, bytes), go(look, w, filled(MB, 1))];
          for (const g of both) sum += yield* g;
        }
        console.log(sum);
        const w = words();
        const both = [go(tidy, w), go(tidy, w)];
        // The home of shared memory has been made since, which is 64 MB.
        const grown = () => process.memoryUsage().arrayBuffers - before - 64 * MB;
        for (let tries = 0; tries < 300 && grown() > 10 * MB; tries++) yield* collect(-1, 1);
        flag(w, 2);
        const far = (yield* both[0]) ?? (yield* both[1]);
        for (const count of [allOwn().length, far]) console.log(count <= 4 ? "few" : count);
        console.log(grown() <= 10 * MB ? "bounded" : grown());
      });
      process.exit(0);`,
    ));

  it("lives in a message that nobody has received, also on one core; both that are the same come as one", () =>
    prints(
      "true 2 undefined\n7 7 true true true\n0\n",
      `await run(function* () {
        runtime.gomaxprocs(1);
        const ch = sharedChan(2);
        const [weak] = (() => {
          const bytes = filled(16, 7);
          ch.trySend([bytes, bytes.buffer]);
          ch.trySend(bytes.buffer);
          ch.trySend(filled(16, 9));
          return [new WeakRef(bytes.buffer)];
        })();
        yield* wait(turn());
        yield* collect(1);
        console.log(allOwn().length === 1, ch.length, weak.deref());
        const take = function* () {
          const [bytes, buffer] = yield* ch.recv();
          const second = yield* ch.recv();
          gc();
          yield* wait(turn());
          ch.trySend(buffer);
          const third = yield* ch.recv();
          console.log(bytes[15], new Uint8Array(second)[0], bytes.buffer === buffer, second === buffer, third === buffer);
        };
        yield* take();
        // The operation that has received last has it until the next one.
        ch.trySend(0);
        yield* ch.recv();
        console.log(yield* collect(0));
      });
      process.exit(0);`,
    ));

  it("comes out of a channel on another thread when its sender has forgotten it", () =>
    prints(
      "2 undefined\n5\n1\n",
      `export const receive = portable(function* receive(w, ch) {
        meets(w);
        if (main) return null;
        gc();
        return new Uint8Array(yield* ch.recv())[15];
      });
      export const nothing = portable(function* nothing(w) { meets(w); });
      export const tidy = portable(function* tidy(w) { meets(w); return main ? null : yield* collect(1); });
      await run(function* () {
        runtime.gomaxprocs(2);
        yield* far(nothing);
        const ch = sharedChan(1);
        const weak = (() => {
          const bytes = filled(16, 5);
          ch.trySend(bytes.buffer);
          return new WeakRef(bytes.buffer);
        })();
        yield* wait(turn());
        // The other one is what the two have met at, which the other thread has not let go of.
        console.log(yield* collect(2), weak.deref());
        console.log(yield* far(receive, ch));
        const w = words();
        const both = [go(tidy, w), go(tidy, w)];
        yield* collect(1);
        console.log((yield* both[0]) ?? (yield* both[1]));
      });
      process.exit(0);`,
    ));

  it("is the same object on each side however often it goes to and fro, and the same memory when one side has let it go", () =>
    prints(
      "200 true\n",
      `export const back = portable(function* back(w, to, fro) {
        meets(w);
        if (main) return null;
        let held = yield* to.recv();
        for (let i = 0; i < 200; i++) {
          new Uint8Array(held)[0]++;
          yield* fro.send(held);
          if (i % 10 === 9) {
            held = null;
            gc();
            if (i % 20 === 19) yield* wait(turn());
          }
          const next = yield* to.recv();
          if (held !== null && next !== held) throw new Error("two objects");
          held = next;
        }
        return true;
      });
      await run(function* () {
        runtime.gomaxprocs(2);
        const [to, fro] = [sharedChan(), sharedChan()];
        const bytes = filled(8, 0);
        const end = go(far, back, to, fro);
        let same = 0;
        yield* to.send(bytes.buffer);
        for (let i = 1; i <= 200; i++) {
          if ((yield* fro.recv()) === bytes.buffer && bytes[0] === i) same++;
          if (i % 7 === 0) gc();
          yield* to.send(bytes.buffer);
        }
        console.log(same, yield* end);
      });
      process.exit(0);`,
    ));

  it("comes to a machine that is started later, from a thread that is not the main one", () =>
    prints(
      "4\n3 true\n",
      `export const put = portable(function* put(w, ch) {
        meets(w);
        if (main) return null;
        ch.trySend(filled(16, 4).buffer);
        ch.trySend(filled(16, 3).buffer);
        forgetMessage();
        gc();
        yield* wait(turn());
        return threadId;
      });
      export const get = portable(function* get(w, ch, not) {
        meets(w, 3);
        if (main || threadId === not) return null;
        return [new Uint8Array(yield* ch.recv())[0], threadId];
      });
      await run(function* () {
        runtime.gomaxprocs(2);
        const ch = sharedChan(2);
        const second = yield* far(put, ch);
        console.log(new Uint8Array(yield* ch.recv())[0]);
        runtime.gomaxprocs(3);
        const w = words();
        const all = [go(get, w, ch, second), go(get, w, ch, second), go(get, w, ch, second)];
        for (const g of all) {
          const got = yield* g;
          if (got !== null) console.log(got[0], got[1] !== second && got[1] !== 0);
        }
      });
      process.exit(0);`,
    ));

  it("is let go of by a machine that dies", () =>
    prints(
      "GORT_PROCESSOR_LOST\n0\n",
      `export const die = portable(function* die(w, bytes) {
        meets(w);
        if (main) return;
        globalThis.kept = bytes;
        globalThis.made = filled(32, 2);
        sharedChan(1).trySend(made);
        process.exit(3);
      });
      await run(function* () {
        runtime.gomaxprocs(2);
        const dies = function* () {
          const w = words();
          const both = [go(die, w, filled(16, 1)), go(die, w, filled(16, 1))];
          for (const g of both) try { yield* g; } catch (error) { console.log(error.code); }
        };
        yield* dies();
        // Another one starts, and is told what there is; the channel that the dead one made went with it.
        console.log(yield* collect(0));
      });
      process.exit(0);`,
    ));

  it("is counted in no message that is refused, or not sent after all", () =>
    prints(
      "3 0\n",
      `export const take = portable(function* take(bytes, what) {});
      await run(function* () {
        runtime.gomaxprocs(2);
        yield* go(take, null, null);
        let refused = 0;
        const tries = () => {
          const bytes = filled(16, 1);
          const full = sharedChan(1);
          full.trySend(0);
          if (!full.trySend([bytes, bytes.buffer])) refused++;
          try { go(take, bytes, () => {}); } catch { refused++; }
          try { full.trySend([bytes, Object.assign(new Error("x"), { a: [bytes.buffer, new Map()] }), new (class A {})()]); } catch { refused++; }
        };
        tries();
        console.log(refused, yield* collect(0));
      });
      process.exit(0);`,
    ));

  it("is kept when the news of it comes twice, and not when its header is another's by now", () => {
    const shared = new SharedArrayBuffer(8);
    const header = bufferSeams.share(shared);
    const own = allOwn().find((one) => one.header === header) as Own;
    assert.notEqual(own.shared, shared);
    assert.equal(bufferSeams.find(header), shared);
    forgetOwn(own.serial);
    keepOwn({ ...own, serial: own.serial + 1 });
    assert.deepEqual(allOwn(), []);
    keepOwn(own);
    keepOwn({ ...own });
    assert.deepEqual(allOwn(), [own]);
    forgetOwn(own.serial);
  });
});
