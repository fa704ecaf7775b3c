/** What every screen shares: the band, the people, who sits here. */

import { createContext } from "svelte";
import type { Api, AppView, PersonView } from "./ipc/client";
import { Resource } from "./resource.svelte";
import type { Now } from "./now.svelte";

export class Frame {
  readonly #resource: Resource<AppView>;
  readonly #api: Api;
  readonly #now: Now;

  constructor(api: Api, now: Now) {
    this.#api = api;
    this.#now = now;
    this.#resource = new Resource(() => api.app());
  }

  get view(): AppView | null {
    return this.#resource.value;
  }
  get problem() {
    return this.#resource.problem;
  }
  get person(): PersonView | null {
    return this.view?.person ?? null;
  }
  /** `maya@…` to `Maya Lindqvist`; the id itself when nobody has it. */
  name(id: string): string {
    return this.view?.people.find((person) => person.id === id)?.name ?? id;
  }

  follow(): () => void {
    return this.#resource.follow(this.#api);
  }
  reload() {
    return this.#resource.load();
  }
  /** Takes the frame of what was just opened. */
  take(view: AppView) {
    this.#resource.set(view);
    this.#now.set(view.now, 1);
  }
  /** Sits somebody else down. Rust writes it to the journal. */
  async switchTo(person: string) {
    this.take(await this.#api.switchPerson(person));
  }
}

export const [useFrame, provideFrame] = createContext<Frame>();
