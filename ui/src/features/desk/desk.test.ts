import { describe, expect, it } from "vitest";
import type { FactView } from "$lib/ipc/client";
import { bodyLines, shortId, shortPath, whole } from "./exact";
import { Conditions } from "./conditions.svelte";

const NOW = new Date("2026-11-21T14:46:20Z");
const FACTS: FactView[] = [
  { name: "point_age", label: "Recovery point younger than", op: "atMost", value: "11 h 28 min", proposed: "24", unit: "h" },
  { name: "sent", label: "Sent before", op: "before", value: null, proposed: "2026-11-21T23:00:30Z", unit: null },
  { name: "disks", label: "Disks at most", op: "atMost", value: "4", proposed: null, unit: null },
];
const [age, sent, disks] = FACTS as [FactView, FactView, FactView];

describe("conditions", () => {
  it("proposes, and keeps a proposed time to the second", () => {
    const conditions = new Conditions(() => FACTS, () => NOW);
    expect(conditions.text(sent)).toBe("18:00");
    expect(conditions.entries()).toEqual([{ fact: "point_age", op: "atMost", value: "24" }, { fact: "sent", op: "before", value: "2026-11-21T23:00:30Z" }]);
  });
  it("takes what is typed, locally, and leaves out what is empty", () => {
    const conditions = new Conditions(() => FACTS, () => NOW);
    conditions.type(age, "");
    conditions.type(sent, "17:30");
    conditions.type(disks, "4");
    expect(conditions.entries()).toEqual([{ fact: "sent", op: "before", value: "2026-11-21T22:30:00Z" }, { fact: "disks", op: "atMost", value: "4" }]);
  });
  it("names what is no bound, and what would stop it at once", () => {
    const conditions = new Conditions(() => FACTS, () => NOW);
    conditions.type(age, "a day");
    expect(conditions.error(age)).toBe("A whole number.");
    conditions.type(sent, "08:00");
    expect(conditions.error(sent)).toBe("This time is past.");
    expect(conditions.wrong).toHaveLength(2);
    conditions.type(disks, "3");
    expect(conditions.warning(disks)).toBe("It is 4 now; nothing could be sent.");
  });
});

describe("exactly what will be sent", () => {
  const id = "/subscriptions/6f0d/resourceGroups/rg-a/providers/Microsoft.Network/virtualNetworks/vnet-1";
  it("shortens ids on screen only", () => {
    expect(shortId(id)).toBe("…/virtualNetworks/vnet-1");
    expect(shortId("vnet-1")).toBe("vnet-1");
    expect(shortPath(`${id}/subnets/a`)).toBe("…/virtualNetworks/vnet-1/subnets/a");
    const body = `{\n  "target": "${id}"\n}`;
    expect(bodyLines(body, [], false)[1]?.text).toBe('  "target": "…/virtualNetworks/vnet-1"');
    expect(bodyLines(body, [], true).map((line) => line.text).join("\n")).toBe(body);
    expect(whole([{ name: "a", element: null, changes: true, method: "POST", path: id, query: "api-version=1", body, az: null, secret: false, state: "", entry: null }])).toBe(`POST ${id}?api-version=1\n${body}`);
  });
  it("marks the lines that differ, by field or by value", () => {
    const lines = bodyLines('{\n  "recoveryPointId": "739",\n  "region": "westus",\n  "group": "…/rg-drill-0007"\n}', [{ label: "Recovery point id", of: "Restore", field: "restoreRequest.recoveryPointId", before: "1", now: "739" }, { label: "Target group", of: "Restore", field: "target group", before: "rg-drill-0004", now: "rg-drill-0007" }], false);
    expect(lines.map((line) => line.differs)).toEqual([false, true, false, true, false]);
  });
});
