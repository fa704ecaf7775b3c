/** Small makers, so that each invented step says only what is its own. */

import type { ActionKindView, ActionView, CellView, ChoiceRowView, DetailView, EvidenceRowView, ExpectationView, FieldTypeView, FieldValue, FieldView, SendView, StepView } from "../bindings";

export const DRILL = "D-2026-0007";
/** A time of the day of the drill, UTC. */
export const at = (clock: string) => `2026-11-21T${clock.length === 5 ? `${clock}:00` : clock}Z`;
export const detail = (name: string, value: string, mono = false): DetailView => ({ name, value, mono });
export const cell = (text: string, more: Partial<CellView> = {}): CellView => ({ text, time: null, mono: false, ...more });
export const when = (time: string): CellView => ({ text: time, time, mono: false });
export const row = (key: string, label: string, cells: CellView[], ...reasons: string[]): ChoiceRowView => ({ key, label, cells, usable: reasons.length === 0, reasons });
export const evidence = (entry: number, step: string, title: string, detail: string, clock: string, kind: EvidenceRowView["kind"] = "exchange"): EvidenceRowView => ({ entry, kind, step, element: null, title, detail, at: at(clock) });
export const action = (kind: ActionKindView, label: string, more: Partial<ActionView> = {}): ActionView => ({
  kind, label, consequence: null, changesAzure: false, primary: true, enabled: true, reason: null, person: null, step: null, needsReason: false, ...more,
});
export const expectation = (number: number, that: string, state: ExpectationView["state"], value: string, expected: string, more: Partial<ExpectationView> = {}): ExpectationView => ({
  number, element: null, elementLabel: null, that, state, value, expected, before: null, class: null, lookNext: null, acknowledged: null, command: null, entry: 100 + number, ...more,
});
export const field = (name: string, label: string, kind: FieldTypeView, value: FieldValue, group: string, more: Partial<FieldView> = {}): FieldView => ({
  name, label, group, kind, help: null, required: true, options: [], value, proposed: true, error: null, warning: null, ...more,
});
export const text = (value: string): FieldValue => ({ kind: "text", text: value });
export const list = (...items: string[]): FieldValue => ({ kind: "list", items });
export const send = (name: string, element: string, path: string, body: string | null, az: string, state = "not sent"): SendView => ({
  name, element, changes: true, method: "POST", path, query: "api-version=2021-11-15", body, az, secret: false, state, entry: null,
});

export const EMPTY: Omit<StepView, "id" | "number" | "kind" | "title" | "safety" | "why" | "expect" | "ifNot" | "state" | "current"> = {
  drill: DRILL, stateNote: null, undo: null, text: [], readsOnly: true, progress: null, elements: [], expectations: [], choices: [], fields: [], request: null, sends: [], happens: [], allowed: [],
  waits: [], unknowns: [], cleanup: [], review: null, evidence: [], demands: [], signedAt: null, commands: [], outside: [], terms: [], problem: null, actions: [],
};
