/**
 * A process that imports nothing of anybody's, and ends.
 */
import { writeSync } from "node:fs";

writeSync(1, "{}\n");
