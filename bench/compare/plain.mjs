/**
 * Plain async/await over the hand-written channel and lock beside this file: no library at all.
 */
import { bodies as all } from "./async-bodies.mjs";
import { chan, select } from "./plain-chan.mjs";
import { bodies as hash } from "./plain-hash.mjs";
import { bodies as sync } from "./plain-sync.mjs";

export const name = "plain";
export const title = "plain async/await";
export const library = async () => ({
  chan,
  select,
  send: (ch, v) => ch.send(v),
  recv: (ch) => ch.recv(),
});
export const bodies = { ...all, ...sync, ...hash };
