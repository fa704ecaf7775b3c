/** An invented journal: the entries of D-2026-0007 and, on request, thousands more. */

import type { JournalFilter, JournalPage, JournalRow } from "../bindings";
import { DRILL, at } from "./make";

type Line = [clock: string, step: string, kind: string, sentence: string, who?: string];
const M = "Maya Lindqvist", R = "Rita Okafor";
const LINES: Line[] = [
  ["13:02:04", "brief", "drill.opened", "D-2026-0007 opened on runbook 1.2.0", M], ["13:09:31", "brief", "step.acknowledged", "Read this first was read", M],
  ["13:31:18", "charter", "fields.entered", "Charter: 19 fields", M], ["13:32:02", "identity", "check.passed", "Tenant, subscription and person are as named"], ["13:34:40", "pick-vault", "choice.made", "rsv-evergreen-policy of 2 vaults", M],
  ["13:36:09", "vault", "check.passed", "Cross-region restore is on, by both interfaces"], ["13:39:55", "items", "choice.made", "vm-policy-01, vm-policy-02 of 14", M], ["13:41:20", "points", "check.passed", "2 of 2 machines have a fresh point in westus"],
  ["13:43:31", "baseline", "evidence.recorded", "Production as it is now, 12 readings"], ["13:49:07", "network", "check.passed", "snet-isolated: no peering, no gateway"], ["13:54:00", "permissions", "check.warned", "3 people hold Contributor on the subscription"],
  ["13:53:20", "approve-prepare", "approval.requested", "Sign-off: prepare, covers 3 requests", M], ["14:04:11", "approve-prepare", "approval.granted", "By Rita Okafor, having seen 21 entries", R], ["14:05:02", "groups", "action.intended", "2 groups, debt booked first", M], ["14:05:09", "groups", "action.completed", "rg-drill-0007-policy-01 and -02 are there"],
  ["14:07:33", "staging", "action.completed", "stdrill0007wus is there, in westus"], ["14:30:00", "declare", "t0.declared", "T0", M], ["14:38:50", "recovery-point", "choice.made", "Points of Fri 20 Nov, 22:02 and 22:04", M],
  ["14:39:12", "approve-restore", "approval.requested", "Sign-off: restore, covers 2 requests and 2 pieces of evidence", M], ["14:52:31", "approve-restore", "approval.granted", "By Rita Okafor, having seen 46 entries", R], ["14:53:08", "restore", "action.intended", "Restore 2 disks of vm-policy-01, debt booked first", M], ["14:53:10", "restore", "action.accepted", "Accepted, 202, job followed"],
  ["15:10:28", "job", "wait.changed", "38 %, 61 of 160 GB moved"], ["15:41:44", "job", "wait.ended", "Completed, both jobs"], ["15:44:02", "disks", "check.passed", "4 of 4 disks: number, size, SKU, key"], ["15:44:03", "disks", "objective.met", "RTO 1 h 14 of 2 h"],
  ["15:50:12", "seal", "action.completed", "Seal: network access of 4 disks is DenyAll"], ["15:50:13", "seal", "evidence.recorded", "Disks of rg-drill-0007, 4 read back"], ["15:50:20", "access", "step.opened", "26 Who can reach the restored data"], ["15:56:42", "access", "check.failed", "The subnet is not isolated: peer-hub-westus Connected"],
  ["15:56:42", "access", "check.warned", "3 people hold Contributor on the subscription"], ["15:58:09", "access", "note.added", "“Called netops; they added it for a patch test.”", M], ["16:12:55", "access", "warning.acknowledged", "Contributor on the subscription, known since F-09", M], ["16:14:31", "access", "check.passed", "The subnet is isolated: no peering"],
  ["16:15:02", "approve-start", "approval.requested", "Sign-off: start, covers 4 requests and 9 pieces of evidence", M], ["16:26:18", "approve-start", "approval.granted", "By Rita Okafor, having seen 121 entries", R], ["16:26:40", "vm", "action.intended", "Build the VM: 2 requests, debt booked first", M], ["16:26:43", "vm", "action.accepted", "Network interface made, 201"],
  ["16:27:20", "vm", "action.accepted", "Machine accepted, 201, operation followed"], ["16:33:02", "vm", "wait.changed", "Provisioning succeeded, agent not ready yet"], ["16:36:04", "boot", "wait.ended", "Running, agent ready"], ["16:36:19", "boot", "picture.captured", "Boot diagnostics, 192 tiles committed"],
  ["16:58:40", "approve-cleanup", "debt.unexpected", "snap-vm-policy-01-tmp, which nobody expected"], ["17:03:11", "approve-cleanup", "approval.requested", "Sign-off: clean up, covers 9 deletions", M], ["17:11:09", "approve-cleanup", "approval.granted", "By Pat Nguyen, having seen 156 entries", "Pat Nguyen"], ["17:14:20", "cleanup", "debt.gone", "vm-policy-01-drill: 404"],
  ["17:41:02", "cleanup", "debt.gone", "rg-drill-0007-policy-02: 404"], ["17:58:47", "untouched", "check.passed", "Production equals the baseline"], ["18:04:12", "review", "finding.added", "F-12: nobody owns the hub’s peering list", M], ["18:05:30", "review", "drill.closed", "Closed, 3 deviations", M],
];
const PLACES: Record<string, number> = { "check.warned13:54:00": 31, "objective.met15:44:03": 109, "check.failed15:56:42": 116, "debt.unexpected16:58:40": 158, "approval.granted14:52:31": 47, "approval.granted16:26:18": 122, "approval.granted17:11:09": 157, "approval.granted14:04:11": 22 };

function row(line: Line, entry: number): JournalRow {
  const [clock, step, kind, sentence, who = "Drillbook"] = line;
  const failed = kind === "check.failed";
  return {
    entry, at: at(clock), drill: DRILL, step, kind, sentence, who, evidence: kind.startsWith("check") || kind.startsWith("evidence") || kind.startsWith("picture"),
    fields: [{ name: "step", value: step, sealed: false }, { name: "outcome", value: kind.split(".")[1] ?? "", sealed: false }, ...(failed ? [{ name: "class", value: "dependency-drift", sealed: false }] : []), { name: failed ? "value" : "what", value: failed ? "peer-hub-westus Connected, to vnet-hub-westus, forwarded traffic allowed" : sentence, sealed: true }, { name: "response", value: "sha256:41aa90ce7d1f02c541aa90ce7d1f02c541aa90ce7d1f02c541aa90ce7d1f02c5", sealed: false }],
  };
}

let next = 0;
export const ROWS: JournalRow[] = LINES.map((line) => {
  next = Math.max(next + 1, PLACES[line[2] + line[0]] ?? 0);
  return row(line, next);
});

/** The same again and again, for lists that are very long. */
export function many(count: number): JournalRow[] {
  return Array.from({ length: count }, (_, index) => ({ ...row(LINES[index % LINES.length] ?? LINES[0]!, index + 1), at: new Date(Date.parse("2026-08-01T08:00:00Z") + index * 47_000).toISOString(), drill: index % 3 ? DRILL : "D-2026-0006" }));
}

/** One page, searched and filtered as Rust does it. */
export function page(all: readonly JournalRow[], filter: JournalFilter): JournalPage {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const hit = (one: JournalRow, word: string) => {
    const [key, value] = word.split(":", 2);
    if (value !== undefined && key === "kind") return one.kind.includes(value);
    if (value !== undefined && key === "who") return one.who.toLowerCase().includes(value);
    if (value !== undefined && key === "step") return (one.step ?? "").includes(value);
    return `${one.sentence} ${one.kind} ${one.who}`.toLowerCase().includes(word);
  };
  const found = all.filter((one) => (filter.drill === null || one.drill === filter.drill) && (filter.kinds.length === 0 || filter.kinds.includes(one.kind)) && words.every((word) => hit(one, word)));
  const sorted = filter.newestFirst ? [...found].reverse() : found;
  const from = filter.from === null ? sorted : sorted.filter((one) => (filter.newestFirst ? one.entry < (filter.from ?? 0) : one.entry >= (filter.from ?? 0)));
  const rows = from.slice(0, filter.limit);
  const last = from.length > rows.length ? rows.at(-1) : undefined;
  return { rows, matches: found.length, size: all.at(-1)?.entry ?? 0, head: "c47d0be291ae35f8c47d0be291ae35f8c47d0be291ae35f8c47d0be291ae35f8", next: last ? (filter.newestFirst ? last.entry : last.entry + 1) : null, kinds: [...new Set(all.map((one) => one.kind))].sort() };
}
