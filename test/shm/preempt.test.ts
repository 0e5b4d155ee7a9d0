/**
 * Every interleaving of two operations of which one is put off at an atomic step, and the other runs meanwhile from beginning to end: for each step in turn, on one thread.
 *
 * These are the races that two cores meet once in a million times. The structures are those of build/esm, loaded with the replaced atomic.js (delays/), which calls us before and after each operation.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import "./delays/register.ts";
import { interposed } from "./delays/delay.ts";

const { capacity, load } = await import("#src/shm/atomic.ts");
const inbox = await import("#src/shm/inbox.ts");
const { Injector } = await import("#src/shm/injector.ts");
const { MACHINE, machineAt } = await import("#src/shm/layout.ts");
const { self } = await import("#src/shm/lock.ts");
const note = await import("#src/shm/note.ts");
const { home, memoryOf, wordOf } = await import("#src/shm/region.ts");
const { RunQueue } = await import("#src/shm/runq.ts");
const { alloc } = await import("#src/shm/slab.ts");

interface Race {
  /** The one that is put off. */
  first: () => void;
  /** Runs wholly at one of its steps. */
  second: () => void;
  /** What must be true afterwards. */
  check: () => void;
}

/** Runs the race for each step of `first`; `prepare` makes everything anew. */
function everyStep(prepare: () => Race): void {
  for (let at = 0; ; at++) {
    const { first, second, check } = prepare();
    let step = 0;
    let met = false;
    interposed.now = () => {
      if (step++ !== at) return;
      met = true;
      interposed.now = () => {};
      second();
    };
    first();
    interposed.now = () => {};
    check();
    if (!met) {
      assert.ok(at >= 2, "nothing is interposed: the operations are not the replaced ones");
      return;
    }
  }
}
interposed.now = () => {};

const { words } = home();

it("a machine that lies down while an old ring comes in can be woken, or does not fall asleep", () => {
  const area = machineAt(7);
  const canBeWoken = (seen: number): void =>
    assert.ok(load(words, area + MACHINE.asleep) === 1 || load(words, area + MACHINE.bell) !== seen);
  everyStep(() => {
    let seen = 0;
    note.getUp(7);
    return {
      first: () => {
        seen = note.lieDown(7);
      },
      second: () => note.ring(7),
      check: () => canBeWoken(seen),
    };
  });
  everyStep(() => {
    let seen = note.lieDown(7);
    return {
      first: () => note.ring(7),
      second: () => {
        note.getUp(7);
        seen = note.lieDown(7);
      },
      check: () => canBeWoken(seen),
    };
  });
});

it("one of two that ring at once rings", () => {
  everyStep(() => {
    note.lieDown(7);
    const before = load(words, machineAt(7) + MACHINE.bell);
    let rung = 0;
    const ring = (): void => {
      if (note.ring(7)) rung++;
    };
    return {
      first: ring,
      second: ring,
      check: () => {
        assert.equal(rung, 1);
        assert.equal(load(words, machineAt(7) + MACHINE.bell), before + 1);
      },
    };
  });
});

/** A mailbox that is posted to and read; `check` has read all. */
function mail(before: number): {
  post: () => void;
  read: () => void;
  sum: () => void;
  check: () => void;
} {
  const seen: number[] = [];
  let posted = 0;
  const word = (machine: number, at: number): number => load(words, machineAt(machine) + at);
  inbox.onMail[1] = (ref) => seen.push(memoryOf(ref).words[wordOf(ref) + 2] as number);
  /** What is not read is counted as sent. */
  const sum = (): void => {
    const received = word(0, MACHINE.received);
    assert.ok(word(0, MACHINE.sent) + word(8, MACHINE.sent) >= received, "received before it was sent");
  };
  const as = (machine: number, what: () => void): void => {
    const { machine: was } = self;
    self.machine = machine;
    what();
    self.machine = was;
  };
  const post = (): void => {
    const ref = alloc(64);
    memoryOf(ref).words[wordOf(ref) + inbox.KIND] = 1;
    memoryOf(ref).words[wordOf(ref) + 2] = posted++;
    inbox.post(0, ref);
  };
  const read = (): void => {
    as(0, inbox.readAll);
    sum();
  };
  for (let i = 0; i < before; i++) post();
  return {
    post: () => as(8, post),
    read,
    sum,
    check: () => {
      read();
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        Array.from({ length: posted }, (_, i) => i),
      );
      assert.equal(word(0, MACHINE.sent) + word(8, MACHINE.sent), word(0, MACHINE.received));
    },
  };
}

it("mail that is posted while other mail is posted or read arrives once, and is never counted too early", () => {
  for (const before of [0, 1, 3]) {
    everyStep(() => {
      const { post, read, check } = mail(before);
      return { first: post, second: read, check };
    });
    everyStep(() => {
      const { post, read, check } = mail(before);
      // The second is of another machine: the counts are each machine's own.
      return { first: read, second: post, check };
    });
    everyStep(() => {
      const box = mail(before);
      const second = (): void => {
        self.machine = 0;
        inbox.post(0, extra(box));
        self.machine = 8;
      };
      return { first: box.post, second, check: box.check };
    });
  }
});

/** One more message, made beforehand. */
function extra(box: { sum: () => void }): number {
  box.sum();
  const ref = alloc(64);
  memoryOf(ref).words[wordOf(ref) + inbox.KIND] = 2;
  inbox.onMail[2] = () => {};
  return ref;
}

const FULL = capacity.runQueue;

it("a task of the run queue goes to one of those who want it", () => {
  const into = new Int32Array(FULL);
  for (const begin of [0, 0x7fffffff - 2, -3]) {
    for (const there of [0, 1, 2, 3, 7, FULL - 1, FULL]) {
      type Act = "put" | "take" | "grab" | "refill";
      const races: [Act, Act][] = [
        ["put", "grab"],
        ["grab", "put"],
        ["grab", "grab"],
        ["grab", "take"],
        ["take", "grab"],
        ["grab", "refill"],
      ];
      for (const [one, other] of races) {
        // A position is taken of what was put.
        if (there === 0 && (one === "take" || other === "take")) continue;
        everyStep(() => {
          words[machineAt(7) + MACHINE.runqHead] = begin;
          words[machineAt(7) + MACHINE.runqTail] = begin;
          words.fill(0, machineAt(7) + MACHINE.runqSlots, machineAt(7) + MACHINE.runqSlots + FULL);
          const queue = new RunQueue(words, machineAt(7));
          const got: number[] = [];
          let put = 0;
          const acts: Record<Act, () => void> = {
            put: () => {
              if (queue.hasRoom) queue.put(++put);
            },
            take: () => {
              if (queue.take(begin)) got.push(1);
            },
            grab: () => {
              const mine = new Int32Array(FULL);
              got.push(...mine.subarray(0, queue.grab(mine)));
            },
            // The owner and thieves go once round the ring.
            refill: () => {
              for (let i = 0; i < 3; i++) {
                acts.grab();
                while (queue.hasRoom) queue.put(++put);
              }
            },
          };
          for (let i = 0; i < there; i++) acts.put();
          return {
            first: acts[one],
            second: acts[other],
            check: () => {
              assert.ok(queue.size <= FULL);
              for (let count = queue.grab(into); count > 0; count = queue.grab(into)) {
                got.push(...into.subarray(0, count));
              }
              assert.deepEqual(
                got.sort((a, b) => a - b),
                Array.from({ length: put }, (_, i) => i + 1),
                `${one} with ${other} inside, ${there} there`,
              );
            },
          };
        });
      }
    }
  }
});

it("a task of the global queue goes to one of those who want it, and room is not given twice", () => {
  const queue = new Injector(words);
  const MOST = capacity.injector;
  type Act = "put" | "take" | "round";
  const races: [Act, Act][] = ["put", "take", "round"].flatMap((other) =>
    (["put", "take"] as const).map((one): [Act, Act] => [one, other as Act]),
  );
  for (const there of [0, 1, 2, MOST - 2, MOST]) {
    for (const [one, other] of races) {
      everyStep(() => {
        queue.prepare(-MOST);
        const got: number[] = [];
        let put = 0;
        let turnedAway = 0;
        const acts: Record<Act, () => void> = {
          put: () => {
            if (queue.put(put + 1)) put++;
            else turnedAway++;
          },
          take: () => {
            const task = queue.take();
            if (task !== 0) got.push(task);
            else turnedAway++;
          },
          round: () => {
            for (let i = 0; i < MOST; i++) {
              acts.take();
              acts.put();
            }
          },
        };
        for (let i = 0; i < there; i++) acts.put();
        assert.equal(turnedAway, 0);
        // The put that is put off has a number of its own.
        const mine = 1 << 30;
        let minePut = 0;
        const putMine = (): void => {
          if (queue.put(mine)) minePut++;
          else turnedAway++;
        };
        const first = one === "put" ? putMine : acts.take;
        return {
          first,
          second: acts[other],
          check: () => {
            assert.ok(queue.size <= MOST);
            // Nobody is turned away from a queue that was never full or never empty meanwhile.
            if (there === 2 || there === MOST - 2) assert.equal(turnedAway, 0, `${one} with ${other} inside`);
            for (let task = queue.take(); task !== 0; task = queue.take()) got.push(task);
            const others = got.filter((task) => task !== mine);
            assert.equal(got.length - others.length, minePut);
            assert.equal(others.length, put, `${one} with ${other} inside, ${there} there`);
            assert.equal(new Set(others).size, put);
          },
        };
      });
    }
  }
});
