/**
 * An api without Rust, for `npm run dev`, tests and pictures: the invented drill of Evergreen Mutual.
 * `?at=<step>` says where the drill is, `?story=unknown|live|done` changes it. Never part of the shell's build.
 */

import type { Api, AppView, ClockView, ConnectionView, DecisionView, DraftView, DrillView, EvidenceView, ExchangeFolderView, FieldView, GlassView, ImportedView, JournalAppended, JournalRow, PersonView, PolicyPageView, Progress, RailItemView, RequestRowView, RequestView, StepStateView, StepView } from "./client";
import { Problem } from "./client";
import { DRILL, EMPTY, action, at, detail, evidence } from "./fake/make";
import { foreignApi } from "./fake/foreign";
import { ROWS, many, page } from "./fake/journal";
import { AUDIT, CLEANUP, DRILLS, HOME, HUGE, NOTHING, ROW, SETTINGS, VERIFICATION } from "./fake/rooms";
import { FIRST_FORM, FORM, POLICY, REQUEST_TEXT, draftOf } from "./fake/policy";
import { LIVE_START, RUNBOOK, START, SUMMARIES, SUMMARY } from "./fake/runbooks";
import { AZ_RESTORE, REQUEST, SHOWN, UNKNOWN } from "./fake/steps";
import { STEPS, index } from "./fake/words";

export type Story = { at?: string; story?: string; person?: string };

const PEOPLE: PersonView[] = ([["maya", "Maya Lindqvist", "operator", "operator"], ["rita", "Rita Okafor", "reviewer", "security reviewer"], ["pat", "Pat Nguyen", "reviewer", "security reviewer"], ["ines", "Ines Duarte", "auditor", "auditor"]] as const).map(([id, name, role, roleLabel]) => ({
  id, name, role, roleLabel, key: `SHA256:${id}0q4nMuk3`, keyPlace: "in the data folder", keyState: "unlocked", here: true,
}));

const BOOT = `<svg xmlns="http://www.w3.org/2000/svg" width="1024" height="768"><rect width="1024" height="768" fill="#23272e"/><g font-family="monospace" font-size="20" fill="#e6e9ee">${["vm-policy-01-drill   serial console   ttyS0", "", "[  OK  ] Reached target Network is Online.", "[  OK  ] Started Azure Linux Agent.", "[  OK  ] Mounted /srv/policy (sdc1, 32 GiB).", "[  OK  ] Started policy-admin.service.", "eth0: inet 10.60.4.7/27, no default route", "", "policy-admin[812]: 1 204 policies read, 0 damaged", "policy-admin[812]: ready, read only", "", "vm-policy-01-drill login: _"].map((line, row) => `<text x="16" y="${32 + row * 32}" xml:space="preserve">${line}</text>`).join("")}</g></svg>`;

const old = (id: string, state: RequestRowView["state"], sentence: string, drill: string, operator: string, requestedAt: string): RequestRowView => ({ ...REQUEST.row, id: `sha256:${id}`, state, sentence, drill, operator, requestedAt, mine: false });
const DECIDED = [old("01", "used", "Make 2 groups and a staging account", DRILL, "Maya Lindqvist", at("13:53:20")), old("02", "refused", "Start claims-db-01 in the hub network", "D-2026-0005", "Omar Reyes", "2026-10-02T09:00:00Z"), old("03", "used", "Restore 2 disks of vm-policy-01", "D-2026-0004", "Maya Lindqvist", "2026-08-20T14:00:00Z"), old("04", "expired", "Delete 5 things of D-2026-0003", "D-2026-0003", "Omar Reyes", "2026-07-11T09:00:00Z")];

const NOW: Record<string, string> = { brief: "13:08:10", charter: "13:22:00", permissions: "13:53:58", "recovery-point": "14:36:40", "approve-restore": "14:46:20", restore: "14:52:58", job: "15:10:58", access: "15:57:10", boot: "16:39:00", content: "16:45:00", cleanup: "17:14:30", review: "17:59:00" };

function clock(now: string, here: number, story: Story): ClockView {
  const t0 = index("declare");
  const base = { t0Step: t0 + 1, objective: 7200, asOf: now, rate: 1, preparation: 5280, likely: 4440, stopped: null, met: null, segments: [], running: null };
  if (here <= t0) return { ...base, t0: null, elapsed: 0, machine: 0, waiting: 0, operator: 0, preparation: 1200, running: "preparation" };
  const done = here > index("disks");
  if (done) return { ...base, t0: at("14:30"), elapsed: 4442, machine: 3060, waiting: 790, operator: 592, stopped: at("15:44:02"), met: true };
  const elapsed = Math.max(0, (new Date(now).getTime() - new Date(at("14:30")).getTime()) / 1000);
  const waiting = here > index("approve-restore") ? 790 : here === index("approve-restore") ? 440 : 0;
  const machine = here === index("job") ? 1080 : story.story === "unknown" ? 720 : 0;
  return { ...base, t0: at("14:30"), elapsed, machine, waiting, operator: elapsed - waiting - machine, running: here === index("job") ? "machine" : here === index("approve-restore") ? "waiting" : "operator" };
}

/** Makes an api that plays the story from a step on. */
export function fakeApi(given: Story = {}): Api {
  const asked = new URLSearchParams(globalThis.location?.search ?? "");
  const story: Story = { at: given.at ?? asked.get("at") ?? "recovery-point", story: given.story ?? asked.get("story") ?? undefined, person: given.person ?? asked.get("person") ?? "maya" };
  let here = Math.max(0, index(story.at ?? ""));
  let person = PEOPLE.find((one) => one.id === story.person) ?? PEOPLE[0]!;
  let size = 46;
  let fields: FieldView[] | null = null;
  let decided: DecisionView | null = null;
  let connections: ConnectionView[] = story.story === "empty" ? [] : [{ name: "dr-reader", cloud: "public cloud", tenant: "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47", subscription: "6f0d2c1e-5b7d-4e26-8c41-b2d60f7e9a15", signIn: "Azure CLI", locked: false }, { name: "nightly", cloud: "public cloud", tenant: "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47", subscription: "6f0d2c1e-5b7d-4e26-8c41-b2d60f7e9a15", signIn: "client secret, in the keyring", locked: false }, ...(story.story === "locked" ? [{ name: "dr-app", cloud: "public cloud", tenant: "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47", subscription: "6f0d2c1e-5b7d-4e26-8c41-b2d60f7e9a15", signIn: "client certificate, under a passphrase", locked: true }] : [])];
  const stillLocked = (name: string) => { if (connections.some((one) => one.name === name && one.locked)) throw new Problem({ code: "key.passphrase_needed", severity: "refused", sentence: "The key is kept under a passphrase, and none was given.", next: "Give it.", details: [] }); };
  let exchange: ExchangeFolderView = { path: story.story === "folder" ? "/media/stick/drills" : null, looked: story.story === "folder" ? at("14:46:20") : null, laidOut: story.story === "folder" ? 1 : 0, taken: story.story === "folder" ? 2 : 0, declined: story.story === "folder" ? [{ file: "decision-of-somebody.json", code: "signature.namespace", sentence: "The signature was made for drill-policy@drillbook." }] : [], problem: null };
  let glass: GlassView | null = story.story === "glass" ? { id: "sha256:61", person: "Omar Reyes", reason: "The building burns and nobody answers.", at: at("14:44:10"), reviewDue: "2026-11-23T14:44:10Z", reviewed: null, mayReview: person.role === "reviewer" } : null;
  let log: JournalRow[] | null = null;
  const opened = new Set([31]);
  const bare = () => story.story === "empty";
  // `?story=slow` never answers, `?story=error` says that the journal is broken.
  const mood = async () => {
    if (story.story === "slow") await new Promise(() => {});
    if (story.story === "error") throw new Problem({ code: "journal.broken", severity: "internal", sentence: "The journal does not hold: entry 1 204 was changed after it was written.", next: "Nothing is sent while it is so. Keep the data folder as it is and ask the auditor.", details: [] });
  };
  const onDesk = (): RequestView => {
    const may = person.role === "reviewer" && decided === null;
    return {
      ...REQUEST, row: { ...REQUEST.row, state: decided ? (decided.approves ? "approved" : "refused") : "open" }, decisions: decided ? [decided] : [], mayDecide: may, whyNot: may ? null : person.role === "operator" ? REQUEST.whyNot : `${person.name} is not a reviewer of this gate.`,
      mayBreakGlass: story.story === "emergency" && glass === null && decided === null, glass, journal: { ...REQUEST.journal, size }, openFirst: REQUEST.openFirst.map((one) => ({ ...one, opened: opened.has(one.entry) ? (one.opened ?? now()) : null })),
    };
  };
  const extra = new Map<string, Partial<StepView>>();
  const journal = new Set<(appended: JournalAppended) => void>();
  const progress = new Set<(progress: Progress) => void>();
  const append = () => {
    size += 1;
    for (const then of journal) then({ drill: DRILL, size });
  };
  const now = () => (unknown() ? at("15:05:02") : at(NOW[STEPS[here]?.id ?? ""] ?? "14:36:40"));
  const unknown = () => story.story === "unknown" && STEPS[here]?.id === "restore";
  const stateOf = (position: number): StepStateView => {
    const id = STEPS[position]?.id ?? "";
    if (position < here) return "passed";
    if (position > here) return "notStarted";
    return unknown() ? "outcomeUnknown" : (extra.get(id)?.state ?? SHOWN[id]?.state ?? "ready");
  };

  const step = (id: string): StepView => {
    const position = index(id);
    const told = STEPS[position];
    if (!told) throw new Problem({ code: "drill.no_such_step", severity: "refused", sentence: "This drill has no such step.", next: "Open the drill from home.", details: [] });
    const shown = unknown() && position === here ? UNKNOWN : position === here ? (SHOWN[id] ?? { actions: [told.kind === "approval" ? action("askSignOff", "Ask for the sign-off") : action("run", "Go on")] }) : { ...SHOWN[id], stateNote: null, problem: null };
    return { ...EMPTY, id, number: position + 1, kind: told.kind, title: told.title, safety: told.safety, why: told.why, expect: told.expect, ifNot: told.ifNot, current: position === here, ...shown, ...extra.get(id), ...(id === "charter" && fields ? { fields } : {}), ...(position === here ? {} : { actions: [] }), state: stateOf(position) };
  };

  const drill = (): DrillView => ({
    row: { ...ROW, step: here + 1, stepTitle: STEPS[here]?.short ?? "" }, runbook: SUMMARY.id, runbookVersion: "1.2.0", runbookDigest: RUNBOOK.digest,
    rail: STEPS.map((told, position): RailItemView => ({
      id: told.id, number: position + 1, title: told.short, kind: told.kind, state: stateOf(position), at: position < here ? (told.at === "T0" ? at("14:30") : told.at ? at(told.at) : null) : null,
      note: position === here && told.id === "approve-restore" ? "Rita Okafor or Pat Nguyen" : null, current: position === here, open: true,
    })),
    current: STEPS[here]?.id ?? "brief", clock: clock(now(), here, story), deviations: [], warnings: 0, deadline: "2026-11-23T16:30:00Z", costPerDay: "1.64 USD",
    abort: action("abort", "Stop and clean up…", { primary: false, needsReason: true, consequence: here > index("groups") ? "What this drill made is owed: groups, staging account and whatever was restored. Cleanup, the untouched check and the review still run; then the drill ends as abandoned." : "Nothing was made yet, so nothing is owed. The drill ends as abandoned." }),
    end: null, lastEntry: size,
  });

  const on = async (): Promise<DrillView> => {
    if (here < STEPS.length - 1) here += 1;
    append();
    return drill();
  };
  // `?story=live` is the live journal, `?story=setup` one without a policy yet, `?story=nokeyring` a computer that keeps no key.
  let onLive = story.story === "live" || story.story === "setup";
  let founded = story.story !== "setup" && story.story !== "nokeyring";
  let draft: DraftView | null = story.story === "draft" ? draftOf(null, 4) : null;
  const policyPage = (): PolicyPageView => (founded ? { ...POLICY, form: FORM, draft } : { title: "No policy is in force yet", lead: "Until its owners have signed one, nobody can ask, approve or refuse, and no live drill begins.", policy: null, draft, draftProblem: null, form: FIRST_FORM });
  const NOBODY = { id: "", name: "", role: "operator" as const, roleLabel: "", key: null, keyPlace: "", keyState: "", here: false };
  const app = (): AppView => ({
    environment: onLive ? "live" : "rehearsal", version: "0.1.0", dataFolder: "~/.local/share/drillbook", now: now(), person: founded || !onLive ? person : NOBODY, people: founded || !onLive ? PEOPLE.map((one, index) => ({ ...one, here: !onLive || index === 0 })) : [],
    band: { environment: onLive ? "live" : "rehearsal", cloud: onLive ? "Azure" : "Azure (simulated)", tenant: onLive && !founded ? "not connected" : "Evergreen Mutual", subscription: onLive && !founded ? "not connected" : "sub-policy-admin", connection: onLive && founded ? "dr-reader" : null, account: onLive && founded ? "maya@evergreen.example" : null, primary: onLive && !founded ? null : "eastus", secondary: onLive && !founded ? null : "westus", person: founded || !onLive ? person.name : "", role: founded || !onLive ? person.roleLabel : "", speed: onLive ? null : 60 },
    counts: { drills: 2, requests: 1, owed: 8, late: 1 }, problem: null,
  });
  const evidenceOf = (entry: number): EvidenceView => {
    const found = STEPS.flatMap((told) => SHOWN[told.id]?.evidence ?? []).find((row) => row.entry === entry) ?? evidence(entry, "access", "Peerings of vnet-drill-westus", "GET 200, 0.6 s", "15:56:41");
    const picture = found.kind === "picture";
    return {
      row: found, drill: DRILL, digest: "sha256:41aa90ce7d1f02c541aa90ce7d1f02c541aa90ce7d1f02c541aa90ce7d1f02c5", size: 1934, text: found.kind === "note" ? "Login prompt after 42 s." : null,
      exchange: found.kind === "exchange" ? {
        method: "GET", url: "/subscriptions/6f0d2c1e-8b7a-4f1c-9a53-2d1e7c0b4a91/resourceGroups/rg-network-westus/providers/Microsoft.Network/virtualNetworks/vnet-drill-westus/virtualNetworkPeerings?api-version=2024-05-01", body: null, status: 200, reason: "OK",
        headers: [detail("x-ms-request-id", "5b0e7c12-94d1-4f6a-8a3e-0c77d2b1e905", true)], answer: JSON.stringify({ value: [{ name: "peer-hub-westus", properties: { peeringState: "Connected", remoteVirtualNetwork: { id: "…/virtualNetworks/vnet-hub-westus" }, allowForwardedTraffic: true, sharedKey: "«removed: key, 44 characters»" } }] }, null, 2),
        removed: 1, az: "az network vnet peering list --resource-group rg-network-westus --vnet-name vnet-drill-westus", started: found.at, milliseconds: 600, attempts: 1, requestId: "5b0e7c12-94d1-4f6a-8a3e-0c77d2b1e905", correlationId: "e2c81f40-3d5b-4b19-9b6e-71a0c4d8f233", clientRequestId: "d0007-26-110-1",
      } : null,
      picture: picture ? { width: 1024, height: 768, tiles: 192, root: "sha256:9c17be0a9c17be0a", origin: "boot diagnostics of vm-policy-01-drill" } : null,
      facts: [detail("Recorded by", "Drillbook"), detail("Step", `${index(found.step) + 1}, ${STEPS[index(found.step)]?.title ?? ""}`)], previous: entry > 110 ? entry - 1 : null, next: entry < 113 ? entry + 1 : null,
    };
  };
  const attach = (id: string, title: string, more: string, kind: "picture" | "note" | "reference"): StepView => {
    const before = step(id);
    const row = { ...evidence(size + 1, id, title, more, "16:39:00", kind), at: now() };
    extra.set(id, { ...extra.get(id), evidence: [row, ...before.evidence], demands: before.demands.map((demand) => (demand.picture && kind === "picture" ? { ...demand, met: true } : demand)), actions: before.actions.map((one) => (kind === "picture" ? { ...one, enabled: true, reason: null } : one)) });
    append();
    return step(id);
  };
  const checked = (entries: { name: string; value: FieldView["value"] }[]): FieldView[] =>
    step(STEPS[here]?.id ?? "").fields.map((field) => {
      const value = entries.find((entry) => entry.name === field.name)?.value ?? field.value;
      const missing = field.required && (value.kind === "empty" || (value.kind === "text" && !value.text.trim()) || (value.kind === "list" && !value.items.length));
      const link = value.kind === "reference" && value.url && !value.url.startsWith("https://") ? "A link begins with https:// and names its host, or stays empty." : null;
      const early = field.name === "expiry" && value.kind === "text" && value.text < "2026-11-23T18:30" ? "Cleanup may take until Mon 23 Nov, 13:30." : null;
      return { ...field, value, proposed: field.proposed && JSON.stringify(value) === JSON.stringify(field.value), error: missing ? "This is needed." : (link ?? early) };
    });

  const take = (text: string): ImportedView => {
    if (!text.includes("BEGIN")) throw new Problem({ code: "exchange.nothing_found", severity: "refused", sentence: "The text holds no DRILLBOOK DECISION.", next: "Paste the whole file, from BEGIN to END.", details: [] });
    decided = { id: "sha256:de", reviewer: "Rita Okafor", approves: true, reason: "", conditions: [], at: now(), notAfter: now(), sameDevice: false, entry: size + 1, takenBack: false, mayTakeBack: false };
    if (STEPS[here]?.kind === "approval") here += 1;
    append();
    return { request: REQUEST.row.id, drill: DRILL, step: "approve-restore", person: "Rita Okafor", kind: "approval", known: false, state: "approved" };
  };

  return {
    ...foreignApi(story.story, evidenceOf),
    app: async () => app(),
    switchPerson: async (id) => {
      person = PEOPLE.find((one) => one.id === id) ?? person;
      append();
      return app();
    },
    home: async () => { await mood(); return bare() ? NOTHING.home : HOME; },
    runbooks: async () => { await mood(); return bare() ? [] : SUMMARIES; },
    runbook: async (id) => ({ ...RUNBOOK, summary: SUMMARIES.find((one) => one.id === id) ?? SUMMARY }),
    startOptions: async () => { await mood(); return onLive ? { ...START, ...LIVE_START(connections) } : START; },
    openDrill: async ({ connection }) => { if (connection) stillLocked(connection); here = 0; return drill(); },
    drills: async () => { await mood(); return bare() ? [] : DRILLS.map((one) => (one.id === DRILL ? { ...one, step: here + 1, stepTitle: STEPS[here]?.short ?? "" } : one)); },
    drill: async () => drill(),
    step: async (_drill, id) => step(id),
    acknowledgeStep: on,
    acknowledgeWarning: async ({ number, reason }) => {
      const id = STEPS[here]?.id ?? "";
      extra.set(id, { ...extra.get(id), expectations: step(id).expectations.map((one) => (one.number === number ? { ...one, acknowledged: { person: person.name, reason, at: now() } } : one)) });
      append();
      return drill();
    },
    runStep: async () => {
      for (const then of progress) then({ drill: DRILL, step: STEPS[here]?.id ?? "", sentence: "", done: 1, total: 1, ended: true });
      return on();
    },
    choose: async ({ at: where, keys }) => {
      const choices = step(where.step).choices.map((choice) => (choice.element === where.element ? { ...choice, chosen: keys } : choice));
      extra.set(where.step, { ...extra.get(where.step), choices });
      if (choices.every((choice) => choice.chosen.length)) return on();
      append();
      return drill();
    },
    checkFields: async ({ fields: entries }) => checked(entries),
    enterFields: async ({ fields: entries }) => {
      fields = checked(entries);
      const bad = fields.filter((field) => field.error);
      if (bad.length) throw new Problem({ code: "field.invalid", severity: "refused", sentence: `${bad.length} fields are not right yet.`, next: "Mend the fields that are red.", details: [] });
      return on();
    },
    skipStep: on,
    takeLine: async ({ at: where, request }) => {
      const outside = step(where.step).outside.map((one) => (one.request === request && one.element === where.element ? { ...one, line: AZ_RESTORE } : one));
      extra.set(where.step, { ...extra.get(where.step), outside });
      append();
      return step(where.step);
    },
    reportLine: async () => on(),
    askSignOff: async () => {
      const id = STEPS[here]?.id ?? "";
      extra.set(id, { ...SHOWN["approve-restore"], request: { ...REQUEST, row: { ...REQUEST.row, step: id } }, state: "waitingForSignOff" });
      append();
      return drill();
    },
    withdrawRequest: async () => { append(); return drill(); },
    requests: async () => { await mood(); return bare() ? [] : [{ ...onDesk().row, mine: onDesk().mayDecide }, ...DECIDED]; },
    request: async (id) => { await mood(); const old = DECIDED.find((one) => one.id === id); return old ? { ...REQUEST, row: old, mayDecide: false } : onDesk(); },
    openEvidence: async ({ entry }) => { opened.add(entry); append(); return evidenceOf(entry); },
    decideRequest: async ({ approve, reason, conditions }) => {
      if (STEPS[here]?.kind === "approval" && approve) here += 1;
      decided = { id: "sha256:de", reviewer: person.name, approves: approve, reason, conditions: conditions.map((one) => `${one.fact} ${one.op} ${one.value}`), at: now(), notAfter: now(), sameDevice: true, entry: size + 1, takenBack: false, mayTakeBack: true };
      append();
      return onDesk();
    },
    resolveUnknown: async ({ resolution }) => {
      if (resolution.kind === "keepLooking") { append(); return drill(); }
      story.story = undefined;
      here = resolution.kind === "adopt" ? index("job") : index("approve-restore");
      append();
      return drill();
    },
    abortDrill: async () => { here = index("approve-cleanup"); append(); return drill(); },
    closeDrill: async () => { append(); return { ...drill(), end: "Closed." }; },
    setDeadline: async () => CLEANUP,
    addNote: async ({ at: where, text, deviation }) => attach(where.step, deviation ? "Deviation" : "Note", `“${text}”`, "note"),
    addReference: async ({ at: where, system, id }) => attach(where.step, `${system} ${id}`, "reference", "reference"),
    addFinding: async () => { append(); return drill(); },
    resolveFinding: async () => CLEANUP,
    attachPicture: async ({ at: where, title }) => attach(where.step, title, "PNG, 1 024 × 768, tile root committed", "picture"),
    captureSources: async () => [{ id: "screen-0", screen: true, title: "Screen 1", width: 1920, height: 1080 }, { id: "window-7", screen: false, title: "Azure portal, Boot diagnostics", width: 1280, height: 800 }],
    capturePicture: async ({ at: where, title }) => attach(where.step, title, "PNG, 1 920 × 1 080, tile root committed", "picture"),
    evidence: async (_drill, entry) => evidenceOf(entry),
    picture: async () => ({ url: `data:image/svg+xml,${encodeURIComponent(BOOT)}` }),
    cleanup: async () => { await mood(); return bare() ? NOTHING.cleanup : story.story === "huge" ? HUGE : CLEANUP; },
    journal: async (filter) => { await mood(); return page(bare() ? [] : story.story === "huge" ? (log ??= many(40_000)) : ROWS, filter); },
    verifyJournal: async () => VERIFICATION,
    audit: async (id) => { await mood(); const row = DRILLS.find((one) => one.id === id); return bare() ? NOTHING.audit : row && row.id !== DRILL && AUDIT.drill ? { ...AUDIT, drill: { ...AUDIT.drill, row, title: `${row.id} holds` } } : AUDIT; },
    exportBundle: async ({ drill, audience }) => ({ path: `~/${drill}${audience === "internal" ? "" : `-${audience}`}.zip`, size: 4_100_000, entries: 214, verification: VERIFICATION, commands: ["drillbook verify D-2026-0007.zip", "python3 verify.py D-2026-0007.zip"] }),
    saveBundle: async ({ drill }) => ({ path: `/media/stick/${drill}.zip`, size: 4_100_000, entries: 214, verification: VERIFICATION, commands: ["drillbook verify D-2026-0007.zip", "python3 verify.py D-2026-0007.zip"] }),
    policy: async () => { await mood(); return bare() ? { title: "No policy is in force yet", lead: "The first drill signs one. Until then nobody can ask, approve or refuse.", policy: null, draft: null, draftProblem: null, form: null } : story.story === "overdue" ? { ...POLICY, title: "Policy version 3 is in force; its review is overdue", policy: POLICY.policy && { ...POLICY.policy, reviewOverdue: true, reviewDue: "2026-10-30T08:00:00Z" } } : policyPage(); },
    proposePolicy: async (asked) => { draft = draftOf(asked, founded ? 4 : 1); return policyPage(); },
    signPolicy: async () => { if (draft) draft = { ...draft, owners: draft.owners.map((one) => (one.name === draft?.maySign ? { ...one, signed: true } : one)), signed: draft.signed + 1, maySign: null, complete: true }; return policyPage(); },
    savePolicyDraft: async () => ({ path: "/media/stick/policy-4.json" }),
    takePolicySignature: async (text) => {
      if (!text.includes("BEGIN SSH SIGNATURE")) throw new Problem({ code: "exchange.nothing_found", severity: "refused", sentence: "The text holds no SSH SIGNATURE.", next: "Paste the whole file, from BEGIN to END.", details: [] });
      if (draft) draft = { ...draft, signed: draft.needed, complete: true };
      return policyPage();
    },
    openPolicySignature: async () => { if (draft) draft = { ...draft, signed: draft.needed, complete: true }; return policyPage(); },
    adoptPolicy: async () => { draft = null; founded = true; append(); return policyPage(); },
    dropPolicyDraft: async () => { draft = null; return policyPage(); },
    readPublicKey: async (text) => {
      if (!text.startsWith("ssh-")) throw new Problem({ code: "policy.key", severity: "refused", sentence: "What is given as the key of this person is no public key.", next: "Paste the one line of a .pub file, such as ssh-ed25519 AAAA…", details: [] });
      return { line: text.trim(), fingerprint: "SHA256:rita0q4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAfKdNi1", comment: "rita@laptop", securityKey: false };
    },
    openPublicKey: async () => ({ line: "ssh-ed25519 AAAA rita@laptop", fingerprint: "SHA256:rita0q4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAfKdNi1", comment: "rita@laptop", securityKey: false }),
    liveState: async () => ({ open: onLive, exists: founded && story.story !== "nokeyring", passphrase: story.story === "nokeyring", keyring: story.story === "nokeyring" ? { code: "key.no_keyring", severity: "unavailable", sentence: "There is no keyring on this computer.", next: "Start a keyring, or keep the key under a passphrase.", details: [] } : null }),
    openLive: async () => { onLive = true; append(); return app(); },
    openRehearsal: async () => { onLive = false; append(); return app(); },
    useConnection: async (name) => { stillLocked(name); return app(); },
    connections: async () => connections,
    chooseCertificate: async () => ({ file: "drillbook-reader.pfx", locked: true, subject: null, until: null, expired: false }),
    unlockConnection: async ({ name, passphrase }) => {
      if (!passphrase.includes(" ")) throw new Problem({ code: "key.wrong_passphrase", severity: "refused", sentence: "The passphrase is wrong.", next: "Give the passphrase that the file was made with.", details: [] });
      return (connections = connections.map((one) => (one.name === name ? { ...one, locked: false } : one)));
    },
    addConnection: async (request) => {
      // `?story=nokeyring` is a computer that keeps no key.
      if (request.credential === "client-certificate" && story.story === "nokeyring" && !request.passphrase) throw new Problem({ code: "connection.no_keyring", severity: "unavailable", sentence: "There is no keyring that could keep the secret of a connection.", next: "Start a keyring, or keep it under a passphrase.", details: [] });
      if (connections.some((one) => one.name === request.name)) throw new Problem({ code: "connection.exists", severity: "refused", sentence: `There is a connection ${request.name} already.`, next: "Choose another name, or remove that one first.", details: [] });
      return (connections = [...connections, { name: request.name, cloud: "public cloud", tenant: request.tenant, subscription: request.subscription, signIn: request.credential === "client-certificate" ? `client certificate, ${request.passphrase ? "under a passphrase" : "in the keyring"}` : "Azure CLI", locked: false }]);
    },
    testConnection: async (name) => {
      stillLocked(name);
      if (name !== "nightly") return { who: "Maya Lindqvist", subscription: "sub-policy-admin", at: at("13:05") };
      throw new Problem({ code: "azure.sign_in", severity: "unavailable", sentence: "Azure did not sign you in.", next: "Sign in with az login, then test again.", details: [] });
    },
    removeConnection: async (name) => (connections = connections.filter((one) => one.name !== name)),
    exchangeFolder: async () => exchange,
    chooseExchangeFolder: async () => (exchange = { ...exchange, path: "/media/stick/drills", looked: now(), laidOut: 1 }),
    forgetExchangeFolder: async () => (exchange = { ...exchange, path: null, looked: null, laidOut: 0, declined: [] }),
    revokeDecision: async () => { if (decided) decided = { ...decided, takenBack: true, mayTakeBack: false }; append(); return onDesk(); },
    breakGlass: async ({ reason }) => { glass = { id: "sha256:61", person: person.name, reason, at: now(), reviewDue: "2026-11-23T14:46:20Z", reviewed: null, mayReview: false }; append(); return onDesk(); },
    reviewGlass: async () => { if (glass) glass = { ...glass, reviewed: person.name, mayReview: false }; append(); return onDesk(); },
    saveSigners: async () => ({ path: "/media/stick/allowed_signers", signers: 5, missing: ["SHA256:quinn0q4nMuk3"] }),
    requestText: async () => REQUEST_TEXT,
    saveRequest: async () => ({ path: `/media/stick/${REQUEST_TEXT.name}` }),
    importDecision: async (text) => take(text),
    openDecision: async () => take("-----BEGIN SSH SIGNATURE-----"),
    settings: async () => ({ ...SETTINGS, people: PEOPLE, ...(onLive ? { lead: "This is the live journal of this installation. It is encrypted on this computer.", simulator: null } : {}) }),
    onJournal: (then) => { journal.add(then); return () => journal.delete(then); },
    onProgress: (then) => { progress.add(then); return () => progress.delete(then); },
  };
}
