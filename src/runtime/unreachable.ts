/**
 * Goroutines that can never wake, proved by the garbage collector: only when asked, because a collection stops everything.
 *
 * Whoever wakes a parked goroutine completes the operation that it waits in (operation.ts, I2), and has to refer to it for that: through the channel or lock in whose queue it stands, a timer, a socket. So for the time of one
 * collection each goroutine's generator is held by nothing but that operation (an ephemeron: a WeakMap from the operation to the generator), and the processor's table holds a ghost in its place. An operation that is collected
 * was referred to by nobody but such goroutines, and nobody can complete it any more. The collector has taken its goroutine with it; what a dump needs has been written down before, and the ghost keeps it. Its finally blocks
 * would never have been run either.
 *
 * Invariants:
 *   I1  a goroutine is let go of only while it is parked, on this core, for a channel, a lock, a group or another goroutine: then its operation is all that can wake it.
 *   I2  between letting go and taking back no line of the program runs.
 *   I3  a WeakRef keeps what it is made for, or has last given, until the running job ends. So they are made one job earlier, and not asked before the collection.
 *
 * A goroutine that is not found may still be one: a variable that is never read again keeps a channel alive, and so does a closure that shares a scope with one that uses it.
 *
 * Go: the profile goroutineleak (runtime/mgc.go, findGoroutineLeaks). Differs: there the collector marks them and they stay; here they are gone. The main goroutine is never one.
 */
import { Ghost } from "./ghost.ts";
import { allGoroutines, type Go } from "./goroutine.ts";
import { inWorld } from "./isolation.ts";
import type { Operation } from "./operation.ts";
import { operationOf } from "./probe.ts";
import { p } from "./processor.ts";
import { cores } from "./remote.ts";
import { pictureOf, StackTexts } from "./snapshot.ts";
import { G, State } from "./status.ts";
import { type StuckGoroutine, stuckGoroutine } from "./stuck.ts";
import { WaitReason } from "./wait-reason.ts";

type Waited = Operation<unknown>;

/** One that has been let go of: nothing in it leads to the goroutine. */
interface Let {
  readonly ref: WeakRef<Waited>;
  readonly ghost: Ghost;
}

const MAIN = 1;

const REASONS: ReadonlySet<number> = new Set([
  WaitReason.chanReceive,
  WaitReason.chanSend,
  WaitReason.select,
  WaitReason.selectNoCases,
  WaitReason.mutexLock,
  WaitReason.rwMutexLock,
  WaitReason.rwMutexRLock,
  WaitReason.condWait,
  WaitReason.waitGroupWait,
  WaitReason.semacquire,
  WaitReason.join,
]);

const refs: WeakMap<Waited, WeakRef<Waited>> = new WeakMap();
let bodies: WeakMap<Waited, Go["body"]> = new WeakMap();
let asked: Promise<StuckGoroutine[]> | null = null;

/** Those found now. Asked for again while it has not answered, it gives the same answer. */
export function unreachable(): Promise<StuckGoroutine[]> {
  asked ??= new Promise((resolve, reject) => {
    inWorld(null, mark);
    setImmediate(() => {
      asked = null;
      try {
        let found: StuckGoroutine[] = [];
        inWorld(null, () => {
          found = proved();
        });
        resolve(found);
      } catch (error) {
        reject(error);
      }
    });
  });
  return asked;
}

/** I3. */
function mark(): void {
  for (const g of candidates()) {
    const op = operationFor(g);
    if (op !== null && !refs.has(op)) refs.set(op, new WeakRef(op));
  }
}

function proved(): StuckGoroutine[] {
  const collect = collector();
  // In a function of its own: what this one has in hand is kept.
  const all = holdWeakly();
  collect();
  return takeBack(all).map(stuckGoroutine);
}

function holdWeakly(): Let[] {
  const all: Let[] = [];
  const parsed = new StackTexts();
  for (const g of candidates()) {
    const op = operationFor(g);
    const ref = op === null ? undefined : refs.get(op);
    if (op !== null && ref !== undefined) all.push({ ref, ghost: new Ghost(g, pictureOf(g, parsed)) });
  }
  // From here on nothing is asked of them: a probe would find no generator.
  for (const { ghost } of all) {
    const g = p.slots[ghost.slot] as Go;
    bodies.set(operationFor(g) as Waited, g.body);
    g.body = null;
    p.slots[ghost.slot] = ghost;
  }
  return all;
}

function takeBack(all: readonly Let[]): Ghost[] {
  const gone: Ghost[] = [];
  for (const { ref, ghost } of all) {
    const op = ref.deref();
    if (op === undefined) {
      gone.push(ghost);
      continue;
    }
    const g = op.owner as Go;
    g.body = bodies.get(op) as Go["body"];
    p.slots[ghost.slot] = g;
  }
  bodies = new WeakMap();
  return gone;
}

/** I1. */
function candidates(): Go[] {
  return allGoroutines().filter(
    (g) =>
      g.state === G.waiting &&
      g.id !== MAIN &&
      REASONS.has(g.reason) &&
      g.body !== null &&
      !g.isCut &&
      !cores.remote.isElsewhere(g),
  );
}

function operationFor(g: Go): Waited | null {
  const op = operationOf(g);
  return op !== null && op.done === State.parked && op.owner === g ? op : null;
}

let collectNow: (() => void) | null = null;

/** A collection that is over when it returns. */
function collector(): () => void {
  if (collectNow !== null) return collectNow;
  const given: unknown = (globalThis as { gc?: unknown }).gc;
  if (typeof given === "function") {
    collectNow = given as () => void;
  } else {
    const v8 = process.getBuiltinModule("node:v8");
    v8.setFlagsFromString("--expose-gc");
    collectNow = process.getBuiltinModule("node:vm").runInNewContext("gc") as () => void;
    v8.setFlagsFromString("--no-expose-gc");
  }
  return collectNow;
}
