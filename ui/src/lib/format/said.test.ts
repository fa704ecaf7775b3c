import { describe, expect, it } from "vitest";
import { said } from ".";

const now = new Date("2026-11-21T14:36:12Z");
const plain = (text: string) => said.plain(text, now).replaceAll("\u00a0", " ");

describe("said", () => {
  it("shows times locally, wherever they stand in a sentence", () => {
    expect(plain("404 at 2026-11-21T14:20:09Z")).toBe("404 at 09:20");
    expect(plain("2026-11-20T10:29:01.8644091Z")).toBe("Fri 20 Nov, 05:29");
    expect(said.pieces("404 at 2026-11-21T14:20:09Z")[1]).toEqual({ kind: "time", at: "2026-11-21T14:20:09Z" });
  });
  it("shows durations in hours and leaves words that look like one", () => {
    expect(plain("not older than P1DT12H")).toBe("not older than 36 h");
    expect(plain("RTO: PT2H")).toBe("RTO: 2 h");
    for (const text of ["P10 LRS and P4 LRS", "PT", "P", "Point P6"]) expect(plain(text)).toBe(text);
  });
  it("shows ids by their names and keeps them whole for the tooltip", () => {
    const id = "/subscriptions/s/resourceGroups/rg-1/providers/Microsoft.Network/virtualNetworks/vnet-hub";
    expect(plain(`peered with ${id} (Connected); and ${id}`)).toBe("peered with vnet-hub (Connected); and vnet-hub");
    expect(plain("/subscriptions/s/protectedItems/VM;iaasvmcontainerv2;rg;vm-1, gone")).toBe("vm-1, gone");
    expect(said.pieces(id)).toEqual([{ kind: "id", text: "vnet-hub", whole: id }]);
  });
});
