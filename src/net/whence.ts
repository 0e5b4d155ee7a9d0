/**
 * Where the program waited for what has failed: the system's errors are made in a callback of the host's, and name no place of the program's.
 */
import { captureStack, positionText, userFrames } from "../runtime/kernel.ts";

/** `error`, which is thrown into its waiter now: gets the waiter's stack, unless it names a place of the program already. */
export function traced(error: unknown): unknown {
  if (!(error instanceof Error) || userFrames(error.stack).length > 0) return error;
  const frames = userFrames(captureStack(traced).stack);
  if (frames.length === 0) return error;
  const lines = frames.map((frame) => `\n    at ${frame.fn} (${positionText(frame)})`);
  try {
    error.stack = `${error.stack}${lines.join("")}`;
  } catch {
    // It has been frozen.
  }
  return error;
}
