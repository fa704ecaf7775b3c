/** Every state's mark on 16 px: circles are steps, diamonds are decisions. Shape differs first, then colour. */

export type MarkName =
  | "not-started" | "ready" | "running" | "waiting" | "unknown" | "attention" | "passed" | "failed" | "blocked" | "skipped" | "not-applicable" | "not-checked"
  | "gate" | "open" | "approved" | "refused" | "expired" | "revoked" | "used";

/** One drawn part. `fill` and `stroke` are roles: the state's colour, the surface under it, or the ink on solid unknown. */
export type Part = { d: string; fill?: "state"; stroke?: "state" | "surface" | "on-unknown"; width?: number; faint?: boolean; dash?: string; offset?: number; dot?: "state" | "on-unknown" };

const circle = (r: number, cx = 8, cy = 8) => `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
const DIAMOND = "M8 1.75 14.25 8 8 14.25 1.75 8Z";
const SOLID_DIAMOND = "M8 .9 15.1 8 8 15.1.9 8Z";

export const MARKS: Record<MarkName, Part[]> = {
  "not-started": [{ d: circle(5), stroke: "state", width: 1.25 }],
  ready: [{ d: circle(5.25), stroke: "state", width: 1.5 }, { d: circle(2.25), fill: "state" }],
  running: [{ d: circle(5.25), stroke: "state", width: 1.75, faint: true }, { d: "M8 2.75a5.25 5.25 0 1 1-5.25 5.25", stroke: "state", width: 1.75 }],
  waiting: [{ d: DIAMOND, stroke: "state", width: 1.5 }, { d: "M8 5.5V8l1.75 1.25", stroke: "state", width: 1.25 }],
  unknown: [{ d: circle(6.5), fill: "state" }, { d: "M6.3 6.4a1.75 1.75 0 1 1 2.6 1.55c-.6.3-.9.65-.9 1.25", stroke: "on-unknown", width: 1.4 }, { d: circle(0.85, 8, 11.2), dot: "on-unknown" }],
  attention: [{ d: "M8 2.2 14.4 13.4H1.6Z", stroke: "state", width: 1.5 }, { d: "M8 6.3v3.1", stroke: "state", width: 1.5 }, { d: circle(0.9, 8, 11.4), dot: "state" }],
  passed: [{ d: "m3 8.6 3.2 3.2L13 4.6", stroke: "state", width: 1.75 }],
  failed: [{ d: circle(6.5), fill: "state" }, { d: "m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6", stroke: "surface", width: 1.5 }],
  blocked: [{ d: "M4.25 2.25h7.5a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-7.5a2 2 0 0 1-2-2v-7.5a2 2 0 0 1 2-2Z", stroke: "state", width: 1.5 }, { d: "M5 8h6", stroke: "state", width: 1.75 }],
  skipped: [{ d: "m3.5 4 4 4-4 4m5-8 4 4-4 4", stroke: "state", width: 1.5 }],
  "not-applicable": [{ d: "M4 8h8", stroke: "state", width: 1.5 }],
  "not-checked": [{ d: circle(5.25), stroke: "state", width: 1.5, dash: "2.4 3.1" }],
  gate: [{ d: "M8 2.25 13.75 8 8 13.75 2.25 8Z", stroke: "state", width: 1.25 }],
  open: [{ d: DIAMOND, stroke: "state", width: 1.5 }, { d: circle(1.6), fill: "state" }],
  approved: [{ d: "M8 1.25 14.75 8 8 14.75 1.25 8Z", stroke: "state", width: 1.5 }, { d: "m5.6 8.2 1.7 1.7 3.1-3.4", stroke: "state", width: 1.4 }],
  refused: [{ d: SOLID_DIAMOND, fill: "state" }, { d: "m6 6 4 4m0-4-4 4", stroke: "surface", width: 1.5 }],
  expired: [{ d: DIAMOND, stroke: "state", width: 1.5, dash: "6 2.84", offset: 3 }],
  revoked: [{ d: DIAMOND, stroke: "state", width: 1.5 }, { d: "m4.9 4.9 6.2 6.2", stroke: "state", width: 1.5 }],
  used: [{ d: SOLID_DIAMOND, fill: "state" }, { d: "m5.4 8.2 1.8 1.8 3.3-3.7", stroke: "surface", width: 1.5 }],
};

/** The word of each state, as everyone reads it. */
export const WORDS: Record<MarkName, string> = {
  "not-started": "Not started", ready: "Ready", running: "Running", waiting: "Waiting for sign-off", unknown: "Outcome unknown", attention: "Needs attention",
  passed: "Passed", failed: "Failed", blocked: "Blocked", skipped: "Skipped", "not-applicable": "Not applicable", "not-checked": "Not checked",
  gate: "Sign-off", open: "Open", approved: "Approved", refused: "Refused", expired: "Expired", revoked: "Revoked", used: "Used",
};
