/** The invented rooms beside the wizard: home, runbooks, start, cleanup, journal, audit, settings. */

import type { AuditView, CleanupItemView, CleanupView, CoverageItemView, CoverageView, DrillRowView, HomeView, SegmentView, SettingsView, VerificationView } from "../bindings";
import { SHOWN } from "./steps";
import { DRILL, at } from "./make";

export const ROW: DrillRowView = {
  id: DRILL, title: "Restore a VM’s disks in the paired region", environment: "rehearsal", purpose: "drill", items: ["vm-policy-01", "vm-policy-02"], operator: "Maya Lindqvist", opened: at("13:02"), state: "running", step: 20, steps: 34, stepTitle: "Recovery point", deviations: 1, owed: 3,
};

export const VERIFICATION: VerificationView = {
  holds: true, at: at("14:30"), milliseconds: 812,
  lines: [{ holds: true, sentence: "214 entries, the root matches", detail: { name: "root", value: "c47d0be2 91ae35f8 …", mono: true } }, { holds: true, sentence: "Nothing missing, nothing added, none reordered", detail: null }, { holds: true, sentence: "4 decisions by 2 people, signatures good", detail: null }],
  limits: ["That the clock of this computer was right.", "That the two people acted independently.", "What was in front of the camera: the pictures are unchanged since capture, no more.", "That deleted means erased."],
};

const covered = (name: string, state: CoverageItemView["state"], drill: string | null = null, at: string | null = null, version: string | null = null): CoverageItemView => ({ id: `/subscriptions/6f0d2c1e/protectionContainers/iaasvmcontainerv2;rg-policy-prod/protectedItems/VM;iaasvmcontainerv2;rg-policy-prod;${name}`, name, runbook: "vm-disks-cross-region", runbookTitle: "Restore a VM’s disks in the paired region", state, drill, at, version });
export const COVERAGE: CoverageView = {
  title: "2 of 5 protected items were drilled in the last 90 days", lead: "What the vault protects, as the newest drill read it. A drill counts once it is closed.", total: 5, drilled: 2, readAt: at("13:02"),
  items: [covered("vm-billing-02", "never"), covered("vm-claims-01", "longAgo", "D-2026-0001", "2026-04-21T16:00:00Z", "1.2.0"), covered("vm-policy-02", "olderRunbook", "D-2026-0004", "2026-10-20T16:00:00Z", "0.9.0"), covered("vm-policy-01", "drilled", "D-2026-0004", "2026-10-20T16:00:00Z", "1.2.0"), covered("vm-policy-03", "drilled", "D-2026-0004", "2026-10-20T16:00:00Z", "1.2.0")],
};
const UNREAD: CoverageView = { title: "No drill has read what is protected yet", lead: "The list comes from the vault, when a drill reads it.", total: 0, drilled: 0, readAt: null, items: [] };

export const HOME: HomeView = {
  title: "Three things need you", lead: "The drill clock is running. Nothing in Azure is waiting to be sent.",
  waiting: [
    { mark: { kind: "step", state: "ready" }, state: "Ready", title: "Choose the recovery points", detail: "D-2026-0007, step 20 of 34. Restore a VM’s disks in the paired region.", at: at("14:30"), dueIn: null, figure: "00:06:40 of 2 h", action: "Go on", target: { kind: "step", drill: DRILL, step: "recovery-point" } },
    { mark: { kind: "late" }, state: "Cleanup is late", title: "Staging account stdrill0006wus is still there", detail: "D-2026-0006. A lock named keep-audit refuses the deletion. $0.11 a day.", at: at("11:24"), dueIn: -11_520, figure: null, action: "Open the debt", target: { kind: "cleanup", drill: "D-2026-0006" } },
    { mark: { kind: "due" }, state: "Finding is due", title: "Finding F-12: nobody owns the hub’s peering list", detail: "From the review of D-2026-0006. Yours since 20 Nov.", at: "2026-11-23T22:00:00Z", dueIn: 200_000, figure: null, action: "Open the finding", target: { kind: "cleanup", drill: "D-2026-0006" } },
  ],
  running: [{ mark: { kind: "step", state: "waitingForSignOff" }, state: "Waiting for sign-off", title: "Start claims-db-02 in the isolated network", detail: "D-2026-0008, step 27. Two reviewers can sign: Rita Okafor, Pat Nguyen.", at: at("13:55"), dueIn: null, figure: null, action: "Open", target: { kind: "step", drill: "D-2026-0008", step: "approve-start" } }],
  next: [{ mark: { kind: "offer" }, state: "Never drilled", title: "vm-billing-02 was never drilled", detail: "Protected since 3 Mar in rsv-evergreen-policy.", at: null, dueIn: null, figure: "263 d", action: "Start a rehearsal…", target: { kind: "start", runbook: "vm-disks-cross-region" } }],
  recent: [], coverage: COVERAGE,
};

const item = (order: number, name: string, kind: string, more: Partial<CleanupItemView> = {}): CleanupItemView => ({ order, debt: `d${order}-${name}`, name, id: `/subscriptions/6f0d2c1e/x/${name}`, kind, state: "owed", stateLabel: "Owed", note: null, costPerDay: null, afterDeletion: "not recoverable", recoverableUntil: null, proof: null, entry: null, ...more });

export const CLEANUP: CleanupView = {
  title: "Eight things are still owed; one is late", lead: "A drill cannot close before each of its things is read back as gone.", costPerDay: "$1.75",
  drills: [
    { drill: "D-2026-0006", title: "Restore a VM’s disks in the paired region, stopped 19 Nov", owner: "maya", deadline: at("11:24"), dueIn: -21_000, overdue: true, costPerDay: "$0.11", step: "cleanup", mayMove: true, items: [item(1, "stdrill0006wus", "staging account", { state: "kept", stateLabel: "Locked", costPerDay: "$0.11", afterDeletion: "14 days recoverable", proof: "refused 17:02:41", entry: 1203, note: "Lock keep-audit was set on 18 Nov by audit@evergreen.example. Drillbook removes no locks: ask there, then read again in the step." })] },
    { drill: DRILL, title: "Restore a VM’s disks in the paired region, step 32 of 34", owner: "maya", deadline: "2026-11-23T16:30:00Z", dueIn: 170_000, overdue: false, costPerDay: "$1.64", items: SHOWN["cleanup"]?.cleanup ?? [], step: "cleanup", mayMove: true },
  ],
  gone: [item(1, "disk-policy-02-os", "disk, 128 GB", { state: "gone", stateLabel: "Gone", costPerDay: "$0.65", proof: "404 at 18:20:09", entry: 1188 }), item(2, "vm-policy-02 template", "blob", { state: "gone", stateLabel: "Gone", afterDeletion: "", recoverableUntil: "2026-12-04T18:21:00Z", proof: "404 at 18:21:02", entry: 1190 }), item(3, "Contributor on rg-drill-0006", "right", { state: "gone", stateLabel: "Gone", afterDeletion: "nothing to recover", proof: "not listed 18:21:44", entry: 1192 })],
  findings: SHOWN["review"]?.review?.findings ?? [],
};

const past = (id: string, title: string, items: string[], opened: string, state: DrillRowView["state"], deviations = 0, owed = 0): DrillRowView => ({ ...ROW, id, title, items, opened, state, deviations, owed, step: 34, stepTitle: "Review" });
export const DRILLS: DrillRowView[] = [
  ROW, past("D-2026-0009", "Restore files of a share", ["share-underwriting"], "2026-11-21T09:02:00Z", "closed"), past("D-2026-0008", "Start a VM in the isolated network", ["claims-db-02"], "2026-11-20T13:00:00Z", "closed", 1),
  past("D-2026-0006", "Restore a VM’s disks in the paired region", ["vm-policy-02"], "2026-11-18T14:10:00Z", "stopped", 2, 1), past("D-2026-0005", "Start a VM in the isolated network", ["claims-db-01"], "2026-10-02T08:00:00Z", "abandoned", 1), past("D-2026-0004", "Restore a VM’s disks in the paired region", ["vm-policy-01"], "2026-08-20T13:30:00Z", "closed"), past("D-2026-0003", "Restore SQL databases", ["sql-claims"], "2026-06-11T12:00:00Z", "abandoned"),
];

const seg = (kind: SegmentView["kind"], from: string, to: string): SegmentView => ({ kind, from: at(from), to: at(to), seconds: (Date.parse(at(to)) - Date.parse(at(from))) / 1000 });
export const AUDIT: AuditView = {
  coverage: COVERAGE,
  drills: DRILLS.map((one) => (one.id === DRILL ? { ...one, state: "closed", deviations: 3, owed: 0, step: 34 } : one)),
  drill: {
    row: { ...ROW, state: "closed", deviations: 3, owed: 0 }, title: "D-2026-0007 holds; it deviated three times", lead: "Restore a VM’s disks in the paired region, 21 Nov 2026. A rehearsal: its times say nothing about real Azure.",
    deviations: [{ entry: 31, at: at("13:54"), step: "permissions", code: "access", text: "Contributor on the subscription", closedBy: "acknowledged" }, { entry: 116, at: at("15:56:42"), step: "access", code: "dependency-drift", text: "Subnet peered to the hub after step 10", closedBy: "read again, isolated" }, { entry: 158, at: at("16:58:40"), step: "approve-cleanup", code: "left-behind", text: "Snapshot that nobody expected", closedBy: "deleted, 404" }],
    objectives: [{ id: "rto", label: "RTO, disks restored", bound: 7200, result: 4442, met: true, note: null, entry: 109 }, { id: "rpo", label: "RPO, oldest point", bound: 129_600, result: 41_280, met: true, note: null, entry: 44 }, { id: "cleanup", label: "Cleanup", bound: 172_800, result: 7020, met: true, note: null, entry: 201 }],
    timeline: {
      from: at("13:02"), to: at("18:05"), t0: at("14:30"), stopped: at("15:44"), objective: at("16:30"),
      segments: [seg("preparation", "13:02", "13:53"), seg("operator", "14:05", "14:39"), seg("operator", "15:41", "15:44"), seg("operator", "15:50", "16:15"), seg("operator", "16:36", "17:03"), seg("operator", "17:41", "18:05"), seg("waiting", "13:53", "14:04"), seg("waiting", "14:39", "14:52"), seg("waiting", "16:15", "16:26"), seg("waiting", "17:03", "17:11"), seg("machine", "14:04", "14:08"), seg("machine", "14:53", "15:41"), seg("machine", "15:44", "15:50"), seg("machine", "16:26", "16:36"), seg("machine", "17:14", "17:41")],
      debt: [{ from: at("14:05"), to: at("17:41"), label: "something was owed" }],
      moments: [{ kind: "approved", at: at("14:04:11"), label: "Prepare approved by Rita Okafor", entry: 22 }, { kind: "approved", at: at("14:52:31"), label: "Restore approved by Rita Okafor", entry: 47 }, { kind: "approved", at: at("16:26:18"), label: "Start approved by Rita Okafor", entry: 122 }, { kind: "approved", at: at("17:11:09"), label: "Cleanup approved by Pat Nguyen", entry: 157 }, { kind: "deviation", at: at("13:54"), label: "Contributor on the subscription", entry: 31 }, { kind: "deviation", at: at("15:56:42"), label: "Subnet peered", entry: 116 }, { kind: "deviation", at: at("16:58:40"), label: "Unexpected snapshot", entry: 158 }],
    },
    signOffs: [{ id: "sha256:aa", reviewer: "rita", approves: true, reason: "", conditions: ["Recovery point younger than 24 h", "at most 4 disks"], at: at("14:52:31"), notAfter: at("18:52:31"), sameDevice: true, entry: 47, takenBack: false, mayTakeBack: false }],
    secondReadings: [{ id: "sha256:5e", person: "Sam Duarte", at: at("19:20:00"), entry: 620, same: 108, moved: 40, unreadable: 1, hidden: 20, changed: [{ entry: 31, fields: ["properties.softDeleteFeatureState"] }] }],
    findings: SHOWN["review"]?.review?.findings ?? [], verification: VERIFICATION,
    audiences: [
      { id: "internal", label: "The company", without: "without signed addresses and the originals of pictures" },
      { id: "auditor", label: "An auditor", without: "also without the titles of the windows that pictures show" },
      { id: "public", label: "Anybody", without: "without pictures, and without every sealed value that nobody signed" },
    ],
  },
};

export const SETTINGS: SettingsView = { title: "Nothing needs you", lead: "This is a rehearsal on this computer. The live journal is a place of its own: switch at the top.", problem: null, people: [], dataFolder: "~/.local/share/drillbook", size: "412 MB: 388 evidence, 19 journal, 5 bundles", journal: VERIFICATION, origin: "drillbook/evergreen/rehearsal", policy: "version 3, until 21 Sep 2027", simulator: "Evergreen Mutual, on this computer, 60×", about: "0.1.0, Apache-2.0" };

/** Everything empty, as on the first day. */
export const NOTHING = {
  home: { title: "Nothing needs you", lead: "Nothing is running and nothing is owed.", waiting: [], running: [], next: [], recent: [], coverage: UNREAD } satisfies HomeView,
  cleanup: { title: "Nothing is owed", lead: "No drill has left anything behind.", costPerDay: null, drills: [], gone: [], findings: [] } satisfies CleanupView,
  audit: { drills: [], coverage: UNREAD, drill: null } satisfies AuditView,
};
/** A drill that owes very much. */
export const HUGE: CleanupView = { ...CLEANUP, title: "2 400 things are still owed", drills: CLEANUP.drills.map((group, at) => (at ? { ...group, items: Array.from({ length: 2400 }, (_, index) => item(index + 1, `disk-policy-${index + 1}`, "disk, 128 GB", { costPerDay: "$0.65" })) } : group)) };
