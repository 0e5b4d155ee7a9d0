import { underSchedules } from "./facts.ts";

underSchedules("locks and groups", ["go/sync", "sync"]);
