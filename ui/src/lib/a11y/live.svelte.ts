/** One polite live region for progress, and short messages that stay on screen for a moment. */

import { createContext } from "svelte";

export type Toast = { id: number; text: string; tone: "done" | "wait" | "refused" };

export class Live {
  #said = $state("");
  #toasts = $state<Toast[]>([]);
  #next = 1;

  /** What the live region holds now. */
  get said() {
    return this.#said;
  }
  get toasts(): readonly Toast[] {
    return this.#toasts;
  }

  /** Speaks without showing. The same sentence twice is spoken once. */
  say(text: string) {
    this.#said = text;
  }

  /** Shows and speaks; goes away by itself unless it is a refusal. */
  toast(text: string, tone: Toast["tone"] = "done", stay = 3000) {
    const id = this.#next++;
    this.#toasts = [...this.#toasts.slice(-2), { id, text, tone }];
    this.say(text);
    if (tone !== "refused") setTimeout(() => this.dismiss(id), stay);
  }

  dismiss(id: number) {
    this.#toasts = this.#toasts.filter((toast) => toast.id !== id);
  }
}

export const [useLive, provideLive] = createContext<Live>();
