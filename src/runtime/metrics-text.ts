/**
 * The metrics as text, for Prometheus: the exposition format 0.0.4.
 *
 * A name is made as Prometheus's own Go client makes it of Go's: gort_ for what is /, the rest with underscores, the unit, and _total for what only grows. Families (by reason, by processor) carry a label.
 *
 *   /sched/goroutines:goroutines            gort_sched_goroutines_goroutines
 *   /sched/goroutines-created:goroutines    gort_sched_goroutines_created_goroutines_total
 *   /sched/runq/p0:goroutines               gort_sched_runq_goroutines{p="0"}
 *   /sched/blocked/chan-receive:goroutines  gort_sched_blocked_goroutines{reason="chan-receive"}
 *   /sched/ticks/p0:total                   gort_sched_ticks_by_p_total{p="0"}
 */
import { DESCRIPTIONS, type Description, metrics } from "./metrics.ts";

/** The media type of what {@link metricsText} gives. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** All metrics in Prometheus's text form. `values`: those that {@link metrics} has given. */
export function metricsText(values: Readonly<Record<string, number>> = metrics()): string {
  return DESCRIPTIONS.map((one) => family(one, values)).join("");
}

function family(one: Description, values: Readonly<Record<string, number>>): string {
  const { name, help, isTotal, label } = one;
  const family = familyName(one);
  const lines = [`# HELP ${family} ${help}`, `# TYPE ${family} ${isTotal ? "counter" : "gauge"}`];
  if (label === undefined) {
    lines.push(`${family} ${values[name] ?? 0}`);
  } else {
    const [before = "", behind = ""] = name.split("*");
    for (const [full, value] of Object.entries(values)) {
      if (!full.startsWith(before) || !full.endsWith(behind)) continue;
      const part = full.slice(before.length, full.length - behind.length);
      lines.push(`${family}{${label}="${label === "p" ? part.replace(/^p(?=\d)/, "") : part}"} ${value}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function familyName({ name, isTotal, label }: Description): string {
  const [path = "", unit = ""] = name.replace("/*", "").split(":");
  const words = `gort${path.replaceAll(/[/-]/g, "_")}`;
  // A sum and its parts are two families: one family's values would be added up twice.
  const parts = label === "p" && isTotal ? "_by_p" : "";
  const suffix = unit === "total" ? "" : `_${unit}`;
  return `${words}${parts}${suffix}${isTotal ? "_total" : ""}`;
}
