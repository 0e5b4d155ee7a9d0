/**
 * Errors as Node makes them of the system's: `code`, `errno`, `syscall`, and the same words.
 */
import { constants } from "node:os";

type Code = "EADDRINUSE" | "ECONNREFUSED" | "ECONNRESET" | "ENOENT" | "ENOTFOUND" | "EPIPE";

/** Where it happened: what Node adds to the error and its message. */
export interface Where {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/** The system's error `code` of `syscall`. */
export function systemError(code: Code, syscall: string, where: Where = {}): Error {
  const { address, port, hostname } = where;
  const words = code === "EADDRINUSE" ? ": address already in use" : "";
  const place = address === undefined ? hostname : port === undefined ? address : `${address}:${port}`;
  const error = new Error(`${syscall} ${code}${words}${place === undefined ? "" : ` ${place}`}`);
  const errno = code === "ENOTFOUND" ? -3008 : -constants.errno[code];
  return Object.assign(error, { errno, code, syscall }, where);
}
