/**
 * The series that both power series programs check, with the coefficients they must have.
 *
 * Go: main in test/chan/powser1.go and powser2.go. Differs: sums are checked too (Go's program asks for none of their
 * coefficients), a finite series, and a reciprocal.
 */
import type { Algebra, Series } from "./powser.ts";
import { end, neg, one, type Rat, rat, zero } from "./rational.ts";

export interface Fact<T> {
  readonly name: string;
  readonly series: () => Series<T>;
  readonly coefficients: readonly Rat[];
}

export function facts<T>(ps: Algebra<T>): readonly Fact<T>[] {
  const ones = (): Series<T> => ps.repeat(one);
  const twos = (): Series<T> => ps.repeat(rat(2));
  const ten = (f: (i: number) => Rat): Rat[] => Array.from({ length: 10 }, (_, i) => f(i));
  const whole = ten((i) => rat(i + 1));
  return [
    { name: "Ones", series: ones, coefficients: ten(() => one) },
    { name: "Add of one series to itself", series: onSame(ones, ps.sum), coefficients: ten(() => rat(2)) },
    { name: "Add", series: () => ps.sum(ones(), twos()), coefficients: ten(() => rat(3)) },
    { name: "Diff", series: () => ps.derivative(ones()), coefficients: whole },
    {
      name: "Integ",
      series: () => ps.integral(zero, ones()),
      coefficients: ten((i) => (i === 0 ? zero : rat(1, i))),
    },
    { name: "CMul", series: () => ps.scaled(neg(one), twos()), coefficients: ten(() => rat(-2)) },
    { name: "Sub", series: () => ps.difference(ones(), twos()), coefficients: ten(() => rat(-1)) },
    { name: "Mul", series: () => ps.product(ones(), ones()), coefficients: whole },
    {
      name: "Exp",
      series: () => ps.exponential(ones()),
      coefficients: [
        one,
        one,
        rat(3, 2),
        rat(13, 6),
        rat(73, 24),
        rat(167, 40),
        rat(4051, 720),
        rat(37_633, 5040),
        rat(43_817, 4480),
        rat(4_596_553, 362_880),
      ],
    },
    {
      name: "ATan",
      series: () => ps.integral(zero, ps.substituted(ones(), neg(one), 2)),
      coefficients: ten((i) => (i % 2 === 0 ? zero : rat(i % 4 === 1 ? 1 : -1, i))),
    },
    {
      name: "Mon, which ends",
      series: () => ps.sum(ps.monomial(one, 2), ps.monomial(one, 1)),
      coefficients: [zero, one, one, end],
    },
    {
      name: "Recip of 1, 1, 1, … is 1 - x",
      series: () => ps.reciprocal(ones()),
      coefficients: ten((i) => (i === 0 ? one : i === 1 ? rat(-1) : zero)),
    },
  ];
}

function onSame<T>(make: () => Series<T>, f: (u: Series<T>, v: Series<T>) => Series<T>): () => Series<T> {
  return () => {
    const u = make();
    return f(u, u);
  };
}
