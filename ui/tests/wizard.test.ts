import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { Problem, type Api } from "../src/lib/ipc/client";
import { DRILL, byId, play, press, title } from "./play";

describe("the wizard", () => {
  it("says in its first lines what to do and whether it is safe", async () => {
    await play({ at: "recovery-point" });
    await waitFor(() => expect(title()).toBe("Choose the recovery points"));
    expect(screen.getByText("This step only reads.")).toBeTruthy();
    expect(screen.getByText("REHEARSAL")).toBeTruthy();
    expect(document.querySelectorAll(".rail li")).toHaveLength(34);
    expect(byId("rail-recovery-point")?.getAttribute("aria-current")).toBe("step");
  });

  it("marks T0 at the step that declares it, and at no other that ended in the same second", async () => {
    const drill = async (api: Api, id: string) => {
      const view = await api.drill(id);
      const before = view.rail.find((item) => item.number === view.clock.t0Step - 1);
      if (before) before.at = view.clock.t0;
      return view;
    };
    await play({ at: "job" }, undefined, (api) => ({ drill: (id) => drill(api, id) }));
    await waitFor(() => expect(byId("rail-declare")?.textContent).toContain("T0 "));
    expect(byId("rail-announce")?.textContent).not.toContain("T0 ");
  });

  it("keeps rows that cannot be used, with the reason, and never lets them be picked", async () => {
    await play({ at: "recovery-point" });
    await waitFor(() => expect(byId("row-2")).toBeTruthy());
    expect(byId("row-2")?.textContent).toContain("No, older than 36 h");
    await press("row-2");
    expect(byId("row-2")?.classList.contains("chosen")).toBe(false);
    expect(byId("row-0")?.classList.contains("chosen")).toBe(true);
  });

  it("shows the person that is proposed though the policy does not know them, and proposes its people", async () => {
    await play({ at: "content" });
    await waitFor(() => expect(byId("field-by")).toBeTruthy());
    const by = byId("field-by") as HTMLInputElement;
    expect(by.value).toBe("Tom Albrecht");
    expect(by.list?.options.length).toBeGreaterThan(1);
  });

  it("asks for a reason when another row than the proposed one is picked, then chooses for each element", async () => {
    const choose = vi.fn();
    await play({ at: "recovery-point" }, undefined, (api) => ({ choose: async (request) => { choose(request); return api.choose(request); } }));
    await waitFor(() => expect(byId("row-1")).toBeTruthy());
    await press("row-1");
    expect(byId("primary-action")?.getAttribute("aria-disabled")).toBe("true");
    expect(byId("why-not")?.textContent).toContain("Say why for vm-policy-01.");
    await fireEvent.input(byId("field-reason-0")!, { target: { value: "The newest was taken during a patch." } });
    expect(byId("primary-action")?.getAttribute("aria-disabled")).toBeNull();
    await press("primary-action");
    await waitFor(() => expect(choose).toHaveBeenCalledTimes(2));
    expect(choose.mock.calls[0]?.[0]).toMatchObject({ keys: ["vm-policy-01-p1"], reason: "The newest was taken during a patch.", at: { element: "vm-policy-01" } });
    await waitFor(() => expect(title()).toBe("Sign-off: restore"));
  });

  it("hands a line out behind its gate, and takes back what the operator ran", async () => {
    const take = vi.fn();
    const report = vi.fn();
    await play({ at: "restore" }, undefined, (api) => ({
      takeLine: async (request) => { take(request); return api.takeLine(request); },
      reportLine: async (request) => { report(request); return api.reportLine(request); },
    }));
    await waitFor(() => expect(byId("run-myself")).toBeTruthy());
    await press("run-myself");
    expect(byId("outside-before")?.textContent).toContain("Drillbook does not send it");
    expect(byId("ran-line")).toBeNull();
    await press("take-line");
    await waitFor(() => expect(byId("ran-line")).toBeTruthy());
    expect(take).toHaveBeenCalledWith({ at: { drill: DRILL, step: "restore", element: "vm-policy-01" }, request: "restore" });
    await fireEvent.input(byId("field-outside-output")!, { target: { value: "{}" } });
    await press("ran-line");
    await waitFor(() => expect(report).toHaveBeenCalledWith({ at: { drill: DRILL, step: "restore", element: "vm-policy-01" }, request: "restore", output: "{}" }));
    await waitFor(() => expect(byId("ran-line")).toBeNull());
  });

  it("sets what changes Azure left, red and last, and stays to show what came of it", async () => {
    await play({ at: "restore" });
    await waitFor(() => expect(byId("primary-action")?.textContent).toContain("Restore 4 disks into westus"));
    const button = byId("primary-action")!;
    expect(button.classList.contains("danger")).toBe(true);
    expect(button.closest(".end")).toBeNull();
    await press("primary-action");
    await waitFor(() => expect(byId("primary-action")?.textContent).toContain("Go on with step 23"));
    expect(title()).toBe("Restore the disks of vm-policy-01 and vm-policy-02");
    await press("primary-action");
    await waitFor(() => expect(title()).toBe("Follow the restore jobs"));
  });

  it("never sends by a key", async () => {
    const run = vi.fn();
    await play({ at: "restore" }, undefined, (api) => ({ runStep: async (at) => { run(); return api.runStep(at); } }));
    await waitFor(() => expect(byId("primary-action")).toBeTruthy());
    await fireEvent.keyDown(document.body, { key: "Enter", ctrlKey: true });
    expect(run).not.toHaveBeenCalled();
  });

  it("names wrong fields beside the button, leads to them, and enters them when they are right", async () => {
    await play({ at: "charter" });
    await waitFor(() => expect(byId("primary-action")?.getAttribute("aria-disabled")).toBe("true"));
    expect(screen.getByText(/Mend first/)).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "change ticket" }));
    expect(document.activeElement).toBe(byId("field-ticket"));
    await fireEvent.input(byId("field-ticket-url")!, { target: { value: "https://itsm.example/CHG-20418" } });
    await fireEvent.blur(byId("field-ticket-url")!);
    await fireEvent.input(byId("field-expiry")!, { target: { value: "Tue 24 Nov, 18:00" } });
    await fireEvent.blur(byId("field-expiry")!);
    await waitFor(() => expect(byId("primary-action")?.getAttribute("aria-disabled")).toBeNull());
    await press("primary-action");
    await waitFor(() => expect(title()).toBe("Check who you are and where you are"));
  });

  it("shows a refusal where it happened and changes nothing", async () => {
    await play({ at: "restore" }, undefined, () => ({
      runStep: async () => { throw new Problem({ code: "approval.digest_differs", severity: "refused", sentence: "The restore was not sent: the recovery point has moved.", next: "Ask for a new sign-off.", details: [] }); },
    }));
    await waitFor(() => expect(byId("primary-action")).toBeTruthy());
    await press("primary-action");
    await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("approval.digest_differs"));
    expect(title()).toBe("Restore the disks of vm-policy-01 and vm-policy-02");
  });

  it("puts failed expectations first and met ones last, and acknowledges by name", async () => {
    await play({ at: "access" });
    await waitFor(() => expect(screen.getByText("5 met")).toBeTruthy());
    const headings = screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent?.trim() ?? "");
    expect(headings.findIndex((text) => text.startsWith("Failed:"))).toBeLessThan(headings.findIndex((text) => text.startsWith("Needs attention:")));
    expect(headings.indexOf("5 met")).toBeGreaterThan(headings.findIndex((text) => text.startsWith("Not checked:")));
    await press("acknowledge-1");
    await fireEvent.input(byId("field-dialog-reason")!, { target: { value: "Known since F-09." } });
    await press("confirm-reason");
    await waitFor(() => expect(screen.getByText(/Known since F-09/)).toBeTruthy());
  });

  it("gives two honest choices when the outcome is unknown", async () => {
    const resolve = vi.fn();
    await play({ at: "restore", story: "unknown" }, undefined, (api) => ({ resolveUnknown: async (request) => { resolve(request); return api.resolveUnknown(request); } }));
    await waitFor(() => expect(title()).toBe("We do not know whether Azure accepted the restore"));
    expect(byId("primary-action")).toBeNull();
    expect(byId("not-sent")?.getAttribute("aria-disabled")).toBe("true");
    await fireEvent.click(byId("have-looked")!);
    await fireEvent.input(byId("field-reason")!, { target: { value: "Ten looks, none found." } });
    await press("not-sent");
    await waitFor(() => expect(resolve).toHaveBeenCalledWith(expect.objectContaining({ request: "restore", resolution: { kind: "notSent", reason: "Ten looks, none found." } })));
    await waitFor(() => expect(title()).toBe("Sign-off: restore"));
  });

  it("stops only with a reason", async () => {
    await play({ at: "recovery-point" });
    await waitFor(() => expect(byId("abort")).toBeTruthy());
    await press("abort");
    const dialog = screen.getByRole("dialog", { name: "Stop the drill and clean up" });
    expect(dialog.textContent).toContain("Go on with step 20");
    expect(byId("confirm-reason")?.getAttribute("aria-disabled")).toBe("true");
    await fireEvent.input(byId("field-dialog-reason")!, { target: { value: "No usable point in westus." } });
    await press("confirm-reason");
    await waitFor(() => expect(title()).toBe("Sign-off: clean up"));
  });

  it("reads back without losing the way to the drill’s own step", async () => {
    await play({ at: "job" }, `#/drills/${DRILL}/steps/recovery-point`);
    await waitFor(() => expect(title()).toBe("Choose the recovery points"));
    expect(byId("back-to-current")?.textContent).toContain("Back to step 23");
    await press("back-to-current");
    await waitFor(() => expect(title()).toBe("Follow the restore jobs"));
  });

  it("keeps a picture only with words, and then lets the step pass", async () => {
    await play({ at: "boot" });
    await waitFor(() => expect(byId("primary-action")?.getAttribute("aria-disabled")).toBe("true"));
    await press("capture-needed");
    await waitFor(() => expect(byId("source-0")).toBeTruthy());
    expect(byId("keep-picture")?.getAttribute("aria-disabled")).toBe("true");
    await fireEvent.input(byId("field-picture-title")!, { target: { value: "Login prompt" } });
    await press("keep-picture");
    await waitFor(() => expect(byId("primary-action")?.getAttribute("aria-disabled")).toBeNull());
  });

  it("lets another person of the cast sit down", async () => {
    await play({ at: "approve-restore" });
    await waitFor(() => expect(byId("primary-action")?.textContent).toContain("Switch to Rita’s desk"));
    await press("primary-action");
    await waitFor(() => expect(location.hash).toContain("#/requests/"));
    await waitFor(() => expect(screen.getByText(/Rita Okafor, security reviewer/)).toBeTruthy());
  });
});
