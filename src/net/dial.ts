/**
 * dial: connects to a peer. One that loses its select, or whose context ends first, closes its socket.
 *
 * Go: net.Dial, net.Dialer.DialContext.
 */
import { type Context, checkContext } from "../context/context.ts";
import { win } from "../runtime/contest.ts";
import { enterHost, leaveHost } from "../runtime/kernel.ts";
import { BasicOperation, type Op, type Operation, State } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Conn } from "./conn.ts";
import { orRefused } from "./refused.ts";
import { settle } from "./settle.ts";
import { checkDial } from "./target.ts";
import { type Closer, type DialTarget, network } from "./transport.ts";
import { traced } from "./whence.ts";

/** What {@link dial} takes: a port, or the path of a Unix socket. */
export type DialOptions = (
  | { readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly port?: undefined }
) & {
  readonly host?: string | undefined;
  /** Options of `tls.connect`, or true for none. */
  readonly tls?: object | true | undefined;
  /** Ends the attempt early: then dial throws `ctx.err`. */
  readonly ctx?: Context | undefined;
};

class Dial extends BasicOperation<Conn> {
  private readonly target: DialTarget;
  private attempt: Closer | null = null;

  constructor(target: DialTarget) {
    super();
    this.target = target;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  poll(): boolean {
    return false;
  }

  override failure(): unknown {
    return traced(this.value);
  }

  override toString(): string {
    return "this dial operation";
  }

  enqueue(): void {
    enterHost();
    this.attempt = network.transport.dial(this.target, {
      connected: (link) => {
        // Another core may have decided its select.
        if (this.done === State.contested && !win(this as Operation<unknown>)) {
          link.close();
          return;
        }
        this.value = new Conn(link);
        settle(this as Operation<unknown>);
      },
      failed: (error) => settle(this as Operation<unknown>, error),
    });
  }

  dequeue(): void {
    leaveHost();
    this.attempt?.close();
  }
}

/**
 * Connects to `port` at `host` (the default is localhost), or to the Unix socket `path`.
 *
 * @param options - `tls`: true, or options of `tls.connect`; `ctx` ends the attempt early
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`), InvalidNumberError (`GORT_INVALID_NUMBER`) for a port out of range, the system's error (`code` ECONNREFUSED,
 *   ENOTFOUND, …), or `ctx.err`; all when it is waited for
 * @example
 * ```ts
 * using conn = yield* dial({ port: 8080 });
 * yield* conn.write("hello\n");
 * console.log(yield* conn.readLine());
 * ```
 *
 * Go: net.Dial.
 */
export function dial(options: DialOptions): Op<Conn> {
  return orRefused<Conn>(() => {
    checkDial(options);
    const { ctx } = options;
    if (ctx === undefined) return new Dial(options);
    checkContext("dial: ctx", ctx);
    return ctx.wait(new Dial(options));
  });
}
