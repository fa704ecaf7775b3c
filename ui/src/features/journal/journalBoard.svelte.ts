/** The journal on screen: what is asked of it, the pages read so far, the chosen entry, the verdict. */

import { asProblem, type Api, type JournalPage, type JournalRow, type Problem, type VerificationView } from "$lib/ipc/client";

const PAGE = 200;
const MOST = 500;

export class JournalBoard {
  readonly #api: Api;
  readonly #newestFirst: boolean;
  #drill = $state<string | null>(null);
  #search = $state("");
  #kind = $state("");
  #rows = $state.raw<readonly JournalRow[]>([]);
  #page = $state.raw<JournalPage | null>(null);
  #problem = $state.raw<Problem | null>(null);
  #loading = $state(false);
  #chosen = $state<number | null>(null);
  #verdict = $state.raw<VerificationView | null>(null);
  #verifying = $state(false);
  #turn = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, newestFirst: boolean) {
    this.#api = api;
    this.#newestFirst = newestFirst;
  }

  get rows() { return this.#rows; }
  /** The last page that was read: counts, head and kinds stand in it. */
  get page() { return this.#page; }
  get problem() { return this.#problem; }
  get loading() { return this.#loading; }
  get drill() { return this.#drill; }
  get search() { return this.#search; }
  get kind() { return this.#kind; }
  get verdict() { return this.#verdict; }
  get verifying() { return this.#verifying; }
  get filtered(): boolean {
    return this.#search.trim() !== "" || this.#kind !== "";
  }

  get chosen(): JournalRow | null {
    return this.#rows.find((row) => row.entry === this.#chosen) ?? null;
  }
  /** Place of the chosen entry among the rows. */
  get place(): number | null {
    const at = this.#rows.findIndex((row) => row.entry === this.#chosen);
    return at < 0 ? null : at;
  }
  get asked(): number | null {
    return this.#chosen;
  }

  /** Chooses an entry; one that was not read yet is read up to. */
  async choose(entry: number | null) {
    this.#chosen = entry;
    let left = 20;
    while (entry !== null && this.chosen === null && this.#page?.next != null && left-- > 0 && this.#chosen === entry) await this.more(MOST);
  }
  move(by: number) {
    const next = this.#rows[(this.place ?? (by > 0 ? -1 : this.#rows.length)) + by];
    if (next) this.#chosen = next.entry;
  }

  set drill(drill: string | null) {
    if (this.#drill === drill) return;
    this.#drill = drill;
    this.#rows = [];
    this.#page = null;
    this.#chosen = null;
  }
  set kind(kind: string) {
    this.#kind = kind;
    void this.load();
  }
  /** Reads again when typing rests. */
  set search(text: string) {
    this.#search = text;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.load(), 180);
  }
  clear() {
    clearTimeout(this.#typing);
    this.#search = "";
    this.#kind = "";
    void this.load();
  }

  #read(from: number | null, limit: number): Promise<JournalPage> {
    return this.#api.journal({ drill: this.#drill, search: this.#search.trim(), kinds: this.#kind ? [this.#kind] : [], from, newestFirst: this.#newestFirst, limit });
  }

  /** From the beginning, as many rows as there were. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.#loading = true;
    try {
      const page = await this.#read(null, Math.min(MOST, Math.max(PAGE, this.#rows.length)));
      if (turn !== this.#turn) return;
      this.#page = page;
      this.#rows = page.rows;
      this.#problem = null;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.#problem = asProblem(thrown);
    }
    this.#loading = false;
  }

  /** The next page, when there is one and none is being read. */
  async more(limit = PAGE): Promise<void> {
    const from = this.#page?.next ?? null;
    if (from === null || this.#loading) return;
    const turn = ++this.#turn;
    this.#loading = true;
    try {
      const page = await this.#read(from, limit);
      if (turn !== this.#turn) return;
      this.#page = page;
      this.#rows = [...this.#rows, ...page.rows];
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.#problem = asProblem(thrown);
    }
    this.#loading = false;
  }

  /** Reads now and whenever the journal grew; call it from `$effect`. */
  follow(): () => void {
    void this.load();
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = this.#api.onJournal(({ drill }) => {
      if (this.#drill !== null && drill !== "" && drill !== this.#drill) return;
      clearTimeout(waiting);
      waiting = setTimeout(() => void this.load(), 40);
    });
    return () => {
      clearTimeout(waiting);
      clearTimeout(this.#typing);
      stop();
    };
  }

  async verify(): Promise<VerificationView | null> {
    this.#verifying = true;
    this.#problem = null;
    try {
      this.#verdict = await this.#api.verifyJournal();
    } catch (thrown) {
      this.#problem = asProblem(thrown);
      this.#verdict = null;
    }
    this.#verifying = false;
    return this.#verdict;
  }
}
