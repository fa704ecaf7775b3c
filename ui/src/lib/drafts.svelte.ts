/** What was typed and not yet entered, by drill and step; it lasts until the window closes. */

import { createContext } from "svelte";
import type { FieldValue } from "./ipc/client";

type Values = Record<string, FieldValue>;

export class Drafts {
  #all = $state<Record<string, Values>>({});

  of(drill: string, step: string): Values {
    return this.#all[`${drill}/${step}`] ?? {};
  }
  set(drill: string, step: string, name: string, value: FieldValue) {
    const key = `${drill}/${step}`;
    this.#all[key] = { ...this.#all[key], [name]: value };
  }
  drop(drill: string, step: string) {
    delete this.#all[`${drill}/${step}`];
  }
}

export const [useDrafts, provideDrafts] = createContext<Drafts>();
