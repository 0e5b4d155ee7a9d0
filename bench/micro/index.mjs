/**
 * All cases, in the order in which they are run and printed.
 */
import { cases as network } from "../net/index.mjs";
import { cases as cancel } from "./cancel.mjs";
import { cases as chain } from "./chain.mjs";
import { cases as explore } from "./explore.mjs";
import { cases as gosched } from "./gosched.mjs";
import { cases as load } from "./import.mjs";
import { cases as limiter } from "./limiter.mjs";
import { cases as mutex } from "./mutex.mjs";
import { cases as parallelChan } from "./parallel-chan.mjs";
import { cases as parallelLife } from "./parallel-life.mjs";
import { cases as parallelMap } from "./parallel-map.mjs";
import { cases as parallelProcs } from "./parallel-procs.mjs";
import { cases as parallelSpawn } from "./parallel-spawn.mjs";
import { cases as parked } from "./parked.mjs";
import { cases as pingPong } from "./ping-pong.mjs";
import { cases as producerConsumer } from "./producer-consumer.mjs";
import { cases as select } from "./select.mjs";
import { cases as semaphore } from "./semaphore.mjs";
import { cases as sieve } from "./sieve.mjs";
import { cases as sleepers } from "./sleepers.mjs";
import { cases as spawn } from "./spawn.mjs";
import { cases as timer } from "./timer.mjs";
import { cases as trace } from "./trace.mjs";

export const cases = [
  ...pingPong,
  ...producerConsumer,
  ...select,
  ...spawn,
  ...gosched,
  ...sieve,
  ...chain,
  ...parked,
  ...timer,
  ...mutex,
  ...sleepers,
  ...cancel,
  ...semaphore,
  ...limiter,
  ...parallelSpawn,
  ...parallelChan,
  ...parallelProcs,
  ...parallelMap,
  ...parallelLife,
  ...network,
  ...load,
  ...explore,
  ...trace,
].map((kase) => {
  const unit = kase.unit ?? "ns";
  return {
    kind: "time",
    body: kase.same ?? kase.name,
    unit,
    metrics: [{ key: "time", label: unit === "ns" ? "per operation" : "time", unit }],
    ...kase,
  };
});
