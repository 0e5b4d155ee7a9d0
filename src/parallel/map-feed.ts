/**
 * The goroutine of a parallel map: it reads the inputs, puts them into batches, starts these, and starts again what they give back.
 *
 * It is the only place where the program's iterator is asked, and it waits for one thing only: to be woken, because there is room, because an input has arrived, because a batch has ended or because the map is to stop.
 */
import { select } from "../chan/select.ts";
import type { RecvChan } from "../chan/types.ts";
import { wait } from "../runtime/kernel.ts";
import type { Goroutine } from "../runtime/operation.ts";
import { sleep } from "../time/sleep.ts";
import type { Parcel } from "./map-parcel.ts";
import { END, NOT_YET, type Source } from "./map-source.ts";

/** So long a batch that is not full waits for more inputs while others are under way. */
const LINGER_MS = 1;
/** A batch with that many words is full. */
const FULL_WORDS: number = (64 * 1024) >>> 2;

/** What the feeder sees of the map. */
export interface Fed {
  readonly source: Source;
  readonly wake: RecvChan<void>;
  readonly stopping: boolean;
  /** Inputs that a batch takes at present. */
  readonly size: number;
  /** Another batch may be started. */
  readonly hasSlot: boolean;
  /** Another input may be read. */
  readonly hasRoom: boolean;
  readonly isIdle: boolean;
  /** Batches have given inputs back. */
  readonly hasReturned: boolean;
  parcel(): Parcel;
  put(parcel: Parcel, input: unknown): void;
  start(parcel: Parcel): void;
  startReturned(): void;
  fail(error: unknown): void;
  closeFailed(error: unknown): void;
  fed(): void;
}

export function* parallelMapFeed(map: Fed): Goroutine {
  try {
    yield* feed(map);
  } catch (error) {
    map.fail(error);
  }
  if (map.stopping) {
    try {
      const closing = map.source.close();
      if (closing !== undefined) yield* wait(closing);
    } catch (error) {
      map.closeFailed(error);
    }
  }
  map.fed();
}

function* feed(map: Fed): Goroutine {
  let isEnd = false;
  for (;;) {
    if (map.stopping) return;
    if (map.hasReturned && map.hasSlot) map.startReturned();
    else if (!isEnd && map.hasSlot && map.hasRoom) isEnd = yield* fill(map);
    else if (isEnd && map.isIdle) return;
    else yield* map.wake.recv();
  }
}

/** Reads a batch and starts it; true at the end of the inputs. */
function* fill(map: Fed): Goroutine<boolean> {
  const parcel = map.parcel();
  let isEnd = false;
  try {
    while (parcel.count < map.size && parcel.length < FULL_WORDS && map.hasRoom) {
      const input = map.source.pull();
      if (map.stopping) break;
      if (input === NOT_YET) {
        if (parcel.count > 0 && (map.isIdle || !(yield* arrives(map)))) break;
        if (parcel.count === 0) yield* map.wake.recv();
        // Woken by whatever it was: a batch may have given something back, and that comes first.
        if (map.stopping || (map.hasReturned && parcel.count === 0)) break;
      } else if (input === END) {
        isEnd = true;
        break;
      } else map.put(parcel, input);
    }
    if (parcel.count === 0 || map.stopping) giveUp(parcel);
    else map.start(parcel);
  } catch (error) {
    giveUp(parcel);
    throw error;
  }
  return isEnd;
}

function giveUp(parcel: Parcel): void {
  parcel.discard(0, parcel.count);
  parcel.drop();
}

/** Whether something happens before the batch has waited long enough. */
function* arrives(map: Fed): Goroutine<boolean> {
  const woken = yield* select({ woken: map.wake.recv(), late: sleep(LINGER_MS) });
  return woken.case === "woken";
}
