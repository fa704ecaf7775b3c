import { describe, expect, it } from "vitest";
import { place } from "./target";

describe("a row of home", () => {
  it("leads to where it can be done", () => {
    expect(place({ kind: "step", drill: "D-1", step: "restore" })).toBe("#/drills/D-1");
    expect(place({ kind: "request", request: "sha256:ab" })).toBe("#/requests/sha256%3Aab");
    expect(place({ kind: "start", runbook: null })).toBe("#/start");
    expect(place({ kind: "cleanup", drill: "D-1" })).toBe("#/cleanup/D-1");
  });
});
