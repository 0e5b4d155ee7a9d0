/**
 * What was asked for and makes no sense: an operation that throws when it is waited for, as all misuse of operations does.
 */
import { BasicOperation, type Op } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";

class Refused extends BasicOperation<never> {
  private readonly error: unknown;

  constructor(error: unknown) {
    super();
    this.error = error;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  poll(): boolean {
    throw this.error;
  }

  enqueue(): void {}

  dequeue(): void {}

  override toString(): string {
    return "this refused operation";
  }
}

/** What `make` gives; when that throws, an operation that throws the same, with the stack of the call. */
export function orRefused<T>(make: () => Op<T>): Op<T> {
  try {
    return make();
  } catch (error) {
    return refused(error);
  }
}

export function refused(error: unknown): Op<never> {
  return new Refused(error);
}
