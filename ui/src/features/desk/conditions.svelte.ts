/** The bounds a reviewer sets on the facts of a request. An empty field sets none. */

import { time } from "$lib/format";
import type { ConditionEntry, FactView } from "$lib/ipc/client";

export class Conditions {
  readonly #facts: () => readonly FactView[];
  readonly #now: () => Date;
  #texts = $state<Record<string, string>>({});

  constructor(facts: () => readonly FactView[], now: () => Date) {
    this.#facts = facts;
    this.#now = now;
  }

  #proposed(fact: FactView): string {
    if (fact.proposed === null) return "";
    const at = fact.op === "before" ? time.parse(fact.proposed) : null;
    return at ? time.brief(at, this.#now()) : fact.proposed;
  }
  text(fact: FactView): string {
    return this.#texts[fact.name] ?? this.#proposed(fact);
  }
  type(fact: FactView, text: string) {
    this.#texts[fact.name] = text;
  }
  reset() {
    this.#texts = {};
  }

  #date(fact: FactView): Date | null {
    const typed = this.#texts[fact.name];
    // What was proposed is kept to the second; typing gives minutes.
    return typed === undefined ? time.parse(fact.proposed) : time.loose(typed, this.#now());
  }

  error(fact: FactView): string | null {
    const text = this.text(fact).trim();
    if (!text || fact.op === "equals") return null;
    if (fact.op === "before") {
      const date = this.#date(fact);
      if (!date) return "A time, as in 18:00.";
      return date <= this.#now() ? "This time is past." : null;
    }
    return /^\d{1,15}$/.test(text) ? null : "A whole number.";
  }
  /** What would stop it at once, as things stand. */
  warning(fact: FactView): string | null {
    const text = this.text(fact).trim();
    const value = fact.value?.trim() ?? "";
    if (!text || this.error(fact) || !/^\d+$/.test(value)) return null;
    const holds = fact.op === "atMost" ? Number(value) <= Number(text) : fact.op === "atLeast" ? Number(value) >= Number(text) : true;
    return holds ? null : `It is ${value} now; nothing could be sent.`;
  }

  get wrong(): readonly FactView[] {
    return this.#facts().filter((fact) => this.error(fact) !== null);
  }

  entries(): ConditionEntry[] {
    return this.#facts().flatMap((fact) => {
      const text = this.text(fact).trim();
      if (!text) return [];
      const value = fact.op === "before" ? (this.#date(fact)?.toISOString().replace(/\.000Z$/, "Z") ?? text) : text;
      return [{ fact: fact.name, op: fact.op, value }];
    });
  }
}
