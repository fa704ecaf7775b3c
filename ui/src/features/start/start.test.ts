import { describe, expect, it } from "vitest";
import { RUNBOOK, START } from "$lib/ipc/fake/runbooks";
import { StartForm } from "./startForm.svelte";

const form = (asked: string | null = null, preferred: number | null = null, live = START.live) => new StartForm(() => ({ ...START, live }), () => RUNBOOK, () => asked, () => preferred);

describe("starting a drill", () => {
  it("takes the first runbook that is ready, never one that is not", () => {
    expect(form("sql-databases").runbook).toBe("vm-disks-cross-region");
    expect(form().request()).toEqual({ environment: "rehearsal", runbook: "vm-disks-cross-region", purpose: "drill", faults: [], surprise: false, speed: 60 });
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
  it("is live only when nothing is missing, and then without faults", () => {
    const barred = form();
    barred.live = true;
    expect(barred.request().environment).toBe("rehearsal");
    const ready = form(null, null, START.live.map((one) => ({ ...one, met: true })));
    ready.live = true;
    ready.surprises = "on";
    expect(ready.request()).toMatchObject({ environment: "live", surprise: false, speed: 1 });
  });
});
