/** Rows ticked on the screen and not yet chosen; the proposed rows stand until somebody picks others. */

import type { ChoiceView } from "$lib/ipc/client";

const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((key) => b.includes(key));

export class Picks {
  #keys = $state<Record<string, string[]>>({});
  #reasons = $state<Record<string, string>>({});

  #id(choice: ChoiceView): string {
    return choice.element ?? "";
  }

  /** What is ticked: picked now, else chosen before, else proposed. Rows that vanished do not count. */
  of(choice: ChoiceView): string[] {
    const there = new Set(choice.rows.filter((row) => row.usable).map((row) => row.key));
    const picked = this.#keys[this.#id(choice)];
    return (picked ?? (choice.chosen.length ? choice.chosen : choice.proposed)).filter((key) => there.has(key) || choice.chosen.includes(key));
  }
  reason(choice: ChoiceView): string {
    return this.#reasons[this.#id(choice)] ?? choice.reason ?? "";
  }
  because(choice: ChoiceView, reason: string) {
    this.#reasons[this.#id(choice)] = reason;
  }
  toggle(choice: ChoiceView, key: string) {
    const now = this.of(choice);
    this.#keys[this.#id(choice)] = choice.many ? (now.includes(key) ? now.filter((other) => other !== key) : [...now, key]) : [key];
  }
  /** Something else is ticked than was proposed. */
  differs(choice: ChoiceView): boolean {
    const now = this.of(choice);
    return choice.proposed.length > 0 && now.length > 0 && !same(now, choice.proposed);
  }
  clear() {
    this.#keys = {};
    this.#reasons = {};
  }

  /** Why the choices cannot be sent yet; `null` when they can. */
  missing(choices: readonly ChoiceView[]): string | null {
    for (const choice of choices) {
      const where = choice.elementLabel && choices.length > 1 ? ` for ${choice.elementLabel}` : "";
      if (!choice.readAt && !choice.rows.length) return `The list${where} was not read yet.`;
      if (!this.of(choice).length) return `Pick a row${where}.`;
      if ((this.differs(choice) || choice.reasonNeeded) && !this.reason(choice).trim()) return `Say why${where}.`;
    }
    return null;
  }

  /** What to send: every element whose choice is not yet what is ticked. */
  all(choices: readonly ChoiceView[]): { element: string | null; keys: string[]; reason: string }[] {
    const open = choices.filter((choice) => !choice.chosen.length || !same(choice.chosen, this.of(choice)));
    return (open.length ? open : choices).map((choice) => ({ element: choice.element, keys: this.of(choice), reason: this.reason(choice).trim() }));
  }
}
