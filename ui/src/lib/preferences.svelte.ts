/** What the window keeps by itself: how it looks, and what a rehearsal begins with. Nothing of a drill. */

import { createContext } from "svelte";

export type Theme = "system" | "light" | "dark";
export type Contrast = "system" | "more";
const THEME = "drillbook.theme";
const CONTRAST = "drillbook.contrast";
const SPEED = "drillbook.speed";

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A window without storage keeps it until it closes.
  }
}

function media(query: string, changed: (matches: boolean) => void): boolean {
  const list = typeof matchMedia === "function" ? matchMedia(query) : null;
  list?.addEventListener("change", (event) => changed(event.matches));
  return list?.matches ?? false;
}

export class Preferences {
  #theme = $state<Theme>("system");
  #contrast = $state<Contrast>("system");
  #speed = $state<number | null>(null);
  #systemDark = $state(false);
  #systemContrast = $state(false);

  constructor() {
    const asked = new URLSearchParams(location.search);
    const theme = asked.get("theme") ?? stored(THEME);
    if (theme === "light" || theme === "dark") this.#theme = theme;
    if ((asked.get("contrast") ?? stored(CONTRAST)) === "more") this.#contrast = "more";
    this.#speed = Number(stored(SPEED)) || null;
    this.#systemDark = media("(prefers-color-scheme: dark)", (matches) => { this.#systemDark = matches; this.apply(); });
    this.#systemContrast = media("(prefers-contrast: more)", (matches) => { this.#systemContrast = matches; this.apply(); });
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    store(THEME, theme);
    this.apply();
  }

  /** More contrast than the system asks for. */
  get contrast(): Contrast {
    return this.#contrast;
  }
  set contrast(contrast: Contrast) {
    this.#contrast = contrast;
    store(CONTRAST, contrast);
    this.apply();
  }

  /** Azure's clock in a new rehearsal; none: as Rust proposes. */
  get speed(): number | null {
    return this.#speed;
  }
  set speed(speed: number | null) {
    this.#speed = speed;
    store(SPEED, speed === null ? "" : String(speed));
  }

  /** The theme in force. */
  get shown(): "light" | "dark" {
    if (this.#theme !== "system") return this.#theme;
    return this.#systemDark ? "dark" : "light";
  }

  apply() {
    const root = document.documentElement;
    root.dataset.theme = this.shown;
    if (this.#contrast === "more" || this.#systemContrast) root.dataset.contrast = "more";
    else delete root.dataset.contrast;
  }
}

export const [usePreferences, providePreferences] = createContext<Preferences>();
