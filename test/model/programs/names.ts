/** Names (shm/names.ts): two that add the same one. */
import { internedName, numberOf } from "#src/shm/names.ts";
import { expect, type Model } from "../world.ts";

interface Result {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

function adder(names: readonly string[]): () => () => Result {
  return () => () => {
    const numbers: number[] = [];
    for (const name of names) {
      const number = numberOf(name);
      numbers.push(number);
      expect(internedName(number) === name, "its number leads back to it", name);
    }
    return { names, numbers };
  };
}

/** Meets the number of a name that is there, and reads all that are, while another one is being added. */
function reader(): () => Result {
  return () => {
    expect(internedName(0) === "a", "it is there");
    return { names: [], numbers: [] };
  };
}

function check(results: Result[]): void {
  const known: Record<string, number> = {};
  for (const { names, numbers } of results) {
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      expect((known[name] ?? numbers[i]) === numbers[i], "one number for all", name);
      known[name] = numbers[i] as number;
      expect(numberOf(name) === numbers[i], "also for who comes later");
    }
  }
  const all = Object.values(known);
  expect(new Set(all).size === all.length, "no number twice", all);
}

export const sameName: Model<Result> = { threads: [adder(["a", "b"]), adder(["b", "a"])], check };
export const three: Model<Result> = { threads: [adder(["a"]), adder(["b"]), adder(["a"])], check };

export const readWhileAdded: Model<Result> = {
  prepare: () => {
    numberOf("a");
  },
  threads: [adder(["c"]), adder(["b"]), reader],
  check,
};
