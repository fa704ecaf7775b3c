import axe from "axe-core";
import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { Api } from "../src/lib/ipc/client";
import { byId, play, press } from "./play";

const violations = async () => {
  const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`);
};
const page = () => document.body.textContent ?? "";
const type = (field: string, value: string) => fireEvent.input(byId(field)!, { target: { value } });
const blocked = (id: string) => byId(id)?.getAttribute("aria-disabled");

describe("a request of another computer", () => {
  it("is reached from the requests, and of a text that does not hold nothing is shown", async () => {
    await play({ person: "rita", at: "approve-restore" }, "#/requests");
    await waitFor(() => expect(byId("elsewhere")?.getAttribute("href")).toBe("#/elsewhere"));
    location.hash = "#/elsewhere";
    await waitFor(() => expect(page()).toContain("Opening a request changes nothing."));
    expect(await violations()).toEqual([]);
    await press("paste-foreign");
    expect(blocked("open-pasted")).toBe("true");
    await type("field-foreign-text", "Approved, Rita.");
    await press("open-pasted");
    await waitFor(() => expect(page()).toContain("exchange.nothing_found"));
    await type("field-foreign-text", "-----BEGIN DRILLBOOK REQUEST-----");
    await press("open-pasted");
    await waitFor(() => expect(byId("request-sentence")?.textContent).toContain("Restore 4 disks"));
    expect(page()).toContain("LIVE, on another computer");
    expect(byId("foreign-fingerprint")?.textContent).toContain("5ad1 1f0c");
    expect(page()).toContain("Nothing is sent. The operator reads your reason");
    expect(await violations()).toEqual([]);
  });

  it("is signed with a key of one’s own only, after what must be opened was opened, and goes back as one text", async () => {
    const sign = vi.fn<Api["signForeign"]>();
    await play({ story: "foreign", person: "ines" }, "#/elsewhere/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", (api) => ({ signForeign: async (request) => { sign(request); return api.signForeign(request); } }));
    await waitFor(() => expect(page()).toContain("Choose the key you sign with"));
    expect(page(), "a key that the policy does not name is no choice").not.toContain("SHA256:lapt");
    expect(blocked("approve")).toBe("true");
    await press("choose-signing-key");
    await waitFor(() => expect(page()).toContain("Type the passphrase of your key."));
    await type("field-key-passphrase", "wrong");
    await waitFor(() => expect(page()).toContain("pieces of evidence first"));
    for (let turn = 0; byId(`open-first-${turn}`); turn += 1) {
      await press(`open-first-${turn}`);
      await waitFor(() => expect(byId("back-to-request")).toBeTruthy());
      await press("back-to-request");
      await waitFor(() => expect(byId("request-sentence")).toBeTruthy());
    }
    await waitFor(() => expect(blocked("approve")).not.toBe("true"));
    await press("approve");
    await waitFor(() => expect(page()).toContain("signature.passphrase"));
    await type("field-key-passphrase", "the words of the key");
    await press("approve");
    await waitFor(() => expect(byId("signed")?.textContent).toContain("Approved and signed as rita@evergreen.example"));
    expect(sign).toHaveBeenLastCalledWith(expect.objectContaining({ approve: true, conditions: [], passphrase: "the words of the key" }));
    expect(byId("approve")).toBeNull();
    await press("save-decision");
    await waitFor(() => expect(byId("decision-place")?.textContent).toContain("rita@evergreen.example.decision.txt"));
    expect(await violations()).toEqual([]);
  });

  it("lies in the exchange folder; what does not hold there is named and cannot be opened", async () => {
    await play({ story: "folder", person: "rita" }, "#/elsewhere");
    await waitFor(() => expect(byId("found-D-2026-0007-approve-restore.request.txt")).toBeTruthy());
    expect(byId("found-D-2026-0003.request.txt")).toBeNull();
    expect(page()).toContain("the file holds sha256:1c02b7d4");
    await press("found-D-2026-0007-approve-restore.request.txt");
    await waitFor(() => expect(byId("request-sentence")).toBeTruthy());
    expect(await violations()).toEqual([]);
  });
});
