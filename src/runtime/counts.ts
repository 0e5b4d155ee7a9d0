/**
 * How many goroutines there are here. Go: runtime/proc.go (gcount).
 */
import { account } from "./account.ts";
import { allGoroutines } from "./goroutine.ts";
import { isolation } from "./isolation.ts";
import { p } from "./processor.ts";

/** Those of the world that is entered; not those that other cores have made and sent here, which count them. */
export function goroutineCount(): number {
  return isolation.caller === null ? p.count - account.visitors : allGoroutines().length;
}
