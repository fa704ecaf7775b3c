/** What is chosen before a drill is opened. What cannot be chosen cannot be kept either. */

import type { OpenDrill, PurposeView, RunbookView, StartView } from "$lib/ipc/client";

export type Surprises = "off" | "on" | "chosen";

export class StartForm {
  readonly #view: () => StartView | null;
  readonly #runbook: () => RunbookView | null;
  readonly #asked: () => string | null;
  readonly #preferred: () => number | null;
  #id = $state<string | null>(null);
  #purpose = $state<string | null>(null);
  #speed = $state<number | null>(null);
  surprises = $state<Surprises>("off");
  #connection = $state<string | null>(null);
  #faults = $state<string[]>([]);

  constructor(view: () => StartView | null, runbook: () => RunbookView | null, asked: () => string | null, preferred: () => number | null) {
    this.#view = view;
    this.#runbook = runbook;
    this.#asked = asked;
    this.#preferred = preferred;
  }

  /** The runbook: chosen, asked for by the address, or the first that is ready. */
  get runbook(): string | null {
    const ready = this.#view()?.runbooks.filter((one) => one.ready) ?? [];
    return [this.#id, this.#asked()].find((id) => ready.some((one) => one.id === id)) ?? ready[0]?.id ?? null;
  }
  set runbook(id: string | null) {
    this.#id = id;
  }

  get purposes(): readonly PurposeView[] {
    const own = this.#runbook();
    return own && own.summary.id === this.runbook && own.purposes.length ? own.purposes : (this.#view()?.purposes ?? []);
  }
  get purpose(): PurposeView | null {
    return this.purposes.find((one) => one.id === this.#purpose) ?? this.purposes[0] ?? null;
  }
  choosePurpose(id: string) {
    this.#purpose = id;
  }

  get speed(): number {
    const view = this.#view();
    const offered = view?.speeds ?? [];
    return [this.#speed, this.#preferred()].find((speed): speed is number => speed !== null && offered.includes(speed)) ?? view?.speed ?? 1;
  }
  set speed(speed: number) {
    this.#speed = speed;
  }

  get faults(): readonly string[] {
    return this.surprises === "chosen" ? this.#faults : [];
  }
  toggle(fault: string) {
    this.#faults = this.#faults.includes(fault) ? this.#faults.filter((one) => one !== fault) : [...this.#faults, fault];
  }

  /** Live can be chosen only when nothing is missing. */
  get liveReady(): boolean {
    return this.#view()?.live.every((one) => one.met) ?? false;
  }
  /** A drill begins where the window is. */
  get isLive(): boolean {
    return this.#view()?.environment === "live";
  }
  /** The connection: chosen, or the one in use, or the only one. */
  get connection(): string | null {
    const view = this.#view();
    const all = view?.connections.map((one) => one.name) ?? [];
    const only = all.length === 1 ? all[0] : null;
    return [this.#connection, view?.connection, only].find((name) => name && all.includes(name)) ?? null;
  }
  set connection(name: string | null) {
    this.#connection = name;
  }

  /** Why it cannot be started. */
  get missing(): string | null {
    if (!this.runbook) return "No runbook is ready.";
    if (this.isLive && !this.liveReady) return this.#view()?.live.find((one) => !one.met)?.sentence.concat(".") ?? null;
    if (this.isLive && !this.connection) return "Choose a connection.";
    if (!this.isLive && this.surprises === "chosen" && this.#faults.length === 0) return "Choose a fault, or none.";
    return null;
  }

  /** What it becomes, in words: "a drill, no surprises, Azure’s clock at 60×". */
  get summary(): string {
    const purpose = (this.purpose?.label ?? "drill").toLowerCase();
    const article = /^[aeiou]/.test(purpose) ? "an" : "a";
    if (this.isLive) return `${article} ${purpose}, live, over ${this.connection ?? "no connection"}`;
    const faults = this.faults.length;
    const surprises = this.surprises === "off" ? "no surprises" : this.surprises === "on" ? "with surprises" : `with ${faults} chosen ${faults === 1 ? "fault" : "faults"}`;
    return `${article} ${purpose}, ${surprises}, Azure’s clock at ${this.speed}×`;
  }

  request(): OpenDrill {
    const live = this.isLive;
    return { environment: live ? "live" : "rehearsal", connection: live ? this.connection : null, runbook: this.runbook ?? "", purpose: this.purpose?.id ?? "drill", faults: live ? [] : [...this.faults], surprise: !live && this.surprises === "on", speed: live ? 1 : this.speed };
  }
}
