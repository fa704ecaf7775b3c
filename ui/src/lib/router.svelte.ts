/** A hash router: every screen has an address, so that back, reload and a link in a notification work. */

import { createContext } from "svelte";

export type Params = Record<string, string>;
export type Match = { name: string; params: Params; query: URLSearchParams };

/** `pattern` has literal segments and `:names`. */
export function match(pattern: string, path: string): Params | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return null;
  const params: Params = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) {
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) return null;
  }
  return params;
}

/** Builds `#/drills/D-1/steps/x` from segments, each encoded. */
export function href(...segments: string[]): string {
  return `#/${segments.map(encodeURIComponent).join("/")}`;
}

export class Router {
  #hash = $state("");
  readonly #routes: readonly (readonly [string, string])[];

  constructor(routes: readonly (readonly [pattern: string, name: string])[]) {
    this.#routes = routes;
    this.#hash = location.hash;
  }

  get current(): Match {
    const [path = "", query = ""] = this.#hash.replace(/^#/, "").split("?");
    for (const [pattern, name] of this.#routes) {
      const params = match(pattern, path);
      if (params) return { name, params, query: new URLSearchParams(query) };
    }
    return { name: "missing", params: {}, query: new URLSearchParams() };
  }

  go(to: string) {
    if (location.hash === to) this.#hash = to;
    else location.hash = to;
  }

  /** Replaces the address without a step in the history. */
  replace(to: string) {
    history.replaceState(null, "", to);
    this.#hash = to;
  }

  start(): () => void {
    const listen = () => (this.#hash = location.hash);
    addEventListener("hashchange", listen);
    return () => removeEventListener("hashchange", listen);
  }
}

export const [useRouter, provideRouter] = createContext<Router>();
