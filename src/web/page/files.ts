/** What the observer hands out as files: a dump, the last seconds as a trace, the same for Perfetto. */
import { signal } from "@preact/signals";
import { say } from "./focus.ts";
import { download, Refused } from "./link.ts";
import { ended, state } from "./store.ts";

const LAST_SECONDS = 10;

/** The file that is being fetched. */
export const working = signal("");

/** Fetches a file for the user. */
export async function fetchFile(what: "dump" | "trace" | "perfetto"): Promise<void> {
  const stem = `gort-${state.value?.pid ?? 0}`;
  const [path, name] = {
    dump: ["/api/dump?format=text", `${stem}.goroutines.txt`],
    trace: [`/api/trace?seconds=${LAST_SECONDS}`, `${stem}.gorttrace`],
    perfetto: [`/api/perfetto?seconds=${LAST_SECONDS}`, `${stem}.perfetto.json`],
  }[what] as [string, string];
  if (ended.value !== null) {
    say("The program has ended: what is kept can be saved at the top of the page.");
    return;
  }
  working.value = what;
  try {
    await download(path, name);
    say(`${name} was saved.`);
  } catch (error) {
    say(
      `${name} could not be had: ${error instanceof Refused ? `the observer answered ${error.status}` : "nobody answers"}.`,
    );
  }
  working.value = "";
}
