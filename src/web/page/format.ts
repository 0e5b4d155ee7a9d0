/** Numbers, times and places as the page writes them. */

export function count(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** Three digits and a unit: 8.1k, 12M. */
export function short(n: number): string {
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (Math.abs(n) >= size * 0.9995) return `${digits(n / size)}${unit}`;
  }
  return Number.isInteger(n) ? `${n}` : digits(n);
}

function digits(n: number): string {
  return n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(n % 1 === 0 ? 0 : 1) : n.toFixed(1);
}

/** A length of time, to be read: 120 µs, 41 ms, 1.8 s, 2 m 5 s, 3 h 12 m. */
export function length(ms: number): string {
  if (ms < 0) return `−${length(-ms)}`;
  if (ms === 0) return "0 s";
  if (ms < 0.9995) return `${Number((ms * 1000).toPrecision(3))} µs`;
  if (ms < 999.5) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toPrecision(3))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
}

/** As a clock: 00:03:12. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => `${part}`.padStart(2, "0"))
    .join(":");
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(share < 0.1 ? 1 : 0))} %`;
}

export function plural(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? "" : "s"}`;
}
