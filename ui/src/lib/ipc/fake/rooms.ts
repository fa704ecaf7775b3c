/** The invented rooms beside the wizard: home, runbooks, start, cleanup, journal, audit, settings. */

import type { AuditView, CleanupView, DrillRowView, HomeView, JournalPage, RunbookSummary, RunbookView, SettingsView, StartView, VerificationView } from "../bindings";
import { SHOWN } from "./steps";
import { DRILL, at } from "./make";

export const ROW: DrillRowView = {
  id: DRILL, title: "Restore a VM’s disks in the paired region", environment: "rehearsal", purpose: "drill", items: ["vm-policy-01", "vm-policy-02"], operator: "Maya Lindqvist", opened: at("13:02"), state: "running", step: 20, steps: 34, stepTitle: "Recovery point", deviations: 1, owed: 3,
};

export const VERIFICATION: VerificationView = {
  holds: true, at: at("14:30"), milliseconds: 812,
  lines: [{ holds: true, sentence: "214 entries, the root matches", detail: { name: "root", value: "c47d0be2 91ae35f8 …", mono: true } }, { holds: true, sentence: "Nothing missing, nothing added, none reordered", detail: null }, { holds: true, sentence: "4 decisions by 2 people, signatures good", detail: null }],
  limits: ["That the two people acted independently.", "What was in front of the camera: the pictures are unchanged since capture, no more.", "That deleted means erased."],
};

export const HOME: HomeView = {
  title: "Three things need you", lead: "The drill clock is running. Nothing in Azure is waiting to be sent.",
  waiting: [
    { mark: { kind: "step", state: "ready" }, state: "Ready", title: "Choose the recovery points", detail: "D-2026-0007, step 20 of 34. Restore a VM’s disks in the paired region.", at: at("14:30"), dueIn: null, figure: "00:06:40 of 2 h", action: "Go on", target: { kind: "step", drill: DRILL, step: "recovery-point" } },
    { mark: { kind: "late" }, state: "Cleanup is late", title: "Staging account stdrill0006wus is still there", detail: "D-2026-0006. A lock named keep-audit refuses the deletion. $0.11 a day.", at: at("11:24"), dueIn: -11_520, figure: null, action: "Open the debt", target: { kind: "cleanup", drill: "D-2026-0006" } },
    { mark: { kind: "due" }, state: "Finding is due", title: "Finding F-12: nobody owns the hub’s peering list", detail: "From the review of D-2026-0006. Yours since 20 Nov.", at: "2026-11-23T22:00:00Z", dueIn: 200_000, figure: null, action: "Open the finding", target: { kind: "cleanup", drill: "D-2026-0006" } },
  ],
  running: [{ mark: { kind: "step", state: "waitingForSignOff" }, state: "Waiting for sign-off", title: "Start claims-db-02 in the isolated network", detail: "D-2026-0008, step 27. Two reviewers can sign: Rita Okafor, Pat Nguyen.", at: at("13:55"), dueIn: null, figure: null, action: "Open", target: { kind: "step", drill: "D-2026-0008", step: "approve-start" } }],
  next: [{ mark: { kind: "offer" }, state: "Never drilled", title: "vm-billing-02 was never drilled", detail: "Protected since 3 Mar in rsv-evergreen-policy.", at: null, dueIn: null, figure: "263 d", action: "Start a rehearsal…", target: { kind: "start", runbook: "vm-disks-cross-region" } }],
  recent: [],
};

export const SUMMARY: RunbookSummary = { id: "vm-disks-cross-region", title: "Restore a VM’s disks in the paired region", version: "1.2.0", owner: "Tom Albrecht", lastRehearsed: { drill: "D-2026-0004", at: "2026-08-20T14:00:00Z", version: "1.1.0", end: "closed" }, reviewDue: "2027-02-01T00:00:00Z", errors: 0, warnings: 2, commands: 46, ready: true, readiness: "Yes, 34 steps, about 20 min" };

export const RUNBOOK: RunbookView = { summary: SUMMARY, digest: "sha256:51d0c7aa51d0c7aa51d0c7aa51d0c7aa51d0c7aa51d0c7aa51d0c7aa51d0c7aa", purposes: [{ id: "drill", label: "Drill", explanation: "Everything made is deleted again." }], sources: [], escalation: [], changes: [{ version: "1.2.0", what: "Isolation is checked twice." }], terms: [], signOffs: 4, changing: 6, steps: [], problems: [] };

export const START: StartView = { title: "One of five runbooks is ready to rehearse", nextId: "D-2026-0010", runbooks: [SUMMARY], rehearsal: "The simulator on this computer plays Azure.", live: [{ met: false, code: "live.journal_not_sealed", sentence: "The journal cannot be sealed yet." }], purposes: RUNBOOK.purposes, faults: [{ name: "lost-response", sentence: "The connection is cut after Azure accepted." }], speeds: [1, 60, 600], speed: 60 };

export const CLEANUP: CleanupView = {
  title: "Eight things are still owed; one is late", lead: "Nothing costs more than a coffee a day.", costPerDay: "1.75 USD",
  drills: [{ drill: DRILL, title: "Restore a VM’s disks in the paired region, step 32 of 34", owner: "Maya Lindqvist", deadline: "2026-11-23T16:30:00Z", dueIn: 180_000, overdue: false, costPerDay: "1.64 USD", items: SHOWN["cleanup"]?.cleanup ?? [], step: "cleanup", mayMove: true }],
  gone: [], findings: SHOWN["review"]?.review?.findings ?? [],
};

export const JOURNAL: JournalPage = { rows: [{ entry: 46, at: at("14:39:12"), drill: DRILL, step: "approve-restore", kind: "request.opened", sentence: "Sign-off: restore, covers 2 requests", who: "Maya Lindqvist", evidence: false, fields: [{ name: "gate", value: "restore", sealed: false }] }], matches: 1, size: 214, head: "c47d0be291ae35f8", next: null, kinds: ["request.opened"] };

export const AUDIT: AuditView = {
  drills: [ROW],
  drill: { row: ROW, title: "D-2026-0007 holds; it deviated once", lead: "A rehearsal: its times say nothing about real Azure.", deviations: SHOWN["review"]?.review?.deviations ?? [], objectives: SHOWN["review"]?.review?.objectives ?? [], timeline: { from: at("13:02"), to: at("18:05"), t0: at("14:30"), stopped: at("15:44"), objective: at("16:30"), segments: [{ kind: "operator", from: at("13:02"), to: at("13:53"), seconds: 3060 }, { kind: "waiting", from: at("13:53"), to: at("14:04"), seconds: 660 }, { kind: "machine", from: at("14:53"), to: at("15:41"), seconds: 2880 }], debt: [{ from: at("14:05"), to: at("17:41"), label: "owed" }], moments: [{ kind: "approved", at: at("14:52"), label: "Approved by Rita Okafor", entry: 47 }, { kind: "deviation", at: at("15:56"), label: "Subnet peered", entry: 116 }] }, signOffs: [], findings: [], verification: VERIFICATION, audiences: [{ id: "internal", label: "Internal audit", hides: 2, preview: [] }] },
};

export const SETTINGS: SettingsView = { title: "Nothing needs you", lead: "What this installation is.", problem: null, people: [], dataFolder: "~/.local/share/drillbook", size: "4.1 MB", journal: VERIFICATION, origin: "drillbook/evergreen", policy: "policy 3", azure: "Azure CLI", simulator: "Evergreen Mutual", about: "Drillbook 0.1.0, Apache-2.0" };
