/** Works on shared channels until it is killed (test/chan/shared-kill.test.ts). */
import { type Goroutine, go, run, type SharedChan, select } from "gort";
import { borrow, takePart } from "../../chan/shared-core.ts";
import { gate, join } from "../crew.ts";

const { data } = join<{ out: number; back: number; either: number }>();
const out = borrow<number>(data.out);
const back = borrow<number>(data.back);
const either = borrow<number>(data.either);
takePart();
gate();
void run(function* () {
  go(produce, out);
  go(consume, back);
  go(choose, either);
});

/** 0, 1, 2, … */
function* produce(ch: SharedChan<number>): Goroutine {
  for (let i = 0; ; i++) yield* ch.send(i);
}

function* consume(ch: SharedChan<number>): Goroutine {
  for (;;) yield* ch.recv();
}

/** Waits on two channels at once, on both sides. */
function* choose(ch: SharedChan<number>): Goroutine {
  for (let i = 0; ; ) {
    const s = yield* select({ sent: ch.send(i), back: back.recv() });
    if (s.case === "sent") i++;
  }
}
