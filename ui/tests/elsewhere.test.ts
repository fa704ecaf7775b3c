import axe from "axe-core";
import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { Api } from "../src/lib/ipc/client";
import { byId, play, press, title } from "./play";

const violations = async () => {
  const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`);
};
const page = () => document.body.textContent ?? "";
const type = (text: string) => fireEvent.input(byId("field-decision")!, { target: { value: text } });

describe("a sign-off on another computer", () => {
  it("shows the request whole, to be copied, and says where it was saved", async () => {
    await play({ at: "approve-restore" });
    await waitFor(() => expect(byId("send-elsewhere")).toBeTruthy());
    await press("send-elsewhere");
    await waitFor(() => expect((byId("request-text") as HTMLTextAreaElement).value).toContain("-----BEGIN DRILLBOOK REQUEST-----"));
    expect(page()).toContain("Rita Okafor or Pat Nguyen can decide");
    await press("save-request");
    await waitFor(() => expect(byId("saved-as")?.textContent).toContain("/media/stick/D-2026-0007-approve-restore"));
    expect(await violations()).toEqual([]);
  });

  it("takes a decision in, and names what is wrong with another text", async () => {
    await play({ at: "approve-restore" });
    await waitFor(() => expect(byId("take-in")).toBeTruthy());
    await press("take-in");
    await waitFor(() => expect(byId("import-decision")?.getAttribute("aria-disabled")).toBe("true"));
    await type("Approved, Rita.");
    await press("import-decision");
    await waitFor(() => expect(page()).toContain("exchange.nothing_found"));
    expect(page()).toContain("Paste the whole file");
    expect(await violations()).toEqual([]);
    await type("-----BEGIN SSH SIGNATURE-----");
    await press("import-decision");
    await waitFor(() => expect(byId("taken-in")?.textContent).toContain("Rita Okafor approves"));
    await press("take-close");
    await waitFor(() => expect(byId("take-in")).toBeNull());
  });

  it("leaves everything as it is when no file is chosen", async () => {
    const open = vi.fn<Api["openDecision"]>(async () => null);
    await play({ at: "approve-restore" }, undefined, () => ({ openDecision: open }));
    await waitFor(() => expect(byId("take-in")).toBeTruthy());
    await press("take-in");
    await press("open-decision");
    await waitFor(() => expect(open).toHaveBeenCalledOnce());
    expect(byId("taken-in")).toBeNull();
    expect(byId("field-decision")).toBeTruthy();
  });

  it("lets a reviewer send the request on, and only the operator take decisions in", async () => {
    await play({ at: "approve-restore", person: "rita" }, "#/requests");
    await waitFor(() => expect(byId("send-elsewhere")).toBeTruthy());
    expect(byId("take-in")).toBeNull();
  });
});

describe("the policy", () => {
  it("says which version is in force, shows what is compared by voice, and exports who may sign", async () => {
    await play({}, "#/policy");
    await waitFor(() => expect(title()).toBe("Policy version 3 is in force"));
    expect(byId("fingerprint")?.querySelectorAll("span")).toHaveLength(16);
    expect(byId("review")?.textContent).toContain("next by");
    await press("save-signers");
    await waitFor(() => expect(byId("signers-saved")?.textContent).toContain("5 signers saved"));
    expect(await violations()).toEqual([]);
  });
  it("says since when its review is overdue", async () => {
    await play({ story: "overdue" }, "#/policy");
    await waitFor(() => expect(title()).toContain("its review is overdue"));
    expect(byId("review")?.textContent).toContain("Overdue since");
  });
  it("says so when none was signed yet", async () => {
    await play({ story: "empty" }, "#/policy");
    await waitFor(() => expect(title()).toBe("No policy is in force yet"));
    expect(byId("save-signers")).toBeNull();
  });
});

describe("who reads a request", () => {
  it("is told whether they are asked, asked for it, or look on", async () => {
    const asked = async (person: string) => {
      const view = await play({ at: "approve-restore", person }, "#/requests");
      await waitFor(() => expect(title()).toContain("Restore 4 disks"));
      const said = document.querySelector(".ask")?.textContent ?? "";
      view.unmount();
      return said;
    };
    expect(await asked("maya")).toContain("You ask a reviewer to allow this");
    expect(await asked("rita")).toContain("Maya Lindqvist asks you to allow this");
    expect(await asked("ines")).toContain("Maya Lindqvist asks a reviewer to allow this");
  });
});
