import axe from "axe-core";
import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { byId, play, press, title } from "./play";

const violations = async () => {
  const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`);
};
const page = () => document.body.textContent ?? "";
const type = (id: string, value: string) => fireEvent.input(byId(id)!, { target: { value } });

describe("rehearsal and live", () => {
  it("switches at the band, and the band says where you are", async () => {
    await play({}, "#/");
    expect(byId("switch-world")?.textContent).toContain("REHEARSAL");
    await press("switch-world");
    await waitFor(() => expect(byId("open-live")?.getAttribute("aria-disabled")).toBeNull());
    expect(await violations()).toEqual([]);
    await press("open-live");
    await waitFor(() => expect(byId("switch-world")?.textContent).toContain("LIVE"));
    expect(byId("band-account")?.textContent).toBe("maya@evergreen.example");
    await press("switch-world");
    await waitFor(() => expect(byId("open-rehearsal")).toBeTruthy());
    await press("open-rehearsal");
    await waitFor(() => expect(byId("switch-world")?.textContent).toContain("REHEARSAL"));
  });

  it("asks for a passphrase, twice, where there is no keyring", async () => {
    const { api } = await play({ story: "nokeyring" }, "#/", (given) => ({ openLive: vi.fn(given.openLive) }));
    await press("switch-world");
    await waitFor(() => expect(page()).toContain("There is no keyring on this computer"));
    await type("field-passphrase", "short");
    expect(page()).toContain("At least 12 characters");
    await type("field-passphrase", "six words make a fine passphrase");
    await type("field-passphrase-again", "another");
    expect(byId("open-live")?.getAttribute("aria-disabled")).toBe("true");
    await type("field-passphrase-again", "six words make a fine passphrase");
    expect(await violations()).toEqual([]);
    await press("open-live");
    await waitFor(() => expect(api.openLive).toHaveBeenCalledWith({ passphrase: "six words make a fine passphrase" }));
  });

  it("writes, signs and adopts the first policy", async () => {
    const { api } = await play({ story: "setup" }, "#/policy", (given) => ({ proposePolicy: vi.fn(given.proposePolicy) }));
    await waitFor(() => expect(byId("first-policy")).toBeTruthy());
    await press("first-policy");
    await waitFor(() => expect(byId("person-id-0")).toBeTruthy());
    await type("person-id-0", "maya@evergreen.example");
    await type("person-id-1", "rita@evergreen.example");
    expect(byId("propose")?.getAttribute("aria-disabled")).toBe("true");
    await press("give-key-1");
    await type("field-public-key", "ssh-ed25519 AAAA rita@laptop");
    await press("read-key");
    await waitFor(() => expect(byId("key-read")?.textContent).toContain("SHA256:rita"));
    await press("use-key");
    await waitFor(() => expect(byId("propose")?.getAttribute("aria-disabled")).toBeNull());
    expect(await violations()).toEqual([]);
    await press("propose");
    await waitFor(() => expect(byId("draft-signed")?.textContent).toBe("0 of 1 signed"));
    const asked = vi.mocked(api.proposePolicy).mock.calls[0]?.[0];
    expect(asked?.people.map((one) => [one.id, one.roles, one.owner, one.newKey?.kind])).toEqual([["maya@evergreen.example", ["operator"], true, "made"], ["rita@evergreen.example", ["security-reviewer"], false, "public"]]);
    await press("sign-policy");
    await waitFor(() => expect(byId("adopt-policy")).toBeTruthy());
    expect(await violations()).toEqual([]);
    await press("adopt-policy");
    await waitFor(() => expect(title()).toBe("Policy version 3 is in force"));
  });

  it("shows what the next version changes, and takes a signature in", async () => {
    await play({ story: "draft" }, "#/policy");
    await waitFor(() => expect(byId("draft")?.textContent).toContain("Reviewed every"));
    await press("take-signature");
    await type("field-signature", "hello");
    await press("count-signature");
    await waitFor(() => expect(page()).toContain("exchange.nothing_found"));
    await type("field-signature", "-----BEGIN SSH SIGNATURE-----");
    await press("count-signature");
    await waitFor(() => expect(byId("adopt-policy")).toBeTruthy());
  });

  it("starts a live drill over the connection in use", async () => {
    const { api } = await play({ story: "live" }, "#/start", (given) => ({ openDrill: vi.fn(given.openDrill) }));
    await waitFor(() => expect(byId("over-dr-reader")).toBeTruthy());
    expect(byId("start-drill")?.textContent).toBe("Start the live drill");
    expect(await violations()).toEqual([]);
    await press("over-nightly");
    await press("start-drill");
    await waitFor(() => expect(vi.mocked(api.openDrill).mock.calls[0]?.[0]).toMatchObject({ environment: "live", connection: "nightly", faults: [], surprise: false }));
  });
});

describe("after a decision", () => {
  const REQUEST = "#/requests";
  it("takes a decision back, with a reason", async () => {
    const { api } = await play({ at: "approve-restore", person: "rita" }, REQUEST, (given) => ({ revokeDecision: vi.fn(given.revokeDecision) }));
    await waitFor(() => expect(byId("request-sentence")).toBeTruthy());
    await api.decideRequest({ request: "r", approve: true, reason: "Read.", conditions: [], seenSize: 1, seenHead: "0" });
    await waitFor(() => expect(byId("take-back")).toBeTruthy());
    await press("take-back");
    expect(byId("sign-revocation")?.getAttribute("aria-disabled")).toBe("true");
    await type("field-paper-reason", "The wrong machine.");
    expect(await violations()).toEqual([]);
    await press("sign-revocation");
    await waitFor(() => expect(api.revokeDecision).toHaveBeenCalledWith({ decision: "sha256:de", reason: "The wrong machine." }));
    await waitFor(() => expect(page()).toContain("Taken back"));
  });

  it("goes on without a quorum only where the policy names who sits here, and owes a review", async () => {
    await play({ at: "approve-restore", story: "emergency" }, REQUEST);
    await waitFor(() => expect(byId("break-glass")).toBeTruthy());
    await press("break-glass");
    await type("field-paper-reason", "It burns.");
    await press("sign-glass");
    await waitFor(() => expect(page()).toContain("went on without a quorum"));
    expect(page()).toContain("Its review is owed");
    expect(await violations()).toEqual([]);
  });

  it("reviews that somebody else went on without a quorum", async () => {
    const { api } = await play({ at: "approve-restore", person: "rita", story: "glass" }, REQUEST, (given) => ({ reviewGlass: vi.fn(given.reviewGlass) }));
    await waitFor(() => expect(byId("review-glass")).toBeTruthy());
    await press("review-glass");
    await type("field-paper-reason", "It did burn.");
    await press("justified");
    await waitFor(() => expect(api.reviewGlass).toHaveBeenCalledWith({ glass: "sha256:61", justified: true, reason: "It did burn." }));
    await waitFor(() => expect(page()).toContain("Reviewed by Rita Okafor"));
  });
});

describe("the exchange folder", () => {
  it("is chosen in a dialog of the desktop, and says what it did not take", async () => {
    await play({ story: "folder" }, "#/settings");
    await waitFor(() => expect(byId("exchange-folder")?.textContent).toContain("/media/stick/drills"));
    expect(page()).toContain("signature.namespace");
    expect(await violations()).toEqual([]);
    await press("forget-folder");
    await waitFor(() => expect(byId("exchange-folder")?.textContent).toContain("sent by hand"));
    await press("choose-folder");
    await waitFor(() => expect(byId("exchange-folder")?.textContent).toContain("/media/stick/drills"));
  });
});
