import { describe, expect, it } from "vitest";
import { matcher } from "./find";

describe("finding by words", () => {
  it("wants every word, in any order and case", () => {
    expect(matcher("DRILL 2026")("2026-11 a drill")).toBe(true);
    expect(matcher("drill 2025")("2026-11 a drill")).toBe(false);
    expect(matcher("  ")("anything")).toBe(true);
  });
});
