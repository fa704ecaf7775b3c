import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { tauriApi, type Api } from "$lib/ipc/client";

async function api(): Promise<Api> {
  if (__FAKE__ && !("__TAURI_INTERNALS__" in window)) return (await import("$lib/ipc/fake")).fakeApi();
  return tauriApi();
}

const target = document.getElementById("app");
if (target) void api().then((given) => mount(App, { target, props: { api: given } }));
