/**
 * Operations that never wait: `trySend`, `tryRecv`, `trySelect`.
 *
 * They take what is ready at once, or nothing: Go's select with a default case. `tryRecv` has three answers: a value, the end, or nothing ready.
 *
 * A loop around one of these is a mistake: it keeps the core busy and lets nobody run who could change the answer. Wait instead.
 */
import { chan, type Goroutine, trySelect } from "gort";

export function* main(): Goroutine {
  const mailbox = chan<string>(1);
  console.log("tryRecv:", mailbox.tryRecv());
  console.log("trySend:", mailbox.trySend("a letter"));
  console.log("trySend:", mailbox.trySend("another"), "(no room)");
  console.log("tryRecv:", mailbox.tryRecv());

  const quit = chan<never>();
  const nothing = trySelect({ letter: mailbox.recv(), quit: quit.recv() });
  console.log("trySelect:", nothing);

  yield* mailbox.send("a third");
  const some = trySelect({ letter: mailbox.recv(), quit: quit.recv() });
  console.log("trySelect:", some);

  mailbox.close();
  console.log("tryRecv:", mailbox.tryRecv());
}

// Output:
// tryRecv: undefined
// trySend: true
// trySend: false (no room)
// tryRecv: [ 'a letter', true ]
// trySelect: undefined
// trySelect: { case: 'letter', value: 'a third' }
// tryRecv: [ undefined, false ]
