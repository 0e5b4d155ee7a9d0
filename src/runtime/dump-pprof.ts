/**
 * A dump as a goroutine profile: what `go tool pprof` and its kin read. Protocol Buffers, gzipped.
 *
 * A sample is a group of goroutines, its value their number, its labels their state and why they wait. A stack has no addresses here, and each place gets one that is a hash of it:
 * so it is the same in every profile of the program, and profiles can be compared (`pprof -diff_base`).
 *
 * Go: runtime/pprof/proto.go; the format is profile.proto of github.com/google/pprof.
 */
import { Message } from "../base/protobuf.ts";
import { clock } from "./clock.ts";
import { type Frame, pathOf } from "./frames.ts";
import { groupsOf } from "./grouped.ts";
import type { Dump } from "./snapshot.ts";
import { statusText } from "./traceback.ts";

/** Field numbers of profile.proto. */
const PROFILE = {
  ...{ sampleType: 1, sample: 2, mapping: 3, location: 4, function: 5, strings: 6 },
  ...{ timeNanos: 9, periodType: 11, period: 12 },
} as const;
const VALUE_TYPE = { type: 1, unit: 2 } as const;
const SAMPLE = { locations: 1, values: 2, label: 3 } as const;
const LABEL = { key: 1, text: 2 } as const;
const MAPPING = { id: 1, filename: 5, hasFunctions: 7, hasFilenames: 8, hasLineNumbers: 9 } as const;
const LOCATION = { id: 1, mapping: 2, address: 3, line: 4 } as const;
const LINE = { function: 1, line: 2, column: 3 } as const;
const FUNCTION = { id: 1, name: 2, systemName: 3, filename: 4 } as const;

/** There is one mapping: the program. */
const PROGRAM = 1;

/** A dump as a profile, gzipped. */
export function dumpPprof({ goroutines, elided }: Dump): Uint8Array {
  const profile = new Profile();
  for (const { first, ids } of groupsOf(goroutines)) {
    // One that has not begun is in its function, nowhere in particular.
    const name = first.name === "" ? "<anonymous>" : first.name;
    const stack = first.stack.length > 0 ? first.stack : [{ fn: name, file: "", line: 0, column: 0 }];
    const labels: [string, string][] = [["state", first.status]];
    if (first.status === "waiting") labels.push(["wait", statusText(first)]);
    profile.sample(ids.length, stack, labels);
  }
  // The total is right at least.
  if (elided > 0) profile.sample(elided, [{ fn: "goroutines elided", file: "", line: 0, column: 0 }], []);
  // Asked for when needed: importing gort is to load nothing.
  const { gzipSync } = process.getBuiltinModule("node:zlib");
  return new Uint8Array(gzipSync(profile.finish()));
}

class Profile {
  private readonly message = new Message();
  private readonly strings = new Numbered();
  private readonly functions = new Numbered();
  private readonly locations = new Numbered();

  constructor() {
    this.strings.of("");
    const type = this.valueType();
    this.message.message(PROFILE.sampleType, type).message(PROFILE.periodType, type);
    this.message.number(PROFILE.period, 1).number(PROFILE.timeNanos, Math.floor(clock.wall()) * 1_000_000);
    const program = new Message().number(MAPPING.id, PROGRAM);
    program.number(MAPPING.filename, this.text(process.argv[1] ?? process.execPath));
    // What is known need not be looked for in the file.
    program.number(MAPPING.hasFunctions, 1).number(MAPPING.hasFilenames, 1).number(MAPPING.hasLineNumbers, 1);
    this.message.message(PROFILE.mapping, program);
  }

  sample(count: number, stack: readonly Frame[], labels: readonly [string, string][]): void {
    const sample = new Message();
    sample.numbers(
      SAMPLE.locations,
      stack.map((frame) => this.location(frame)),
    );
    sample.numbers(SAMPLE.values, [count]);
    for (const [key, text] of labels) {
      const label = new Message().number(LABEL.key, this.text(key)).number(LABEL.text, this.text(text));
      sample.message(SAMPLE.label, label);
    }
    this.message.message(PROFILE.sample, sample);
  }

  finish(): Uint8Array {
    for (const text of this.strings.keys()) this.message.text(PROFILE.strings, text);
    return this.message.finish();
  }

  private valueType(): Message {
    return new Message()
      .number(VALUE_TYPE.type, this.text("goroutine"))
      .number(VALUE_TYPE.unit, this.text("count"));
  }

  /** The number of a string in the table. */
  private text(text: string): number {
    return this.strings.of(text).number;
  }

  private location({ fn, file, line, column }: Frame): number {
    const path = pathOf(file);
    const place = `${fn}|${path}|${line}|${column}`;
    const { number, isNew } = this.locations.of(place);
    if (isNew) {
      const message = new Message().number(LOCATION.id, number + 1).number(LOCATION.mapping, PROGRAM);
      message.number(LOCATION.address, hashOf(place));
      const there = new Message().number(LINE.function, this.function(fn, path));
      message.message(LOCATION.line, there.number(LINE.line, line).number(LINE.column, column));
      this.message.message(PROFILE.location, message);
    }
    return number + 1;
  }

  private function(fn: string, path: string): number {
    const { number, isNew } = this.functions.of(`${fn}|${path}`);
    if (isNew) {
      const message = new Message().number(FUNCTION.id, number + 1).number(FUNCTION.name, this.text(fn));
      message.number(FUNCTION.systemName, this.text(fn)).number(FUNCTION.filename, this.text(path));
      this.message.message(PROFILE.function, message);
    }
    return number + 1;
  }
}

/** Texts, numbered from 0 in the order in which they come. */
class Numbered {
  private readonly known: Map<string, number> = new Map();

  of(text: string): { readonly number: number; readonly isNew: boolean } {
    const number = this.known.get(text);
    if (number !== undefined) return { number, isNew: false };
    this.known.set(text, this.known.size);
    return { number: this.known.size - 1, isNew: true };
  }

  keys(): Iterable<string> {
    return this.known.keys();
  }
}

/** FNV-1a, 32 bits; never 0, which would stand for no address. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) + 1;
}
