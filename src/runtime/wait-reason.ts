/**
 * Why a goroutine waits: one table, read by dumps, deadlock reports and traces.
 *
 * The words are Go's (runtime/runtime2.go, waitReason); the last three are gort's own: a promise, the end of
 * another goroutine, the end of a context.
 */
export const WaitReason = {
  chanReceive: "chan receive",
  chanSend: "chan send",
  select: "select",
  selectNoCases: "select (no cases)",
  sleep: "sleep",
  mutexLock: "sync.Mutex.Lock",
  rwMutexRLock: "sync.RWMutex.RLock",
  rwMutexLock: "sync.RWMutex.Lock",
  condWait: "sync.Cond.Wait",
  waitGroupWait: "sync.WaitGroup.Wait",
  semacquire: "semacquire",
  ioWait: "IO wait",
  promise: "promise",
  join: "goroutine join",
  contextDone: "context done",
} as const;

export type WaitReason = (typeof WaitReason)[keyof typeof WaitReason];
