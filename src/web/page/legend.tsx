/** What letters, patterns and signs mean. */
import { LETTERS, LOOKS, type Look, WORDS } from "./states.ts";
import { paintBy, watched } from "./store.ts";

/** The letter on its pattern; beside it the word has to stand. */
export function Swatch({ look }: { readonly look: Look }) {
  return (
    <span class={`swatch look-${look}`} aria-hidden="true">
      <span>{LETTERS[look]}</span>
    </span>
  );
}

export function Legend() {
  const byEnd = paintBy.value === "end";
  const ends: readonly (readonly [Look, string])[] = [
    ["runnable", "gave way"],
    ["chan", "then waited"],
    ["running", "ended"],
    ["lock", "failed"],
  ];
  const shown = byEnd
    ? ends
    : watched.value.length > 0
      ? LOOKS.map((look) => [look, WORDS[look]] as const)
      : [];
  return (
    <ul class="legend" aria-label="Legend of the lanes">
      {!byEnd && (
        <li>bar: a run of the goroutine named on it; a low bar: many runs, as high as it was busy</li>
      )}
      {shown.map(([look, word]) => (
        <li key={look}>
          <Swatch look={look} /> {word}
        </li>
      ))}
      <li>
        <span class="swatch look-gap" aria-hidden="true" /> not recorded
      </li>
      <li>dashed arrow: steal, with how many</li>
      {watched.value.length > 0 && <li>arrow: wake of the selected goroutine; ring: woken by the host</li>}
    </ul>
  );
}
