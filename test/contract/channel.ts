/**
 * What every channel must do, whatever it is made of: one suite that each flavour of channel runs.
 *
 * Split by subject: hand-off and order, closing, waiting protocols, misuse. Go: the language specification's channel
 * types, send statements and receive operator; runtime/chan.go.
 */
import type { Chan } from "gort";
import { closingContract } from "./channel-closing.ts";
import { handOffContract } from "./channel-hand-off.ts";
import { misuseContract } from "./channel-misuse.ts";
import { waitingContract } from "./channel-waiting.ts";

/** Makes a channel of the flavour under test; `capacity` is passed on as it is, wrong ones too. */
export type MakeChan = <T>(capacity?: number) => Chan<T>;

/** Registers the whole contract for one flavour of channel. */
export function channelContract(name: string, makeChan: MakeChan): void {
  handOffContract(name, makeChan);
  closingContract(name, makeChan);
  waitingContract(name, makeChan);
  misuseContract(name, makeChan);
}
