/**
 * Puts the layer in place: a thread that begins while the process is traced takes part at once.
 *
 * Nothing is started here, and while nothing is traced nothing is paid but a check for each run of a goroutine (runtime/processor.ts, Tracer).
 */
import "./agent.ts";
import "./file.ts";
import "./session.ts";
import { cores } from "../runtime/remote.ts";
import { tracedNow } from "./switch.ts";

if (tracedNow() !== 0) cores.switched();
