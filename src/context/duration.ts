/**
 * A duration in Go's notation: 1h2m3.5s, 250ms, 1.5µs, 0s. Go: time.Duration.String.
 */
const SMALL = [
  ["ms", 1],
  ["µs", 1e3],
  ["ns", 1e6],
] as const;

export function durationText(ms: number): string {
  if (!Number.isFinite(ms * 1e6)) return ms < 0 ? "-Inf" : "+Inf";
  if (ms < 0) return `-${durationText(-ms)}`;
  const ns = Math.round(ms * 1e6);
  if (ns === 0) return "0s";
  for (const [unit, perMs] of SMALL) {
    const amount = (ns * perMs) / 1e6;
    if (ns < 1e9 && amount >= 1) return `${amount}${unit}`;
  }
  const seconds = (ns % 60e9) / 1e9;
  const minutes = Math.floor(ns / 60e9) % 60;
  const hours = Math.floor(ns / 3600e9);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
