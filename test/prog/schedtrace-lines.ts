/**
 * A parser of schedtrace's output, written from what Go prints: what does not parse is no schedtrace.
 *
 *   report = head ( queues | details )
 *   head   = "SCHED " int "ms: gomaxprocs=" int " idleprocs=" int " threads=" int " spinningthreads=" int " needspinning=" int " idlethreads=" int " runqueue=" int
 *   queues = " [ " int { " " int } " ] schedticks=[ " { int " " } "]" own "\n"
 *   details = " gcwaiting=" bool " nmidlelocked=" int " stopwait=" int " sysmonwait=" bool own "\n" { "  P" … } { "  M" … } { "  G" … }
 *   own    = what gort has to add; Go: nothing
 *
 * Go: runtime/proc.go (schedtrace).
 */
import assert from "node:assert/strict";

const HEAD =
  /^SCHED (\d+)ms: gomaxprocs=(\d+) idleprocs=(\d+) threads=(\d+) spinningthreads=(\d+) needspinning=(\d+) idlethreads=(\d+) runqueue=(\d+)/;
const QUEUES = /^ \[ (\d+(?: \d+)*) \] schedticks=\[ ((?:\d+ )*)\]/;
const DETAILS = /^ gcwaiting=(?:true|false) nmidlelocked=-?\d+ stopwait=\d+ sysmonwait=(?:true|false)/;
const P =
  /^ {2}P(\d+): status=([0-4]) schedtick=(\d+) syscalltick=\d+ m=(\d+|nil) runqsize=(\d+) gfreecnt=\d+ timerslen=(\d+)$/;
const M =
  /^ {2}M(\d+): p=(\d+|nil) curg=(\d+|nil) mallocing=\d+ throwing=\d+ preemptoff=\S* locks=\d+ dying=\d+ spinning=(?:true|false) blocked=(?:true|false) lockedg=(?:\d+|nil)$/;
const G = /^ {2}G(\d+): status=(\d+)\((.*)\) m=(\d+|nil) lockedm=(?:\d+|nil)$/;
const OWN = /^ goroutines=(\d+) created=(\d+) steals=(\d+) timers=(\d+) busy=\[ (\d+%(?: \d+%)*) \]$/;

export interface Report {
  readonly ms: number;
  readonly procs: number;
  readonly idle: number;
  readonly threads: number;
  readonly runq: number[];
  readonly ticks: number[];
  /** What stands behind Go's part of the first line. */
  readonly own: { readonly goroutines: number; readonly created: number; readonly busy: number[] } | null;
  readonly goroutines: {
    readonly id: number;
    readonly status: number;
    readonly reason: string;
    readonly m: string;
  }[];
  readonly machines: { readonly id: number; readonly curg: string }[];
}

/** All reports of a text in which there is nothing else. `by`: who has printed it; Go adds nothing to its lines. */
export function parseSchedtrace(text: string, by: "go" | "gort"): Report[] {
  assert.ok(text.endsWith("\n"), `the last line has no end: ${JSON.stringify(text.slice(-100))}`);
  const blocks = text.split(/(?=^SCHED )/m);
  return blocks.map((block) => parseReport(block, by));
}

function parseReport(block: string, by: "go" | "gort"): Report {
  const [first = "", ...more] = block.slice(0, -1).split("\n");
  const head = HEAD.exec(first);
  assert.ok(head, `not a line of schedtrace: ${first}`);
  const rest = first.slice(head[0].length);
  const queues = QUEUES.exec(rest);
  const details = DETAILS.exec(rest);
  const behind = rest.slice((queues ?? details)?.[0].length);
  assert.ok(queues ?? details, `neither queues nor details: ${first}`);
  const own = OWN.exec(behind);
  if (by === "go") assert.equal(behind, "");
  else assert.ok(own, `not gort's numbers: ${behind}`);
  if (queues !== null) assert.deepEqual(more, []);
  const [, ms, procs, idle, threads] = head.map(Number) as [number, number, number, number, number];
  const report: Report = {
    ms,
    procs,
    idle,
    threads,
    runq: queues === null ? [] : (queues[1] as string).split(" ").map(Number),
    ticks: queues === null ? [] : (queues[2] as string).trimEnd().split(" ").map(Number),
    own:
      own === null
        ? null
        : {
            goroutines: Number(own[1]),
            created: Number(own[2]),
            busy: (own[5] as string).split(" ").map((share) => Number.parseInt(share, 10)),
          },
    goroutines: [],
    machines: [],
  };
  let order = "";
  for (const line of more) {
    const [p, m, g] = [P.exec(line), M.exec(line), G.exec(line)];
    assert.ok(p ?? m ?? g, `not a line of details: ${line}`);
    order += p ? "P" : m ? "M" : "G";
    if (p) {
      assert.equal(Number(p[1]), report.runq.length);
      report.runq.push(Number(p[5]));
      report.ticks.push(Number(p[3]));
    }
    if (m) report.machines.push({ id: Number(m[1]), curg: m[3] as string });
    if (g) {
      const [, id, status, reason = "", machine = ""] = g;
      report.goroutines.push({ id: Number(id), status: Number(status), reason, m: machine });
    }
  }
  assert.match(order, /^P*M*G*$/);
  assert.equal(report.runq.length, procs);
  assert.equal(report.ticks.length, procs);
  if (own !== null) assert.equal(report.own?.busy.length, procs);
  return report;
}
