import { defineConfig, type ViteUserConfig } from "vitest/config";

// A file for programs that count tests, beside what people read.
const report = process.env["BLMM_TEST_REPORT"];

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/slow/**"],
    testTimeout: 60_000,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});

export default config;
