/** Half-years of the drills there are, newest first. */

import type { DrillRowView } from "$lib/ipc/client";

export type Period = { value: string; label: string };

export const halfOf = (at: string): string => {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() < 6 ? 1 : 2}`;
};

export function periods(drills: readonly DrillRowView[]): Period[] {
  const halves = [...new Set(drills.map((drill) => halfOf(drill.opened)))].sort().reverse();
  return [{ value: "", label: "Every drill" }, ...halves.map((value) => ({ value, label: value.endsWith("-1") ? `1 Jan to 30 Jun ${value.slice(0, 4)}` : `1 Jul to 31 Dec ${value.slice(0, 4)}` }))];
}
