/** Between what a field holds and what its controls show. */

import { duration, quantity, time } from "$lib/format";
import type { FieldTypeView, FieldValue, FieldView } from "$lib/ipc/client";

export type DurationUnit = "min" | "h" | "d";
const SECONDS: Record<DurationUnit, number> = { min: 60, h: 3600, d: 86_400 };

export const textOf = (value: FieldValue): string => (value.kind === "text" ? value.text : "");
export const listOf = (value: FieldValue): string[] => (value.kind === "list" ? value.items : value.kind === "text" && value.text ? value.text.split("\n") : []);
export const toText = (text: string): FieldValue => (text.trim() ? { kind: "text", text } : { kind: "empty" });
export const toList = (items: string[]): FieldValue => (items.length ? { kind: "list", items } : { kind: "empty" });
export const isEmpty = (value: FieldValue): boolean => value.kind === "empty" || (value.kind === "text" && !value.text.trim()) || (value.kind === "list" && !value.items.length) || (value.kind === "reference" && !value.system && !value.id && !value.url);
export const reference = (value: FieldValue) => (value.kind === "reference" ? value : { kind: "reference" as const, system: "", id: "", url: "" });

/** `PT36H` as 36 and `h`: hours up to three days, because objectives are spoken in hours. */
export function durationParts(text: string): { amount: string; unit: DurationUnit } {
  const seconds = duration.isoSeconds(text);
  if (seconds === null) return { amount: "", unit: "h" };
  if (seconds % 3600 !== 0) return { amount: String(Math.round(seconds / 60)), unit: "min" };
  if (seconds % 86_400 === 0 && seconds > 3 * 86_400) return { amount: String(seconds / 86_400), unit: "d" };
  return { amount: String(seconds / 3600), unit: "h" };
}
export function durationValue(amount: string, unit: DurationUnit): FieldValue {
  const number = Number(amount.replace(",", "."));
  if (!amount.trim()) return { kind: "empty" };
  // What is no number goes to Rust as it is, so that Rust says what is wrong with it.
  if (!Number.isFinite(number) || number < 0) return { kind: "text", text: amount };
  return { kind: "text", text: duration.toIso(Math.round(number * SECONDS[unit])) };
}

/** `40.00 USD` as amount and currency. */
export function moneyParts(text: string): { amount: string; currency: string } {
  const [amount = "", currency = "USD"] = text.trim().split(/\s+/);
  return { amount, currency };
}

/** A time as people type it, or the text itself when it is none. */
export function timeShown(text: string, now: Date): string {
  const date = time.parse(text);
  return date ? time.dayTime(date, now) : text;
}
export function timeValue(typed: string, near: Date): FieldValue {
  if (!typed.trim()) return { kind: "empty" };
  const date = time.loose(typed, near);
  return { kind: "text", text: date ? date.toISOString().replace(/\.000Z$/, "Z") : typed };
}

const WIDE: readonly FieldTypeView[] = ["text", "longText", "list", "reference"];
/** It needs the whole width of the form. */
export function wide(field: FieldView): boolean {
  if (field.label.length > 24 && field.kind !== "flag") return true;
  if (field.kind === "choice") return field.options.length <= 3 && field.options.map((option) => option.label).join("").length > 24;
  return WIDE.includes(field.kind);
}

/** What a person who does not fill the form reads of a field. */
export function shown(field: FieldView, value: FieldValue, now: Date, name: (id: string) => string): string {
  const label = (text: string) => field.options.find((option) => option.value === text)?.label ?? text;
  switch (value.kind) {
    case "empty": return "";
    case "flag": return value.on ? "yes" : "no";
    case "list": return quantity.either(value.items.map((item) => label(item.trim())), "and");
    case "reference": return [value.system, value.id].filter(Boolean).join(" ");
    case "text": {
      const text = value.text.trim();
      const seconds = field.kind === "duration" ? duration.isoSeconds(text) : null;
      if (seconds !== null) return duration.spoken(seconds);
      if (field.kind === "time") return timeShown(text, now);
      return field.kind === "person" && !field.options.length ? name(text) : label(text);
    }
  }
}
