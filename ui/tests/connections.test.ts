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
    expect(page()).toContain("deleted from the keyring");
    await press("forget-it");
    await waitFor(() => expect(byId("connection-prod")).toBeNull());
  });

  it("takes no secret: a kind that needs one is made in a terminal", async () => {
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
