/** Bytes, money, counts and digests as they stand in sentences. */

const NB = "\u00a0";

/** `874 bytes`, `4.2 KB`, `160 GB`. */
export function bytes(size: number): string {
  if (size < 1000) return `${size}${NB}bytes`;
  const units = ["KB", "MB", "GB", "TB", "PB"];
  let value = size;
  let unit = "bytes";
  for (const next of units) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, "")}${NB}${unit}`;
}

/** `$0.82`, `€12.40`, `CHF 3.00`: the currency's own sign where it has one. */
export function money(amount: number, currency: string): string {
  const signs: Record<string, string> = { USD: "$", EUR: "€", GBP: "£" };
  const figure = amount.toFixed(2);
  const sign = signs[currency];
  return sign ? `${sign}${figure}` : `${currency}${NB}${figure}`;
}

/** `2 148`: thin groups of three from four digits on. */
export function count(value: number): string {
  return String(Math.trunc(value)).replace(/\B(?=(\d{3})+$)/g, NB);
}

/** `1 disk`, `2 disks`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `7be104d9 c25f88a1 e6a0437b …`: the beginning of a digest, in groups of eight. */
export function digest(text: string, groups = 3): string {
  const hex = text.replace(/^sha256:/, "");
  const parts = hex.match(/.{1,8}/g) ?? [];
  return parts.length > groups ? `${parts.slice(0, groups).join(" ")} …` : parts.join(" ");
}

/** `Rita Okafor or Pat Nguyen`. */
export function either(names: readonly string[], word = "or"): string {
  if (names.length <= 1) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} ${word} ${names[names.length - 1]}`;
}

/** The last segment of an ARM id, for a glance; the whole stands in the tooltip. */
export function lastSegment(id: string): string {
  const trimmed = id.replace(/\/+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}
