/**
 * Which schedules are tried. All begin with the usual one: nobody gives way, the oldest goes first.
 *
 *   random        each choice by chance
 *   pct           priorities by chance, which change at a few moments: finds what needs few switches in the right places, with a probability that can be computed (Burckhardt et al., "A randomized scheduler with probabilistic guarantees
 *                 of finding bugs", 2010)
 *   dfs           all of them, one after another, depth first; with at most `bound` switches where nobody had to (Musuvathi and Qadeer, "Iterative context bounding", 2007)
 *   round-robin   after each operation the next one, then after every second, and so on
 */
import { type Parkable, p } from "../runtime/processor.ts";
import { G } from "../runtime/status.ts";
import { type Attempt, Choice, idAt, type Strategy } from "./attempt.ts";

export const STRATEGIES = ["random", "pct", "dfs", "round-robin"] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** What strategies can be told. */
export interface StrategyOptions {
  readonly seed: number;
  /** dfs: the most switches where the running goroutine could have gone on. */
  readonly bound: number;
  /** pct: how many choices a bug needs to be right. */
  readonly depth: number;
}

export function strategyOf(name: StrategyName, options: StrategyOptions): Strategy {
  switch (name) {
    case "random":
      return new Random(options.seed);
    case "pct":
      return new Priorities(options.seed, options.depth);
    case "dfs":
      return new DepthFirst(options.bound);
    case "round-robin":
      return new RoundRobin();
  }
}

/** xorshift32, begun anew for each run. */
class Dice {
  private state = 1;

  begin(seed: number, run: number): void {
    // Neighbours must not be alike: murmur's finish.
    const folded = seed ^ Math.imul(Math.floor(seed / 2 ** 32) ^ 0x5bd1e995, 0xc2b2ae35);
    let x = Math.imul(folded ^ Math.imul(run, 0x9e3779b1), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    this.state = x ^ (x >>> 16) || 0x9e3779b9;
  }

  below(n: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (((x >>> 9) * n) / 0x80_0000) | 0;
  }
}

class Random implements Strategy {
  private readonly seed: number;
  private readonly dice = new Dice();
  private usual = true;

  constructor(seed: number) {
    this.seed = seed;
  }

  begin(run: number): boolean {
    this.usual = run === 0;
    this.dice.begin(this.seed, run);
    return true;
  }

  pick(_: number, count: number): number {
    return this.usual ? 0 : this.dice.below(count);
  }

  end(): void {}
}

/** How many choices a run has, until more have been seen. */
const FIRST_GUESS = 16;
/** How often running somebody may give way, and go on for being the first. */
const PATIENCE = 100;
/** Above all priorities that a change gives. */
const BEGIN_AT = 1000;

class Priorities implements Strategy {
  private readonly seed: number;
  private readonly depth: number;
  private readonly dice = new Dice();
  private usual = true;
  private length = FIRST_GUESS;
  private step = 0;
  private changes: number[] = [];
  /** Below all that there have been. */
  private lowest = -1;
  /** Who has given way last, and how often running. */
  private yielder = 0;
  private yields = 0;
  private readonly priorities = new Map<number, number>();

  constructor(seed: number, depth: number) {
    this.seed = seed;
    this.depth = depth;
  }

  begin(run: number): boolean {
    this.usual = run === 0;
    this.dice.begin(this.seed, run);
    this.step = 0;
    this.priorities.clear();
    this.lowest = -1;
    this.yields = 0;
    this.changes = Array.from({ length: this.depth - 1 }, () => this.dice.below(this.length));
    return true;
  }

  pick(what: number, count: number): number {
    if (this.usual) return 0;
    if (what === Choice.random) return this.dice.below(count);
    if (what === Choice.next) this.beFair(p.current);
    const change = this.changes.indexOf(this.step++);
    const isRunning = what === Choice.goOn;
    // Whoever would go on is the lowest from here on.
    if (change >= 0) this.priorities.set(idOf(isRunning, this.best(isRunning, count)), change);
    return this.best(isRunning, count);
  }

  end(attempt: Attempt): void {
    this.length = Math.max(this.length, attempt.choices.length);
  }

  /** Who gives way on purpose (gosched) again and again waits for somebody by polling: then all others go first. */
  private beFair({ id, state }: Parkable): void {
    const hasYielded = id !== 0 && state === G.runnable;
    this.yields = hasYielded && id === this.yielder ? this.yields + 1 : 0;
    this.yielder = hasYielded ? id : 0;
    if (this.yields < PATIENCE) return;
    this.yields = 0;
    this.priorities.set(id, this.lowest--);
  }

  private best(isRunning: boolean, count: number): number {
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const priority = this.priorityOf(idOf(isRunning, i));
      if (priority > highest) {
        highest = priority;
        best = i;
      }
    }
    return best;
  }

  private priorityOf(id: number): number {
    let priority = this.priorities.get(id);
    if (priority === undefined) {
      priority = BEGIN_AT + this.dice.below(0x7fff);
      this.priorities.set(id, priority);
    }
    return priority;
  }
}

/** The goroutine that a choice is: of who runs, or of the run queue. */
function idOf(isRunning: boolean, choice: number): number {
  if (!isRunning) return idAt(choice);
  return choice === 0 ? p.current.id : idAt(choice - 1);
}

class DepthFirst implements Strategy {
  private readonly bound: number;
  /** The choices of the run that come from the one before. */
  private path: number[] = [];
  private at = 0;
  private last: Attempt | null = null;

  constructor(bound: number) {
    this.bound = bound;
  }

  begin(): boolean {
    if (this.last !== null && !this.backtrack(this.last)) return false;
    this.at = 0;
    return true;
  }

  pick(): number {
    return this.path[this.at++] ?? 0;
  }

  end(attempt: Attempt): void {
    this.last = attempt;
  }

  /** The last choice that can be another one is the next one there, and what follows is open. */
  private backtrack({ choices, counts, kinds }: Attempt): boolean {
    let switches = 0;
    for (const [i, choice] of choices.entries()) if (kinds[i] === Choice.goOn && choice > 0) switches++;
    for (let i = choices.length - 1; i >= 0; i--) {
      const choice = choices[i] as number;
      if (kinds[i] === Choice.goOn && choice > 0) switches--;
      const isOpen = kinds[i] !== Choice.goOn || switches < this.bound;
      if (choice + 1 < (counts[i] as number) && isOpen) {
        this.path = choices.slice(0, i);
        this.path.push(choice + 1);
        return true;
      }
    }
    return false;
  }
}

class RoundRobin implements Strategy {
  private quantum = 0;
  private left = 0;
  private turns = 0;
  private hasSwitched = true;

  begin(run: number): boolean {
    if (run > 1 && !this.hasSwitched) return false;
    this.quantum = run;
    this.left = run;
    this.turns = 0;
    this.hasSwitched = false;
    return true;
  }

  pick(what: number, count: number): number {
    if (this.quantum === 0) return 0;
    if (what === Choice.random) return this.turns++ % count;
    if (what === Choice.next || --this.left > 0) return 0;
    this.left = this.quantum;
    this.hasSwitched = true;
    return 1;
  }

  end(): void {}
}

/** The choices of a run that there has been. */
export class Given implements Strategy {
  private readonly choices: readonly number[];
  private at = 0;

  constructor(choices: readonly number[]) {
    this.choices = choices;
  }

  begin(): boolean {
    this.at = 0;
    return true;
  }

  pick(): number {
    return this.choices[this.at++] ?? 0;
  }

  /** Whether all of them have been asked for. */
  get isUsedUp(): boolean {
    return this.at >= this.choices.length;
  }

  end(): void {}
}
