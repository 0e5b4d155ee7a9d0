/** Defects that are planted to see that they are found: by name, what is written in their place in the compiled sources of src/, or of a model's program. */
import type { Patch } from "./bundle.ts";

const channel = (from: string, to: string): readonly Patch[] => [{ file: "shm/shared-queue", from, to }];
const mutex = (from: string, to: string): readonly Patch[] => [{ file: "shm/shared-lock", from, to }];

export const mutations: Readonly<Record<string, readonly Patch[]>> = {
  // Sleeping and waking.
  "a sleeper that does not look again": [
    {
      file: "programs/note",
      from: "if (!hasMail(self.machine))\n                futexWait",
      to: "futexWait",
    },
  ],
  "a sleeper that looks before it says that it sleeps": [
    {
      file: "programs/note",
      from: "const seen = lieDown(self.machine);\n            if (!hasMail(self.machine))",
      to: "const has = hasMail(self.machine); const seen = lieDown(self.machine); if (!has)",
    },
  ],
  "a waker that rings before it posts": [
    {
      file: "programs/note",
      from: "post(0, ref);\n                if (ring(0))\n                    rung++;",
      to: "if (ring(0)) rung++; post(0, ref);",
    },
  ],
  "a bell that changes after the wake": [
    {
      file: "shm/note",
      from: "if (exchange(words, area + MACHINE.asleep, 0) === 0)\n        return false;\n    add(words, area + MACHINE.bell, 1);\n    futexWake(words, area + MACHINE.bell);",
      to: "if (exchange(words, area + MACHINE.asleep, 0) === 0) return false; futexWake(words, area + MACHINE.bell); add(words, area + MACHINE.bell, 1);",
    },
  ],
  "a waker that only looks whether somebody sleeps": [
    {
      file: "shm/note",
      from: "if (exchange(words, area + MACHINE.asleep, 0) === 0)\n        return false;",
      to: "",
    },
  ],
  "a machine that is idle only when it has looked": [
    { file: "programs/idle", from: "include(words, HOME.idle, self.machine);", to: "" },
    {
      file: "programs/idle",
      from: "if (queue.size === 0)\n                futexWait(",
      to: "if (queue.size === 0 && include(words, HOME.idle, self.machine))\n                futexWait(",
    },
  ],
  "a machine that is idle before it says that it sleeps": [
    {
      file: "programs/idle",
      from: "const seen = lieDown(self.machine);\n            include(words, HOME.idle, self.machine);",
      to: "include(words, HOME.idle, self.machine); const seen = lieDown(self.machine);",
    },
  ],
  "a machine that takes work and wakes nobody for the rest": [
    { file: "programs/idle", from: "if (queue.size > 0)\n                    wakeOne();", to: "" },
  ],
  // Mail.
  "a post without a swap": [
    {
      file: "shm/inbox",
      from: "if (swap(words, inbox, before, message) === before)\n            return;",
      to: "store(words, inbox, message); return;",
    },
  ],
  "mail that is taken by two operations": [
    {
      file: "shm/inbox",
      from: "let newest = exchange(words, inbox, 0);",
      to: "let newest = load(words, inbox); store(words, inbox, 0);",
    },
  ],
  "a link that is written after the post": [
    {
      file: "shm/inbox",
      from: "block[link] = before;\n        if (swap(words, inbox, before, message) === before)\n            return;",
      to: "if (swap(words, inbox, before, message) === before) { block[link] = before; return; }",
    },
  ],
  // The run queue.
  "a steal that is off by one": [
    {
      file: "shm/runq",
      from: "swap(words, this.head, head, (head + count) | 0)",
      to: "swap(words, this.head, head, (head + count - 1) | 0)",
    },
  ],
  "a tail that is stored before its slot": [
    {
      file: "shm/runq",
      from: "words[this.slots + (tail & MASK)] = task;\n        store(words, this.tail, (tail + 1) | 0);",
      to: "store(words, this.tail, (tail + 1) | 0); words[this.slots + (tail & MASK)] = task;",
    },
  ],
  "an owner that takes without a swap": [
    {
      file: "shm/runq",
      from: "return swap(this.words, this.head, position, (position + 1) | 0) === position;",
      to: "if (load(this.words, this.head) !== position) return false; store(this.words, this.head, (position + 1) | 0); return true;",
    },
  ],
  "room for one too many": [{ file: "shm/runq", from: "| 0) < CAPACITY", to: "| 0) < CAPACITY + 1" }],
  // The global queue.
  "a tail that nobody else moves": [
    {
      file: "shm/injector",
      from: "if (number === pos)\n                swap(words, TAIL, pos, (pos + 1) | 0);",
      to: "",
    },
  ],
  "a task that is stored, not swapped": [
    {
      file: "shm/injector",
      from: "if (swap64(slots, pos & MASK, there, entry(pos, task)) !== there)\n                    continue;",
      to: "store64(slots, pos & MASK, entry(pos, task));",
    },
  ],
  "a head that is stored, not swapped": [
    {
      file: "shm/injector",
      from: "else if (swap(words, HEAD, pos, (pos + 1) | 0) === pos) {",
      to: "else { store(words, HEAD, (pos + 1) | 0);",
    },
  ],
  // The lock.
  "a lock that is taken by two operations": [
    {
      file: "shm/lock",
      from: "if (swap(words, at, 0, mine) !== 0)\n        lockSlow(words, at, mine);",
      to: "if (load(words, at) !== 0) lockSlow(words, at, mine); else store(words, at, mine);",
    },
  ],
  "an unlock that forgets": [
    {
      file: "shm/lock",
      from: "swap(words, at, self.machine + 1, 0);",
      to: "swap(words, at, self.machine, 0);",
    },
  ],
  // Claims.
  "a claim that is decided twice": [
    {
      file: "shm/claim",
      from: "const before = swap(words, at, OPEN, self.machine + 1);\n        if (before === OPEN)\n            return true;",
      to: "const before = load(words, at); if (before === OPEN) { store(words, at, self.machine + 1); return true; }",
    },
  ],
  "two that meet and both keep their own": [
    { file: "shm/claim", from: "if (own > other) {", to: "if (false) {" },
  ],
  "a select that keeps its claim when the other one is over": [
    {
      file: "shm/claim",
      from: "if (before < OPEN) {\n                reopenClaim(own);",
      to: "if (before < OPEN) {",
    },
  ],
  "a select that does not hold its own claim": channel(
    "nextInLine(words, at, CHANNEL.sendq, own)",
    "nextInLine(words, at, CHANNEL.sendq, 0)",
  ),
  // The channel.
  "a message that is published before it is there": [
    {
      file: "shm/shared-ring",
      from: "const count = from[i];\n            const to = at + 1;",
      to: "store(ring, at, (pos + 1) | 0); const count = from[i]; const to = at + 1;",
    },
  ],
  "a place that is free before its message is out": [
    {
      file: "shm/shared-ring",
      from: "const from = at + 1;\n            const count = ring[from];",
      to: "store(ring, at, this.freed(pos)); const from = at + 1; const count = ring[from];",
    },
  ],
  "a receiver that does not look again": channel(
    "CHANNEL.recvq, record);\n            if (this.capacity > 0)\n                this.settleLocked();",
    "CHANNEL.recvq, record);",
  ),
  "a sender that does not look again": channel(
    "CHANNEL.sendq, record);\n            if (this.capacity > 0)\n                this.settleLocked();",
    "CHANNEL.sendq, record);",
  ),
  "a sender that looks for receivers before it publishes": channel(
    "const outcome = this.put(from, i);\n            if (outcome === Outcome.done && load(words, this.receivers) !== 0)",
    "const waiting = load(words, this.receivers); const outcome = this.put(from, i); if (outcome === Outcome.done && waiting !== 0)",
  ),
  "a receiver that wakes no sender": channel(
    "if (outcome === Outcome.done && load(words, this.senders) !== 0)\n                this.settle();",
    "",
  ),
  "a close that tells nobody": channel(
    "return false;\n        this.settle();\n        return true;",
    "return false; return true;",
  ),
  "an end before the last message": channel("if (this.isDrained)\n            this.endAll", "this.endAll"),
  // What is held and counted.
  "an unlock that does not see who waits": mutex(
    "if ((before & WAITED) !== 0)\n                return this.handOver(0);",
    "",
  ),
  "a lock that forgets the others when it is passed on": mutex("? held : held | WAITED", "? held : held"),
  "a waiter that does not say that it waits": mutex(
    "swap(words, state, before, before | WAITED) === before",
    "true",
  ),
  "a mutex that is taken by two operations": mutex(
    "const found = swap(words, state, before, held);",
    "const found = load(words, state); if (found === before) store(words, state, held);",
  ),
  "permits that come back unseen": [
    {
      file: "shm/shared-permits",
      from: "this.settleLocked();\n        }\n        unlock(words, at);\n        return isHeld;",
      to: "}\n        unlock(words, at);\n        return isHeld;",
    },
  ],
  "a count of zero that nobody hears of": [
    { file: "shm/shared-count", from: "if (counter === 0)\n                this.settleLocked();", to: "" },
  ],
  // Blocks, names, references.
  "a batch that is taken without the lock": [
    { file: "shm/slab", from: "lock(words, head);\n    try {", to: "try {" },
  ],
  "a page that is taken by two operations": [
    {
      file: "shm/slab",
      from: "const page = add(memory.words, pageTable(memory) + PAGES_A_BUFFER, pages);",
      to: "const pageAt = pageTable(memory) + PAGES_A_BUFFER; const page = load(memory.words, pageAt); store(memory.words, pageAt, page + pages);",
    },
  ],
  "a name that is added unlocked": [
    { file: "shm/names", from: "lock(words, HOME.internLock);\n    try {", to: "try {" },
  ],
  "a name that can be found before it is there": [
    {
      file: "shm/names",
      from: "block[at] = number;\n    block[at + 1] = words[HOME.internHead];\n    store(words, HOME.internHead, ref);",
      to: "const last = words[HOME.internHead]; store(words, HOME.internHead, ref); block[at] = number; block[at + 1] = last;",
    },
  ],
  "a reference that is counted by two operations": [
    {
      file: "shm/shared-object",
      from: "if (add(words, at + OBJECT.references, -1) !== 1)",
      to: "const had = load(words, at + OBJECT.references); store(words, at + OBJECT.references, had - 1); if (had !== 1)",
    },
  ],
  // Death.
  "a dead thread's lock that nobody takes over": [
    {
      file: "shm/lock",
      from: "awaitOwner(words, at, owner, tries) && swap(words, at, owner, mine) === owner",
      to: "awaitOwner(words, at, owner, tries) && load(words, at) === 0",
    },
  ],
  "a place that stays reserved for a dead thread": channel("queue.mend(halfDone, lost.message);", ""),
  "a count that stays wrong": channel(
    "const queue = new SharedQueue(ref);\n    queue.recount();",
    "const queue = new SharedQueue(ref);",
  ),
  "a message that can be seen before its sender's wait is over": [
    {
      file: "shm/shared-ring",
      from: "if (verdict.claim !== null)\n                store(verdict.claim, verdict.at, verdict.value);",
      to: "",
    },
  ],
  "a wait that a dead thread had decided and not told": [
    { file: "shm/wait", from: "leaveLine(record);\n            woken(ref);", to: "leaveLine(record);" },
  ],
};
