import axe from "axe-core";
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { Problem, type Api } from "../src/lib/ipc/client";
import { byId, play, press, title } from "./play";

const refuse = (sentence: string) => async () => { throw new Problem({ code: "approval.own_request", severity: "refused", sentence, next: "Ask somebody else.", details: [] }); };

describe("home", () => {
  it("says what needs me, and leads there", async () => {
    await play({}, "#/");
    await waitFor(() => expect(title()).toBe("Three things need you"));
    expect(byId("home-task-0")?.getAttribute("href")).toBe("#/drills/D-2026-0007");
    expect(byId("home-task-3")?.textContent).toBe("Open");
  });
  it("says so when nothing does, and offers a rehearsal", async () => {
    await play({ story: "empty" }, "#/");
    await waitFor(() => expect(title()).toBe("Nothing needs you"));
    expect(byId("offer-rehearsal")?.getAttribute("href")).toBe("#/start");
  });
  it("says what happened when it cannot be read, and reads again", async () => {
    let broken = true;
    await play({}, "#/", (api) => ({ home: () => (broken ? refuse("The journal does not hold.")() : api.home()) }));
    await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("The journal does not hold."));
    broken = false;
    screen.getByText("Read again").click();
    await waitFor(() => expect(title()).toBe("Three things need you"));
  });
});

describe("sitting somebody else down", () => {
  it("works from the band, and leads reviewers to their desk", async () => {
    await play({ at: "approve-restore" }, "#/");
    await waitFor(() => expect(byId("switch-person")).toBeTruthy());
    await press("switch-person");
    (byId("person-rita") as HTMLInputElement).click();
    await waitFor(() => expect(byId("sit-down")?.getAttribute("aria-disabled")).toBeNull());
    await press("sit-down");
    await waitFor(() => expect(location.hash).toBe("#/requests"));
    await waitFor(() => expect(byId("switch-person")?.textContent).toContain("Rita Okafor"));
  });
});

describe("starting a drill", () => {
  it("opens exactly what was chosen", async () => {
    const openDrill = vi.fn<Api["openDrill"]>();
    await play({}, "#/start", (api) => ({ openDrill: async (request) => { openDrill(request); return api.openDrill(request); } }));
    await waitFor(() => expect(byId("start-drill")).toBeTruthy());
    expect((byId("runbook-sql-databases") as HTMLInputElement).disabled).toBe(true);
    expect(byId("environment-live")?.textContent).toContain("not open");
    await fireEvent.click(byId("surprises-chosen")!);
    expect(byId("start-drill")?.getAttribute("aria-disabled")).toBe("true");
    await fireEvent.click(byId("fault-throttle")!);
    await fireEvent.click(byId("speed-600")!);
    await press("start-drill");
    await waitFor(() => expect(openDrill).toHaveBeenCalledWith({ environment: "rehearsal", connection: null, runbook: "vm-disks-cross-region", purpose: "drill", faults: ["throttle"], surprise: false, speed: 600 }));
    await waitFor(() => expect(location.hash).toBe("#/drills/D-2026-0007"));
  });
  it("is barred to a reviewer, with the reason", async () => {
    await play({ person: "rita" }, "#/start");
    await waitFor(() => expect(byId("start-drill")?.getAttribute("aria-disabled")).toBe("true"));
    expect(document.querySelector(".why")?.textContent).toContain("Only an operator starts a drill");
  });
});

describe("the reviewer’s desk", () => {
  const desk = (change?: (api: Api) => Partial<Api>) => play({ at: "approve-restore", person: "rita" }, "#/requests", change);

  it("approves only after what must be opened was opened, and signs what is on the screen", async () => {
    const decide = vi.fn<Api["decideRequest"]>();
    await desk((api) => ({ decideRequest: async (request) => { decide(request); return api.decideRequest(request); } }));
    await waitFor(() => expect(title()).toContain("Restore 4 disks (320 GB)"));
    expect(byId("approve")?.getAttribute("aria-disabled")).toBe("true");
    await press("approve");
    expect(decide).not.toHaveBeenCalled();
    await press("open-first-1");
    await waitFor(() => expect(title()).toBe("Permissions"));
    await press("back-to-request");
    await waitFor(() => expect(byId("approve")?.getAttribute("aria-disabled")).toBeNull());
    await fireEvent.input(byId("condition-disks")!, { target: { value: "4" } });
    const size = Number(byId("witness-size")?.textContent);
    await press("approve");
    await waitFor(() => expect(decide).toHaveBeenCalledTimes(1));
    expect(decide.mock.calls[0]?.[0]).toMatchObject({ approve: true, reason: "", seenSize: size });
    expect(decide.mock.calls[0]?.[0].conditions.map((one) => one.fact)).toEqual(["point_age", "sent", "disks"]);
    await waitFor(() => expect(byId("hand-back")).toBeTruthy());
    await press("hand-back");
    await waitFor(() => expect(location.hash).toBe("#/drills/D-2026-0007"));
  });
  it("refuses only with a reason, and then without conditions", async () => {
    const decide = vi.fn<Api["decideRequest"]>();
    await desk((api) => ({ decideRequest: async (request) => { decide(request); return api.decideRequest(request); } }));
    await waitFor(() => expect(byId("refuse")).toBeTruthy());
    await press("refuse");
    expect(decide).not.toHaveBeenCalled();
    expect(byId("reason")?.getAttribute("aria-invalid")).toBe("true");
    await fireEvent.input(byId("reason")!, { target: { value: "The subnet is peered." } });
    await press("refuse");
    await waitFor(() => expect(decide).toHaveBeenCalledWith(expect.objectContaining({ approve: false, reason: "The subnet is peered.", conditions: [] })));
    await waitFor(() => expect(screen.getByText("Refused; nothing is sent")).toBeTruthy());
  });
  it("names a bound that is none", async () => {
    await desk();
    await waitFor(() => expect(byId("open-first-1")).toBeTruthy());
    await press("open-first-1");
    await fireEvent.input(byId("condition-disks")!, { target: { value: "few" } });
    await waitFor(() => expect(screen.getAllByText(/A whole number\./).length).toBeGreaterThan(0));
    expect(byId("approve")?.getAttribute("aria-disabled")).toBe("true");
  });
  it("shows a refusal of Rust where it happened", async () => {
    await desk(() => ({ decideRequest: refuse("You asked for it; somebody else signs.") }));
    await waitFor(() => expect(byId("reason")).toBeTruthy());
    await fireEvent.input(byId("reason")!, { target: { value: "No." } });
    await press("refuse");
    await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("You asked for it; somebody else signs."));
  });
  it("lets the operator read but not decide", async () => {
    await play({ at: "approve-restore" }, "#/requests");
    await waitFor(() => expect(byId("approve")?.getAttribute("aria-disabled")).toBe("true"));
    expect(document.querySelector(".decide")?.textContent).toContain("You asked for it.");
    expect((byId("reason") as HTMLInputElement).disabled).toBe(true);
  });
});

describe("cleanup", () => {
  it("puts the most urgent drill first, moves a deadline with a reason, resolves a finding", async () => {
    const setDeadline = vi.fn<Api["setDeadline"]>(), resolveFinding = vi.fn<Api["resolveFinding"]>();
    await play({ at: "cleanup" }, "#/cleanup", (api) => ({ setDeadline: async (request) => { setDeadline(request); return api.setDeadline(request); }, resolveFinding: async (request) => { resolveFinding(request); return api.resolveFinding(request); } }));
    await waitFor(() => expect(byId("debt-D-2026-0006")?.textContent).toContain("late"));
    expect(document.querySelector("tbody")?.getAttribute("data-testid")).toBe("debt-D-2026-0006");
    await press("move-D-2026-0007");
    await press("move-deadline");
    expect(setDeadline).not.toHaveBeenCalled();
    await fireEvent.input(byId("field-deadline")!, { target: { value: "Tue 24 Nov, 12:00" } });
    await fireEvent.input(byId("field-deadline-reason")!, { target: { value: "The lock is lifted on Monday." } });
    await press("move-deadline");
    await waitFor(() => expect(setDeadline).toHaveBeenCalledWith({ drill: "D-2026-0007", deadline: "2026-11-24T17:00:00Z", reason: "The lock is lifted on Monday." }));
    await waitFor(() => expect(byId("move-deadline")).toBeNull());
    await press("resolve-F-12");
    await fireEvent.input(byId("field-how")!, { target: { value: "netops owns it." } });
    await press("resolve");
    await waitFor(() => expect(resolveFinding).toHaveBeenCalledWith({ drill: "D-2026-0007", finding: "F-12", how: "netops owns it." }));
  });
  it("draws the first hundred of very many", async () => {
    await play({ at: "cleanup", story: "huge" }, "#/cleanup");
    await waitFor(() => expect(byId("debt-D-2026-0007")?.querySelectorAll("tr").length).toBeLessThan(110));
    expect(screen.getByText(/Show 100 more of 2.400/)).toBeTruthy();
  });
});

describe("the journal", () => {
  it("shows an entry’s public and sealed fields, and whether the log holds", async () => {
    await play({ at: "review" }, "#/journal?entry=116");
    await waitFor(() => expect(byId("entry-detail")?.textContent).toContain("The subnet is not isolated"));
    expect(screen.getByText(/forwarded traffic allowed/)).toBeTruthy();
    await press("verify-journal");
    await waitFor(() => expect(byId("verdict")?.dataset.holds).toBe("true"));
    await waitFor(() => expect(title()).toBe("The journal holds"));
  });
  it("says what to search for when nothing matches", async () => {
    await play({ at: "review" }, "#/journal");
    await waitFor(() => expect(byId("journal-search")).toBeTruthy());
    await fireEvent.input(byId("journal-search")!, { target: { value: "kind:nothing" } });
    await waitFor(() => expect(screen.getByText("No entry matches")).toBeTruthy());
  });
});

describe("the auditor’s room", () => {
  it("moves axis and journal together, and exports for an audience", async () => {
    const exportBundle = vi.fn<Api["exportBundle"]>();
    await play({ at: "review", person: "ines" }, "#/audit", (api) => ({ exportBundle: async (request) => { exportBundle(request); return api.exportBundle(request); } }));
    await waitFor(() => expect(title()).toBe("D-2026-0007 holds; it deviated three times"));
    await press("deviation-116");
    await waitFor(() => expect(document.querySelector('[aria-pressed="true"][aria-label*="entry 116"]')).toBeTruthy());
    await fireEvent.click(byId("audience-auditor")!);
    await press("export-bundle");
    await waitFor(() => expect(exportBundle).toHaveBeenCalledWith({ drill: "D-2026-0007", audience: "auditor" }));
    await waitFor(() => expect(byId("export-path")?.textContent).toBe("~/D-2026-0007-auditor.zip"));
    expect(screen.getAllByText(/verify\.py D-2026-0007\.zip/).length).toBeGreaterThan(0);
  });
});

describe("settings", () => {
  it("finds a setting, and puts it in force at once", async () => {
    await play({}, "#/settings");
    await waitFor(() => expect(byId("find-setting")).toBeTruthy());
    await fireEvent.input(byId("find-setting")!, { target: { value: "high contrast" } });
    await waitFor(() => expect(screen.queryByText("People and keys")).toBeNull());
    await fireEvent.click(byId("contrast-more")!);
    expect(document.documentElement.dataset.contrast).toBe("more");
    await fireEvent.click(byId("contrast-system")!);
    await fireEvent.click(byId("theme-dark")!);
    expect(document.documentElement.dataset).toMatchObject({ theme: "dark" });
    expect(document.documentElement.dataset.contrast).toBeUndefined();
    await fireEvent.click(byId("theme-system")!);
  });
});

describe("axe finds nothing", () => {
  const SCREENS: [string, Parameters<typeof play>[0], string][] = [
    ["home", {}, "#/"], ["home, empty", { story: "empty" }, "#/"], ["drills", {}, "#/drills"], ["start", {}, "#/start"], ["runbooks", {}, "#/runbooks"], ["the desk", { at: "approve-restore", person: "rita" }, "#/requests"],
    ["an empty desk", { story: "empty", person: "rita" }, "#/requests"], ["cleanup", { at: "cleanup" }, "#/cleanup"], ["the journal", { at: "review" }, "#/journal?entry=116"], ["audit", { at: "review", person: "ines" }, "#/audit"], ["settings", {}, "#/settings"],
  ];
  for (const [name, story, hash] of SCREENS) {
    it(`in ${name}`, async () => {
      await play(story, hash);
      const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
      expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    });
  }
});

describe("runbooks", () => {
  it("reads the chosen one step by step, with what it reads, changes and looks like in az", async () => {
    await play({}, "#/runbooks/vm-disks-cross-region");
    await waitFor(() => expect(title()).toBe("Three of five runbooks are in order"));
    await waitFor(() => expect(byId("step-restore")).toBeTruthy());
    await press("step-restore");
    await waitFor(() => expect(document.querySelector("#runbook-step")?.textContent).toContain("Step 22, Restore the disks"));
    expect(document.querySelector("#runbook-step")?.textContent).toContain("az backup restore restore-disks");
    expect(document.querySelector("#runbook-step")?.textContent).toContain("kept in memory only");
    expect(document.querySelector("#runbook-changes")?.textContent).toContain("Step 25 seals the disks");
    expect(byId("start-with")?.getAttribute("href")).toBe("#/start/vm-disks-cross-region");
  });
});

describe("the request on screen", () => {
  it("stays on screen when it was decided and another one waits", async () => {
    await play({ at: "approve-restore", person: "rita" }, "#/requests", (api) => ({
      requests: async () => { const [one, ...rest] = await api.requests(); return one ? [{ ...one, id: "sha256:99", sentence: "Another one", mine: true, state: "open", ...(one.state === "open" ? { mine: false } : {}) }, one, ...rest] : []; },
    }));
    await waitFor(() => expect(title()).toContain("Restore 4 disks"));
    await fireEvent.input(byId("reason")!, { target: { value: "No." } });
    await press("refuse");
    await waitFor(() => expect(screen.getByText("Refused; nothing is sent")).toBeTruthy());
    expect(title()).toContain("Restore 4 disks");
  });
});
