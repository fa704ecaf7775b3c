/** Durations: `41 min`, `11 h 28 min`, `00:41:10`, `due in 3 h`. A no-break space keeps number and unit together. */

const NB = "\u00a0";

/** Parses an ISO 8601 duration of weeks, days, hours, minutes and seconds into seconds; `null` when it is none. */
export function isoSeconds(text: string): number | null {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!match || text === "P" || text.endsWith("T")) return null;
  const part = (index: number) => Number(match[index] ?? 0);
  return part(1) * 604_800 + part(2) * 86_400 + part(3) * 3600 + part(4) * 60 + part(5);
}

/** Writes seconds as an ISO 8601 duration of days, hours, minutes and seconds. */
export function toIso(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Math.floor(seconds % 60);
  const time = `${hours ? `${hours}H` : ""}${minutes ? `${minutes}M` : ""}${rest ? `${rest}S` : ""}`;
  const text = `P${days ? `${days}D` : ""}${time ? `T${time}` : ""}`;
  return text === "P" ? "PT0S" : text;
}

/** `40 s`, `17 min`, `2 h`, `11 h 28 min`, `19 d 11 h`: at most two units, the small one left out when nought. */
export function spoken(seconds: number): string {
  const total = Math.max(0, Math.floor(Math.abs(seconds)));
  if (total < 60) return `${total}${NB}s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes}${NB}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 240) return minutes % 60 ? `${hours}${NB}h${NB}${minutes % 60}${NB}min` : `${hours}${NB}h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days}${NB}d${NB}${hours % 24}${NB}h` : `${days}${NB}d`;
}

/** The same with one unit only: `3 h`, `2 d`. For countdowns at a glance. */
export function rough(seconds: number): string {
  const total = Math.max(0, Math.abs(seconds));
  if (total < 60) return `${Math.floor(total)}${NB}s`;
  if (total < 3600) return `${Math.floor(total / 60)}${NB}min`;
  if (total < 48 * 3600) return `${Math.floor(total / 3600)}${NB}h`;
  return `${Math.floor(total / 86_400)}${NB}d`;
}

/** `00:41:10`; hours may pass 99. */
export function stopwatch(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(total / 3600))}:${two(Math.floor((total % 3600) / 60))}:${two(total % 60)}`;
}

/** `due in 3 h` or `late by 2 h`. */
export function due(deadline: Date, now: Date): string {
  const seconds = (deadline.getTime() - now.getTime()) / 1000;
  return seconds >= 0 ? `due in ${rough(seconds)}` : `late by ${rough(seconds)}`;
}
