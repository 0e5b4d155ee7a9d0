/**
 * V8's generator methods, taken once.
 *
 * Each generator function has a prototype of its own, so `generator.next` on many kinds of goroutine is a megamorphic load; the
 * methods called by themselves are not.
 */
const prototype = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())) as Generator;
const functionPrototype: unknown = Object.getPrototypeOf(function* () {});

export const resume: (this: Generator, value?: unknown) => IteratorResult<unknown, unknown> =
  prototype.next as never;
export const resumeThrowing: (this: Generator, error: unknown) => IteratorResult<unknown, unknown> =
  prototype.throw as never;
export const resumeReturning: (this: Generator, value: unknown) => IteratorResult<unknown, unknown> =
  prototype.return as never;

export function isGeneratorFunction(fn: unknown): boolean {
  return Object.getPrototypeOf(fn) === functionPrototype;
}

export function isGenerator(value: unknown): value is Generator {
  return typeof value === "object" && value !== null && Object.prototype.isPrototypeOf.call(prototype, value);
}
