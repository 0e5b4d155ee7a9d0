/**
 * How connections and servers look when they are printed: in a line, and without what is inside.
 */
import type { Address } from "./transport.ts";

/** `address:port`, or a path. */
export function addressText(addr: Address): string {
  if ("path" in addr) return addr.path === "" ? "(unnamed)" : addr.path;
  return addr.address.includes(":") ? `[${addr.address}]:${addr.port}` : `${addr.address}:${addr.port}`;
}

/** `console.log` shows objects of this class as `toString` has it. */
export function showAsText(prototype: object): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: object): string {
      return String(this);
    },
  });
}
