/**
 * How objects look when they are printed: in a line, and without what is inside. What is inside a shared object is all the memory that cores share.
 */

/** `console.log` and `JSON.stringify` show objects of this class as `text` says; without it as their tag. */
export function showAs<T extends object>(prototype: T, text: (object: T) => string = String): void {
  for (const name of [Symbol.for("nodejs.util.inspect.custom"), "toJSON"]) {
    Object.defineProperty(prototype, name, {
      value(this: T): string {
        return text(this);
      },
      configurable: true,
      writable: true,
    });
  }
}
