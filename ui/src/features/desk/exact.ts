/** Exactly what will be sent, set for reading: ids shortened on request, lines that differ marked. Copying always gives the whole. */

import type { CoverView, DifferenceView, SendView } from "$lib/ipc/client";

/** `…/virtualNetworks/vnet-1` for a long id. */
export function shortId(text: string): string {
  const parts = text.split("/").filter(Boolean);
  return parts.length > 3 ? `…/${parts.slice(-2).join("/")}` : text;
}

export function shortPath(path: string): string {
  const provider = path.lastIndexOf("/providers/");
  if (provider < 0) return shortId(path);
  const parts = path.slice(provider + 11).split("/").filter(Boolean).slice(1);
  return `…/${parts.slice(-4).join("/")}`;
}

export type BodyLine = { text: string; differs: boolean };

/** The body line by line; a line that carries a field or value that differs is marked. */
export function bodyLines(body: string, differs: readonly DifferenceView[], full: boolean): BodyLine[] {
  const fields = differs.map((one) => one.field.split(/[.\]/]/).filter(Boolean).at(-1) ?? "").filter((field) => field.length > 2);
  const values = differs.map((one) => one.now).filter((value) => value.length > 3);
  return body.split("\n").map((line) => ({
    text: full ? line : line.replace(/"(\/subscriptions\/[^"]*)"/g, (_, id: string) => `"${shortId(id)}"`),
    differs: fields.some((field) => line.includes(`"${field}"`)) || values.some((value) => line.includes(value)),
  }));
}

/** What the copy button gives: every request of the cover, whole. */
export function whole(requests: readonly SendView[]): string {
  return requests.map((one) => [`${one.method} ${one.path}${one.query ? `?${one.query}` : ""}`, one.body ?? ""].filter(Boolean).join("\n")).join("\n\n");
}

export const actions = (covers: readonly CoverView[]) => covers.filter((cover) => cover.kind === "action");
export const others = (covers: readonly CoverView[]) => covers.filter((cover) => cover.kind !== "action");
