/** Real networks on this machine, for the contract and for Go's facts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Net } from "./net-support.ts";

/** No test leaves this machine. */
export const HOST = "127.0.0.1";

/** What holds the process now, of networks; a pipe may be a Unix socket, or one of the standard streams. */
function held(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe|TLS|Connect|GetAddr/.test(kind));
}

const standard = held().length;

/** What of the network holds the process that did not in the beginning. */
export function open(): readonly string[] {
  const now = held();
  return now.length > standard ? now : [];
}

export const tcp: Net = {
  name: "TCP",
  family: "TCP",
  resets: true,
  place: () => ({ host: HOST, port: 0 }),
  to: ({ addr }) => ({ host: HOST, port: (addr as { port: number }).port }),
  open,
};

const folder = mkdtempSync(join(tmpdir(), "gort-net-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let places = 0;

export const unix: Net = {
  name: "Unix socket",
  family: "Unix",
  resets: true,
  place: () => ({ path: join(folder, `${++places}`) }),
  to: ({ addr }) => ({ path: (addr as { path: string }).path }),
  open,
};
