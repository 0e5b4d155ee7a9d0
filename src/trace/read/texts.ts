/**
 * The names of all machines with numbers of their own: each machine counts for itself, so the same function has as many numbers as there are threads.
 */
import type { MachineTrace } from "../reader.ts";

export class Texts {
  /** By number; 0 is "". */
  readonly list: string[] = [""];
  private readonly numbers: Map<string, number> = new Map([["", 0]]);
  private readonly ofMachine: readonly Int32Array[];

  constructor(machines: readonly MachineTrace[]) {
    this.ofMachine = machines.map(({ names }) =>
      Int32Array.from(names, (name) => (name === undefined ? 0 : this.number(name))),
    );
  }

  /** The number of name `name` of the machine at place `machine`; 0 when it is not known. */
  of(machine: number, name: number): number {
    return (this.ofMachine[machine] as Int32Array)[name] ?? 0;
  }

  private number(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.list.push(text) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }
}
