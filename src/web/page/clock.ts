/**
 * The two clocks: the browser's, and the program's as guessed from it between two answers.
 *
 * An answer says the program's time when it was made; it has aged by an unknown part of its way. The offset of the fastest answer is the best one, so an offset that puts
 * the program's clock further on is taken at once, and one that puts it back only slowly: the picture never jumps.
 */

/** The browser's clock, in ms. */
export function clock(): number {
  return performance.now();
}

let offset: number | undefined;

/** An answer has said that the program's clock stands at `now`. */
export function told(now: number): void {
  const seen = now - clock();
  // A program that was stopped (a laptop that slept) is believed at once.
  if (offset === undefined || seen > offset || offset - seen > 2000) offset = seen;
  else offset += (seen - offset) * 0.02;
}

/** The program's clock, in ms; 0 before it has told. */
export function programClock(): number {
  return offset === undefined ? 0 : clock() + offset;
}
