/** All keys. */
import { useEffect, useRef } from "preact/hooks";
import { helpOpen, shortcuts } from "./store.ts";

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["Space"], "pause, go on"],
  [["F"], "follow the program"],
  [["W", "S"], "zoom in, out (also + and −, or the wheel while the lanes have the focus)"],
  [["A", "D"], "back and forward in time (also ← →, drag, shift-wheel)"],
  [["↑", "↓"], "lane above, below"],
  [[",", "."], "run before, behind"],
  [["Enter"], "select the goroutine of the run"],
  [["U"], "go to who woke it"],
  [["P"], "pin its lane"],
  [["/"], "filter goroutines"],
  [["T"], "lanes as a table"],
  [["1", "…", "5"], "go to lanes, counters, goroutines, channels, wait-for"],
  [["Shift+D"], "save a dump of all goroutines"],
  [["Shift+F"], "save the last 10 seconds as a trace"],
  [["Shift+E"], "save them for Perfetto"],
  [["Esc"], "close this; select nobody"],
  [["?"], "this list"],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen.value && !dialog.current?.open) {
      dialog.current?.showModal();
      dialog.current?.querySelector("button")?.focus();
    }
    if (!helpOpen.value) {
      if (document.activeElement instanceof HTMLElement && dialog.current?.contains(document.activeElement))
        document.activeElement.blur();
      dialog.current?.close();
    }
  }, [helpOpen.value]);
  return (
    <dialog ref={dialog} id="help" aria-labelledby="title-help" onClose={() => (helpOpen.value = false)}>
      <h2 id="title-help">Keys</h2>
      <table>
        <tbody>
          {KEYS.map(([keys, what]) => (
            <tr key={what}>
              <th scope="row">
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        <label>
          <input
            type="checkbox"
            checked={shortcuts.value}
            onChange={(event) => {
              shortcuts.value = event.currentTarget.checked;
            }}
          />{" "}
          keys of one letter are on
        </label>
      </p>
      <button type="button" onClick={() => (helpOpen.value = false)}>
        Close
      </button>
    </dialog>
  );
}
