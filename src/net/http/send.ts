/**
 * Sending a response piece by piece: waits while the client does not take what was sent.
 *
 * A send happens when the response has room, and hands its bytes over: at most Node's high-water mark and one piece are in this process. So it may be a case of a select;
 * one that loses has sent nothing. The listeners on the response are there while somebody is parked.
 */
import type { ServerResponse } from "node:http";
import { describe, InvalidOptionError } from "../../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../../base/waitq.ts";
import { concluded, holdCase } from "../../runtime/contest.ts";
import { enterHost, leaveHost } from "../../runtime/kernel.ts";
import { BasicOperation, type Op, type Operation } from "../../runtime/operation.ts";
import { WaitReason } from "../../runtime/wait-reason.ts";
import { orRefused } from "../refused.ts";
import { settle } from "../settle.ts";
import { RequestAbortedError, ResponseEndedError } from "./errors.ts";

/** Those who wait to send. */
const outlets = new WeakMap<ServerResponse, Outlet>();

/** The queue of those who are parked on a response, first come, first served. */
class Outlet {
  private readonly res: ServerResponse;
  private sendq: Send | null = null;
  private readonly serve = (): void => this.attempts();

  constructor(res: ServerResponse) {
    this.res = res;
  }

  get isWaitedFor(): boolean {
    return this.sendq !== null;
  }

  enter(op: Send): void {
    enterHost();
    if (this.sendq !== null) {
      join<Send>(this.sendq, op);
      return;
    }
    this.sendq = alone<Send>(op);
    this.res.on("drain", this.serve).on("close", this.serve);
    // A response whose turn has not come is not told of its connection's end.
    this.res.req.socket.on("close", this.serve);
  }

  leave(op: Send): void {
    leaveHost();
    this.sendq = left<Send>(this.sendq as Send, op);
    if (this.sendq === null) this.detach();
  }

  private attempts(): void {
    for (let first = this.sendq; first !== null; first = this.sendq) {
      let error: unknown = null;
      if (!holdCase(first as Operation<unknown>)) continue;
      try {
        if (!concluded(first as Operation<unknown>, first.attempt())) return;
      } catch (thrown) {
        error = thrown;
        concluded(first as Operation<unknown>, true);
      }
      this.sendq = served<Send>(first);
      if (this.sendq === null) this.detach();
      settle(first as Operation<unknown>, error);
    }
  }

  private detach(): void {
    this.res.off("drain", this.serve).off("close", this.serve);
    this.res.req.socket.off("close", this.serve);
  }
}

class Send extends BasicOperation<void> implements Waiting<Send> {
  private readonly res: ServerResponse;
  private readonly chunk: string | Uint8Array;
  before: Send | null = null;
  behind: Send | null = null;

  constructor(res: ServerResponse, chunk: string | Uint8Array) {
    super();
    this.res = res;
    this.chunk = chunk;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  poll(): boolean {
    this.check();
    return outlets.get(this.res)?.isWaitedFor !== true && this.attempt();
  }

  /** Hands its bytes over if there is room; throws when there will never be. */
  attempt(): boolean {
    this.check();
    if (this.res.writableNeedDrain) return false;
    this.res.write(this.chunk);
    return true;
  }

  private check(): void {
    const { res } = this;
    if (res.writableEnded) throw new ResponseEndedError();
    const { socket } = res.req;
    if (res.destroyed || socket.destroyed) throw new RequestAbortedError(res.errored ?? socket.errored);
  }

  enqueue(): void {
    let outlet = outlets.get(this.res);
    if (outlet === undefined) {
      outlet = new Outlet(this.res);
      outlets.set(this.res, outlet);
    }
    outlet.enter(this);
  }

  dequeue(): void {
    outlets.get(this.res)?.leave(this);
  }
}

/**
 * Sends a piece of a response: waits until the response has room for more, and so for a client that does not read. Several goroutines may send at once; they are served
 * first come, first served, each piece as a whole.
 *
 * @param chunk - a string, or bytes, which must not be changed afterwards
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`); RequestAbortedError (`GORT_REQUEST_ABORTED`) when the client has gone away,
 *   ResponseEndedError (`GORT_RESPONSE_ENDED`) after `res.end()`
 * @example
 * ```ts
 * for (const row = range(rows); yield* row.next(); ) yield* send(res, `${JSON.stringify(row.value)}\n`);
 * ```
 *
 * Go: ResponseWriter.Write.
 */
export function send(res: ServerResponse, chunk: string | Uint8Array): Op<void> {
  return orRefused(() => {
    const { write, req } = (typeof res === "object" && res !== null ? res : {}) as Partial<ServerResponse>;
    if (typeof write !== "function" || req === undefined) {
      throw new InvalidOptionError(`send needs a response, got ${describe(res)}`);
    }
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) {
      throw new InvalidOptionError(`send needs a string or a Uint8Array, got ${describe(chunk)}`);
    }
    return new Send(res, chunk);
  });
}
