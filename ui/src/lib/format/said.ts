/** Sentences of Rust and of Azure as people read them: times become local, durations hours, ids names. What was written stays in the tooltip. */

import { isoSeconds, spoken } from "./duration";
import { brief, parse } from "./time";

export type Piece = { kind: "text"; text: string } | { kind: "time"; at: string } | { kind: "span"; text: string; whole: string } | { kind: "id"; text: string; whole: string };

const TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})`;
// An id may have a semicolon inside (`VM;iaasvmcontainerv2;rg;vm-1`), but does not end with one.
const ID = String.raw`\/subscriptions\/[^\s,;"'“”)\]]+(?:;[^\s,;"'“”)\]]+)*`;
const SPAN = String.raw`\bP(?=T?\d)(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?\b`;
const FINDS = new RegExp(`(?<time>${TIME})|(?<id>${ID})|(?<span>${SPAN})`, "gi");

/** The name at the end of an ARM id: `vm-1` for `…/protectedItems/VM;iaasvmcontainerv2;rg;vm-1`. */
export function idName(id: string): string {
  const last = id.replace(/\/+$/, "").split("/").at(-1) ?? id;
  return last.split(";").at(-1) || last;
}

/** A sentence in pieces: text, times, durations, ids. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(FINDS)) {
    const { time, id, span } = match.groups ?? {};
    const whole = match[0];
    const seconds = span ? isoSeconds(span) : null;
    if (span && seconds === null) continue;
    if (time && !parse(time)) continue;
    if (match.index > end) found.push({ kind: "text", text: text.slice(end, match.index) });
    if (time) found.push({ kind: "time", at: time });
    else if (id) found.push({ kind: "id", text: idName(id), whole });
    else found.push({ kind: "span", text: spoken(seconds ?? 0), whole });
    end = match.index + whole.length;
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
  return found;
}

/** The same as one text, for tooltips and screen readers. */
export function plain(text: string, now: Date): string {
  const said = (piece: Piece) => {
    if (piece.kind !== "time") return piece.text;
    const date = parse(piece.at);
    return date ? brief(date, now) : piece.at;
  };
  return pieces(text).map(said).join("");
}
