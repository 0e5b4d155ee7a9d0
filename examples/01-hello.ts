/**
 * A goroutine: a `function*` that is started by `go` and runs beside whoever started it.
 *
 * `go` never runs the function before it returns, so "started" is printed first. It gives a handle, and `yield*` on the handle waits for the
 * goroutine's result. The exported `main` is the main goroutine: the command (`gort run`) ends when it returns.
 */
import { type Goroutine, go } from "gort";

function* greet(name: string): Goroutine<string> {
  console.log(`goroutine: hello, ${name}`);
  return name.toUpperCase();
}

export function* main(): Goroutine {
  const handle = go(greet, "gort");
  console.log("main: started");
  const result = yield* handle;
  console.log(`main: the result is ${result}`);
}

// Output:
// main: started
// goroutine: hello, gort
// main: the result is GORT
