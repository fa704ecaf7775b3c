/** A form that a person fills in: what is typed lives in the drafts, Rust says what is wrong with it. */

import type { Drafts } from "$lib/drafts.svelte";
import type { Api, FieldEntry, FieldValue, FieldView, StepView } from "$lib/ipc/client";
import { isEmpty } from "./values";

export class FieldForm {
  readonly #api: Api;
  readonly #drafts: Drafts;
  readonly #step: () => StepView | null;
  #checked = $state.raw<FieldView[] | null>(null);
  #touched = $state<Record<string, true>>({});
  #tried = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(api: Api, drafts: Drafts, step: () => StepView | null) {
    this.#api = api;
    this.#drafts = drafts;
    this.#step = step;
  }

  get fields(): readonly FieldView[] {
    const step = this.#step();
    const fields = step?.fields ?? [];
    const checked = this.#checked;
    if (!checked) return fields;
    return fields.map((field) => {
      const found = checked.find((other) => other.name === field.name);
      return found ? { ...field, error: found.error, warning: found.warning } : field;
    });
  }

  value(field: FieldView): FieldValue {
    const step = this.#step();
    return (step && this.#drafts.of(step.drill, step.id)[field.name]) ?? field.value;
  }

  /** An empty field is not wrong before somebody left it empty. */
  error(field: FieldView): string | null {
    if (!field.error) return null;
    return this.#tried || this.#touched[field.name] || !isEmpty(this.value(field)) ? field.error : null;
  }

  /** What is wrong, shown or not, in the order of the form. */
  get wrong(): readonly FieldView[] {
    return this.fields.filter((field) => field.error || (field.required && isEmpty(this.value(field)) && field.kind !== "flag"));
  }
  /** How many are as the runbook proposes. */
  get proposed(): number {
    return this.fields.filter((field) => field.proposed && JSON.stringify(this.value(field)) === JSON.stringify(field.value)).length;
  }

  set(field: FieldView, value: FieldValue) {
    const step = this.#step();
    if (!step) return;
    this.#drafts.set(step.drill, step.id, field.name, value);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), 250);
  }
  touch(field: FieldView) {
    this.#touched[field.name] = true;
    void this.check();
  }
  /** The button was pressed: every field says what is wrong with it. */
  try() {
    this.#tried = true;
  }

  entries(): FieldEntry[] {
    return this.fields.map((field) => ({ name: field.name, value: $state.snapshot(this.value(field)) }));
  }

  async check(): Promise<void> {
    clearTimeout(this.#timer);
    const step = this.#step();
    if (!step?.current || !step.fields.length) return;
    const turn = ++this.#turn;
    try {
      const checked = await this.#api.checkFields({ at: { drill: step.drill, step: step.id, element: null }, fields: this.entries() });
      if (turn === this.#turn) this.#checked = checked;
    } catch {
      // Entering says what is wrong; a check that could not be made says nothing.
    }
  }

  /** Another step is shown. */
  reset() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#checked = null;
    this.#touched = {};
    this.#tried = false;
  }
}
