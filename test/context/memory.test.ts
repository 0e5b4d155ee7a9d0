/**
 * A context that lives as long as the program keeps nothing of what has come and gone below it.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  background,
  type Context,
  chan,
  contextAfterFunc,
  fromSignal,
  go,
  run,
  select,
  trySelect,
  withCancel,
  withTimeout,
  withValue,
} from "gort";
import { OtherContext } from "../go/context/custom.ts";
import { collectGarbage, panicOf, turn } from "../go/support.ts";

const ROUNDS = 100_000;
/** Far below what a hundred thousand of anything would need, far above the noise. */
const LIMIT_BYTES = 2_000_000;
/** The platform takes its time to make a signal, and a signal takes a kilobyte. */
const SIGNAL_ROUNDS = 5000;

/** What `rounds` of `work` leave on the heap. */
async function heapAfter(rounds: number, work: (rounds: number) => void | Promise<void>): Promise<number> {
  const heap = async (): Promise<number> => {
    // Twice: what is only weakly held goes in steps.
    for (let i = 0; i < 2; i++) {
      await turn();
      collectGarbage();
    }
    return process.memoryUsage().heapUsed;
  };
  // What the first rounds compile and cache is not what is looked for.
  await work(Math.ceil(rounds / 10));
  const before = await heap();
  await work(rounds);
  return (await heap()) - before;
}

const parents: Record<string, Context> = {
  "withCancel's": withCancel(background())[0],
  "withTimeout's": withTimeout(background(), 3_600_000)[0],
  "fromSignal's": fromSignal(new AbortController().signal),
  "a wrapping": new OtherContext(withCancel(background())[0]),
};

const SIGNALS = "children whose signal was asked for";
const uses: Record<string, (ctx: Context) => void> = {
  "children that were cancelled": (ctx) => withCancel(ctx)[1](),
  "timeouts that were cancelled": (ctx) => withTimeout(ctx, 1_800_000)[1](),
  "timeouts that were over": (ctx) => {
    withTimeout(ctx, 0);
  },
  "children of values": (ctx) => withCancel(withValue(ctx, "k", "v"))[1](),
  "functions that were stopped": (ctx) => {
    contextAfterFunc(ctx, () => {})();
  },
  [SIGNALS]: (ctx) => {
    const [child, cancel] = withCancel(ctx);
    child.signal.addEventListener("abort", () => {});
    cancel();
  },
  "polls for its end": (ctx) => {
    trySelect({ done: ctx.done() });
  },
};

describe("a context that lives keeps nothing of", () => {
  for (const [use, body] of Object.entries(uses)) {
    for (const [name, ctx] of Object.entries(parents)) {
      it(`${use} (${name} context)`, async () => {
        const rounds = use === SIGNALS ? SIGNAL_ROUNDS : ROUNDS;
        const grown = await heapAfter(rounds, (n) => {
          for (let i = 0; i < n; i++) body(ctx);
        });
        assert.equal(ctx.err, undefined);
        assert.ok(grown < LIMIT_BYTES, `${grown} bytes are left of ${rounds}`);
      });
    }
  }

  for (const [name, ctx] of Object.entries(parents)) {
    it(`selects that its end lost, and waits that it did not end (${name} context)`, async () => {
      const ch = chan<number>();
      const grown = await heapAfter(ROUNDS, (n) =>
        run(function* () {
          go(function* () {
            for (let i = 0; i < n; i++) yield* ch.send(i);
          });
          for (let i = 0; i < n; i += 2) {
            yield* select({ done: ctx.done(), got: ch.recv() });
            yield* ctx.wait(ch.recv());
          }
        }),
      );
      assert.ok(grown < LIMIT_BYTES, `${grown} bytes are left of ${ROUNDS}`);
    });
  }
});

describe("nothing is kept of", () => {
  it("signals that come and go with their contexts", async () => {
    const grown = await heapAfter(SIGNAL_ROUNDS, (n) => {
      for (let i = 0; i < n; i++) {
        const [ctx, cancel] = withCancel(fromSignal(new AbortController().signal));
        if (i % 2 === 0) cancel();
        else assert.equal(ctx.err, undefined);
      }
    });
    assert.ok(grown < LIMIT_BYTES, `${grown} bytes are left of ${SIGNAL_ROUNDS}`);
  });

  it("contexts that nobody cancelled, once they are out of reach", async () => {
    const grown = await heapAfter(ROUNDS, (n) => {
      for (let i = 0; i < n; i++) withCancel(withValue(withCancel(background())[0], "k", i));
    });
    assert.ok(grown < LIMIT_BYTES, `${grown} bytes are left of ${ROUNDS}`);
  });
});

describe("the garbage collector takes nothing that is still wanted:", () => {
  const ways: Record<string, () => [Context, end: () => void]> = {
    withCancel: () => withCancel(background()),
    fromSignal: () => {
      const controller = new AbortController();
      return [fromSignal(controller.signal), () => controller.abort()];
    },
    "a wrapped context": () => {
      const [ctx, cancel] = withCancel(background());
      return [new OtherContext(ctx), cancel];
    },
  };
  for (const [name, make] of Object.entries(ways)) {
    it(`descendants of ${name} that somebody waits for, listens to, or has a function on`, async () => {
      const seen: string[] = [];
      const end = (() => {
        const [root, cancel] = make();
        contextAfterFunc(withCancel(withValue(root, "k", 1))[0], () => seen.push("function"));
        withCancel(root)[0].signal.addEventListener("abort", () => seen.push("listener"));
        go(function* () {
          const [ctx] = withCancel(root);
          yield* ctx.done();
          seen.push("waiter");
        });
        go(function* () {
          const [ctx] = withTimeout(root, 3_600_000);
          yield* panicOf(() => ctx.wait(chan<never>().recv()) as never);
          seen.push("wait");
        });
        return cancel;
      })();
      await turn();
      collectGarbage();
      await turn();
      end();
      await turn();
      assert.deepEqual(seen.sort(), ["function", "listener", "wait", "waiter"]);
    });
  }

  it("a function that waits for a timeout of the platform's", async () => {
    const called = new Promise<string>((resolve) => {
      contextAfterFunc(fromSignal(AbortSignal.timeout(20)), () => resolve("called"));
    });
    await turn();
    collectGarbage();
    // The platform's own timeout holds no process; this one does, and says when there is no hope.
    const hopeless = new AbortController();
    const late = pause(10_000, "never called", { signal: hopeless.signal });
    assert.equal(await Promise.race([called, late]), "called");
    hopeless.abort();
    await late.catch(() => {});
  });

  it("of the same signal, the second context when the first is gone", async () => {
    const controller = new AbortController();
    fromSignal(controller.signal);
    await turn();
    collectGarbage();
    const ctx = fromSignal(controller.signal);
    controller.abort();
    assert.ok(ctx.err !== undefined);
  });
});
