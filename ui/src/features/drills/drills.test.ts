import { describe, expect, it } from "vitest";
import type { ChoiceView } from "$lib/ipc/client";
import { Picks } from "./picks.svelte";
import { durationParts, durationValue, moneyParts, timeValue, toText } from "./values";

const now = new Date("2026-11-21T14:00:00Z");
const choice = (more: Partial<ChoiceView> = {}): ChoiceView => ({
  element: null, elementLabel: null, title: "", readAt: "2026-11-21T14:00:00Z", many: false, columns: [], chosen: [], proposed: ["a"], reason: null, reasonNeeded: false,
  rows: [{ key: "a", label: "a", cells: [], usable: true, reasons: [] }, { key: "b", label: "b", cells: [], usable: true, reasons: [] }, { key: "c", label: "c", cells: [], usable: false, reasons: ["too old"] }], ...more,
});

describe("values of fields", () => {
  it("speaks objectives in hours and sends ISO 8601", () => {
    expect(durationParts("P1DT12H")).toEqual({ amount: "36", unit: "h" });
    expect(durationParts("PT90M")).toEqual({ amount: "90", unit: "min" });
    expect(durationParts("P14D")).toEqual({ amount: "14", unit: "d" });
    expect(durationValue("36", "h")).toEqual({ kind: "text", text: "P1DT12H" });
    expect(durationValue("", "h")).toEqual({ kind: "empty" });
  });
  it("hands on what it cannot read, so that Rust says what is wrong", () => {
    expect(durationValue("soon", "h")).toEqual({ kind: "text", text: "soon" });
    expect(timeValue("soon", now)).toEqual({ kind: "text", text: "soon" });
    expect(timeValue("Sun 22 Nov, 18:00", now)).toEqual({ kind: "text", text: "2026-11-22T23:00:00Z" });
    expect(moneyParts("40.00 USD")).toEqual({ amount: "40.00", currency: "USD" });
    expect(toText("  ")).toEqual({ kind: "empty" });
  });
});

describe("picks", () => {
  it("begins with the proposal and wants a reason for anything else", () => {
    const picks = new Picks();
    const rows = choice();
    expect(picks.of(rows)).toEqual(["a"]);
    expect(picks.missing([rows])).toBeNull();
    picks.toggle(rows, "b");
    expect(picks.of(rows)).toEqual(["b"]);
    expect(picks.missing([rows])).toBe("Say why.");
    picks.because(rows, "quieter");
    expect(picks.missing([rows])).toBeNull();
    expect(picks.all([rows])).toEqual([{ element: null, keys: ["b"], reason: "quieter" }]);
  });
  it("takes several where several may be taken, and forgets rows that vanished", () => {
    const picks = new Picks();
    const many = choice({ many: true, proposed: [] });
    expect(picks.missing([many])).toBe("Pick a row.");
    picks.toggle(many, "a");
    picks.toggle(many, "b");
    expect(picks.of(many)).toEqual(["a", "b"]);
    expect(picks.of({ ...many, rows: many.rows.slice(1) })).toEqual(["b"]);
  });
  it("sends only the elements that are not chosen yet", () => {
    const picks = new Picks();
    const done = choice({ element: "vm-1", chosen: ["a"] });
    const open = choice({ element: "vm-2" });
    expect(picks.all([done, open]).map((pick) => pick.element)).toEqual(["vm-2"]);
  });
});
