/**
 * Bad usage: what all commands say it with.
 */

/** A mistake in how the command was called: one line, exit code 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A word of the user's in a message of one line. */
export function quote(word: string): string {
  return JSON.stringify(word);
}
