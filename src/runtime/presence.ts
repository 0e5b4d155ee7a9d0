/**
 * How `gort top` finds the programs of its user: a small file a process, in a folder of the user's own below the system's folder for temporary files.
 *
 *   gort-UID/PID.json   {@link Presence}: who it is, and the address with its token when it is served (trace.serve, `gort run --ui`)
 *   gort-UID/PID.ask    somebody asks it to be served; SIGUSR2 tells it to look (cli/attach.ts)
 *
 * Invariants:
 *   I1  The folder is a real one (no link), belongs to the user and is open to nobody else; any other is not used, neither written nor read.
 *   I2  A file is seen whole or not at all: it is written beside and renamed. Only its user may read it: it has a token.
 *   I3  A program that cannot be found runs as well: nothing here throws, or is waited for.
 *   I4  A number of a process is used again. The file says when its process began; who reads it compares (cli/top/find.ts).
 *
 * Importing gort does none of this. The file goes when the process exits; one of a process that was killed is swept by who reads next.
 */
import { closeSync, lstatSync, mkdirSync, openSync, readFile, renameSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { clock } from "./clock.ts";

/** What such a file says. */
export interface Presence {
  readonly format: 1;
  readonly pid: number;
  /** The path of the program's file. */
  readonly program: string;
  /** The wall clock, milliseconds since 1970. */
  readonly startedAt: number;
  /** When the process began, as the system counts; "" where it does not say, and in the first moments. */
  readonly birth: string;
  /** With its token. */
  readonly url: string | null;
  /** Why it cannot be asked by a signal; null: it can. */
  readonly deaf: string | null;
}

let own: Presence | undefined;

/** Makes this process one that `gort top` finds, or says more of it. `url: null`: it is not served any more. */
export function present(more: Partial<Pick<Presence, "url" | "deaf">>): void {
  const first = own === undefined;
  own ??= {
    format: 1,
    pid: process.pid,
    program: process.argv[1] ?? "",
    startedAt: clock.wall(),
    birth: "",
    url: null,
    deaf: "it was not started by gort run",
  };
  own = { ...own, ...more };
  try {
    const folder = presenceFolder();
    if (first) makeFolder(folder);
    if (folderProblem(folder) !== null) return;
    write(own);
    if (!first) return;
    process.once("exit", absent);
    // Asked in the background: the system takes longer for it than everything else here takes.
    if (process.platform === "linux")
      readFile("/proc/self/stat", "latin1", (error, text) => {
        if (error === null && own !== undefined) write((own = { ...own, birth: birthIn(text) }));
      });
  } catch {
    // A read-only or full disk: it is not found.
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there; or there will be no file in it.
  }
}

/** With the plainest calls there are: it is done while the program starts. */
function write(presence: Presence): void {
  const beside = `${presenceFolder()}/${presence.pid}.new`;
  try {
    let fd: number;
    try {
      fd = openSync(beside, "wx", 0o600);
    } catch {
      // Left from a process of this number that was killed while it wrote.
      rmSync(beside, { force: true });
      fd = openSync(beside, "wx", 0o600);
    }
    writeSync(fd, JSON.stringify(presence));
    closeSync(fd);
    renameSync(beside, presenceFile(presence.pid));
  } catch {
    // A read-only or full disk: it is not found.
  }
}

function absent(): void {
  try {
    rmSync(presenceFile(process.pid), { force: true });
    rmSync(askFile(process.pid), { force: true });
  } catch {
    // The next reader sweeps it.
  }
}

let folderOnce: string | undefined;

/** The same one for ever, also when the program changes its environment. */
export function presenceFolder(): string {
  folderOnce ??= `${tmpdir()}/gort-${process.getuid?.() ?? "user"}`;
  return folderOnce;
}

export function presenceFile(pid: number): string {
  return `${presenceFolder()}/${pid}.json`;
}

export function askFile(pid: number): string {
  return `${presenceFolder()}/${pid}.ask`;
}

/** Why the folder is not used; null when all is well. Throws when there is none. */
export function folderProblem(folder: string): string | null {
  const stat = lstatSync(folder);
  if (stat.isSymbolicLink()) return "is a link";
  if (!stat.isDirectory()) return "is not a folder";
  // Windows: the folder for temporary files is the user's own.
  if (process.getuid === undefined) return null;
  if (stat.uid !== process.getuid()) return "belongs to somebody else";
  if ((stat.mode & 0o077) !== 0) return "is open to others (chmod 700 mends it)";
  return null;
}

/** When a process began, in hundredths of a second since the system did, from what Linux says of it. */
export function birthIn(stat: string): string {
  // The second field is the program's name in parentheses, which may have blanks and parentheses in it; this is the 22nd.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
