/**
 * The lines of schedtrace, from what every machine writes of itself in shared memory.
 *
 * Go's line byte for byte, then gort's own numbers; with details Go's further lines for each P, M and G. What gort does not have is written as Go writes it when there is none of it (gfreecnt=0, mallocing=0 …).
 *
 *   SCHED 1003ms: gomaxprocs=2 idleprocs=0 threads=2 spinningthreads=0 needspinning=0 idlethreads=0 runqueue=0 [ 2 0 ] schedticks=[ 81 87 ] goroutines=7 created=9 steals=1 timers=0 busy=[ 98% 40% ]
 *
 * {@link schedtrace} is handed to another thread as text (sysmon.ts): it may use nothing but its arguments, names no function inside (bundlers mark those with helpers of their own), and reads shared memory plainly: a number that
 * is a moment old will do, and it takes no lock that a stuck thread could hold.
 *
 * Go: runtime/proc.go (schedtrace).
 */
import { HOME, LIFE, LINE, MACHINE, machineAt } from "../shm/layout.ts";

/** Where the numbers are, in words of the home. */
export interface Places {
  readonly home: typeof HOME;
  readonly machine: typeof MACHINE;
  /** Machine 0's area, and how long one is. */
  readonly first: number;
  readonly size: number;
  readonly injectorTail: number;
  readonly booting: number;
  readonly alive: number;
}

export const PLACES: Places = {
  home: HOME,
  machine: MACHINE,
  first: machineAt(0),
  size: machineAt(1) - machineAt(0),
  injectorTail: HOME.injector + LINE,
  booting: LIFE.booting,
  alive: LIFE.alive,
};

/** A goroutine in a machine's last message: its number, Go's number of its state, why it waits. */
export type Listed = readonly [id: number, status: number, reason: string];

/** What one thread remembers from line to line. */
export interface Memory {
  /** The clock at the first line, and at the one before; the busy time of each processor then. */
  fromMs: number;
  atMs: number;
  readonly busyMs: number[];
}

/** One report, with the last line's end. `lists`: by machine; undefined without details. */
export function schedtrace(
  words: Int32Array,
  doubles: Float64Array,
  places: Places,
  procs: number,
  nowMs: number,
  memory: Memory,
  lists: readonly (readonly Listed[] | undefined)[] | undefined,
): string {
  const { home, machine: m, first, size } = places;
  const none = { machine: -1, isIdle: true, runq: 0, timers: 0, beat: 0 };
  const ps = Array.from({ length: procs }, () => ({ ...none, steps: 0, busyMs: 0 }));
  const ms: { index: number; p: number; isIdle: boolean; running: number }[] = [];
  const sums = { goroutines: 0, created: 0, steals: 0, timers: 0, idle: 0 };
  // Before there are several, this thread is machine 0 and has nothing else to say of itself.
  const count = Math.max(1, words[home.machines] as number);
  for (let i = 0; i < count; i++) {
    const at = first + i * size;
    const life = words[at + m.life] as number;
    const created = doubles[(at + m.created) >>> 1] as number;
    const place = i === 0 ? 0 : (words[at + m.processor] as number) - 1;
    const p = ps[place];
    sums.created += created;
    sums.steals += (words[at + m.stolen] as number) >>> 0;
    if (p !== undefined) {
      p.steps += doubles[(at + m.steps) >>> 1] as number;
      p.busyMs += doubles[(at + m.busyMs) >>> 1] as number;
    }
    if (i > 0 && life !== places.alive && life !== places.booting) continue;
    const runq = words[at + m.runq] as number;
    const since = words[at + m.since] as number;
    const isIdle = since === 0 && runq === 0;
    // The slice that lasts is in no books yet. All threads count milliseconds from the same moment.
    if (p !== undefined && since !== 0) p.busyMs += Math.max(0, nowMs - since);
    sums.goroutines += words[at + m.goroutines] as number;
    sums.timers += words[at + m.timers] as number;
    if (isIdle) sums.idle++;
    ms.unshift({ index: i, p: place, isIdle, running: words[at + m.running] as number });
    if (p === undefined) continue;
    p.machine = i;
    p.isIdle = isIdle;
    p.runq = runq;
    p.timers = words[at + m.timers] as number;
    p.beat = words[at + m.beat] as number;
  }
  const shared = Math.max(0, ((words[places.injectorTail] as number) - (words[home.injector] as number)) | 0);
  const passed = Math.max(1, nowMs - memory.atMs);
  const busy = ps.map(
    (p, i) =>
      `${Math.min(100, Math.round((Math.max(0, p.busyMs - (memory.busyMs[i] ?? 0)) / passed) * 100))}%`,
  );
  memory.atMs = nowMs;
  memory.busyMs.length = 0;
  for (const p of ps) memory.busyMs.push(p.busyMs);
  const head =
    `SCHED ${Math.floor(nowMs - memory.fromMs)}ms: gomaxprocs=${procs} idleprocs=${ps.filter((p) => p.isIdle).length}` +
    ` threads=${ms.length} spinningthreads=${words[home.spinning]} needspinning=${words[home.wanted] === 0 ? 0 : 1}` +
    ` idlethreads=${sums.idle} runqueue=${shared}`;
  const own =
    ` goroutines=${sums.goroutines} created=${sums.created} steals=${sums.steals} timers=${sums.timers}` +
    ` busy=[ ${busy.join(" ")} ]\n`;
  if (lists === undefined) {
    return `${head} [ ${ps.map((p) => p.runq).join(" ")} ] schedticks=[ ${ps.map((p) => `${p.steps} `).join("")}]${own}`;
  }
  const lines = ps.map(
    (p, i) =>
      `  P${i}: status=${p.isIdle ? 0 : 1} schedtick=${p.steps} syscalltick=${p.beat >>> 0} m=${p.machine < 0 ? "nil" : p.machine}` +
      ` runqsize=${p.runq} gfreecnt=0 timerslen=${p.timers}\n`,
  );
  for (const one of ms) {
    lines.push(
      `  M${one.index}: p=${one.p < 0 ? "nil" : one.p} curg=${one.running === 0 ? "nil" : one.running >>> 0} mallocing=0 throwing=0` +
        ` preemptoff= locks=0 dying=0 spinning=false blocked=${one.isIdle} lockedg=nil\n`,
    );
  }
  const gs = ms.flatMap((one) =>
    (lists[one.index] ?? []).map(([id, status, reason]) => {
      const runs = one.running === id >> 0;
      return { id, text: `status=${runs ? 2 : status}(${reason}) m=${runs ? one.index : "nil"}` };
    }),
  );
  gs.sort((a, b) => a.id - b.id);
  for (const { id, text } of gs) lines.push(`  G${id}: ${text} lockedm=nil\n`);
  return `${head} gcwaiting=false nmidlelocked=0 stopwait=0 sysmonwait=false${own}${lines.join("")}`;
}
