/**
 * A server on several cores: each accepts on the same port, and runs its own connections' goroutines.
 *
 * The system shares a port between sockets that ask for it (SO_REUSEPORT), and gives each connection to one of them; Node can ask from 22.12 on, on Linux and its like. Where it cannot, the core that called `serve` accepts alone,
 * and says so once. (A listening socket cannot be handed to another thread: all threads of a process have the same descriptors, and whoever closes it closes it for all.)
 *
 * The handler is a portable function, found again on each core by its key. A core that is lost is served again when it has been started anew.
 *
 * Go: none; there a goroutine runs wherever there is a free processor.
 */
import { ProcessorLostError } from "../base/errors.ts";
import { type SharedChan, sharedChan } from "../chan/flavors/shared.ts";
import { range } from "../chan/range.ts";
import type { Context } from "../context/context.ts";
import { resolve } from "../portable/loader.ts";
import { entryOf, notPortable } from "../portable/registry.ts";
import { go, goFor, goOn, type Handle, type Maker, processors, wait } from "../runtime/kernel.ts";
import type { Goroutine } from "../runtime/operation.ts";
import { hasReusePort } from "./target.ts";
import type { Address, ListenTarget } from "./transport.ts";

type AnyFunction = (...args: never[]) => unknown;

/** What a core that takes part listens to: what can be sent of the options. */
export type Target = Pick<ListenTarget, "port" | "host" | "backlog" | "tls">;

/** A handler's error on another core, and what is known there of where it happened. */
export interface Report {
  readonly error: unknown;
  readonly where: Readonly<Record<string, unknown>>;
}

/** Errors on their way to onError. More wait where they happened. */
const REPORTS = 64;
/** Where the system shares a port between all who ask for it, and Node asks. */
const SHARING: ReadonlySet<string> = new Set(["linux", "freebsd", "dragonfly", "sunos", "aix"]);

let said = false;

/** Throws unless a server with such `cores` can run `handler`. */
export function checkPortable(cores: "all" | number | undefined, handler: unknown): void {
  if (cores === undefined || cores === 1 || entryOf(handler as AnyFunction) !== undefined) return;
  throw notPortable(
    "serve: cores needs a portable handler, which each core finds again by importing its module:",
  );
}

/** The processors that accept beside this one: none when one core was asked for, or when no more can. */
export function others(cores: "all" | number | undefined, target: ListenTarget): number[] {
  if (cores === undefined || cores === 1) return [];
  const { count: procs, own } = processors();
  const count = cores === "all" ? procs : Math.min(cores, procs);
  if (count === 1) return [];
  if (!canShare() || target.path !== undefined) {
    if (!said) {
      said = true;
      const why =
        target.path !== undefined
          ? "a Unix socket cannot be shared"
          : `this Node (${process.version} on ${process.platform}) cannot share a port; 22.12 on Linux can`;
      process.stderr.write(`gort: serve: one core accepts for all: ${why}\n`);
    }
    return [];
  }
  return Array.from({ length: procs }, (_, i) => i)
    .filter((processor) => processor !== own)
    .slice(0, count - 1);
}

function canShare(): boolean {
  return hasReusePort(process.versions.node) && SHARING.has(process.platform);
}

/** Where the others listen, when the first one does at `addr`. */
export function sharedTarget(options: ListenTarget, addr: Address): Target {
  const { host, backlog, tls } = options;
  const port = (addr as { port: number }).port;
  return {
    port,
    ...(host === undefined ? null : { host }),
    ...(backlog === undefined ? null : { backlog }),
    ...(tls === undefined ? null : { tls }),
  };
}

/** Runs `share(...args)` on each of the processors `places` until `ctx` is over. */
export function shareOut(
  places: readonly number[],
  share: AnyFunction,
  args: readonly unknown[],
  ctx: Context,
): Handle<void>[] {
  return places.map((processor) => go(supervise, processor, share, args, ctx));
}

function* supervise(
  processor: number,
  share: AnyFunction,
  args: readonly unknown[],
  ctx: Context,
): Goroutine {
  while (ctx.err === undefined) {
    try {
      yield* goOn(processor, share, [...args]);
      return;
    } catch (error) {
      if (ctx.err !== undefined) return;
      if (!(error instanceof ProcessorLostError)) {
        const { inspect } = process.getBuiltinModule("node:util");
        process.stderr.write(`gort: serve: processor ${processor} does not accept: ${inspect(error)}\n`);
        return;
      }
    }
  }
}

/** The handler with that key. */
export function* handlerOf(key: string): Goroutine<AnyFunction> {
  const found = resolve(key);
  return (found instanceof Promise ? yield* wait(found) : found).fn;
}

/** The key of a handler that {@link checkPortable} has let through. */
export function keyOfHandler(handler: unknown): string {
  return (entryOf(handler as AnyFunction) as { key: string }).key;
}

/** A channel for errors of other cores, whose values go to `onError`; null when there is none: then they are printed where they happen. */
export function reports(onError: AnyFunction | undefined, by: Maker): SharedChan<Report> | null {
  if (onError === undefined) return null;
  const channel = sharedChan(REPORTS) as unknown as SharedChan<Report>;
  go(function* () {
    for (const report = range(channel); yield* report.next(); ) {
      const { error, where } = report.value;
      goFor(by, onError, [error, where]);
    }
  });
  return channel;
}

/** On another core: an onError that reports. */
export function reporter(
  channel: SharedChan<Report> | null,
  where: (subject: never) => Report["where"],
): AnyFunction | undefined {
  if (channel === null) return undefined;
  return ((error: unknown, subject: never) => {
    go(function* () {
      yield* channel.send({ error, where: where(subject) } as never);
    });
  }) as AnyFunction;
}
