/**
 * The benchmarks: every case with every implementation, each time in a fresh process, in turn; one table, and RESULTS.md when all
 * cases were run at full size.
 *
 *   npm run bench                    all
 *   npm run bench -- select timer    the cases whose name contains one of these words
 *   npm run bench -- parallel        those on several cores
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { implementations } from "./harness/implementations.mjs";
import { machine } from "./harness/machine.mjs";
import { obstacle } from "./harness/network.mjs";
import { options } from "./harness/options.mjs";
import { markdown, terminal } from "./harness/report.mjs";
import { cases as all } from "./micro/index.mjs";

const { list, rounds, scale, only, filters } = options();
const cases = all
  .filter(({ name }) => filters.length === 0 || filters.some((word) => name.includes(word)))
  .map((kase) => ({ ...kase, obstacle: obstacle(kase, scale) }))
  .map((kase) => (scale === 1 ? kase : { ...kase, targets: [] })); // a try on small sizes says nothing about targets
if (cases.length === 0) {
  console.error(`bench: no case is called ${filters.join(" or ")}; --list shows them`);
  process.exit(64);
}

if (list) {
  for (const { name, about } of cases) console.log(`${name.padEnd(24)} ${about}`);
  process.exit(0);
}

const { all: known, missing } = implementations();
const participants = known.filter(({ name }) => only.length === 0 || only.includes(name));
const results = new Map();

try {
  const header = machine();
  console.log(header);
  for (const { title, reason } of missing) console.log(`left out: ${title} (${reason})`);
  for (const kase of cases) {
    const able = kase.obstacle === undefined ? participants.filter(({ has }) => has(kase)) : [];
    for (let round = 0; round < rounds; round++) {
      // Every round begins with another one, so that nobody always comes first.
      for (let i = 0; i < able.length; i++) {
        const { name, run } = able[(i + round) % able.length];
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${kase.name} ${round + 1}/${rounds} ${name}`);
        const key = `${kase.name} ${name}`;
        const answers = results.get(key) ?? results.set(key, []).get(key);
        // Once failed is failed: another round would wait for the same time limit.
        if (!answers.some(({ failed }) => failed)) answers.push(await run(kase, scale));
      }
    }
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    console.log(terminal([kase], participants, results));
  }
  if (filters.length === 0 && only.length === 0 && scale === 1) {
    const file = join(import.meta.dirname, "RESULTS.md");
    writeFileSync(file, markdown(cases, participants, missing, results, { machine: header, rounds }));
    console.log("\nwritten: bench/RESULTS.md");
  }
} finally {
  for (const { remove } of known) remove?.();
}
