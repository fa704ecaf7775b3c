/**
 * The one way to Rust: typed by the bindings, results unwrapped, errors thrown as {@link Problem}.
 * Nothing outside this folder imports Tauri. Screens take an {@link Api} from the context, so tests can give another.
 */

import { createContext } from "svelte";
import { commands, events, type IpcError, type JournalAppended, type Progress, type Result } from "./bindings";

export type * from "./bindings";

/** What Rust answered instead: code, sentence, what to do next. */
export class Problem extends Error {
  readonly code: string;
  readonly severity: IpcError["severity"];
  readonly sentence: string;
  readonly next: string | null;
  readonly details: IpcError["details"];

  constructor(error: IpcError) {
    super(`${error.code}: ${error.sentence}`);
    this.code = error.code;
    this.severity = error.severity;
    this.sentence = error.sentence;
    this.next = error.next;
    this.details = error.details ?? [];
  }
}

/** Whatever was thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem({
    code: "internal.window",
    severity: "internal",
    sentence: "Drillbook made a mistake: this screen could not be drawn.",
    next: "Nothing in Azure changed by it. Open the drill again; it continues where it was.",
    details: [{ name: "In the window", value: message, mono: true }],
  });
}

type Unwrapped<F> = F extends (...args: infer A) => Promise<Result<infer T, IpcError>> ? (...args: A) => Promise<T> : never;
type Commands = typeof commands;

/** Every command of Rust, plus the two events. Each listener answers with what stops it. */
export type Api = { [Name in keyof Commands]: Unwrapped<Commands[Name]> } & {
  onJournal: (then: (appended: JournalAppended) => void) => () => void;
  onProgress: (then: (progress: Progress) => void) => () => void;
};

/** Turns `{ status }` into a value or a thrown problem. */
export function unwrap<T>(result: Result<T, IpcError>): T {
  if (result.status === "ok") return result.data;
  // What never reached a command of ours is refused in Tauri's words, which are no more than a text.
  throw typeof result.error === "object" ? new Problem(result.error) : asProblem(result.error);
}

/** A Tauri listener answers later; what stops it must work before that, too. */
function stopLater(started: Promise<() => void>): () => void {
  let stopped = false;
  let stop: (() => void) | undefined;
  void started.then((ready) => {
    if (stopped) ready();
    else stop = ready;
  });
  return () => {
    stopped = true;
    stop?.();
  };
}

/** The api over Tauri. */
export function tauriApi(): Api {
  const wrapped = Object.fromEntries(
    Object.entries(commands).map(([name, call]) => [name, async (...args: unknown[]) => unwrap(await (call as (...args: unknown[]) => Promise<Result<unknown, IpcError>>)(...args))]),
  );
  return {
    ...wrapped,
    onJournal: (then) => stopLater(events.journalAppended.listen((event) => then(event.payload))),
    onProgress: (then) => stopLater(events.progress.listen((event) => then(event.payload))),
  } as Api;
}

export const [useApi, provideApi] = createContext<Api>();
