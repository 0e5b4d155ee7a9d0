/**
 * Power series as goroutines (after McIlroy): a series is a pair of channels, one to ask for the next coefficient and
 * one that gives it, so that an infinite series is computed only as far as somebody asks.
 *
 * Shared by powser1 and powser2, which differ in what travels through the data channels. Go: test/chan/powser1.go.
 */
import { type Chan, chan, type Goroutine, go, type RecvChan, type SendChan, select } from "gort";
import { must } from "../support.ts";
import { add, end, inverse, isEnd, mul, neg, one, type Rat, rat, zero } from "./rational.ts";

/** A demand channel: for each request on `req` one coefficient comes on `dat`. */
export interface Series<T> {
  readonly req: Chan<void>;
  readonly dat: Chan<T>;
}

export interface Algebra<T> {
  get(from: Series<T>): Goroutine<Rat>;
  repeat(c: Rat): Series<T>;
  monomial(c: Rat, degree: number): Series<T>;
  sum(u: Series<T>, v: Series<T>): Series<T>;
  difference(u: Series<T>, v: Series<T>): Series<T>;
  scaled(c: Rat, u: Series<T>): Series<T>;
  product(u: Series<T>, v: Series<T>): Series<T>;
  derivative(u: Series<T>): Series<T>;
  integral(c: Rat, u: Series<T>): Series<T>;
  reciprocal(u: Series<T>): Series<T>;
  exponential(u: Series<T>): Series<T>;
  /** u(c xⁿ) */
  substituted(u: Series<T>, c: Rat, n: number): Series<T>;
}

/** The algebra of series whose coefficients travel as `T`. */
export function powerSeries<T>(wrap: (value: Rat) => T, unwrap: (item: T) => Rat): Algebra<T> {
  type PS = Series<T>;

  function demand(): PS {
    return { req: chan<void>(), dat: chan<T>() };
  }

  /** A new series that `body` computes in a goroutine of its own. */
  function series(body: (z: PS) => Goroutine): PS {
    const z = demand();
    go(body, z);
    return z;
  }

  function* get(from: PS): Goroutine<Rat> {
    yield* from.req.send();
    return unwrap(must(yield* from.dat.recv()));
  }

  function* answer(value: Rat, z: PS): Goroutine {
    yield* z.dat.send(wrap(value));
  }

  function* put(value: Rat, z: PS): Goroutine {
    yield* z.req.recv();
    yield* answer(value, z);
  }

  function* copy(from: PS, z: PS): Goroutine {
    for (;;) {
      yield* z.req.recv();
      yield* answer(yield* get(from), z);
    }
  }

  /** One coefficient of each of two series: asked for together, taken in whatever order they come. */
  function* getBoth(u: PS, v: PS): Goroutine<[Rat, Rat]> {
    const inputs = [u, v] as const;
    const ask: [SendChan<void> | null, SendChan<void> | null] = [u.req, v.req];
    const take: [RecvChan<T> | null, RecvChan<T> | null] = [null, null];
    const out: [Rat, Rat] = [zero, zero];
    for (let steps = 0; steps < 4; steps++) {
      const s = yield* select({
        ask0: ask[0] && ask[0].send(),
        ask1: ask[1] && ask[1].send(),
        take0: take[0] && take[0].recv(),
        take1: take[1] && take[1].recv(),
      });
      const i = s.case === "ask0" || s.case === "take0" ? 0 : 1;
      if (s.case === "ask0" || s.case === "ask1") {
        ask[i] = null;
        take[i] = inputs[i].dat;
      } else {
        take[i] = null;
        out[i] = unwrap(must(s.value));
      }
    }
    return out;
  }

  /** Serves one coefficient of `source` to two readers, whichever asks first; the next one has a goroutine of its own. */
  function* serve(source: PS, a: PS, b: PS, released: RecvChan<void>): Goroutine {
    let [first, second] = [a, b];
    const s = yield* select({ first: first.req.recv(), released: released.recv() });
    if (s.case === "released") {
      const asked = yield* select({ first: first.req.recv(), second: second.req.recv() });
      if (asked.case === "second") [first, second] = [second, first];
    }
    yield* source.req.send();
    const release = chan<void>();
    go(serve, source, first, second, release);
    const item = must(yield* source.dat.recv());
    yield* first.dat.send(item);
    if (s.case === "first") yield* released.recv();
    yield* second.req.recv();
    yield* second.dat.send(item);
    yield* release.send();
  }

  /** Connects two readers, who may run at different speeds, to one series. */
  function connect(source: PS, a: PS, b: PS): void {
    const release = chan<void>();
    go(serve, source, a, b, release);
    go(function* () {
      yield* release.send();
    });
  }

  function split(source: PS): [PS, PS] {
    const pair: [PS, PS] = [demand(), demand()];
    connect(source, ...pair);
    return pair;
  }

  function repeat(c: Rat): PS {
    return series(function* (z) {
      for (;;) yield* put(c, z);
    });
  }

  function monomial(c: Rat, degree: number): PS {
    return series(function* (z) {
      for (let i = 0; i < degree; i++) yield* put(zero, z);
      yield* put(c, z);
      yield* put(end, z);
    });
  }

  function sum(u: PS, v: PS): PS {
    return series(function* (z) {
      for (;;) {
        yield* z.req.recv();
        const [a, b] = yield* getBoth(u, v);
        if (!isEnd(a) && !isEnd(b)) {
          yield* answer(add(a, b), z);
        } else if (isEnd(a) && isEnd(b)) {
          yield* answer(end, z);
        } else {
          yield* answer(isEnd(a) ? b : a, z);
          yield* copy(isEnd(a) ? v : u, z);
        }
      }
    });
  }

  /** Each coefficient of `u` through `f`, which is told its place; an end is passed on. */
  function mapped(u: PS, f: (c: Rat, i: number) => Rat): PS {
    return series(function* (z) {
      for (let i = 0; ; i++) {
        yield* z.req.recv();
        const c = yield* get(u);
        yield* answer(isEnd(c) ? end : f(c, i), z);
      }
    });
  }

  function scaled(c: Rat, u: PS): PS {
    return mapped(u, (d) => mul(c, d));
  }

  function shifted(c: Rat, u: PS): PS {
    return series(function* (z) {
      yield* put(c, z);
      yield* copy(u, z);
    });
  }

  function product(u: PS, v: PS): PS {
    return series(function* (z) {
      yield* z.req.recv();
      const [a, b] = yield* getBoth(u, v);
      if (isEnd(a) || isEnd(b)) return yield* answer(end, z);
      yield* answer(mul(a, b), z);
      const [u1, u2] = split(u);
      const [v1, v2] = split(v);
      const crossed = sum(scaled(a, v1), scaled(b, u1));
      yield* put(yield* get(crossed), z);
      yield* copy(sum(crossed, product(u2, v2)), z);
    });
  }

  function derivative(u: PS): PS {
    return series(function* (z) {
      yield* z.req.recv();
      yield* get(u);
      const rest = mapped(u, (c, i) => mul(rat(i + 1), c));
      yield* answer(yield* get(rest), z);
      yield* copy(rest, z);
    });
  }

  function integral(c: Rat, u: PS): PS {
    return shifted(
      c,
      mapped(u, (d, i) => mul(rat(1, i + 1), d)),
    );
  }

  function reciprocal(u: PS): PS {
    return series(function* (z) {
      const [a, b] = [demand(), demand()];
      yield* z.req.recv();
      const first = inverse(yield* get(u));
      yield* answer(first, z);
      connect(product(scaled(neg(first), u), shifted(first, a)), a, b);
      yield* copy(b, z);
    });
  }

  function exponential(u: PS): PS {
    const [a, b] = [demand(), demand()];
    connect(integral(one, product(a, derivative(u))), a, b);
    return b;
  }

  function substituted(u: PS, c: Rat, n: number): PS {
    return series(function* (z) {
      for (let power = one; ; power = mul(power, c)) {
        yield* z.req.recv();
        const coefficient = yield* get(u);
        yield* answer(isEnd(coefficient) ? end : mul(coefficient, power), z);
        for (let i = 1; i < n; i++) yield* put(zero, z);
      }
    });
  }

  return {
    get,
    repeat,
    monomial,
    sum,
    difference: (u, v) => sum(u, scaled(neg(one), v)),
    scaled,
    product,
    derivative,
    integral,
    reciprocal,
    exponential,
    substituted,
  };
}
