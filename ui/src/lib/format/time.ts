/** Times as people read them: local, on a 24-hour clock, with UTC kept for the tooltip. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const two = (value: number) => String(value).padStart(2, "0");

/** Parses an RFC 3339 time; `null` when it is not one. */
export function parse(at: string | null | undefined): Date | null {
  if (!at) return null;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `09:36` or, with seconds, `09:36:12`. */
export function clock(date: Date, seconds = false): string {
  const base = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return seconds ? `${base}:${two(date.getSeconds())}` : base;
}

/** `Fri 20 Nov`; the year joins when it is not this one. */
export function day(date: Date, now: Date): string {
  const base = `${DAYS[date.getDay()]} ${date.getDate()} ${MONTHS[date.getMonth()]}`;
  return date.getFullYear() === now.getFullYear() ? base : `${base} ${date.getFullYear()}`;
}

/** `Fri 20 Nov, 22:02`. */
export function dayTime(date: Date, now: Date): string {
  return `${day(date, now)}, ${clock(date)}`;
}

/** `20 Nov 22:02:11`: a row of the journal. */
export function stamp(date: Date): string {
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${clock(date, true)}`;
}

/** The clock alone today, day and clock otherwise. */
export function brief(date: Date, now: Date): string {
  return date.toDateString() === now.toDateString() ? clock(date) : dayTime(date, now);
}

/** `Saturday 21 November, 09:36`: the head of a room. */
export function long(date: Date): string {
  const names = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" }).format(date).replaceAll(",", "");
  return `${names}, ${clock(date)}`;
}

/** `2026-11-21T03:02:11Z (UTC)`, for the tooltip of every time. */
export function utc(date: Date): string {
  return `${date.toISOString().replace(/\.000Z$/, "Z")} (UTC)`;
}

/** `today at 18:00`, `tomorrow at 09:39`, `Mon 23 Nov, 11:30`. */
export function when(date: Date, now: Date): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const days = Math.floor((date.getTime() - midnight) / 86_400_000);
  if (days === 0) return `today at ${clock(date)}`;
  if (days === 1) return `tomorrow at ${clock(date)}`;
  if (days === -1) return `yesterday at ${clock(date)}`;
  return dayTime(date, now);
}

/** Reads what people type: `Sat 21 Nov, 08:00`, `21 Nov 2026 8:00`, `2026-11-21 08:00`, `08:00` (the day of `near`). `null` when it is none. */
export function loose(text: string, near: Date): Date | null {
  const clean = text.trim();
  const make = (year: number, month: number, date: number, hour: number, minute: number): Date | null => {
    if (hour > 23 || minute > 59) return null;
    const made = new Date(year, month, date, hour, minute);
    return made.getMonth() === month && made.getDate() === date ? made : null;
  };
  const iso = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{1,2}):(\d{2})$/.exec(clean);
  if (iso) return make(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]), Number(iso[4]), Number(iso[5]));
  const only = /^(\d{1,2}):(\d{2})$/.exec(clean);
  if (only) return make(near.getFullYear(), near.getMonth(), near.getDate(), Number(only[1]), Number(only[2]));
  const spoken = /^(?:[A-Za-z]{2,9},?\s+)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*(?:\s+(\d{4}))?,?\s+(\d{1,2}):(\d{2})$/.exec(clean);
  if (!spoken) return null;
  const month = MONTHS.findIndex((name) => name.toLowerCase() === spoken[2]?.toLowerCase());
  if (month < 0) return null;
  const at = (year: number) => make(year, month, Number(spoken[1]), Number(spoken[4]), Number(spoken[5]));
  if (spoken[3]) return at(Number(spoken[3]));
  // Without a year: the one that is nearest, so that January is understood in December.
  const year = near.getFullYear();
  const found = [year - 1, year, year + 1].map(at).filter((date): date is Date => date !== null);
  return found.sort((a, b) => Math.abs(a.getTime() - near.getTime()) - Math.abs(b.getTime() - near.getTime()))[0] ?? null;
}
