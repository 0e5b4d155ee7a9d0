/** Mutex. What Go's tests say of it is in test/go/sync. */
import { Mutex } from "gort";
import { exclusiveLock } from "./exclusive-lock.ts";
import { exclusiveSelect } from "./exclusive-select.ts";

exclusiveLock("Mutex", () => new Mutex(), "sync.Mutex.Lock", "sync: unlock of unlocked mutex");
exclusiveSelect("Mutex", () => new Mutex());
