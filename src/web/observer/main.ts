/**
 * What the observer's thread runs: it is started as a worker with {@link ObserverNote}. Imported anywhere else, this file does nothing.
 */
import { parentPort, workerData } from "node:worker_threads";
import { pageFiles } from "./files.ts";
import { Observer, type ObserverOptions } from "./observer.ts";
import { ObserverServer } from "./server.ts";

/** What the thread is told when it is started. */
export interface ObserverNote extends ObserverOptions {
  readonly isObserver: true;
  readonly token: string;
  readonly host: string;
  readonly port: number;
  /** The folder of the page's files. */
  readonly page: string;
}

/** What it tells: the port that it listens on, or why it does not. */
export type ObserverTells = { readonly port: number } | { readonly failed: string; readonly code: string };

async function runObserver(note: ObserverNote): Promise<void> {
  const observer = new Observer(note);
  const server = new ObserverServer(observer, pageFiles(note.page));
  const tell = (told: ObserverTells): void => parentPort?.postMessage(told);
  // Any message says that it is to end.
  parentPort?.once("message", () => {
    server.close();
    observer.close();
    parentPort?.close();
  });
  try {
    tell({ port: await server.listen(note.host, note.port, note.token) });
  } catch (error) {
    const { message, code = "" } = error as NodeJS.ErrnoException;
    observer.close();
    tell({ failed: message, code });
    parentPort?.close();
  }
}

if ((workerData as ObserverNote | null)?.isObserver === true) void runObserver(workerData as ObserverNote);
