import { underSchedules } from "./facts.ts";

underSchedules("what every kind of channel promises", ["contract"]);
