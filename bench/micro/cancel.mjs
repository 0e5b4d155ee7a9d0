/**
 * A context is cancelled while a crowd waits for it.
 */
function* waiter(ctx, state) {
  yield* ctx.done();
  if (ctx.err !== undefined) state.told++;
  if (--state.left === 0) state.done.trySend(state.told);
}

/** Parks the waiters; resolves with the part that is timed: from cancel until all have ended. */
const prepare = async ({ background, chan, go, gosched, run, withCancel }, n) => {
  const [ctx, cancel] = withCancel(background());
  const state = { told: 0, left: n, done: chan(1) };
  await run(function* main() {
    for (let i = 0; i < n; i++) go(waiter, ctx, state);
    yield* gosched();
  });
  return () =>
    run(function* main() {
      cancel();
      return yield* state.done.recv();
    });
};

export const cases = [
  {
    name: "cancel-1e5",
    body: "cancel",
    about:
      "A context is cancelled while 100,000 goroutines wait on its done(): from the call until all have ended.",
    prepared: true,
    fixed: 100_000,
    repeat: 5,
    unit: "ms",
    expected: (n) => n,
    gort: prepare,
    targets: [
      { against: "go", factor: 0.2 },
      { max: 15, unit: "ms" },
    ],
  },
];
