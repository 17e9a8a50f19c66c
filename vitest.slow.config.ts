import { defineConfig, type ViteUserConfig } from "vitest/config";

// Calibration and large designs: minutes to hours, run by `npm run test:slow`.
const config: ViteUserConfig = defineConfig({
  test: { include: ["test/slow/**/*.test.ts"], testTimeout: 3_600_000, fileParallelism: true, maxWorkers: 2 },
});

export default config;
