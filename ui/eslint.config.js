import { readdirSync } from "node:fs";
import ts from "typescript-eslint";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import svelteConfig from "./svelte.config.js";

// Imports go routes -> features -> components -> lib; features never import each other.
const restrict = (...group) => ["error", { patterns: [{ group, message: "Imports go routes, features, components, lib; only lib/ipc touches Tauri." }] }];
const tauri = "@tauri-apps/*";

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/lib/ipc/bindings.ts"] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node, __FAKE__: "readonly" } } },
  { files: ["**/*.svelte", "**/*.svelte.ts"], languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } } },
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "svelte/no-at-html-tags": "error",
      // A style attribute is refused by the window's content security policy; style: directives go through CSSOM.
      "no-restricted-syntax": ["error", { selector: "SvelteAttribute[key.name='style']", message: "Use a class or a style: directive." }],
      "svelte/no-useless-mustaches": "off",
      "svelte/prefer-svelte-reactivity": "off",
      "svelte/button-has-type": "error",
      "svelte/no-navigation-without-resolve": "off",
    },
  },
  { files: ["src/lib/**"], ignores: ["src/lib/ipc/**"], rules: { "no-restricted-imports": restrict(tauri, "**/components/**", "**/features/**", "**/routes/**", "$components*") } },
  { files: ["src/components/**"], rules: { "no-restricted-imports": restrict(tauri, "**/features/**", "**/routes/**", "$lib/ipc/*", "**/lib/ipc/*") } },
  ...readdirSync("src/features", { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => {
    const others = readdirSync("src/features", { withFileTypes: true }).filter((other) => other.isDirectory() && other.name !== entry.name);
    return { files: [`src/features/${entry.name}/**`], rules: { "no-restricted-imports": restrict(tauri, "**/routes/**", ...others.map((other) => `**/${other.name}/**`)) } };
  }),
  { files: ["src/routes/**", "src/*.*"], rules: { "no-restricted-imports": restrict(tauri) } },
);
