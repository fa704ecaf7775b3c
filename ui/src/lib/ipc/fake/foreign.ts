/** A request of another machine, invented: what the desk of a reviewer elsewhere shows. */

import type { EvidenceView, ForeignListView, ForeignView, OpenForeign, SignForeign, SigningKeyView } from "../bindings";
import type { Api } from "../client";
import { Problem } from "../client";
import { at } from "./make";
import { REQUEST } from "./steps";

const KEY: SigningKeyView = { fingerprint: "SHA256:ritaElsewhere4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAf", place: "id_ed25519", locked: true, person: "rita@evergreen.example", whyNot: null };
const OTHER: SigningKeyView = { fingerprint: "SHA256:laptop0q4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAfKdNi1", place: "kept by Drillbook", locked: false, person: null, whyNot: "the policy of this request names nobody with it" };

const FOREIGN: ForeignView = {
  request: {
    ...REQUEST, row: { ...REQUEST.row, operator: "maya@evergreen.example", mine: true }, mayDecide: true, whyNot: null, decisions: [], cost: null, ceiling: null, overCeiling: false, sameDevice: false, mayBreakGlass: false, glass: null,
    openFirst: REQUEST.openFirst.map((one) => ({ ...one, state: null, opened: null })), facts: REQUEST.facts.map((one) => ({ ...one, value: null, proposed: null })),
    differs: REQUEST.differs.map((one) => ({ ...one, before: "another value" })), journal: { size: 46, head: "9f3ca71e08d25b6c0d11b2a49f3ca71e08d25b6c0d11b2a49f3ca71e08d25b6c", seenSize: 23, seenAt: at("13:58") },
    signers: REQUEST.signers.map((one) => ({ ...one, name: one.person })),
  },
  environment: "live", log: "drillbook/live/9f3c2a7be0d14c58", fingerprint: "sha256:5ad11f0c9b3e47a2c1d8065f7e9a2b4c5ad11f0c9b3e47a2c1d8065f7e9a2b4c", runbookKnown: true, keys: [OTHER], signed: null, folder: null,
};

type Foreign = Pick<Api, "foreignRequests" | "openForeign" | "foreignRequest" | "foreignEvidence" | "chooseSigningKey" | "signForeign" | "saveForeignDecision" | "layOutForeignDecision">;

const refuse = (code: string, sentence: string, next: string) => new Problem({ code, severity: "refused", sentence, next, details: [] });

/** `story` is `foreign` when it was opened before, `folder` when it lies in the exchange folder. */
export function foreignApi(story: string | undefined, evidence: (entry: number) => EvidenceView): Foreign {
  const folder = story === "folder" ? "/media/stick/drills" : null;
  let view: ForeignView | null = story === "foreign" ? FOREIGN : null;
  const known = () => {
    if (!view) throw refuse("exchange.not_opened", "This request was not opened here.", "Open its file first.");
    return view;
  };
  const list = (): ForeignListView => ({
    opened: view ? [view.request.row] : [], folder,
    found: folder ? [{ file: "D-2026-0007-approve-restore.request.txt", row: FOREIGN.request.row, problem: null }, { file: "D-2026-0003.request.txt", row: null, problem: { code: "exchange.differs", severity: "refused", sentence: "What the request covers as number 2 differs: the request says sha256:f93f57e8, the file holds sha256:1c02b7d4.", next: "Sign nothing. Ask the operator by another way what this file is.", details: [] } }] : [],
  });
  return {
    foreignRequests: async () => list(),
    openForeign: async (from: OpenForeign) => {
      if (from.kind === "text" && !from.text.includes("BEGIN DRILLBOOK REQUEST")) throw refuse("exchange.nothing_found", "The text holds no block DRILLBOOK REQUEST.", "Use the file that Drillbook wrote, or the whole text of the message.");
      return (view = { ...FOREIGN, folder });
    },
    foreignRequest: async () => known(),
    foreignEvidence: async ({ entry }) => {
      const open = known();
      view = { ...open, request: { ...open.request, openFirst: open.request.openFirst.map((one) => (one.entry === entry ? { ...one, opened: at("14:45") } : one)) } };
      return evidence(entry);
    },
    chooseSigningKey: async () => (view = { ...known(), keys: [OTHER, KEY] }),
    signForeign: async ({ approve, reason, passphrase }: SignForeign) => {
      const open = known();
      if (!passphrase?.includes(" ")) throw refuse("signature.passphrase", "The passphrase does not open the key.", "Give the passphrase of the key file.");
      const decision = { id: "sha256:de", reviewer: "rita@evergreen.example", approves: approve, reason, conditions: [], at: at("14:46"), notAfter: at("18:46"), sameDevice: false, entry: 0, takenBack: false, mayTakeBack: false };
      return (view = { ...open, request: { ...open.request, row: { ...open.request.row, state: approve ? "approved" : "refused" }, mayDecide: false, whyNot: "It is no longer open.", decisions: [decision] }, signed: { name: "D-2026-0007-approve-restore-7be104d9c25f.rita@evergreen.example.decision.txt", text: "-----BEGIN DRILLBOOK DECISION-----\n", approves: approve, person: "rita@evergreen.example" } });
    },
    saveForeignDecision: async () => ({ path: `/media/stick/${known().signed?.name ?? ""}` }),
    layOutForeignDecision: async () => ({ path: `${folder ?? ""}/${known().signed?.name ?? ""}` }),
  };
}
