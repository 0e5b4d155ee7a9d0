/**
 * Asking the observer. Every request carries the token, goes to the page's own origin, and gives up after a while.
 */
import { theToken } from "./address.ts";

export class Refused extends Error {
  readonly status: number;

  constructor(status: number, path: string) {
    super(`${path}: ${status}`);
    this.status = status;
  }
}

/** GET; throws {@link Refused} for an answer that is none, and what fetch throws when there is nobody. `giveUpMs` 0: never. */
export async function get(path: string, giveUpMs = 5000): Promise<Response> {
  const answer = await fetch(path, {
    headers: { Authorization: `Bearer ${theToken()}` },
    cache: "no-store",
    ...(giveUpMs > 0 ? { signal: AbortSignal.timeout(giveUpMs) } : {}),
  });
  if (!answer.ok) throw new Refused(answer.status, path);
  return answer;
}

export async function getJson<T>(path: string, giveUpMs = 5000): Promise<T> {
  return (await (await get(path, giveUpMs)).json()) as T;
}

/** Hands a file to the user. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Asks for a file and hands it to the user. */
export async function download(path: string, name: string): Promise<void> {
  save(name, await (await get(path, 60_000)).blob());
}
