/**
 * What the scheduler works on, and what it works on instead in a world apart: run queue, timers, clock, counts, numbers, choices, network.
 */
import { chance } from "../base/rand.ts";
import { Ring } from "../base/ring.ts";
import { network, type Transport } from "../net/transport.ts";
import { clock } from "../runtime/clock.ts";
import { type Main, mains } from "../runtime/deadlock.ts";
import { numbers, portables } from "../runtime/goroutine.ts";
import type { World } from "../runtime/isolation.ts";
import { host } from "../runtime/netpoll.ts";
import { order } from "../runtime/order.ts";
import { p, type Runnable } from "../runtime/processor.ts";
import { Timers, useTimers } from "../runtime/timers.ts";

/** All that is a world's own while it is entered. */
export interface State {
  runq: Ring<number>;
  outside: Ring<Runnable>;
  looping: boolean;
  owesMicrotasks: boolean;
  budget: number;
  given: number;
  seconds: number;
  slot: number;
  request: () => void;
  timers: Timers;
  read: () => number;
  wall: () => number;
  waiting: number;
  promises: number;
  latent: number;
  onWithdrawn: () => void;
  chooser: typeof order.chooser;
  choose: typeof chance.choose;
  next: number;
  main: number;
  end: number;
  spawn: typeof portables.spawn;
  mains: Main[];
  transport: Transport;
}

/** That of a new world, whose clock and wall clock are as given. `request` is called when somebody is ready and no loop is on the stack. */
export function blank(
  clocks: { read: () => number; wall: () => number },
  request: () => void,
  spawn: State["spawn"],
  transport: Transport,
  world: World,
): State {
  return {
    runq: new Ring<number>(16),
    outside: new Ring<Runnable>(4),
    looping: false,
    owesMicrotasks: false,
    budget: 0,
    given: 0,
    seconds: 0,
    slot: 0,
    request,
    timers: new Timers(world),
    read: clocks.read,
    wall: clocks.wall,
    waiting: 0,
    promises: 0,
    latent: 0,
    onWithdrawn: () => {},
    chooser: null,
    choose: null,
    next: 2,
    main: 1,
    end: Number.POSITIVE_INFINITY,
    spawn,
    mains: [],
    transport,
  };
}

/** Takes what the scheduler works on, and gives it `next` instead. */
export function swap(next: State): State {
  const before: State = {
    runq: p.runq,
    outside: p.outside,
    looping: p.looping,
    owesMicrotasks: p.owesMicrotasks,
    budget: p.budget,
    given: p.given,
    seconds: p.seconds,
    slot: p.slot,
    request: p.request,
    timers: useTimers(next.timers),
    read: clock.read,
    wall: clock.wall,
    waiting: host.waiting,
    promises: host.promises,
    latent: host.latent,
    onWithdrawn: host.onWithdrawn,
    chooser: order.chooser,
    choose: chance.choose,
    next: numbers.next,
    main: numbers.main,
    end: numbers.end,
    spawn: portables.spawn,
    mains: [...mains],
    transport: network.transport,
  };
  p.runq = next.runq;
  p.outside = next.outside;
  p.looping = next.looping;
  p.owesMicrotasks = next.owesMicrotasks;
  p.budget = next.budget;
  p.given = next.given;
  p.seconds = next.seconds;
  p.slot = next.slot;
  p.request = next.request;
  clock.read = next.read;
  clock.wall = next.wall;
  host.waiting = next.waiting;
  host.promises = next.promises;
  host.latent = next.latent;
  host.onWithdrawn = next.onWithdrawn;
  order.chooser = next.chooser;
  chance.choose = next.choose;
  numbers.next = next.next;
  numbers.main = next.main;
  numbers.end = next.end;
  portables.spawn = next.spawn;
  mains.clear();
  for (const main of next.mains) mains.add(main);
  network.transport = next.transport;
  return before;
}
