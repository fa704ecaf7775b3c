/** A policy as people fill it in; what is sent is exactly what stands here. */

import type { NewKeyRequest, PolicyFormView, ProposePolicy } from "$lib/ipc/client";

export const ROLES = [["operator", "Operator", "plays drills, asks"], ["security-reviewer", "Reviewer", "signs what would change Azure"], ["auditor", "Auditor", "reads, verifies, exports"]] as const;
export type KeyChoice = "keep" | "made" | "public";

export class FormPerson {
  id = $state("");
  roles = $state<string[]>([]);
  owner = $state(false);
  glass = $state(false);
  keys = $state<string[]>([]);
  choice = $state<KeyChoice>("made");
  line = $state("");
  /** What Rust read of the line. */
  fingerprint = $state<string | null>(null);

  get newKey(): NewKeyRequest | null {
    if (this.choice === "made") return { kind: "made" };
    return this.choice === "public" ? { kind: "public", line: this.line } : null;
  }
  toggle(role: string) {
    this.roles = this.roles.includes(role) ? this.roles.filter((one) => one !== role) : [...this.roles, role];
  }
  /** What is still missing of this person. */
  get missing(): string | null {
    if (!this.id.trim()) return "Everybody needs an id, such as rita@example.com.";
    if (!/^[\x21-\x7e]+$/.test(this.id.trim()) || /[A-Z,"!*?#]/.test(this.id)) return `${this.id}: an id has small letters and no blanks.`;
    if (!this.roles.length && !this.owner) return `${this.id} has no role.`;
    if (this.choice === "public" && !this.fingerprint) return `${this.id} needs a public key.`;
    return null;
  }
}

export class PolicyForm {
  readonly own: boolean;
  readonly first: boolean;
  people = $state<FormPerson[]>([]);
  threshold = $state(1);
  gates = $state<PolicyFormView["gates"]>([]);
  retention = $state("");
  reviewEvery = $state("");

  constructor(view: PolicyFormView) {
    this.own = view.own;
    this.first = view.first;
    this.threshold = view.threshold;
    this.gates = view.gates.map((gate) => ({ ...gate }));
    this.retention = view.retention;
    this.reviewEvery = view.reviewEvery;
    this.people = view.people.map((one) => {
      const person = new FormPerson();
      Object.assign(person, { id: one.id, roles: [...one.roles], owner: one.owner, keys: [...one.keys], glass: view.breakGlass.includes(one.id), choice: "keep" });
      return person;
    });
    if (view.first) {
      // Who writes the first one plays and owns it; somebody elsewhere signs.
      const you = this.add();
      you.roles = ["operator"];
      you.owner = true;
      const other = this.add();
      other.roles = ["security-reviewer"];
      other.choice = "public";
    }
  }

  add(): FormPerson {
    const person = new FormPerson();
    this.people.push(person);
    return this.people[this.people.length - 1]!;
  }
  remove(person: FormPerson) {
    this.people = this.people.filter((one) => one !== person);
  }
  get owners(): number {
    return this.people.filter((one) => one.owner).length;
  }
  get missing(): string | null {
    for (const person of this.people) if (person.missing) return person.missing;
    const ids = this.people.map((one) => one.id.trim());
    if (new Set(ids).size < ids.length) return "Two people have the same id.";
    if (!this.owners) return "Somebody has to own the policy.";
    if (this.threshold > this.owners) return `${this.threshold} owners cannot sign: there ${this.owners === 1 ? "is one" : `are ${this.owners}`}.`;
    return null;
  }

  request(): ProposePolicy {
    return {
      people: this.people.map((one) => ({ id: one.id.trim(), roles: [...one.roles], owner: one.owner, keys: [...one.keys], newKey: one.newKey })),
      threshold: this.threshold,
      gates: this.gates.map(({ name, quorum, roles, approvalValid }) => ({ name, quorum, roles: [...roles], approvalValid })),
      breakGlass: this.people.filter((one) => one.glass).map((one) => one.id.trim()),
      retention: this.retention.trim(),
      reviewEvery: this.reviewEvery.trim(),
    };
  }
}
