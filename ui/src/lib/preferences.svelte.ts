/** What the window keeps by itself: theme and nothing of the drill. */

import { createContext } from "svelte";

export type Theme = "system" | "light" | "dark";
const KEY = "drillbook.theme";

export class Preferences {
  #theme = $state<Theme>("system");
  #systemDark = $state(false);

  constructor() {
    const asked = new URLSearchParams(location.search).get("theme") ?? this.#stored();
    if (asked === "light" || asked === "dark") this.#theme = asked;
    const media = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;
    this.#systemDark = media?.matches ?? false;
    media?.addEventListener("change", (event) => {
      this.#systemDark = event.matches;
      this.apply();
    });
  }

  #stored(): string | null {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // A window without storage keeps the theme until it closes.
    }
    this.apply();
  }

  /** The theme in force. */
  get shown(): "light" | "dark" {
    if (this.#theme !== "system") return this.#theme;
    return this.#systemDark ? "dark" : "light";
  }

  apply() {
    document.documentElement.dataset.theme = this.shown;
  }
}

export const [usePreferences, providePreferences] = createContext<Preferences>();
