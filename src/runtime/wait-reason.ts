/**
 * Why a goroutine waits: one table, read by dumps, deadlock reports and traces.
 *
 * The words are Go's (runtime/runtime2.go, waitReason); promise and goroutine join are gort's own. A goroutine keeps the number: storing one needs no write barrier.
 */
const words = [
  "waiting",
  "chan receive",
  "chan send",
  "select",
  "select (no cases)",
  "sleep",
  "sync.Mutex.Lock",
  "sync.RWMutex.RLock",
  "sync.RWMutex.Lock",
  "sync.Cond.Wait",
  "sync.WaitGroup.Wait",
  "semacquire",
  "IO wait",
  "promise",
  "goroutine join",
  "syscall",
  "settle",
  "step",
] as const;

export type WaitReason = number;

export const WaitReason = {
  chanReceive: 1,
  chanSend: 2,
  select: 3,
  selectNoCases: 4,
  sleep: 5,
  mutexLock: 6,
  rwMutexRLock: 7,
  rwMutexLock: 8,
  condWait: 9,
  waitGroupWait: 10,
  semacquire: 11,
  ioWait: 12,
  promise: 13,
  join: 14,
  syscall: 15,
  settle: 16,
  step: 17,
} as const;

/** How many there are; a goroutine's is below. At most 28 (shm/layout.ts, MACHINE.inWait). */
export const REASONS: number = words.length;

/** The words for a reason. */
export function reasonText(reason: WaitReason): string {
  return words[reason] ?? words[0];
}
