/**
 * Reads from source whether a stack's frames stand in a finally block. Only goexit.ts asks, and only rarely.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { insideFinally } from "../base/finally-scan.ts";
import { type Frame, userFrames } from "./frames.ts";

/** True also when no frame or no frame's source can be read: better let a cleanup go on than cut it off. */
export function standsInFinally(stack: string | undefined): boolean {
  const frames = userFrames(stack);
  // No frame of the program: an async function's promise is waited for, whose rejection must not be left to itself.
  if (frames.length === 0) return true;
  return frames.some((frame) => {
    const source = read(frame);
    return source === null || insideFinally(source, offsetOf(source, frame));
  });
}

function read(frame: Frame): string | null {
  try {
    return readFileSync(frame.file.startsWith("file:") ? fileURLToPath(frame.file) : frame.file, "utf8");
  } catch {
    return null;
  }
}

function offsetOf(source: string, frame: Frame): number {
  let offset = 0;
  for (let line = 1; line < frame.line; line++) {
    const end = source.indexOf("\n", offset);
    if (end < 0) return source.length;
    offset = end + 1;
  }
  return offset + frame.column - 1;
}
