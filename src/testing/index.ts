/**
 * The door `gort/testing`: time, order and network under control.
 */

export { bubble } from "./bubble.ts";
export {
  BubbleError,
  ExploreError,
  GoroutineLeakError,
  LivelockError,
  NondeterminismError,
  ScheduleError,
} from "./errors.ts";
export { type Explored, type ExploreOptions, explore, replay } from "./explore.ts";
export { type MemoryOptions, MemoryTransport } from "./memory-transport.ts";
export { settle } from "./settle.ts";
