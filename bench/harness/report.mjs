/**
 * The figures as one table for the terminal and as RESULTS.md.
 */
import { median } from "./measures.mjs";
import { judge } from "./targets.mjs";

const show = (value) =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));

/** `results` is a map from "case implementation" to the answers of the rounds. */
const reader = (results) => {
  const numbers = (kase, implementation, metric) =>
    (results.get(`${kase} ${implementation}`) ?? [])
      .map(({ values }) => values?.[metric])
      .filter((v) => v !== undefined);
  const value = (...args) => {
    const all = numbers(...args);
    return all.length === 0 ? undefined : median(all);
  };
  return { numbers, value };
};

const rows = (kase, participants, results) => {
  const { numbers, value } = reader(results);
  const first = kase.metrics[0].key;
  const own = value(kase.name, "gort", first);
  return participants
    .filter(({ has }) => has(kase))
    .map(({ name, title }) => {
      const failure = (results.get(`${kase.name} ${name}`) ?? []).find(({ failed }) => failed)?.failed;
      const cells = kase.metrics.map(({ key, unit }) => {
        const all = numbers(kase.name, name, key);
        if (all.length === 0)
          return failure ? "failed" : kase.kind === "timer" && key === first ? "starves" : "-";
        const spread = all.length > 1 ? ` (${show(Math.min(...all))}–${show(Math.max(...all))})` : "";
        return `${show(median(all))}${unit === "" ? "" : ` ${unit}`}${spread}`;
      });
      const theirs = value(kase.name, name, first);
      // Of a throughput the other way round, so that below 1 always means that gort takes less.
      const quotient = kase.metrics[0].more ? theirs / own : own / theirs;
      const ratio = own === undefined || theirs === undefined ? "-" : `${Number(quotient.toPrecision(2))}`;
      return { title, cells, ratio, failure };
    });
};

export const terminal = (cases, participants, results) => {
  const { value } = reader(results);
  const lines = [];
  for (const kase of cases) {
    lines.push("", `${kase.name}: ${kase.about}`);
    if (kase.obstacle !== undefined) {
      lines.push(`  left out: ${kase.obstacle}`);
      continue;
    }
    for (const { title, cells, ratio, failure } of rows(kase, participants, results)) {
      const figures = kase.metrics.map(({ label }, i) => `${label} ${cells[i]}`).join("  ");
      lines.push(
        `  ${title.padEnd(20)} ${failure ? `failed: ${failure}` : figures}${ratio === "-" ? "" : `  gort/it ${ratio}`}`,
      );
    }
    for (const target of kase.targets) {
      const { text, verdict } = judge(kase, target, value);
      lines.push(`  target ${text}: ${verdict}`);
    }
  }
  return lines.join("\n");
};

export const markdown = (cases, participants, missing, results, { machine, rounds }) => {
  const { value } = reader(results);
  const lines = [
    "# Results",
    "",
    `${machine}`,
    "",
    `Medians of ${rounds} rounds (least–most), a fresh process each, in one run. "gort / it" below 1: gort takes less. How to read: README.md.`,
  ];
  for (const { title, reason } of missing) lines.push("", `${title} is left out: ${reason}.`);
  for (const kase of cases) {
    const heads = ["implementation", ...kase.metrics.map(({ label }) => label), "gort / it"];
    lines.push("", `## ${kase.name}`, "", kase.about, "");
    if (kase.obstacle !== undefined) {
      lines.push(`Left out: ${kase.obstacle}.`);
      continue;
    }
    lines.push(
      `| ${heads.join(" | ")} |`,
      `|${heads.map((_, i) => (i === 0 ? " --- " : " ---: ")).join("|")}|`,
    );
    const notes = [];
    for (const { title, cells, ratio, failure } of rows(kase, participants, results)) {
      lines.push(`| ${title} | ${cells.join(" | ")} | ${ratio} |`);
      if (failure) notes.push(`${title} failed: ${failure}.`);
    }
    for (const { title, has, why } of participants) {
      if (!has(kase) && why?.(kase) !== undefined) notes.push(`${title} is left out: ${why(kase)}.`);
    }
    for (const target of kase.targets) {
      const { text, verdict } = judge(kase, target, value);
      notes.push(`Target ${text}: ${verdict}.`);
    }
    if (notes.length > 0) lines.push("", ...notes.map((note) => `- ${note}`));
  }
  return `${lines.join("\n")}\n`;
};
