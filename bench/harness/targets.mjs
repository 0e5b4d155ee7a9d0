/**
 * What gort should reach in a case, and whether it did. A report, never an assertion.
 */
const round = (value) => Number(value.toPrecision(3));

const names = {
  go: "Go",
  plain: "plain async/await",
  effect: "Effect",
  "p-limit": "p-limit",
  "p-queue": "p-queue",
  piscina: "piscina",
  "message-port": "MessagePort",
  "node:net": "node:net",
  "node:http": "node:http",
};

/** `value(caseName, implementation, metric)` is a median or undefined. */
export const judge = (kase, target, value) => {
  const metric = target.metric ?? kase.metrics[0].key;
  const own = value(kase.name, "gort", metric);
  const verdict = (met, shown) => `${met ? "met" : "missed"} (${shown})`;
  if (target.max !== undefined) {
    const text = `≤ ${target.max} ${target.unit}`;
    return {
      text,
      verdict:
        own === undefined ? "not measured" : verdict(own <= target.max, `${round(own)} ${target.unit}`),
    };
  }
  if (target.min !== undefined) {
    const text = `${kase.metrics.find(({ key }) => key === metric).label} ≥ ${target.min} ${target.unit}`;
    return {
      text,
      verdict:
        own === undefined ? "not measured" : verdict(own >= target.min, `${round(own)} ${target.unit}`),
    };
  }
  const bound = target.least === undefined ? `≤ ${target.factor}` : `≥ ${target.least}`;
  const label = target.metric === undefined ? "" : `${kase.metrics.find(({ key }) => key === metric).label} `;
  const [other, name] =
    target.baseline === undefined
      ? [value(kase.name, target.against, metric), names[target.against]]
      : [value(target.baseline, "gort", metric), target.baseline];
  const text = `${label}${bound} x ${name}`;
  if (own === undefined || other === undefined) return { text, verdict: "not measured" };
  const met = target.least === undefined ? own / other <= target.factor : own / other >= target.least;
  return { text, verdict: verdict(met, `${round(own / other)} x`) };
};
