/**
 * Who holds how much of something that several can hold: the readers of an RWMutex, the shares of a semaphore.
 *
 * A share is given back by its guard, or by hand (`rUnlock()`, `release(n)`), and a guard has to know when the latter has happened. By hand nobody says which share is
 * meant, so it is not decided: each goroutine has an account of what it holds, from which both ways take, and a guard gives back no more than is open there.
 * So a program that gives each share back once, in whatever way, is always right, and one that disposes a guard after a release by hand gives back nothing twice.
 *
 * Any goroutine may give back by hand what another one took. Such a release is in nobody's account; it is then no longer known what the oldest accounts still hold,
 * and they are let go: their guards count for what they are.
 *
 * Invariants:
 *   I1  `held` is what was taken and not given back.
 *   I2  `known`, the sum of what the accounts in the table have open, is at most `held`; each of those has something open.
 *   I3  when nothing is held every guard is void (a new epoch).
 */
import { currentId } from "../runtime/kernel.ts";
import type { Guard } from "./lock.ts";

/** What shares are taken from. */
export interface Pool {
  readonly holdings: Holdings;
  /** `weight` has come back: whoever waits and can now go on does. */
  returned(weight: number): void;
}

/** What a goroutine holds, as far as is known. */
class Account {
  readonly goid: number;
  /** Taken and not given back, neither by a guard nor by hand. */
  open = 0;

  constructor(goid: number) {
    this.goid = goid;
  }
}

class Share implements Guard {
  private readonly pool: Pool;
  readonly weight: number;
  readonly account: Account;
  readonly epoch: number;
  private disposed = false;

  constructor(pool: Pool, weight: number, account: Account, epoch: number) {
    this.pool = pool;
    this.weight = weight;
    this.account = account;
    this.epoch = epoch;
  }

  [Symbol.dispose](): void {
    if (this.disposed) return;
    this.disposed = true;
    const { pool } = this;
    const back = pool.holdings.byGuard(this.weight, this.account, this.epoch);
    if (back > 0) pool.returned(back);
  }
}

export class Holdings {
  held = 0;
  /** A share has been given back by another one than had taken it: then nothing is known for sure. */
  passedOn = false;
  private known = 0;
  private epoch = 0;
  /** By goroutine, the oldest first; 0 stands for all async code. */
  private readonly accounts: Map<number, Account> = new Map();

  /** The goroutine `goid` takes `weight`. */
  take(pool: Pool, weight: number, goid: number): Guard {
    let account = this.accounts.get(goid);
    if (account === undefined) {
      account = new Account(goid);
      if (weight > 0) this.accounts.set(goid, account);
    }
    account.open += weight;
    this.known += weight;
    this.held += weight;
    return new Share(pool, weight, account, this.epoch);
  }

  /** The goroutine `goid` gives `weight`, no more than is held, back by hand. */
  byHand(weight: number, goid: number): void {
    const account = this.accounts.get(goid);
    if (account === undefined || account.open < weight) this.passedOn = true;
    if (account !== undefined) this.close(account, Math.min(weight, account.open));
    this.lower(weight);
  }

  /** A guard is disposed; returns how much that gives back. */
  byGuard(weight: number, account: Account, epoch: number): number {
    if (epoch !== this.epoch) return 0;
    const back = Math.min(weight, account.open, this.held);
    if (back > 0 && account.goid !== currentId()) this.passedOn = true;
    this.close(account, back);
    if (back > 0) this.lower(back);
    return back;
  }

  /** Who holds something, as far as is known (stuck.ts). */
  holders(): number[] {
    return [...this.accounts.keys()];
  }

  private close(account: Account, weight: number): void {
    account.open -= weight;
    if (this.accounts.get(account.goid) !== account) return; // Let go.
    this.known -= weight;
    if (account.open === 0) this.accounts.delete(account.goid);
  }

  private lower(weight: number): void {
    this.held -= weight;
    for (const account of this.accounts.values()) {
      if (this.known <= this.held) break;
      this.accounts.delete(account.goid);
      this.known -= account.open;
    }
    if (this.held === 0) this.epoch++;
  }
}
