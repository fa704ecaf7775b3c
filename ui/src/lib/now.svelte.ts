/** The time as the screen shows it: Rust's time at the last answer, moved on by this computer's clock. */

import { createContext } from "svelte";

export class Now {
  #base = $state(Date.now());
  #read = $state(Date.now());
  #tick = $state(Date.now());
  #pace = $state(1);

  /** The current time. Read it in markup or `$derived` and it moves. */
  get date(): Date {
    return new Date(this.#base + (this.#tick - this.#read) * this.#pace);
  }

  /** How many seconds pass here in one real second. */
  get pace(): number {
    return this.#pace;
  }

  /** Takes over the time an answer of Rust named, and how fast a rehearsal's clock runs. */
  set(at: string, pace = 1) {
    const time = new Date(at).getTime();
    if (Number.isNaN(time)) return;
    this.#base = time;
    this.#pace = pace;
    this.#read = this.#tick = Date.now();
  }

  /** Starts ticking once a second; returns what stops it. */
  start(): () => void {
    const timer = setInterval(() => (this.#tick = Date.now()), 1000);
    return () => clearInterval(timer);
  }
}

export const [useNow, provideNow] = createContext<Now>();
