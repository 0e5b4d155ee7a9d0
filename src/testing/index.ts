/**
 * The door `gort/testing`: time, order and network under control.
 */

export { BubbleError } from "../base/errors.ts";
export { bubble } from "./bubble.ts";
export {
  ExploreError,
  GoroutineLeakError,
  LivelockError,
  NondeterminismError,
  ScheduleError,
  SequenceError,
} from "./errors.ts";
export { type Explored, explore, replay } from "./explore.ts";
export type { ExploreOptions } from "./explore-options.ts";
export { leakCheck } from "./leak-check.ts";
export { type MemoryOptions, MemoryTransport } from "./memory-transport.ts";
export { assertDoesNotPark, assertParks } from "./parking.ts";
export { type Sequencer, sequencer } from "./sequencer.ts";
export { settle } from "./settle.ts";
