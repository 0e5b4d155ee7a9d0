/**
 * Who may ask: the observer shows a program's inside, and any page in the user's browser can send requests to a loopback port.
 *
 * Each request has to pass, in this order:
 *   1  Host is the observer's own address: otherwise a name that an attacker has bound to 127.0.0.1 would do (DNS rebinding)   403
 *   2  Origin, when there is one, is its own                                                                                     403
 *   3  the method is GET: nothing is changed from here                                                                           405
 *   4  the path is a path, and not longer than {@link LONGEST_URL}                                                               400, 414
 *   5  the token, but for the page's own files, which tell nothing                                                               401
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

export const LONGEST_URL = 8192;

/** Sent with every answer. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Why a request is refused. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 414;
  readonly text: string;
}

/** The address that an observer listens on, and its token. */
export class Guard {
  private readonly hosts: readonly string[];
  private readonly token: Buffer;

  constructor(host: string, port: number, token: string) {
    const own = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    this.hosts = [own, `localhost:${port}`];
    this.token = digest(token);
  }

  /** Rules 1 to 4. */
  refusal({ headers, method, url = "" }: IncomingMessage): Refusal | null {
    if (!this.hosts.includes((headers.host ?? "").toLowerCase()))
      return { status: 403, text: "this is not the host that you asked for" };
    const { origin } = headers;
    if (origin !== undefined && !this.hosts.some((one) => origin.toLowerCase() === `http://${one}`))
      return { status: 403, text: "pages of other origins may not ask" };
    if (method !== "GET") return { status: 405, text: "GET only" };
    if (!url.startsWith("/")) return { status: 400, text: "a path was expected" };
    if (url.length > LONGEST_URL) return { status: 414, text: "the query is too long" };
    return null;
  }

  /** Rule 5: the token in the header, or in the query for what a browser downloads. */
  isKnown({ headers }: IncomingMessage, query: URLSearchParams): boolean {
    const given = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? "")?.[1] ?? query.get("token");
    return given !== null && isEqual(digest(given), this.token);
  }
}

/** Of the same length whatever was given, so that how long a comparison takes tells nothing. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function isEqual(a: Buffer, b: Buffer): boolean {
  let differing = 0;
  for (let i = 0; i < b.length; i++) differing |= (a[i] as number) ^ (b[i] as number);
  return differing === 0;
}
