import axe from "axe-core";
import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { Api } from "../src/lib/ipc/client";
import { byId, play, press } from "./play";

const violations = async () => {
  const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`);
};
const type = (field: string, value: string) => fireEvent.input(byId(`field-${field}`)!, { target: { value } });
const choose = (field: string, value: string) => fireEvent.change(byId(`field-${field}`)!, { target: { value } });
const page = () => document.body.textContent ?? "";
const TENANT = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
const settings = (change?: (api: Api) => Partial<Api>) => play({}, "#/settings", change);

describe("connections", () => {
  it("says who a connection signs in as, and why another does not answer", async () => {
    await settings();
    await waitFor(() => expect(byId("try-dr-reader")).toBeTruthy());
    await press("try-dr-reader");
    await waitFor(() => expect(byId("reached-dr-reader")?.textContent).toContain("Maya Lindqvist in sub-policy-admin"));
    await press("try-nightly");
    await waitFor(() => expect(page()).toContain("azure.sign_in"));
    expect(await violations()).toEqual([]);
  });

  it("keeps a new one, and forgets one", async () => {
    await settings();
    await waitFor(() => expect(byId("add-connection")).toBeTruthy());
    await press("add-connection");
    expect(byId("keep-connection")?.getAttribute("aria-disabled")).toBe("true");
    await type("connection-name", "Prod!");
    await type("connection-tenant", "contoso");
    expect(page()).toContain("Small letters, digits and hyphens");
    expect(page()).toContain("Not an id");
    await type("connection-name", "prod");
    await type("connection-tenant", TENANT);
    await type("connection-subscription", TENANT);
    expect(await violations()).toEqual([]);
    await press("keep-connection");
    await waitFor(() => expect(byId("connection-prod")).toBeTruthy());
    await press("forget-prod");
    await press("keep-it");
    expect(byId("connection-prod")).toBeTruthy();
    await press("forget-prod");
    expect(page()).toContain("deleted from where it is kept");
    await press("forget-it");
    await waitFor(() => expect(byId("connection-prod")).toBeNull());
  });

  it("keeps a certificate that is chosen on the desktop, and under a passphrase where no keyring keeps it", async () => {
    const kept = vi.fn<Api["addConnection"]>();
    await play({ story: "nokeyring" }, "#/settings", (api) => ({ addConnection: async (request) => { kept(request); return api.addConnection(request); } }));
    await waitFor(() => expect(byId("add-connection")).toBeTruthy());
    await press("add-connection");
    await type("connection-name", "app");
    await type("connection-tenant", TENANT);
    await type("connection-subscription", TENANT);
    await choose("connection-credential", "client-certificate");
    await waitFor(() => expect(byId("choose-certificate")).toBeTruthy());
    await type("connection-client", TENANT);
    expect(byId("keep-connection")?.title).toBe("Choose the certificate");
    await press("choose-certificate");
    await waitFor(() => expect(byId("certificate")?.textContent).toContain("drillbook-reader.pfx"));
    await type("certificate-passphrase", "the words of the file");
    await press("keep-connection");
    await waitFor(() => expect(page()).toContain("connection.no_keyring"));
    expect(byId("keep-connection")?.getAttribute("aria-disabled")).toBe("true");
    await type("keep-passphrase", "short");
    expect(page()).toContain("At least 12 characters");
    await type("keep-passphrase", "six words make a fine passphrase");
    await type("keep-passphrase-again", "six words make a fine passphrase");
    expect(await violations()).toEqual([]);
    await press("keep-connection");
    await waitFor(() => expect(byId("connection-app")?.textContent).toContain("client certificate, under a passphrase"));
    expect(kept).toHaveBeenLastCalledWith({ name: "app", cloud: "public", tenant: TENANT, subscription: TENANT, credential: "client-certificate", clientId: TENANT, certificatePassphrase: "the words of the file", passphrase: "six words make a fine passphrase" });
    expect(document.querySelector("input[type=file]")).toBeNull();
  });

  it("asks for the passphrase of a connection once, and goes on with what was asked", async () => {
    await play({ story: "locked" }, "#/settings");
    await waitFor(() => expect(byId("connection-dr-app")?.textContent).toContain("to be unlocked"));
    await press("try-dr-app");
    await waitFor(() => expect(byId("unlock")).toBeTruthy());
    await type("unlock-passphrase", "wrong");
    await press("unlock");
    await waitFor(() => expect(page()).toContain("not the passphrase it was kept under"));
    expect(await violations()).toEqual([]);
    await type("unlock-passphrase", "six words make a fine passphrase");
    await press("unlock");
    await waitFor(() => expect(byId("reached-dr-app")).toBeTruthy());
    expect(byId("connection-dr-app")?.textContent).not.toContain("to be unlocked");
    await press("try-dr-app");
    await waitFor(() => expect(byId("reached-dr-app")).toBeTruthy());
    expect(byId("unlock")).toBeNull();
  });

  it("takes no client secret: such a connection is made in a terminal", async () => {
    const add = vi.fn<Api["addConnection"]>();
    await settings(() => ({ addConnection: add }));
    await waitFor(() => expect(byId("add-connection")).toBeTruthy());
    await press("add-connection");
    await choose("connection-credential", "client-secret");
    await waitFor(() => expect(byId("keep-connection")).toBeNull());
    expect(page()).toContain("drillbook connection add NAME");
    expect(document.querySelector("input[type=password]")).toBeNull();
    expect(add).not.toHaveBeenCalled();
  });
});
