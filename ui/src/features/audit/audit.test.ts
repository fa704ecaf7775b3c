import { describe, expect, it } from "vitest";
import { DRILLS } from "$lib/ipc/fake/rooms";
import { halfOf, periods } from "./periods";

describe("periods", () => {
  it("are half-years, newest first, after every drill", () => {
    expect(periods(DRILLS)).toEqual([{ value: "", label: "Every drill" }, { value: "2026-2", label: "1 Jul to 31 Dec 2026" }, { value: "2026-1", label: "1 Jan to 30 Jun 2026" }]);
    expect(halfOf("2026-06-30T12:00:00Z")).toBe("2026-1");
    expect(periods([])).toHaveLength(1);
  });
});
