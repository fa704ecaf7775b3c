/** Opens the window on the invented drill, without Rust. */

import { render, screen, waitFor } from "@testing-library/svelte";
import { tick } from "svelte";
import App from "../src/App.svelte";
import { fakeApi, type Story } from "../src/lib/ipc/fake";
import type { Api } from "../src/lib/ipc/client";

export const DRILL = "D-2026-0007";

export async function play(story: Story, hash = `#/drills/${DRILL}`, change: (api: Api) => Partial<Api> = () => ({})) {
  location.hash = hash;
  const api = fakeApi(story);
  const given = { ...api, ...change(api) };
  const view = render(App, { props: { api: given } });
  await waitFor(() => {
    if (!document.querySelector("main h1, main h2")) throw new Error("nothing is shown yet");
  });
  await tick();
  return { ...view, api: given };
}

export const title = () => screen.getByRole("heading", { level: 1 }).textContent?.trim() ?? "";
export const byId = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
export async function press(id: string) {
  const element = byId(id);
  if (!element) throw new Error(`there is no ${id}`);
  element.click();
  await tick();
}
