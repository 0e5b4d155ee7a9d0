/**
 * The only file that reads the time (SEAM).
 *
 * Deterministic testing replaces both readings. Go: runtime/time_nofake.go (nanotime, walltime).
 */
export const clock: {
  /** Milliseconds that never go back, with fractions. A read costs about 45 ns: the loop reads once every so many switches. */
  read: () => number;
  /** The wall clock, milliseconds since 1970; somebody may set it. */
  wall: () => number;
} = {
  read: () => performance.now(),
  wall: () => Date.now(),
};
