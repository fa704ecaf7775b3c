import { describe, expect, it, vi } from "vitest";
import { chord, dispatch, typing } from "./a11y/keys";
import { tauriApi, unwrap, asProblem, Problem } from "./ipc/client";
import { href, match } from "./router.svelte";

describe("the router", () => {
  it("reads names and refuses what does not fit", () => {
    expect(match("/drills/:drill/steps/:step", "/drills/D-1/steps/a%20b")).toEqual({ drill: "D-1", step: "a b" });
    expect(match("/drills/:drill", "/drills/D-1/steps/x")).toBeNull();
    expect(match("/drills/:drill", "/drills/%E0%A4%A")).toBeNull();
  });
  it("encodes what it builds", () => {
    expect(href("requests", "sha256:ab/cd")).toBe("#/requests/sha256%3Aab%2Fcd");
  });
});

describe("keys", () => {
  const press = (init: KeyboardEventInit) => new KeyboardEvent("keydown", { cancelable: true, ...init });
  it("names chords as people read them", () => {
    expect(chord(press({ key: "$", code: "Digit4", ctrlKey: true, shiftKey: true }))).toBe("Ctrl+Shift+4");
    expect(chord(press({ key: "?", shiftKey: true }))).toBe("?");
    expect(chord(press({ key: "e" }))).toBe("E");
    expect(chord(press({ key: "k", metaKey: true }))).toBe("Ctrl+K");
  });
  it("rests while someone types, except for chords", () => {
    const input = document.body.appendChild(document.createElement("input"));
    expect(typing(input)).toBe(true);
    const run = vi.fn();
    const send = (init: KeyboardEventInit) => {
      const event = press({ bubbles: true, ...init });
      Object.defineProperty(event, "target", { value: input });
      return dispatch(event, [{ keys: "E", does: "", group: "", run }, { keys: "Ctrl+K", does: "", group: "", run }]);
    };
    expect(send({ key: "e" })).toBe(false);
    expect(send({ key: "k", ctrlKey: true })).toBe(true);
    expect(run).toHaveBeenCalledTimes(1);
    input.remove();
  });
});

describe("the client", () => {
  const error = { code: "approval.own_request", severity: "refused" as const, sentence: "You asked for it.", next: null, details: [] };
  it("unwraps answers and throws refusals", () => {
    expect(unwrap({ status: "ok", data: 4 })).toBe(4);
    expect(() => unwrap({ status: "error", error })).toThrowError(Problem);
    // Tauri refuses in words only.
    expect(() => unwrap({ status: "error", error: "app not allowed" as never })).toThrowError("internal.window");
    expect(asProblem(new Problem(error)).code).toBe("approval.own_request");
    expect(asProblem(new TypeError("x is undefined")).severity).toBe("internal");
  });
  it("has every command of Rust", () => {
    const api = tauriApi();
    for (const name of ["app", "drill", "step", "decideRequest", "exportBundle"] as const) expect(typeof api[name]).toBe("function");
  });
});
