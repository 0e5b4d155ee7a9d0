import { underSchedules } from "./facts.ts";

underSchedules("goroutines", ["go/runtime", "go/x"]);
