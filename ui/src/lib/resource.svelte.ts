/** Something read from Rust: loaded when what it depends on changes, read again when the journal grew. */

import { asProblem, type Api, type JournalAppended, type Problem } from "./ipc/client";

export class Resource<T> {
  #value = $state.raw<T | null>(null);
  #problem = $state.raw<Problem | null>(null);
  #loading = $state(true);
  #turn = 0;
  #begun = 0;
  #newest: Promise<void> = Promise.resolve();
  readonly #read: () => Promise<T>;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** The last answer; it stays while a newer one is read, so that nothing jumps. */
  get value(): T | null {
    return this.#value;
  }
  get problem(): Problem | null {
    return this.#problem;
  }
  get loading(): boolean {
    return this.#loading;
  }

  /** Takes an answer that a command gave. */
  set(value: T) {
    this.#turn += 1;
    this.#value = value;
    this.#problem = null;
    this.#loading = false;
  }

  /** Forgets the answer, for when another thing is shown now. */
  clear() {
    this.#turn += 1;
    this.#value = null;
    this.#problem = null;
    this.#loading = true;
  }

  /** Reads it. Who waits for a reading that was overtaken waits for the newer one: afterwards the value is never an old one. */
  load(): Promise<void> {
    const turn = ++this.#turn;
    this.#loading = true;
    this.#begun = turn;
    this.#newest = this.#take(turn).then(() => (this.#begun === turn ? undefined : this.#newest));
    return this.#newest;
  }

  async #take(turn: number): Promise<void> {
    try {
      const value = await this.#read();
      if (turn !== this.#turn) return;
      this.#value = value;
      this.#problem = null;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.#problem = asProblem(thrown);
    }
    if (turn === this.#turn) this.#loading = false;
  }

  /**
   * Loads now and whenever the journal grew; call it from `$effect`, it answers with what stops it.
   * `relevant` says which appends matter.
   */
  follow(api: Api, relevant: (appended: JournalAppended) => boolean = () => true): () => void {
    void this.load();
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = api.onJournal((appended) => {
      if (!relevant(appended)) return;
      // Several entries often come at once: one reading is enough.
      clearTimeout(waiting);
      waiting = setTimeout(() => void this.load(), 40);
    });
    return () => {
      clearTimeout(waiting);
      stop();
    };
  }
}
