/** Screens add their keys while they are shown; the app handles them and lists them under `?`. */

import { createContext, untrack } from "svelte";
import type { Shortcut } from "./keys";

export class Shortcuts {
  #sets = $state.raw<readonly (readonly Shortcut[])[]>([]);

  /** All of them, the newest screen first, so that it wins. */
  get all(): Shortcut[] {
    return [...this.#sets].reverse().flat();
  }

  /** Adds a set; returns what takes it out again. Call it from `$effect`. */
  add(set: readonly Shortcut[]): () => void {
    // The effect that adds must not run again because it added.
    this.#sets = [...untrack(() => this.#sets), set];
    return () => {
      this.#sets = untrack(() => this.#sets).filter((other) => other !== set);
    };
  }
}

export const [useShortcuts, provideShortcuts] = createContext<Shortcuts>();
