/** The invented library and what a drill can be started with. */

import type { RunbookRequestView, RunbookStepView, RunbookSummary, RunbookView, StartView } from "../bindings";
import { STEPS } from "./words";

export const SUMMARY: RunbookSummary = { id: "vm-disks-cross-region", title: "Restore a VM’s disks in the paired region", version: "1.2.0", owner: "Disaster recovery team", lastRehearsed: { drill: "D-2026-0007", at: "2026-11-21T13:02:00Z", version: "1.2.0", end: "running" }, reviewDue: "2027-02-19T00:00:00Z", errors: 0, warnings: 0, commands: 61, ready: true, readiness: "Yes, 34 steps, about 20 min" };
const other = (id: string, title: string, version: string, more: Partial<RunbookSummary>): RunbookSummary => ({ ...SUMMARY, id, title, version, ready: false, ...more });
export const SUMMARIES: RunbookSummary[] = [
  SUMMARY,
  other("files-of-a-share", "Restore files of a share", "1.1.0", { owner: "Lena Brandt, storage", commands: 38, reviewDue: null, readiness: "No, edited after its review", lastRehearsed: { drill: "D-2026-0009", at: "2026-11-21T09:02:00Z", version: "1.0.2", end: "closed" } }),
  other("start-isolated", "Start a VM in the isolated network", "1.0.3", { warnings: 1, commands: 22, reviewDue: "2026-11-03T00:00:00Z", readiness: "No, review 18 days late", lastRehearsed: { drill: "D-2026-0008", at: "2026-11-20T13:00:00Z", version: "1.0.3", end: "closed" } }),
  other("sql-databases", "Restore SQL databases", "0.9.0", { owner: "Claims platform team", errors: 2, commands: 31, reviewDue: "2027-01-12T00:00:00Z", readiness: "No, 2 errors in step 14", lastRehearsed: { drill: "D-2026-0003", at: "2026-06-11T12:00:00Z", version: "0.8.1", end: "abandoned" } }),
  other("storage-failover", "Fail over a storage account", "0.3.0", { owner: "", errors: 1, commands: 0, reviewDue: null, readiness: "No, written for a later Drillbook", lastRehearsed: null }),
];

const request = (name: string, method: string, path: string, az: string | null, changes = false, secret = false): RunbookRequestView => ({ name, method, path, az, needs: "secondary", changes, secret });
const READS: Record<string, string> = { identity: "tenant, subscription, cloud", "pick-vault": "vaults of the subscription", vault: "the vault, by both interfaces", items: "protected items in westus", points: "recovery points in westus", groups: "the group, whether it is new", staging: "the name, containers before", "recovery-point": "recovery points in westus", restore: "AAD properties, a token", job: "the job and its tasks", disks: "disks, staging, what else came", seal: "the disks, before and after", access: "disks, subnet, names, rights", vm: "subnet and disks once more", boot: "instance view, boot picture", cleanup: "each thing, until it is a 404", untouched: "Activity Log, production again" };
const CHANGES: Record<string, string> = { groups: "makes a group for each item", staging: "makes a storage account", restore: "copies disks to westus", seal: "shuts the disks’ network access", vm: "makes a network card, a machine", cleanup: "deletes what this drill made" };
const RESTORE = "az backup restore restore-disks --resource-group {vault.group} --vault-name {vault.name} --container-name {item.container} --item-name {item.item} --rp-name {item.name} --storage-account {staging.id} --target-resource-group {item.of.target.name} --use-secondary-region";
const step = (told: (typeof STEPS)[number], index: number): RunbookStepView => ({
  id: told.id, number: index + 1, kind: told.kind, title: told.short, why: told.why, expect: told.expect, ifNot: told.ifNot, undo: null, reads: READS[told.id] ?? "", changes: CHANGES[told.id] ?? "", owes: told.id === "restore" ? ["every disk", "what the job leaves in staging"] : [],
  opens: told.kind === "approval" ? [({ "approve-prepare": "groups", "approve-restore": "restore", "approve-start": "vm" } as Record<string, string>)[told.id] ?? "cleanup"] : [],
  requests: told.id === "restore" ? [request("aad-properties", "GET", "/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/westus/backupAadProperties", null), request("token", "POST", "{point}/accessToken", null, false, true), request("restore", "POST", "/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/westus/backupCrossRegionRestore", RESTORE, true)] : READS[told.id] ? [request("list", "GET", `/subscriptions/{subscription}/…/${told.id}`, `az resource list --tag drillbook-drill={drill} --query "[?type=='${told.id}']"`)] : [],
});

export const RUNBOOK: RunbookView = {
  summary: SUMMARY, digest: "sha256:c19e4f705b2ad813c19e4f705b2ad813c19e4f705b2ad813c19e4f705b2ad813", purposes: [{ id: "drill", label: "Drill", explanation: "What was restored is deleted again." }, { id: "recovery", label: "Recovery", explanation: "As in an outage: what was restored is handed over." }],
  sources: ["Azure Backup, Restore Azure VMs: cross-region restore"], escalation: [{ when: "A job does not move for two hours", who: "Azure support, severity B", note: "Name the job’s id" }],
  changes: [{ version: "1.2.0", what: "+ Step 25 seals the disks" }, { version: "1.2.0", what: "~ Step 26 asks isolation a second time; it was asked once" }, { version: "1.2.0", what: "~ RPO 36 h, was 24 h" }, { version: "1.2.0", what: "- Fallback to a point in eastus" }],
  terms: [{ word: "RPO", means: "How old the newest usable copy may be." }], signOffs: 4, changing: 6, steps: STEPS.map(step), problems: [],
};

const FAULTS: [string, string][] = [["throttle", "Azure answers 429 now and then."], ["server-error", "A 503 on a read, a poll and the restore."], ["token-expired", "401 in the middle of a wait."], ["lost-response", "The connection is cut after Azure accepted."], ["primary-dark", "After T0 eastus answers nothing."], ["left-behind", "Something unexplained appears in a group."], ["crr-disabled", "Cross-region restore is off."], ["quota-exceeded", "No cores are left in westus."], ["job-fails", "The restore job fails half way."], ["leftover-locked", "A lock refuses a deletion."]];
/** The same where the live journal is open. */
export const LIVE_START = (connections: StartView["connections"]): Partial<StartView> => ({
  title: "One of five runbooks is ready to drill", environment: "live", connections, connection: "dr-reader", rehearsal: "In a journal of its own, with people that are invented. Switch at the top of the window.",
  live: [{ met: true, code: "live.journal_not_sealed", sentence: "The journal is encrypted on this computer" }, { met: true, code: "live.no_policy", sentence: "A policy is in force" }, { met: true, code: "live.no_reviewer", sentence: "A reviewer has a key on another computer" }, { met: true, code: "live.no_connection", sentence: "A connection leads to Azure" }],
});

export const START: StartView = {
  title: "One of five runbooks is ready to rehearse", nextId: "D-2026-0010", runbooks: SUMMARIES, rehearsal: "Evergreen Mutual, invented, in a simulator. You also play both reviewers; every decision says so, and the journal can never pass as live.",
  environment: "rehearsal", connections: [], connection: null, live: [{ met: false, code: "live.not_open", sentence: "The live journal is not open: switch at the top of the window" }],
  purposes: RUNBOOK.purposes, faults: FAULTS.map(([name, sentence]) => ({ name, sentence })), speeds: [1, 60, 600], speed: 60,
};
