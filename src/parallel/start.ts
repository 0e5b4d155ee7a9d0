/**
 * Puts the layer in place: it is asked for every `go` once there is a portable function, and makes a thread that gort has started a machine.
 *
 * Nothing is started here: the other cores begin with the first portable goroutine.
 */
import { registrySeams } from "../portable/registry.ts";
import { portables } from "../runtime/goroutine.ts";
import { p } from "../runtime/processor.ts";
import { become } from "./entry.ts";
import "./pinned.ts";
import "./handles.ts";
import { spawnPortable } from "./spawn.ts";

registrySeams.inGoroutine = () => p.slot !== 0;
registrySeams.registered = () => {
  portables.spawn = spawnPortable;
};
become();
