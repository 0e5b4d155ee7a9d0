/**
 * Rare events on Node's diagnostics channels, for whoever watches programs from inside: loggers, monitors, test tools.
 *
 *   gort:deadlock     { kind, message, dump }      "all": all goroutines are asleep: before `run` rejects or the process ends
 *                                                  "cycle": some wait for each other while the rest runs, with GORT_DEBUG=stuck
 *   gort:panic        { error, goroutine, name }   an error that nobody waited for: before the process ends, or uncaughtException gets it
 *   gort:long-slice   { ms, processor }            goroutines have held their processor for 10 ms or more; told when the loop comes to it
 *
 * Never an event per operation. The module is looked up when there is something to tell, and nothing is made unless somebody subscribes. Subscribers are those of the thread where it happened, as is Node's way.
 */
import type { Channel } from "node:diagnostics_channel";

export const DEADLOCK = "gort:deadlock";
export const PANIC = "gort:panic";
export const LONG_SLICE = "gort:long-slice";

const channels = new Map<string, Channel>();

function channelOf(name: string): Channel {
  let channel = channels.get(name);
  if (channel === undefined) {
    channel = process.getBuiltinModule("node:diagnostics_channel").channel(name);
    channels.set(name, channel);
  }
  return channel;
}

/** Whether somebody subscribes to `name`. */
export function someoneListens(name: string): boolean {
  return channelOf(name).hasSubscribers;
}

/** Publishes what `message` gives, if somebody subscribes to `name`. */
export function publishEvent(name: string, message: () => object): void {
  if (someoneListens(name)) channelOf(name).publish(message());
}
