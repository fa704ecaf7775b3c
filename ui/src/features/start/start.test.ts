import { describe, expect, it } from "vitest";
import { LIVE_START, RUNBOOK, START } from "$lib/ipc/fake/runbooks";
import { StartForm } from "./startForm.svelte";

const CONNECTION = { name: "prod", cloud: "public cloud", tenant: "t", subscription: "s", signIn: "Azure CLI", locked: false };
const form = (asked: string | null = null, preferred: number | null = null, more: Partial<typeof START> = {}) => new StartForm(() => ({ ...START, ...more }), () => RUNBOOK, () => asked, () => preferred);

describe("starting a drill", () => {
  it("takes the first runbook that is ready, never one that is not", () => {
    expect(form("sql-databases").runbook).toBe("vm-disks-cross-region");
    expect(form().request()).toEqual({ environment: "rehearsal", connection: null, runbook: "vm-disks-cross-region", purpose: "drill", faults: [], surprise: false, speed: 60 });
    expect(form().summary).toBe("a drill, no surprises, Azure’s clock at 60×");
  });
  it("begins with the preferred speed when it is offered", () => {
    expect(form(null, 600).speed).toBe(600);
    expect(form(null, 7).speed).toBe(60);
  });
  it("asks for a fault when faults are to be chosen", () => {
    const one = form();
    one.surprises = "chosen";
    expect(one.missing).toBe("Choose a fault, or none.");
    one.toggle("throttle");
    expect(one.missing).toBeNull();
    expect(one.request().faults).toEqual(["throttle"]);
    one.surprises = "on";
    expect(one.request()).toMatchObject({ faults: [], surprise: true });
  });
  it("is live where the live journal is open, over a connection, when nothing is missing, and without faults", () => {
    expect(form().request().environment).toBe("rehearsal");
    const live = LIVE_START([CONNECTION]);
    const barred = form(null, null, { ...live, live: (live.live ?? []).map((one) => ({ ...one, met: one.code !== "live.no_policy", sentence: "No policy is in force" })) });
    expect(barred.missing).toBe("No policy is in force.");
    const unconnected = form(null, null, { ...live, connection: null, connections: [CONNECTION, { ...CONNECTION, name: "other" }] });
    expect(unconnected.missing).toBe("Choose a connection.");
    const ready = form(null, null, { ...live, connection: null });
    ready.surprises = "on";
    expect(ready.missing).toBeNull();
    expect(ready.request()).toMatchObject({ environment: "live", connection: "prod", surprise: false, speed: 1 });
  });
});
