/** Dark or light: the system's, unless the user has chosen; remembered by the browser where it may. */
import { forgetPalette } from "./palette.ts";
import { theme } from "./store.ts";

const KEPT = "gort.theme";

export function startTheme(): void {
  try {
    const before = localStorage.getItem(KEPT);
    if (before === "dark" || before === "light") theme.value = before;
  } catch {
    // Then it is chosen again next time.
  }
  theme.subscribe((chosen) => {
    document.documentElement.dataset["theme"] = chosen;
    try {
      localStorage.setItem(KEPT, chosen);
    } catch {
      // As above.
    }
    forgetPalette();
  });
}
