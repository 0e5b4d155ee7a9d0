/**
 * Who is to blame when the same schedule gives two different runs: what gort cannot know of, the clock and the randomness of the language.
 *
 * To name them, these functions are replaced while a run is repeated to find that out, and put back when it is over: the only moment at which gort touches a global, after a test has failed already.
 */
import { captureStack, positionText, userFrames } from "../runtime/frames.ts";

const SEED = "a generator with a seed of its own";
const SUSPECTS = [
  ["Date", "now", "now()"],
  ["performance", "now", "now()"],
  ["Math", "random", SEED],
  ["crypto", "getRandomValues", SEED],
  ["crypto", "randomUUID", SEED],
] as const;

export class Suspects {
  /** What was called, where first, and what to use instead. */
  readonly found: string[] = [];
  private readonly restore: (() => void)[] = [];

  watch(): void {
    for (const [of, key, instead] of SUSPECTS) {
      const holder = (globalThis as unknown as Record<string, Record<string, unknown>>)[of] as Record<
        string,
        unknown
      >;
      const before = Object.getOwnPropertyDescriptor(holder, key);
      const original = holder[key] as (...args: unknown[]) => unknown;
      const { found } = this;
      let told = false;
      const watched = (...args: unknown[]): unknown => {
        if (!told) {
          const frame = userFrames(captureStack(watched).stack)[0];
          // Gort's own readings are none of the program's.
          if (frame !== undefined) {
            told = true;
            found.push(`${of}.${key}() at ${positionText(frame)}: use ${instead}`);
          }
        }
        return original.apply(holder, args);
      };
      try {
        Object.defineProperty(holder, key, { value: watched, configurable: true, writable: true });
      } catch {
        continue; // Frozen intrinsics: then nobody is named.
      }
      this.restore.push(() => {
        if (before === undefined) delete holder[key];
        else Object.defineProperty(holder, key, before);
      });
    }
    this.watchDate();
  }

  /** `new Date()` is a reading of the clock, with arguments it is none. */
  private watchDate(): void {
    const original = Date;
    const { found } = this;
    let told = false;
    const tell = (): void => {
      const frame = told ? undefined : userFrames(captureStack(tell).stack)[0];
      if (frame === undefined) return;
      told = true;
      found.push(`new Date() at ${positionText(frame)}: use now()`);
    };
    try {
      globalThis.Date = new Proxy(original, {
        construct(target, args, newTarget) {
          if (args.length === 0) tell();
          return Reflect.construct(
            target,
            args,
            newTarget === globalThis.Date ? target : newTarget,
          ) as object;
        },
        apply(target, self, args) {
          tell();
          return Reflect.apply(target as never, self, args);
        },
      });
    } catch {
      return;
    }
    this.restore.push(() => {
      globalThis.Date = original;
    });
  }

  release(): void {
    for (const restore of this.restore.splice(0)) restore();
  }
}
