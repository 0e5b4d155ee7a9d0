/**
 * Which programs there are to look at, and the address of one of them.
 *
 * A process is sent a signal only when all of this holds: it has a file in the user's own folder, the file is the user's, the process lives, and it
 * is the one that wrote the file (a number is used again). So a process that is not gort is never signalled.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { uptime } from "node:os";
import { clock } from "../../runtime/clock.ts";
import {
  askFile,
  birthIn,
  folderProblem,
  type Presence,
  presenceFile,
  presenceFolder,
} from "../../runtime/presence.ts";
import { shown } from "./text.ts";

/** What went wrong, in one line; exit code 1. */
export class TopError extends Error {
  override readonly name = "TopError";
}

/** How long a program may take to answer the signal. */
const PATIENCE_MS = 2000;
const LOOK_EVERY_MS = 20;
/** In which Linux counts, of a second. */
const TICKS = 100;

/** The programs that run now, the oldest first. Files of others that are over are removed. */
export function programs(): Presence[] {
  const found: Presence[] = [];
  for (const name of list()) {
    const pid = Number(/^([1-9][0-9]*)\.(?:json|ask|new)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || pid === process.pid) continue;
    const one = name.endsWith(".json") ? read(pid) : null;
    if (one !== null && isSame(one)) found.push(one);
    else if (one !== null || !isAlive(pid)) rmSync(`${presenceFolder()}/${name}`, { force: true });
  }
  return found.sort((a, b) => a.startedAt - b.startedAt);
}

function list(): string[] {
  const folder = presenceFolder();
  try {
    const problem = folderProblem(folder);
    if (problem !== null) throw new TopError(`gort top: ${folder} is not used: it ${problem}`);
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** What the file of a process says; null when it has none, or one that is not to be trusted. */
function read(pid: number): Presence | null {
  let fd: number;
  try {
    fd = openSync(presenceFile(pid), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return null;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || (process.getuid !== undefined && stat.uid !== process.getuid())) return null;
    const text = JSON.parse(readFileSync(fd, "utf8")) as Partial<Presence> | null;
    return isPresence(text) && text.pid === pid ? text : null;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

function isPresence(text: Partial<Presence> | null): text is Presence {
  return (
    text?.format === 1 &&
    typeof text.program === "string" &&
    typeof text.startedAt === "number" &&
    typeof text.birth === "string" &&
    (text.url === null || typeof text.url === "string") &&
    (text.deaf === null || typeof text.deaf === "string")
  );
}

/** Whether the process lives that wrote the file: neither gone, nor another one of the same number, which began later. */
function isSame({ pid, birth, startedAt }: Presence): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform === "win32") return true;
  try {
    if (process.platform !== "linux") return beganAt(pid) <= startedAt;
    const own = birthIn(readFileSync(`/proc/${pid}/stat`, "latin1"));
    if (birth !== "") return own === birth;
    const ageMs = (uptime() - Number(own) / TICKS) * 1000;
    return clock.wall() - ageMs <= startedAt;
  } catch {
    return false;
  }
}

function beganAt(pid: number): number {
  const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Date.parse(text);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The address of the only program there is. */
export function onlyProgram(): Promise<string> {
  const all = programs();
  if (all.length === 0)
    throw new TopError("gort top: no program of yours runs (start one with: gort run FILE; or give its URL)");
  const [one] = all as [Presence];
  if (all.length === 1) return addressOf(one.pid);
  const rows = all.map(({ pid, program, url }) => {
    return `  gort top ${String(pid).padEnd(8)} ${shown(program)}${url === null ? "" : " (served)"}`;
  });
  throw new TopError(`gort top: ${all.length} programs run; choose one:\n${rows.join("\n")}`);
}

/** The address of the program of that number: it is asked for it when it is not served yet. */
export async function addressOf(pid: number): Promise<string> {
  const one = programs().find((each) => each.pid === pid);
  if (one === undefined) {
    if (!isAlive(pid)) throw new TopError(`gort top: there is no process ${pid}`);
    throw new TopError(
      `gort top: process ${pid} is not a gort program of yours (it was not started by gort run)`,
    );
  }
  if (one.url !== null) return one.url;
  if (one.deaf !== null) throw new TopError(deafText(one));
  writeFileSync(askFile(pid), "", { mode: 0o600 });
  try {
    process.kill(pid, "SIGUSR2");
  } catch {
    rmSync(askFile(pid), { force: true });
    throw new TopError(`gort top: process ${pid} has just ended`);
  }
  return answerOf(pid);
}

function deafText({ pid, deaf }: Presence): string {
  return `gort top: program ${pid} cannot be asked: ${shown(deaf ?? "")}; start it with gort run --ui`;
}

/** The question stays when nobody answers: a program that hears of the signal later would be ended by it otherwise. */
async function answerOf(pid: number): Promise<string> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const one = read(pid);
    if (one === null) throw new TopError(`gort top: process ${pid} has just ended`);
    if (one.url !== null) return one.url;
    if (one.deaf !== null) throw new TopError(deafText(one));
  }
  throw new TopError(
    `gort top: program ${pid} has not answered for ${PATIENCE_MS / 1000} s: its main thread computes and hears no signal; gort run --ui shows also such a program`,
  );
}
