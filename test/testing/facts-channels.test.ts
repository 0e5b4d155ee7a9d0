import { underSchedules } from "./facts.ts";

underSchedules("channels and select", ["go/chan", "go/lang"]);
