/**
 * js-csp: generators and a dispatcher of its own, after Clojure's core.async.
 */
import { GROUP } from "../micro/parked.mjs";
import { span } from "../micro/sleepers.mjs";
import { STRIDE } from "../micro/timer.mjs";

export const name = "js-csp";
export const title = "js-csp";
export const specifier = "js-csp";
export const library = async () => (await import("js-csp")).default;

const main = (csp, fn) => new Promise((resolve) => csp.go(fn, [resolve]));

function* ponger(csp, ping, pong, n) {
  for (let i = 0; i < n; i++) yield csp.put(pong, (yield csp.take(ping)) + 1);
}

const pingPong = (csp, n) =>
  main(csp, function* (resolve) {
    const ping = csp.chan();
    const pong = csp.chan();
    csp.go(ponger, [csp, ping, pong, n]);
    let total = 0;
    for (let i = 0; i < n; i++) {
      yield csp.put(ping, i);
      total = (total + (yield csp.take(pong))) | 0;
    }
    resolve(total);
  });

function* produce(csp, ch, from, to) {
  for (let i = from; i <= to; i++) yield csp.put(ch, i);
}

const producerConsumer = (csp, n, { capacity, producers }) =>
  main(csp, function* (resolve) {
    const ch = capacity === 0 ? csp.chan() : csp.chan(capacity);
    const share = n / producers;
    for (let p = 0; p < producers; p++) {
      csp.go(produce, [csp, ch, Math.floor(p * share) + 1, Math.floor((p + 1) * share)]);
    }
    let total = 0;
    for (let i = 0; i < n; i++) total = (total + (yield csp.take(ch))) | 0;
    resolve(total);
  });

function* produceInTurn(csp, channels, n) {
  for (let i = 1; i <= n; i++) yield csp.put(channels[i % channels.length], i);
}

const select = (csp, n, width) =>
  main(csp, function* (resolve) {
    const channels = Array.from({ length: width }, () => csp.chan());
    csp.go(produceInTurn, [csp, channels, n]);
    let total = 0;
    for (let i = 0; i < n; i++) total = (total + (yield csp.alts(channels)).value) | 0;
    resolve(total);
  });

function* unit(i) {
  return i;
}

const spawn = (csp, n, alive) =>
  main(csp, function* (resolve) {
    const results = new Array(alive);
    let total = 0;
    for (let batch = Math.max(1, Math.round(n / alive)); batch > 0; batch--) {
      for (let i = 0; i < alive; i++) results[i] = csp.go(unit, [i]);
      for (let i = 0; i < alive; i++) total = (total + (yield csp.take(results[i]))) | 0;
    }
    resolve(total);
  });

function* receive(csp, ch, state) {
  const value = yield csp.take(ch); // before the total is read: others add to it meanwhile
  state.total += value;
  if (--state.left === 0) state.done(state.total);
}

const park = async (csp, n) => {
  const channels = Array.from({ length: Math.ceil(n / GROUP) }, () => csp.chan());
  const state = { total: 0, left: n, done: undefined };
  const done = new Promise((resolve) => (state.done = resolve));
  for (let i = 0; i < n; i++) csp.go(receive, [csp, channels[i % channels.length], state]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return async () => {
    for (let i = 0; i < n; i++) csp.putAsync(channels[i % channels.length], 1);
    return await done;
  };
};

function* endlessPonger(csp, ping, pong) {
  for (let v = yield csp.take(ping); v !== csp.CLOSED; v = yield csp.take(ping)) yield csp.put(pong, v);
}

const timer = (csp, ended) =>
  main(csp, function* (resolve) {
    const ping = csp.chan();
    const pong = csp.chan();
    csp.go(endlessPonger, [csp, ping, pong]);
    let rounds = 0;
    while (!ended()) {
      for (let i = 0; i < STRIDE; i++) {
        yield csp.put(ping, i);
        yield csp.take(pong);
      }
      rounds += STRIDE;
    }
    ping.close();
    resolve(rounds);
  });

function* sleeper(csp, state, i) {
  yield csp.take(csp.timeout(span(i)));
  state.total = (state.total + i) | 0;
  if (--state.left === 0) state.done(state.total);
}

const sleepers = (csp, n) =>
  new Promise((done) => {
    const state = { total: 0, left: n, done };
    for (let i = 0; i < n; i++) csp.go(sleeper, [csp, state, i]);
  });

export const bodies = {
  "ping-pong": pingPong,
  "producer-consumer": producerConsumer,
  select,
  spawn,
  park,
  timer,
  sleepers,
};

export const leftOut = { "sleepers-1e6": "a single run takes it most of a minute" };
