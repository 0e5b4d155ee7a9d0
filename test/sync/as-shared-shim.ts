/** `gort` with the shared kinds for Mutex, WaitGroup and Semaphore: see as-shared.ts. */
export * from "gort";
export { SharedMutex as Mutex, SharedSemaphore as Semaphore, SharedWaitGroup as WaitGroup } from "gort";
