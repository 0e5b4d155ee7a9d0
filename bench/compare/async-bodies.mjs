/**
 * The workloads for libraries whose operations are promises: send(ch, v) and recv(ch) are all that differs between them.
 */
import { GROUP } from "../micro/parked.mjs";
import { STRIDE } from "../micro/timer.mjs";

async function ponger({ send, recv }, ping, pong, n) {
  for (let i = 0; i < n; i++) await send(pong, (await recv(ping)) + 1);
}

async function pingPong(lib, n) {
  const { chan, send, recv } = lib;
  const ping = chan();
  const pong = chan();
  ponger(lib, ping, pong, n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    await send(ping, i);
    total = (total + (await recv(pong))) | 0;
  }
  return total;
}

async function produce({ send }, ch, from, to) {
  for (let i = from; i <= to; i++) await send(ch, i);
}

async function producerConsumer(lib, n, { capacity, producers }) {
  const { chan, recv } = lib;
  const ch = chan(capacity);
  const share = n / producers;
  for (let p = 0; p < producers; p++)
    produce(lib, ch, Math.floor(p * share) + 1, Math.floor((p + 1) * share));
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + (await recv(ch))) | 0;
  return total;
}

async function produceInTurn({ send }, channels, n) {
  for (let i = 1; i <= n; i++) await send(channels[i % channels.length], i);
}

async function select(lib, n, width) {
  const channels = Array.from({ length: width }, () => lib.chan());
  produceInTurn(lib, channels, n);
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + (await lib.select(channels))) | 0;
  return total;
}

// An async function runs at once; goroutines are all made before the first one runs, so these step aside once.
async function unit(i) {
  await undefined;
  return i;
}

async function spawn(_lib, n, alive) {
  const promises = new Array(alive);
  let total = 0;
  for (let batch = Math.max(1, Math.round(n / alive)); batch > 0; batch--) {
    for (let i = 0; i < alive; i++) promises[i] = unit(i);
    for (let i = 0; i < alive; i++) total = (total + (await promises[i])) | 0;
  }
  return total;
}

async function count(state, i) {
  await undefined;
  state.total = (state.total + i) | 0;
  if (--state.left === 0) state.done(state.total);
}

const burst = (_lib, n) =>
  new Promise((done) => {
    const state = { total: 0, left: n, done };
    for (let i = 0; i < n; i++) count(state, i);
  });

async function turns(n, state) {
  for (let i = 0; i < n; i++) await undefined;
  state.total += n;
  if (--state.left === 0) state.done(state.total);
}

const gosched = (_lib, n, goroutines) =>
  new Promise((done) => {
    const state = { total: 0, left: goroutines, done };
    for (let g = 0; g < goroutines; g++) turns(n / goroutines, state);
  });

async function numbers({ send }, out, limit) {
  for (let i = 2; i <= limit; i++) await send(out, i);
  out.close();
}

async function filter({ send, recv }, input, out, prime) {
  for (let v = await recv(input); v !== undefined; v = await recv(input)) {
    if (v % prime !== 0) await send(out, v);
  }
  out.close();
}

async function sieve(lib, limit) {
  const { chan, recv } = lib;
  let ch = chan();
  let total = 0;
  numbers(lib, ch, limit);
  for (let prime = await recv(ch); prime !== undefined; prime = await recv(ch)) {
    total += prime;
    const next = chan();
    filter(lib, ch, next, prime);
    ch = next;
  }
  return total;
}

async function link({ send, recv }, left, right) {
  await send(left, (await recv(right)) + 1);
}

async function chain(lib, n) {
  const leftmost = lib.chan();
  let left = leftmost;
  for (let i = 0; i < n; i++) {
    const right = lib.chan();
    link(lib, left, right);
    left = right;
  }
  lib.send(left, 1);
  return await lib.recv(leftmost);
}

async function receive({ recv }, ch, state) {
  const value = await recv(ch); // before the total is read: others add to it meanwhile
  state.total += value;
  if (--state.left === 0) state.done(state.total);
}

async function park(lib, n) {
  const channels = Array.from({ length: Math.ceil(n / GROUP) }, () => lib.chan());
  const state = { total: 0, left: n, done: undefined };
  const done = new Promise((resolve) => (state.done = resolve));
  for (let i = 0; i < n; i++) receive(lib, channels[i % channels.length], state);
  return async () => {
    for (let i = 0; i < n; i++) await lib.send(channels[i % channels.length], 1);
    return await done;
  };
}

async function endlessPonger({ send, recv }, ping, pong) {
  for (let v = await recv(ping); v !== undefined; v = await recv(ping)) await send(pong, v);
}

async function timer(lib, ended) {
  const { chan, send, recv } = lib;
  const ping = chan();
  const pong = chan();
  endlessPonger(lib, ping, pong);
  let rounds = 0;
  while (!ended()) {
    for (let i = 0; i < STRIDE; i++) {
      await send(ping, i);
      await recv(pong);
    }
    rounds += STRIDE;
  }
  ping.close();
  return rounds;
}

export const bodies = {
  "ping-pong": pingPong,
  "producer-consumer": producerConsumer,
  select,
  spawn,
  burst,
  gosched,
  sieve,
  chain,
  park,
  timer,
};
