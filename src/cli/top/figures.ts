/**
 * Numbers as short texts, and what two answers of a program say together: rates.
 */
import type { ProcRow, StateReply } from "../../web/protocol.ts";

/** 7, 812, 9876, 48.1k, 3.2M: five characters at most. */
export function count(n: number): string {
  return n < 9999.5 ? String(Math.round(n)) : inUnits(n);
}

/** A rate: one decimal below ten; null: it is not known yet. */
export function perSecond(n: number | null): string {
  if (n === null) return "-";
  if (n < 999.5) return `${n > 0 && n < 9.95 ? n.toFixed(1) : Math.round(n)}/s`;
  return `${inUnits(n)}/s`;
}

const UNITS: readonly (readonly [size: number, unit: string])[] = [
  [1e3, "k"],
  [1e6, "M"],
  [1e9, "G"],
  [1e12, "T"],
];

function inUnits(n: number): string {
  for (const [size, unit] of UNITS) {
    const value = n / size;
    if (value < 999.5) return `${value < 99.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
  }
  return n.toExponential(0);
}

/** 0.4ms, 12ms, 1.8s, 2m, 3h, 5d. */
export function period(ms: number): string {
  if (ms > 0 && ms < 9.95) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  const s = ms / 1000;
  if (s < 9.95) return `${s.toFixed(1)}s`;
  if (s < 119.5) return `${Math.round(s)}s`;
  if (s < 7200) return `${Math.floor(s / 60)}m`;
  if (s < 172_800) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86_400)}d`;
}

/** Whole seconds, as rows have them; none for 0. */
export function seconds(s: number): string {
  return s <= 0 ? "-" : s < 120 ? `${s}s` : period(s * 1000);
}

/** 3:12, 1:03:12, 2d 01:03. */
export function clockTime(ms: number): string {
  const s = Math.floor(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  if (s < 86_400) return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 86_400)}d ${two(Math.floor(s / 3600) % 24)}:${two(Math.floor(s / 60) % 60)}`;
}

export function percent(ratio: number | null): string {
  return ratio === null ? "-" : `${Math.round(Math.min(1, Math.max(0, ratio)) * 100)}%`;
}

/** What happens in a second, from two answers; null where there is only one. */
export interface Rates {
  readonly ticks: number | null;
  readonly created: number | null;
  readonly ended: number | null;
  readonly steals: number | null;
  readonly procs: ReadonlyMap<number, ProcRates>;
}

export interface ProcRates {
  readonly ticks: number;
  readonly stolen: number;
  /** The share of the time in which it had something to run. */
  readonly busy: number;
}

export function ratesBetween(previous: StateReply | null, state: StateReply): Rates {
  const ms = previous === null ? 0 : state.now - previous.now;
  if (previous === null || ms <= 0)
    return { ticks: null, created: null, ended: null, steals: null, procs: new Map() };
  // A counter never goes back, but for a processor that is a new one by an old number.
  const rate = (before: number, after: number): number => (Math.max(0, after - before) * 1000) / ms;
  const procs = new Map<number, ProcRates>();
  const before = new Map<number, ProcRow>(previous.procs.map((each) => [each.id, each]));
  for (const proc of state.procs) {
    const old = before.get(proc.id);
    if (old === undefined) continue;
    procs.set(proc.id, {
      ticks: rate(old.ticks, proc.ticks),
      stolen: rate(old.stolen, proc.stolen),
      busy: Math.min(1, Math.max(0, proc.busyMs - old.busyMs) / ms),
    });
  }
  const [was, is] = [previous.totals, state.totals];
  return {
    ticks: rate(was.ticks, is.ticks),
    created: rate(was.created, is.created),
    ended: rate(was.ended, is.ended),
    steals: rate(was.steals, is.steals),
    procs,
  };
}
