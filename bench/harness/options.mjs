/**
 * The command line: node bench/run.mjs [--list] [--rounds N] [--only IMPLEMENTATION]... [case-filter...]
 */
import { parseArgs } from "node:util";

const usage = (message) => {
  console.error(`bench: ${message}`);
  process.exit(64);
};

export const options = () => {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        list: { type: "boolean", default: false },
        rounds: { type: "string", default: "5" },
        only: { type: "string", multiple: true, default: [] },
      },
    });
  } catch (error) {
    return usage(error.message);
  }
  const rounds = Number(parsed.values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) return usage("--rounds is an integer of at least 1");
  const scale = Number(process.env.BENCH_SCALE || 1);
  if (!(scale > 0 && scale <= 1)) return usage("BENCH_SCALE is a number above 0 and at most 1");
  return { ...parsed.values, rounds, scale, filters: parsed.positionals };
};
