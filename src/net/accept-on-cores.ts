/**
 * Accepting on several cores: the goroutine that accepts here, and one on each of the others.
 */
import type { SharedChan } from "../chan/flavors/shared.ts";
import type { Context } from "../context/context.ts";
import { ownPortable } from "../portable/registry.ts";
import { type Handle, type Maker, maker } from "../runtime/kernel.ts";
import type { Goroutine } from "../runtime/operation.ts";
import { accepting, type Handler, type ServeOptions } from "./accept.ts";
import type { Conn } from "./conn.ts";
import {
  handlerOf,
  keyOfHandler,
  others,
  type Report,
  reporter,
  reports,
  sharedTarget,
  shareOut,
  type Target,
} from "./cores.ts";

/** What another core runs. */
const share = ownPortable(
  "gort/net serve",
  function* (target: Target, key: string, ctx: Context, errors: SharedChan<Report> | null): Goroutine {
    const handler = (yield* handlerOf(key)) as Handler;
    const onError = reporter(errors, ({ localAddr, remoteAddr }: Conn) => ({ localAddr, remoteAddr }));
    const options = { ...target, reusePort: true, onError: onError as never };
    yield* accepting(options, handler, maker(accepting as never), ctx);
  },
);

/** As {@link accepting}; with `cores`, on so many of them. */
export function* acceptingOnCores(
  options: ServeOptions,
  handler: Handler,
  by: Maker,
  ctx: Context,
): Goroutine {
  const places = others(options.cores, options);
  if (places.length === 0) {
    yield* accepting(options, handler, by, ctx);
    return;
  }
  const errors = reports(options.onError as never, by);
  let shares: Handle<void>[] = [];
  const onListen: ServeOptions["onListen"] = (addr) => {
    shares = shareOut(
      places,
      share as never,
      [sharedTarget(options, addr), keyOfHandler(handler), ctx, errors],
      ctx,
    );
    options.onListen?.(addr);
  };
  try {
    yield* accepting({ ...options, reusePort: true, onListen }, handler, by, ctx);
    for (const each of shares) yield* each;
  } finally {
    errors?.close();
  }
}
