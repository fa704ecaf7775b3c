import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vite.config";

export default defineConfig((env) =>
  mergeConfig(base(env), {
    test: { environment: "jsdom", include: ["src/**/*.test.ts", "tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"], env: { TZ: "America/New_York" } },
  }),
);
