/**
 * The portable goroutines of the parallel-* cases, in a file that other cores can import.
 */
import { portable } from "gort";
import { clocked, message } from "./parallel-loads.mjs";

export const unit = portable(function* unit(i) {
  return i;
});

export const task = portable(function* task(units) {
  return clocked(units);
});

/** Says that it has begun, for whoever holds a core until then (parallel-loads.mjs). */
const begin = (word) => Atomics.store(word, 0, 1);

export const finish = portable(function* finish(word, value) {
  begin(word);
  return value;
});

export const produceNumbers = portable(function* produceNumbers(word, out, n) {
  begin(word);
  for (let i = 1; i <= n; i++) yield* out.send(i);
});

export const produceObjects = portable(function* produceObjects(word, out, n) {
  begin(word);
  for (let i = 1; i <= n; i++) yield* out.send(message(i));
});

export const answer = portable(function* answer(word, ping, pong, n) {
  begin(word);
  for (let i = 0; i < n; i++) yield* pong.send((yield* ping.recv()) + 1);
});

export const increment = portable(function* increment(word, mu, counter, n) {
  begin(word);
  for (let i = 0; i < n; i++) {
    yield* mu.lock();
    counter[0]++; // not atomic: if two were in here at a time, one of them would be lost
    mu.unlock();
  }
});
