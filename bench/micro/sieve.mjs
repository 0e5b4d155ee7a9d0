/**
 * The prime sieve: a chain of filters, a goroutine for every prime, through which all numbers up to the 500th prime flow.
 *
 * Every channel is closed at the end, so that no goroutine is left behind and the workload can be repeated.
 */
function* numbers(out, limit) {
  for (let i = 2; i <= limit; i++) yield* out.send(i);
  out.close();
}

function* filter(input, out, prime) {
  for (let v = yield* input.recv(); v !== undefined; v = yield* input.recv()) {
    if (v % prime !== 0) yield* out.send(v);
  }
  out.close();
}

function* sieve({ chan, go }, limit) {
  let ch = chan();
  let total = 0;
  go(numbers, ch, limit);
  for (let prime = yield* ch.recv(); prime !== undefined; prime = yield* ch.recv()) {
    total += prime;
    const next = chan();
    go(filter, ch, next, prime);
    ch = next;
  }
  return total;
}

const sumOfPrimes = (limit) => {
  let total = 0;
  for (let i = 2; i <= limit; i++) {
    let d = 2;
    while (i % d !== 0) d++;
    if (d === i) total += i;
  }
  return total;
};

export const cases = [
  {
    name: "sieve",
    about: "The 500 primes up to 3,571 by a chain of 500 filter goroutines and unbuffered channels.",
    fixed: 3571,
    repeat: 20,
    unit: "ms",
    expected: sumOfPrimes,
    gort: (lib, n) => lib.run(() => sieve(lib, n)),
    targets: [
      { against: "go", factor: 0.65 },
      { max: 12, unit: "ms" },
    ],
  },
];
