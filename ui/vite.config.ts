import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// `npm run dev` and the tests show the window without Rust; a build for the shell never holds the fake.
export default defineConfig(({ mode, command }) => ({
  plugins: [svelte()],
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  define: { __FAKE__: JSON.stringify(command === "serve" || mode === "test") },
  resolve: {
    alias: { $lib: here("./src/lib"), $components: here("./src/components") },
    ...(mode === "test" ? { conditions: ["browser"] } : {}),
  },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false },
  // On a busy machine of two cores a whole screen takes seconds; the limit only ends what hangs.
  test: { environment: "jsdom", testTimeout: 60_000, include: ["src/**/*.test.ts", "tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"], env: { TZ: "America/New_York" } },
}));
