/** The policy of the invented company, and a request on its way to another computer. */

import type { DraftView, PolicyFormView, PolicyGateView, PolicyPageView, PolicyPersonView, ProposePolicy, RequestTextView } from "../client";

const person = (id: string, name: string, roles: string[], more: Partial<PolicyPersonView> = {}): PolicyPersonView => ({ id: `${id}@evergreen.example`, name, roles, owner: false, keys: [{ fingerprint: `SHA256:${id}0q4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAfKdNi1`, state: "inUse" }], ...more });
const gate = (name: string, approvalValid: number, more: Partial<PolicyGateView> = {}): PolicyGateView => ({ name, quorum: 1, roles: ["security reviewer"], requestValid: 86_400, approvalValid, sameDevice: false, ...more });

export const POLICY: PolicyPageView = {
  title: "Policy version 3 is in force",
  lead: "It decides who may ask, approve and read. Who asks never signs. Nobody changes it alone: the next version needs 2 of its 3 owners.",
  draft: null, draftProblem: null, form: null,
  policy: {
    version: 3, origin: "drillbook/rehearsal/94ae9dc6ef726030", digest: "sha256:51d0c7aa3f1e08b2746d95c0a1be77f4403c92dd815ea6f7b9c80e21d4a63f57", fingerprint: "sha256:8c41f0e2b7936ad51e0c4d8f7a2596b3c1de084f95a7623b0fd8e1c47a5930bd",
    from: "2026-09-21T08:00:00Z", until: "2027-09-21T08:00:00Z", signedBy: ["Pat Nguyen", "Rita Okafor"], reviewEvery: "90 days", reviewDue: "2026-12-20T08:00:00Z", reviewOverdue: false, retention: "6 years",
    threshold: 2, owners: ["Pat Nguyen", "Rita Okafor", "Quinn Abara"],
    people: [
      person("maya", "Maya Lindqvist", ["operator"]), person("rita", "Rita Okafor", ["security reviewer"], { owner: true, keys: [{ fingerprint: "SHA256:rita0q4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAfKdNi1", state: "securityKey" }, { fingerprint: "SHA256:rita9vB1cXz8LkJhGfDsAqWeRtYuIoP0mNbVcXzLkJh", state: "revoked" }] }),
      person("pat", "Pat Nguyen", ["security reviewer"], { owner: true }), person("quinn", "Quinn Abara", ["security reviewer"], { owner: true, keys: [{ fingerprint: "SHA256:quinn0q4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAfKdNi", state: "elsewhere" }] }), person("ines", "Ines Duarte", ["auditor"]), person("tom", "Tom Albrecht", [], { keys: [] }),
    ],
    gates: [gate("Prepare", 14_400), gate("Restore", 14_400, { quorum: 2 }), gate("Start", 14_400), gate("Clean up", 172_800, { requestValid: null, sameDevice: true })],
    breakGlass: ["Omar Reyes"], breakGlassReview: 172_800, readers: ["examiner@state.example"],
    before: [{ version: 2, digest: "sha256:7b19d0e2a4c35f6871b0c9d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c", from: "2026-06-22T08:00:00Z" }, { version: 1, digest: "sha256:8c41f0e2b7936ad51e0c4d8f7a2596b3c1de084f95a7623b0fd8e1c47a5930bd", from: "2026-03-20T08:00:00Z" }],
  },
};

const GATES: PolicyFormView["gates"] = [["prepare", "Prepare", 14_400], ["restore", "Restore", 14_400], ["start", "Start", 14_400], ["cleanup", "Cleanup", 172_800]].map(([name, label, approvalValid]) => ({ name: String(name), label: String(label), quorum: 1, roles: ["security-reviewer"], approvalValid: Number(approvalValid) }));
export const FIRST_FORM: PolicyFormView = { first: true, own: true, people: [], threshold: 1, gates: GATES, breakGlass: [], retention: "P6Y", reviewEvery: "P90D" };
export const FORM: PolicyFormView = { ...FIRST_FORM, first: false, own: true, threshold: 2, people: (POLICY.policy?.people ?? []).map((one) => ({ id: one.id, roles: one.roles.map((role) => role.replace(" ", "-")), owner: one.owner, keys: one.keys.map((key) => key.fingerprint) })), breakGlass: [] };

/** What became of a proposal: nobody has signed it yet. */
export const draftOf = (asked: ProposePolicy | null, version: number): DraftView => ({
  version, digest: "sha256:2f9a6c1be07d43859a1c0b7e5d24f8639b0ac1d2e3f405162738495a6b7c8d9e", text: "{}", name: `policy-${version}.json`, command: `ssh-keygen -Y sign -n drill-policy@drillbook -f KEY policy-${version}.json`,
  owners: version > 1 ? [{ name: "Pat Nguyen", signed: false }, { name: "Rita Okafor", signed: true }, { name: "Quinn Abara", signed: false }] : (asked?.people ?? []).filter((one) => one.owner).map((one) => ({ name: one.id, signed: false })),
  needed: version > 1 ? 2 : (asked?.threshold ?? 1), signed: version > 1 ? 1 : 0, maySign: version > 1 ? "Pat Nguyen" : (asked?.people.find((one) => one.owner)?.id ?? null), complete: false,
  differences: version > 1 ? [{ what: "Reviewed every", before: "90 days", after: "30 days" }, { what: "Gate restore", before: "2 security reviewer; an approval lives 4 h", after: "1 security reviewer; an approval lives 4 h" }, { what: "tom@evergreen.example", before: "no role; SHA256:tom0q4nMuk3hVx2JpO9bZLc7TtWmEoQyR5sAfKdNi1", after: null }]
    : [...(asked?.people ?? []).map((one) => ({ what: one.id, before: null, after: one.roles.join(", ") })), { what: "Owners", before: null, after: (asked?.people ?? []).filter((one) => one.owner).map((one) => one.id).join(" and ") }],
});

export const REQUEST_TEXT: RequestTextView = {
  name: "D-2026-0007-approve-restore-7be104d9c25f.request.txt", size: 18_400, canSign: ["Rita Okafor", "Pat Nguyen"], notAfter: "2026-11-22T14:39:12Z",
  text: `REHEARSAL: request for sign-off of D-2026-0007
  request       sha256:7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c
  gate          restore (step approve-restore)
  operator      maya@evergreen.example
  asked         2026-11-21T14:39:12.000Z
  decide until  2026-11-22T14:39:12.000Z
  you witness   46 entries, root sha256:9f3ca71e08d25b6c

Covered, number 1
  restore: simulator POST /subscriptions/6f0d2c1e/…/backupCrossRegionRestore

-----BEGIN DRILLBOOK REQUEST-----
eyJkZWNpc2lvbiI6eyJzaWduYXR1cmVzIjpbIi0tLS0tQkVHSU4gU1NIIFNJR05B
-----END DRILLBOOK REQUEST-----
`,
};
