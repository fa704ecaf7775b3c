/** What each invented step shows when the drill is at it. */

import type { CleanupItemView, RequestView, StepView, WaitView } from "../bindings";
import { DRILL, action, at, cell, detail, evidence, expectation, field, list, row, send, text, when } from "./make";

export const AZ_RESTORE = "az backup restore restore-disks --resource-group rg-backup-eastus --vault-name rsv-evergreen-policy --container-name vm-policy-01 --item-name vm-policy-01 --rp-name 73912640517782 --storage-account stdrill0007wus --target-resource-group rg-drill-0007-policy-01 --use-secondary-region";
const RESTORE_PATH = "/subscriptions/6f0d2c1e-8b7a-4f1c-9a53-2d1e7c0b4a91/providers/Microsoft.RecoveryServices/locations/westus/backupCrossRegionRestore";
const body = (item: string, disk: string) => JSON.stringify({ crossRegionRestoreAccessDetails: { $from: "aad-properties" }, restoreRequest: { objectType: "IaasVMRestoreRequest", recoveryPointId: disk, recoveryType: "RestoreDisks", region: "westus", targetResourceGroupId: `…/resourceGroups/rg-drill-0007-${item}`, storageAccountId: "…/storageAccounts/stdrill0007wus" } }, null, 2);
const SENDS = [
  send("restore", "vm-policy-01", RESTORE_PATH, body("policy-01", "73912640517782"), AZ_RESTORE),
  send("restore", "vm-policy-02", RESTORE_PATH, body("policy-02", "73912640519931"), AZ_RESTORE.replaceAll("policy-01", "policy-02").replace("73912640517782", "73912640519931")),
];

export const REQUEST: RequestView = {
  row: { id: "sha256:7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", drill: DRILL, step: "approve-restore", gate: "restore", state: "open", sentence: "Restore 4 disks (320 GB) of vm-policy-01 and vm-policy-02 into 2 groups of this drill in westus", operator: "Maya Lindqvist", requestedAt: at("14:39:12"), notAfter: "2026-11-22T14:39:12Z", mine: false },
  consequence: "It copies policyholders’ data to another region and cannot be cancelled once it runs. About $1.64 a day.",
  differs: [{ label: "Recovery point", of: "Restore the disks, vm-policy-01", field: "restore.body.recoveryPointId", before: "19 Aug, 22:01", now: "20 Nov, 22:02" }, { label: "Target group", of: "Restore the disks, vm-policy-01", field: "restore.body.targetResourceGroupId", before: "rg-drill-0004", now: "rg-drill-0007-policy-01" }, { label: "Staging account", of: "Restore the disks, vm-policy-01", field: "restore.body.storageAccountId", before: "stdrill0004wus", now: "stdrill0007wus" }],
  same: 9,
  comparedWith: { at: "2026-08-20T14:00:00Z", drill: "D-2026-0004" },
  covers: [
    { kind: "action", step: "restore", title: "Restore the disks", element: "vm-policy-01", target: null, digest: "sha256:7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", requests: SENDS.slice(0, 1), rows: [], used: false },
    { kind: "action", step: "restore", title: "Restore the disks", element: "vm-policy-02", target: null, digest: "sha256:1fe104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", requests: SENDS.slice(1), rows: [], used: false },
  ],
  openFirst: [
    { step: "network", title: "Network isolation", state: "passed", summary: "No peering, no gateway, no production name", entry: 31, opened: at("14:44:00") },
    { step: "permissions", title: "Permissions", state: "needsAttention", summary: "Contributor on the subscription", entry: 35, opened: null },
  ],
  facts: [{ name: "point_age", label: "Recovery point younger than", op: "atMost", value: "11 h 28 min", proposed: "24", unit: "h" }, { name: "sent", label: "Sent before", op: "before", value: null, proposed: at("23:00"), unit: null }, { name: "disks", label: "Disks at most", op: "atMost", value: "4", proposed: "4", unit: null }],
  cost: "1.64 USD", ceiling: "40.00 USD", overCeiling: false,
  journal: { size: 46, head: "9f3ca71e08d25b6c9f3ca71e08d25b6c9f3ca71e08d25b6c9f3ca71e08d25b6c", seenSize: 38, seenAt: at("14:04:00") },
  policy: "policy 3, sha256 51d0c7aa", quorum: 1,
  signers: [
    { person: "rita", name: "Rita Okafor", role: "security reviewer", can: true, whyNot: null, key: "SHA256:u0q4" },
    { person: "pat", name: "Pat Nguyen", role: "security reviewer", can: true, whyNot: null, key: "SHA256:mm31" },
    { person: "maya", name: "Maya Lindqvist", role: "operator", can: false, whyNot: "asked, cannot sign", key: "SHA256:zz90" },
  ],
  decisions: [], mayDecide: false, whyNot: "You asked for it.", approvalValid: 14_400, sameDevice: true, mayBreakGlass: false, glass: null,
};

const wait = (key: string, percent: number, moved: string): WaitView => ({
  element: key, elementLabel: key, percent, status: "InProgress",
  tasks: [{ name: "Trigger restore", status: "Completed", detail: null, since: at("14:53:22"), until: at("14:54:50") }, { name: "Transfer data from vault", status: "InProgress", detail: moved, since: at("14:54:50"), until: null }],
  since: at("14:53:10"), elapsed: 1068, asOf: at("15:10:58"), rate: 1, estimate: 2940, estimateFrom: 3, asked: at("15:10:28"), nextPoll: at("15:11:16"), every: 60, polls: 18, cancellable: false, finished: false, passed: null,
  history: [[53, 0], [55, 2], [57, 8], [60, 16], [64, 24], [68, 32], [71, percent]].map(([minute = 0, value = 0]) => ({ at: at(`${String(14 + Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`), percent: value })),
});

const artefact = (order: number, name: string, kind: string, more: Partial<CleanupItemView> = {}): CleanupItemView => ({
  order, debt: `debt-${order}`, name, id: `/subscriptions/6f0d2c1e/resourceGroups/rg-drill-0007-policy-01/providers/x/${name}`, kind, state: "owed", stateLabel: "Owed", note: null, costPerDay: null, afterDeletion: "gone for good", recoverableUntil: null, proof: null, entry: null, ...more,
});

const points = (item: string, chosen: string[]): StepView["choices"][number] => ({
  element: item, elementLabel: item, title: "6 points in westus, 2 usable", readAt: at("14:36:12"), many: false,
  columns: [{ label: "Taken (local time)", numeric: false }, { label: "Age at T0", numeric: true }, { label: "Consistency", numeric: false }, { label: "Tier", numeric: false }],
  rows: [
    row(`${item}-p0`, "Fri 20 Nov, 22:02", [when("2026-11-21T03:02:11Z"), cell("11 h 28 min"), cell("Application"), cell("vault-standard")]),
    row(`${item}-p1`, "Thu 19 Nov, 22:01", [when("2026-11-20T03:01:47Z"), cell("35 h 29 min"), cell("Application"), cell("vault-standard")]),
    row(`${item}-p2`, "Wed 18 Nov, 22:04", [when("2026-11-19T03:04:02Z"), cell("59 h 26 min"), cell("File system"), cell("vault-standard")], "older than 36 h"),
    row(`${item}-p3`, "Tue 17 Nov, 22:03", [when("2026-11-18T03:03:20Z"), cell("83 h 27 min"), cell("Crash"), cell("vault-standard")], "older than 36 h"),
    row(`${item}-p4`, "Mon 16 Nov, 22:02", [when("2026-11-17T03:02:38Z"), cell("107 h 28 min"), cell("Application"), cell("vault-standard")], "older than 36 h"),
    row(`${item}-p5`, "Sun 1 Nov, 22:05", [when("2026-11-02T03:05:09Z"), cell("19 d 11 h"), cell("Application"), cell("vault-archive")], "archive tier is never copied"),
  ],
  chosen, proposed: [`${item}-p0`], reason: null, reasonNeeded: false,
});

const AZ_POINTS = "az backup recoverypoint list --resource-group rg-backup-eastus --vault-name rsv-evergreen-policy --container-name vm-policy-01 --item-name vm-policy-01 --backup-management-type AzureIaasVM --use-secondary-region";
const WHO = ["Maya Lindqvist", "Rita Okafor", "Pat Nguyen", "Tom Albrecht", "Omar Reyes"].map((label) => ({ value: label, label }));

export const SHOWN: Record<string, Partial<StepView>> = {
  brief: {
    text: [
      "A cross-region restore brings a machine’s disks back in the paired region from the copy that the vault keeps there. It is not failover: nothing follows production after the moment of the recovery point, and nobody is switched over.",
      "It is not instant. Only points of the vault tier are copied to westus, and the newest is often hours behind. Moving 320 GB took between 44 and 52 minutes in the last three drills.",
      "Three things go wrong most often: the newest point has not arrived yet; the staging account is in the wrong region; a subnet that was isolated in spring is peered with the hub by now. Each has a step that catches it.",
      "Whatever this drill makes in Azure is written down as owed before it is made, and is deleted behind a sign-off of its own. You can stop at any step; cleanup and review still run.",
    ],
    terms: [{ word: "Recovery point", means: "The state of a machine at one moment, kept in the vault." }, { word: "Paired region", means: "The region Azure copies to: westus, for eastus." }],
    actions: [action("acknowledge", "I have read it", { consequence: "Your name and the time are written down." })],
  },
  charter: {
    stateNote: "2 fields to mend", signedAt: 15,
    fields: [
      field("scenario", "Scenario", "text", text("eastus is lost in the morning; policy admin must answer from westus by noon."), "What for"),
      field("rto", "RTO", "duration", text("PT2H"), "What for"), field("rpo", "RPO", "duration", text("P1DT12H"), "What for"), field("cleanup", "Cleanup", "duration", text("P2D"), "What for"),
      field("rto_stops", "RTO stops at", "choice", text("disks-restored"), "What for", { options: [{ value: "disks-restored", label: "Disks restored" }, { value: "service-validated", label: "Service validated" }] }),
      field("depth", "Depth", "choice", text("boot"), "What for", { options: [{ value: "disks", label: "Disks only" }, { value: "boot", label: "Disks and boot" }] }),
      field("criteria", "It passes when", "longText", text("Every disk is there: number, size, SKU, key. The policy service answers in the isolated network. Production is untouched."), "What for"),
      field("population", "Population", "text", text("14 protected machines of policy administration"), "On what, with whom"),
      field("sample_why", "Sample, because", "text", text("Largest book of policies; last drilled 20 Aug"), "On what, with whom", { proposed: false }),
      field("present", "Present", "list", list("Maya Lindqvist", "Rita Okafor", "Tom Albrecht"), "On what, with whom", { proposed: false, options: WHO }),
      field("absent", "Absent", "list", list("Omar Reyes, on leave"), "On what, with whom", { proposed: false, required: false, options: WHO }),
      field("readers", "Evidence for", "list", list("Security review", "Internal audit"), "On what, with whom"),
      field("owner", "Owner of the data", "person", text("Tom Albrecht"), "On what, with whom"),
      field("ticket", "Change ticket", "reference", { kind: "reference", system: "ITSM", id: "CHG-20418", url: "itsm/CHG-20418" }, "Within which limits", { proposed: false, error: "A link begins with https:// and names its host, or stays empty." }),
      field("window_from", "Window from", "time", text(at("13:00")), "Within which limits"),
      field("window_to", "to", "time", text(at("18:30")), "Within which limits", { warning: "20 min to spare: the last drill took 5 h 10." }),
      field("expiry", "Expires", "time", text("2026-11-22T23:00:00Z"), "Within which limits", { error: "Cleanup may take until Mon 23 Nov, 13:30." }),
      field("cost_ceiling", "Cost ceiling", "money", text("40.00 USD"), "Within which limits", { help: "last drill $6.10" }),
      field("data_class", "Data class", "choice", text("confidential-personal"), "Within which limits", { options: [{ value: "confidential-personal", label: "Confidential, personal data" }, { value: "internal", label: "Internal" }] }),
      field("regions", "Regions", "list", list("eastus", "westus"), "Within which limits"),
      field("primary_blind", "Primary-blind: no eastus after T0", "flag", { kind: "flag", on: false }, "Within which limits"),
    ],
    evidence: [evidence(4, "charter", "Protected items of the vault", "GET 200, 0.9 s, 14 machines", "13:04:51")],
    terms: [{ word: "Primary-blind", means: "The drill acts as if eastus were gone: after T0 it asks eastus nothing." }, { word: "Expires", means: "After this time nothing more is sent, except to clean up." }],
    actions: [action("enterFields", "Keep the charter")],
  },
  vault: { actions: [action("run", "Ask the vault")], commands: [{ title: "The vault", line: "az backup vault show --resource-group rg-backup-eastus --name rsv-evergreen-policy" }] },
  permissions: {
    progress: { sentence: "Asking for your rights at 5 scopes", since: at("13:53:50"), done: 3, total: 5 }, state: "running",
    actions: [action("run", "Ask Azure", { enabled: false, reason: "It is being asked already." })],
  },
  "recovery-point": {
    elements: [{ key: "vm-policy-01", label: "vm-policy-01", state: "ready", note: null }, { key: "vm-policy-02", label: "vm-policy-02", state: "ready", note: null }],
    choices: [points("vm-policy-01", []), points("vm-policy-02", [])],
    evidence: [evidence(44, "recovery-point", "Recovery points of vm-policy-01", "GET 200, 1.2 s, 6 points", "14:36:12"), evidence(43, "recovery-point", "Recovery points of vm-policy-02", "GET 200, 0.4 s, 6 points", "14:36:11")],
    commands: [{ title: "Recovery points in westus", line: AZ_POINTS }],
    terms: [{ word: "RPO", means: "How much data may be lost: T0 minus the time of the point. Here at most 36 h." }, { word: "Vault-standard", means: "The only tier that is copied to the paired region." }],
    actions: [action("choose", "Use these points", { consequence: "RPO would be 11 h 28 min of 36 h." }), action("readAgain", "Read again", { primary: false })],
  },
  "approve-restore": {
    state: "waitingForSignOff", stateNote: "since 09:39, 7 min", request: REQUEST,
    evidence: [evidence(46, "approve-restore", "Request file, signed", "drill.request, 4.2 KB, your key", "14:39:12", "document"), evidence(31, "network", "Network isolation", "to be opened first, passed", "13:49:07"), evidence(35, "permissions", "Permissions", "to be opened first, needs attention", "13:34:20")],
    terms: [{ word: "Sign-off", means: "A signed yes or no to these exact requests. It is used once." }, { word: "Switch", means: "Rehearsals only. The decision is marked as made on the same computer." }],
    actions: [action("switchPerson", "Switch to Rita’s desk", { person: "rita" }), action("withdraw", "Withdraw the request…", { primary: false, needsReason: true })],
  },
  restore: {
    readsOnly: false, undo: "It cannot be cancelled. What it makes is deleted at step 32.",
    happens: [
      detail("Restores", "4 disks, 320 GB: osdisk and data0 of each machine"), detail("From", "the points of Fri 20 Nov, 22:02 and 22:04, as copied to westus"),
      detail("Into", "rg-drill-0007-policy-01, rg-drill-0007-policy-02, by way of stdrill0007wus"), detail("Takes", "44 to 52 min in three earlier drills"), detail("Leaves behind", "4 disks and 2 templates, $1.64 a day, owed by you until Mon 23 Nov, 11:30"),
    ],
    sends: SENDS,
    allowed: [
      { condition: "Recovery point younger than 24 h", reviewer: "Rita Okafor", value: "11 h 51 min", holds: true },
      { condition: "Sent before 18:00 today", reviewer: "Rita Okafor", value: "09:52:58", holds: true },
      { condition: "At most 4 disks", reviewer: "Rita Okafor", value: "4", holds: true },
    ],
    evidence: [evidence(48, "restore", "Conditions, read just now", "3 of 3 hold", "14:52:58", "document"), evidence(47, "restore", "rg-drill-0007-policy-01 before it", "GET 200, 0 resources", "14:52:40"), evidence(46, "restore", "Approval of Rita Okafor", "signed, 46 entries seen", "14:52:31", "document")],
    commands: [{ title: "Restore vm-policy-01", line: AZ_RESTORE }],
    outside: [{ element: "vm-policy-01", request: "restore", title: "Restore, vm-policy-01", changes: true, line: null }],
    terms: [{ word: "Staging account", means: "Azure Backup writes the machine’s template there before it makes the disks." }],
    actions: [action("send", "Restore 4 disks into westus", { changesAzure: true, consequence: "Each request is sent once. The debt is written down first, then the request leaves." })],
  },
  job: {
    state: "running", readsOnly: true, waits: [wait("vm-policy-01", 38, "61 GBs / 160 GBs Transferred"), wait("vm-policy-02", 35, "56 GBs / 160 GBs Transferred")],
    elements: [{ key: "vm-policy-01", label: "vm-policy-01", state: "running", note: null }, { key: "vm-policy-02", label: "vm-policy-02", state: "running", note: null }],
    evidence: [evidence(62, "job", "The job, asked 18 times", "POST 200, 38 %, changed 9 times", "15:10:28"), evidence(50, "restore", "Restore request", "POST 202, accepted after 1.9 s", "14:53:10")],
    commands: [{ title: "The job", line: "az backup job show --resource-group rg-backup-eastus --vault-name rsv-evergreen-policy --name 8f2c41d7-06be-4e0a-9a51-d3b0c5e7714f --use-secondary-region" }],
    actions: [],
  },
  access: {
    state: "failed", stateNote: "5 of 7 met, read 10:56:42",
    expectations: [
      expectation(0, "The subnet is isolated", "failed", "peer-hub-westus Connected, to vnet-hub-westus, forwarded traffic allowed", "no peering that is connected", { before: { value: "none", at: at("13:49:07"), drill: null }, class: "dependency drift", lookNext: "Someone added a peering after you chose this subnet. Ask the network team (owner tag: netops@evergreen.example) to remove it, then read again.", command: { title: "Peerings", line: "az network vnet peering list --resource-group rg-network-westus --vnet-name vnet-drill-westus" } }),
      expectation(1, "Nobody outside the drill can read the disks", "warned", "Contributor on the subscription: grp-platform-oncall, 3 people", "no assignment beyond the drill’s", { before: { value: "grp-platform-oncall", at: at("13:54:00"), drill: null }, class: "access", lookNext: "It was so before the drill. Acknowledge it by name, or have it narrowed; the reviewer will see which." }),
      expectation(2, "Backup alerts of eastus are read", "notChecked", "eastus did not answer", "an answer after T0", { class: "primary dark" }),
      expectation(3, "Disks refuse network access", "met", "DenyAll on 4 of 4", "DenyAll"), expectation(4, "Disks are not exported", "met", "Unattached on 4 of 4, no SAS", "Unattached"), expectation(5, "No public address in the groups", "met", "0 addresses, 0 interfaces", "none"),
      expectation(6, "Rules deny inbound and outbound", "met", "nsg-drill-deny, priorities 100 and 4096", "deny all"), expectation(7, "No production DNS zone is linked", "met", "3 zones, 0 links", "none linked"),
    ],
    evidence: [
      evidence(110, "access", "Peerings of vnet-drill-westus", "GET 200, 0.6 s, 1 peering", "15:56:41"), evidence(111, "access", "Rules of snet-isolated", "GET 200, 0.5 s, unchanged", "15:56:41"), evidence(112, "access", "Disks of rg-drill-0007-policy-01", "GET 200, 0.9 s, 2 disks", "15:56:40"), evidence(113, "access", "Rights on the subscription", "GET 200, 1.4 s, 14 assignments", "15:56:42"),
    ],
    commands: [{ title: "Peerings", line: "az network vnet peering list --resource-group rg-network-westus --vnet-name vnet-drill-westus" }],
    terms: [{ word: "Peering", means: "A direct link between two virtual networks. Connected means that traffic flows." }],
    actions: [action("readAgain", "Read again"), action("goTo", "Choose another subnet…", { primary: false, step: "network" })],
  },
  boot: {
    state: "needsAttention", demands: [{ what: "a picture of the boot screen", picture: true, met: false }],
    waits: [{ ...wait("vm-policy-01", 100, ""), percent: null, status: "VM running, agent ready", tasks: [{ name: "Provisioning", status: "Succeeded", detail: null, since: at("16:33:02"), until: null }, { name: "Agent", status: "Ready", detail: "2.14.0.1", since: at("16:36:04"), until: null }], finished: true, passed: true, history: [], since: at("16:28:00"), elapsed: 484, asOf: at("16:36:04"), estimate: null, nextPoll: null }],
    evidence: [evidence(130, "boot", "Boot diagnostics, picture", "PNG, 1 024 × 768, tile root committed", "16:36:19", "picture"), evidence(129, "boot", "Boot diagnostics", "POST 200, 0.7 s, 2 secrets removed", "16:36:18"), evidence(131, "boot", "Note", "“Login prompt after 42 s.”", "16:38:02", "note")],
    actions: [action("confirm", "It has booted", { enabled: false, reason: "Attach a picture of the boot screen first." })],
  },
  content: {
    fields: [field("newest", "Newest policy number", "text", { kind: "empty" }, "What the owner saw", { proposed: false }), field("by", "Seen by", "person", text("Tom Albrecht"), "What the owner saw")],
    demands: [{ what: "a picture", picture: true, met: false }],
    actions: [action("enterFields", "Keep what was seen", { enabled: false, reason: "A picture is needed first." })],
  },
  cleanup: {
    readsOnly: false,
    cleanup: [
      artefact(1, "vm-policy-01-drill", "Virtual machine", { state: "gone", stateLabel: "Gone", proof: "404 at 12:14:20", entry: 160 }), artefact(2, "nic-policy-01-drill", "Network interface", { state: "deleting", stateLabel: "Being deleted" }),
      artefact(3, "vm-policy-01-osdisk", "Disk, 128 GB, customer’s key", { costPerDay: "0.41 USD" }), artefact(4, "vm-policy-01-data0", "Disk, 32 GB", { costPerDay: "0.11 USD" }), artefact(5, "snap-unexpected", "Snapshot", { state: "unexpected", stateLabel: "Nobody expected it", note: "Found in rg-drill-0007-policy-01 at 12:12; made by Azure Backup." }),
      artefact(6, "stdrill0007wus", "Staging account", { state: "kept", stateLabel: "Refused", note: "A lock named keep-audit refuses the deletion. Ask netops@evergreen.example.", afterDeletion: "recoverable for 14 days", recoverableUntil: "2026-12-05T17:20:00Z", costPerDay: "0.11 USD" }),
      artefact(7, "rg-drill-0007-policy-01", "Resource group", { afterDeletion: "only when it is empty" }), artefact(8, "rg-drill-0007-policy-02", "Resource group", { afterDeletion: "only when it is empty" }),
    ],
    actions: [action("send", "Delete 7 things in westus", { changesAzure: true, consequence: "In this order, each read back as gone. What refuses stays owed." })],
  },
  review: {
    review: {
      objectives: [
        { id: "rto", label: "RTO, disks restored", bound: 7200, result: 4442, met: true, note: "machine 51 min, waiting 13 min, operator 10 min; preparation 88 min beside it", entry: 109 },
        { id: "rpo", label: "RPO, oldest point", bound: 129_600, result: 41_280, met: true, note: "T0 − Fri 20 Nov, 22:02", entry: 44 },
        { id: "cleanup", label: "Cleanup", bound: 172_800, result: null, met: null, note: "2 things are still owed", entry: null },
      ],
      deviations: [{ entry: 116, at: at("15:56:42"), step: "access", code: "dependency-drift", text: "The subnet was peered with the hub after step 10", closedBy: "read again, isolated" }],
      findings: [{ id: "F-12", drill: DRILL, text: "Nobody owns the hub’s peering list", owner: "Omar Reyes", due: "2026-12-05T22:00:00Z", overdue: false, resolved: null, entry: 170 }],
      owed: 2, outcome: "It would end as stopped: two things are still owed.",
    },
    actions: [action("close", "Close the drill", { enabled: false, reason: "Two things are still owed; the staging account is locked." })],
  },
};

/** The same step after the connection broke: nobody knows whether Azure took it. */
export const UNKNOWN: Partial<StepView> = {
  ...SHOWN.restore, state: "outcomeUnknown", title: "We do not know whether Azure accepted the restore", safety: "Nothing is sent again by itself. The request left this computer; the connection broke before an answer came. Drillbook has been looking for a job since, and found none.",
  unknowns: [{
    element: "vm-policy-01", elementLabel: "vm-policy-01", sent: { ...SENDS[0]!, state: "no answer", entry: 48 }, intendedAt: at("14:53:08.204"), why: "The connection was lost at 09:53:41; no byte of an answer came.",
    facts: [detail("Restores", "2 disks of vm-policy-01 into rg-drill-0007-policy-01"), detail("Request id", "c1d86a30-5b1f-4f0e-8a77-2f9b6e0d4417", true), detail("Approval", "Rita Okafor, 09:52:31. Used; it cannot be used twice.")],
    looks: 10, lookedAt: at("15:04:44"), nextLook: at("15:05:44"), candidates: [], mayGiveUp: true, giveUpFrom: null,
  }],
  actions: [],
};
