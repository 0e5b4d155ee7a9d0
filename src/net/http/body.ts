/**
 * Reading a request's body: all of it, or what is there.
 *
 * It reads from the request as anybody may, when something is waited for, and so the client is held back meanwhile. The listeners on the request are there while somebody is
 * parked. A whole body is collected by the first in the queue; if that loses, what it has collected goes back into the request, and whoever reads next finds it.
 *
 * Works on any IncomingMessage: a client's response as well.
 */
import type { IncomingMessage } from "node:http";
import { checkAmount, describe, InvalidOptionError, TooLargeError } from "../../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../../base/waitq.ts";
import { concluded, holdCase } from "../../runtime/contest.ts";
import { enterHost, leaveHost } from "../../runtime/kernel.ts";
import { BasicOperation, type Debts, type Op, type Operation } from "../../runtime/operation.ts";
import { WaitReason } from "../../runtime/wait-reason.ts";
import { orRefused } from "../refused.ts";
import { settle } from "../settle.ts";
import { RequestAbortedError } from "./errors.ts";

/** What `readBody` takes if it is not told: 1 MiB. */
const BODY_LIMIT = 1_048_576;

/** Those who wait for a request's body. */
const inlets = new WeakMap<IncomingMessage, Inlet>();

/** The queue of those who are parked on a request's body, first come, first served. */
class Inlet {
  private readonly req: IncomingMessage;
  private readq: BodyRead<unknown> | null = null;
  private readonly serve = (): void => this.attempts();

  constructor(req: IncomingMessage) {
    this.req = req;
  }

  get isWaitedFor(): boolean {
    return this.readq !== null;
  }

  enter(op: BodyRead<unknown>): void {
    enterHost();
    if (this.readq !== null) {
      join(this.readq, op);
      return;
    }
    this.readq = alone(op);
    this.req.on("readable", this.serve).on("end", this.serve).on("close", this.serve);
    // A request that is over already says nothing any more.
    if (this.req.destroyed) setImmediate(this.serve);
  }

  leave(op: BodyRead<unknown>): void {
    leaveHost();
    this.readq = left(this.readq as BodyRead<unknown>, op);
    if (this.readq === null) this.detach(); // What goes back into the request wakes the next one.
  }

  /** Whoever can take what he wants does. */
  private attempts(): void {
    for (let first = this.readq; first !== null; first = this.readq) {
      let error: unknown = null;
      if (!holdCase(first as Operation<unknown>)) continue;
      try {
        if (!concluded(first as Operation<unknown>, first.attempt())) return;
      } catch (thrown) {
        error = thrown;
        concluded(first as Operation<unknown>, true);
      }
      this.readq = served(first);
      if (this.readq === null) this.detach();
      settle(first as Operation<unknown>, error);
    }
  }

  private detach(): void {
    this.req.off("readable", this.serve).off("end", this.serve).off("close", this.serve);
  }
}

abstract class BodyRead<T> extends BasicOperation<T> implements Waiting<BodyRead<unknown>> {
  protected readonly req: IncomingMessage;
  before: BodyRead<unknown> | null = null;
  behind: BodyRead<unknown> | null = null;

  constructor(req: IncomingMessage) {
    super();
    this.req = req;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  /** Takes what it wants into `value`, if that is there; throws when it will never be. */
  abstract attempt(): boolean;

  poll(): boolean {
    return inlets.get(this.req)?.isWaitedFor !== true && this.attempt();
  }

  enqueue(): void {
    let inlet = inlets.get(this.req);
    if (inlet === undefined) {
      inlet = new Inlet(this.req);
      inlets.set(this.req, inlet);
    }
    inlet.enter(this as BodyRead<unknown>);
  }

  dequeue(): void {
    inlets.get(this.req)?.leave(this as BodyRead<unknown>);
  }

  /** What has come; null for nothing so far. */
  protected take(): Buffer | null {
    const { req } = this;
    if (req.destroyed && !req.readableEnded) throw aborted(req);
    const chunk: Buffer | string | null = req.read();
    return typeof chunk === "string" ? Buffer.from(chunk, req.readableEncoding ?? "utf8") : chunk;
  }
}

class ReadChunk extends BodyRead<Buffer | undefined> {
  attempt(): boolean {
    const chunk = this.take();
    if (chunk !== null) this.value = chunk;
    return chunk !== null || this.req.complete;
  }
}

class ReadBody extends BodyRead<Buffer> {
  private readonly limit: number;
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(req: IncomingMessage, limit: number) {
    super(req);
    this.limit = limit;
  }

  attempt(): boolean {
    const { req, limit, chunks } = this;
    if (Number(req.headers["content-length"]) > limit && !req.readableEnded) throw this.tooLarge();
    for (let chunk = this.take(); chunk !== null; chunk = this.take()) {
      chunks.push(chunk);
      this.size += chunk.length;
      if (this.size > limit) {
        this.giveBack();
        throw this.tooLarge();
      }
    }
    if (!req.complete) return false;
    this.value = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, this.size);
    this.chunks = [];
    return true;
  }

  /** As a case it has lost, or its wait is over. */
  override recycle(): Debts {
    this.giveBack();
    return null;
  }

  private giveBack(): void {
    const { req, chunks } = this;
    this.chunks = [];
    this.size = 0;
    if (chunks.length > 0 && !req.destroyed && !req.readableEnded) req.unshift(Buffer.concat(chunks));
  }

  private tooLarge(): TooLargeError {
    return new TooLargeError(`body too large: more than ${this.limit} bytes; nothing was read`);
  }
}

/** Why a request's body will never be whole. */
function aborted(req: IncomingMessage): Error {
  const { errored } = req;
  // What the program itself has destroyed it with is passed on; Node's word for an abort says less than ours.
  if (errored != null && errored.message !== "aborted") return errored;
  return new RequestAbortedError(req.socket?.errored);
}

/**
 * Reads a request's body: waits for all of it. Gives the bytes; none when there is no body, or when it has been read.
 *
 * A case that loses its select takes nothing.
 *
 * @param req - a request; or a response of Node's client
 * @param limit - the most bytes that it may have; 1 MiB unless told
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`), InvalidNumberError (`GORT_INVALID_NUMBER`); TooLargeError (`GORT_TOO_LARGE`), before anything is read when the
 *   request says its length; RequestAbortedError (`GORT_REQUEST_ABORTED`) when the client goes away
 * @example
 * ```ts
 * const order = JSON.parse(String(yield* readBody(req)));
 * ```
 *
 * Go: io.ReadAll(http.MaxBytesReader(w, req.Body, limit)).
 */
export function readBody(req: IncomingMessage, limit: number = BODY_LIMIT): Op<Buffer> {
  return orRefused(() => {
    checkMessage("readBody", req);
    checkAmount("readBody", limit, 0);
    return new ReadBody(req, limit);
  });
}

/**
 * Reads what has come of a request's body, at least one byte: waits for some if nothing has. Gives undefined at its end. The client is held back while nobody reads.
 *
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`); RequestAbortedError (`GORT_REQUEST_ABORTED`) when the client goes away
 * @example
 * ```ts
 * for (let chunk = yield* readChunk(req); chunk; chunk = yield* readChunk(req)) hash.update(chunk);
 * ```
 *
 * Go: Request.Body.Read.
 */
export function readChunk(req: IncomingMessage): Op<Buffer | undefined> {
  return orRefused(() => {
    checkMessage("readChunk", req);
    return new ReadChunk(req);
  });
}

function checkMessage(what: string, req: unknown): void {
  const { read, headers } = (typeof req === "object" && req !== null ? req : {}) as Partial<IncomingMessage>;
  if (typeof read !== "function" || typeof headers !== "object") {
    throw new InvalidOptionError(`${what} needs a request, got ${describe(req)}`);
  }
}
