/**
 * The only file that reads the time (SEAM): milliseconds that never go back, with fractions.
 *
 * Deterministic testing replaces `clock.read`. A read costs about 45 ns: the loop reads once every so many switches.
 * Go: runtime/time_nofake.go (nanotime).
 */
export const clock: { read: () => number } = {
  read: () => performance.now(),
};
