/** One drill on the screen: what Rust says of it, which step is shown, and the commands that move it. */

import type { Api, ActionView, DrillView, FieldEntry, Progress, StepRef, StepView } from "$lib/ipc/client";
import { asProblem, type Problem } from "$lib/ipc/client";
import { Resource } from "$lib/resource.svelte";

/** After these the operator reads the result before they go on by themselves. */
const READ_RESULT: readonly StepView["kind"][] = ["check", "validate", "action", "cleanup"];

export class DrillBoard {
  readonly id: string;
  readonly #api: Api;
  readonly drill: Resource<DrillView>;
  readonly step: Resource<StepView>;
  #asked = $state<string | null>(null);
  #held = $state<string | null>(null);
  #busy = $state<string | null>(null);
  #problem = $state.raw<Problem | null>(null);
  #progress = $state.raw<Progress | null>(null);
  #loaded: string | null = null;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, id: string) {
    this.id = id;
    this.#api = api;
    this.drill = new Resource(() => api.drill(id));
    this.step = new Resource(() => api.step(id, this.shown ?? ""));
  }

  /** The step on screen: the one asked for, else the one whose result is still being read, else the drill's own. */
  get shown(): string | null {
    return this.#asked ?? this.#held ?? this.drill.value?.current ?? null;
  }
  /** The step on screen is not the drill's own. */
  get elsewhere(): boolean {
    return this.shown !== (this.drill.value?.current ?? null);
  }
  /** The result on screen was just made. */
  get held(): boolean {
    return this.#asked === null && this.#held !== null && this.elsewhere;
  }
  /** Label of the action that is being worked on. */
  get busy(): string | null {
    return this.#busy;
  }
  get problem(): Problem | null {
    return this.#problem;
  }
  /** Work under way on the step on screen: as Rust told last, else as it was when read. */
  get progress(): { sentence: string; done: number; total: number } | null {
    const told = this.#progress;
    if (told && told.step === this.shown && !told.ended && told.sentence) return told;
    if (told?.ended && told.step === this.shown) return null;
    return this.step.value?.progress ?? null;
  }

  at(element: string | null = null): StepRef {
    return { drill: this.id, step: this.shown ?? "", element };
  }

  /** Follows address, journal and progress; call it from `$effect`. */
  follow(): () => void {
    const stops = [
      this.drill.follow(this.#api, ({ drill }) => drill === this.id || drill === ""),
      this.#api.onJournal(({ drill }) => drill === this.id && this.#soon()),
      this.#api.onProgress((progress) => {
        if (progress.drill !== this.id) return;
        this.#progress = progress;
        if (progress.ended) void Promise.all([this.drill.load(), this.reloadStep()]);
      }),
    ];
    return () => {
      clearTimeout(this.#waiting);
      stops.forEach((stop) => stop());
    };
  }

  /** Several entries often come at once: one reading of the step is enough. */
  #soon() {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => void this.reloadStep(), 40);
  }

  /** The address names a step, or none. */
  ask(step: string | null) {
    if (this.#asked === step) return;
    this.#asked = step;
    this.#held = null;
    this.#problem = null;
  }

  /** Reads the step on screen when another is shown than before. */
  sync() {
    const shown = this.shown;
    if (!shown || shown === this.#loaded) return;
    this.#loaded = shown;
    this.#problem = null;
    this.step.clear();
    void this.step.load();
  }

  /** The drill moved on: stay where a result is to be read, otherwise go along. */
  moved(before: string | null, drill: DrillView) {
    if (before === null || before === drill.current || this.#asked !== null) return;
    // Only a step that came to its end has a result; one that was broken off or taken back has not.
    const state = drill.rail.find((item) => item.id === before)?.state;
    if (state !== "passed" && state !== "needsAttention") return;
    const shown = this.step.value;
    if (this.#held === null && shown?.id === before && READ_RESULT.includes(shown.kind)) this.#held = before;
  }

  /** Shows the drill's own step. */
  goOn() {
    this.#asked = null;
    this.#held = null;
  }

  async reloadStep() {
    if (this.shown) await this.step.load();
  }

  dismiss() {
    this.#problem = null;
  }

  /** Runs a command, takes its answer over, keeps what Rust refused. */
  async run(label: string, command: () => Promise<DrillView | StepView>): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = label;
    this.#problem = null;
    this.#progress = null;
    try {
      const answer = await command();
      if ("rail" in answer) {
        const before = this.drill.value?.current ?? null;
        this.moved(before, answer);
        this.drill.set(answer);
        // The answer may be older than an event that came before it: what is true now is read once more.
        await Promise.all([this.drill.load(), this.reloadStep()]);
      } else if (answer.id === this.shown) this.step.set(answer);
      return true;
    } catch (thrown) {
      this.#problem = asProblem(thrown);
      return false;
    } finally {
      this.#busy = null;
    }
  }

  /** The commands that need nothing but the step, or a reason. */
  act(action: ActionView, more: { reason?: string; fields?: FieldEntry[] } = {}): Promise<boolean> {
    const at = this.at();
    const reason = more.reason ?? "";
    const api = this.#api;
    return this.run(action.label, async () => {
      switch (action.kind) {
        case "acknowledge": return api.acknowledgeStep(at);
        case "enterFields":
        case "confirm": return api.enterFields({ at, fields: more.fields ?? [] });
        case "skip": return api.skipStep({ at, reason });
        case "askSignOff": return api.askSignOff(at);
        case "withdraw": return api.withdrawRequest({ at, reason });
        case "abort": return api.abortDrill({ at, reason });
        case "close": return api.closeDrill(this.id);
        default: return api.runStep(at);
      }
    });
  }

  /** Chooses element by element; stops at the first that is refused. */
  choose(label: string, picks: { element: string | null; keys: string[]; reason: string }[]): Promise<boolean> {
    const step = this.shown ?? "";
    return this.run(label, async () => {
      let answer = this.drill.value;
      for (const pick of picks) answer = await this.#api.choose({ at: { drill: this.id, step, element: pick.element }, keys: pick.keys, reason: pick.reason });
      return answer ?? this.#api.drill(this.id);
    });
  }
}
