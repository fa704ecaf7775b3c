/** From the words of Rust to the marks of the screen; one place, so that a state looks the same everywhere. */

import type { ArtefactStateView, DrillStateView, ExpectationStateView, HomeMarkView, RequestStateView, StepStateView } from "./ipc/client";

export type StepMark = "not-started" | "ready" | "running" | "waiting" | "unknown" | "attention" | "passed" | "failed" | "blocked" | "skipped" | "not-applicable";
export type RequestMark = "open" | "approved" | "refused" | "expired" | "revoked" | "used";

const STEP: Record<StepStateView, StepMark> = {
  notStarted: "not-started", ready: "ready", running: "running", waitingForSignOff: "waiting", outcomeUnknown: "unknown", needsAttention: "attention",
  passed: "passed", failed: "failed", blocked: "blocked", skipped: "skipped", notApplicable: "not-applicable",
};
export const stepMark = (state: StepStateView): StepMark => STEP[state];

/** At a gate the same state is a diamond. */
export function gateMark(state: StepStateView): StepMark | RequestMark | "gate" {
  if (state === "notStarted") return "gate";
  if (state === "ready") return "open";
  if (state === "passed") return "approved";
  if (state === "failed") return "refused";
  return STEP[state];
}

export const requestMark = (state: RequestStateView): RequestMark => state;

export const EXPECTATION: Record<ExpectationStateView, { mark: StepMark | "not-checked"; word: string }> = {
  pending: { mark: "not-started", word: "Not read yet" }, met: { mark: "passed", word: "Passed" }, failed: { mark: "failed", word: "Failed" },
  warned: { mark: "attention", word: "Needs attention" }, notChecked: { mark: "not-checked", word: "Not checked" }, notApplicable: { mark: "not-applicable", word: "Not applicable" },
};

export const ARTEFACT: Record<ArtefactStateView, StepMark> = {
  expected: "not-started", owed: "ready", unexpected: "attention", kept: "blocked", deleting: "running", gone: "passed", handedOver: "skipped",
};

export const DRILL: Record<DrillStateView, { mark: StepMark; word: string }> = {
  running: { mark: "running", word: "Running" }, aborting: { mark: "attention", word: "Being cleaned up" }, closed: { mark: "passed", word: "Closed" }, abandoned: { mark: "skipped", word: "Abandoned" }, stopped: { mark: "failed", word: "Stopped" },
};

export function homeMark(mark: HomeMarkView): StepMark | RequestMark {
  switch (mark.kind) {
    case "step": return stepMark(mark.state);
    case "request": return "open";
    case "due":
    case "late": return "attention";
    case "offer": return "not-started";
  }
}
