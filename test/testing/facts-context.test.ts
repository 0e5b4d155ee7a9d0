import { underSchedules } from "./facts.ts";

underSchedules("contexts", ["go/context", "context"]);
