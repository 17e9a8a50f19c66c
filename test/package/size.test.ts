import { describe, expect, it } from "vitest";
import { sizeOf } from "./bundled.ts";

/**
 * Programs and the most that they may weigh, in kB (1000 bytes) after gzip: what they weighed when this was written, and
 * 2% for what comes. The table of docs/package.md rounds them.
 */
const budgets: readonly (readonly [name: string, program: string, most: number])[] = [
  ["everything but plots, SQL, files, checks", 'export * from "blmm"', 220],
  ["lmm, gibbs, reml, compare", 'export { compare, gibbs, lmm, reml } from "blmm"', 165],
  ["lmm, gibbs", 'export { gibbs, lmm } from "blmm"', 126],
  ["lmm, reml", 'export { lmm, reml } from "blmm"', 96],
  ["lmm", 'export { lmm } from "blmm"', 30],
  ["rhat", 'export { rhat } from "blmm"', 8],
  ["parseCsv", 'export { parseCsv } from "blmm"', 3],
  ["a data set", 'export { sleepstudy } from "blmm/datasets"', 1.5],
];

describe("the package, bundled and minified", () => {
  it.each(budgets)("%s: within its budget", async (name, program, most) => {
    const { bytes, gzip } = await sizeOf(program);
    console.log(
      `${name}: ${(gzip / 1000).toFixed(1)} kB of ${most} (${(bytes / 1000).toFixed(0)} kB as text)`,
    );
    expect(gzip / 1000).toBeLessThanOrEqual(most);
  });

  it("weighs nothing when it is imported and not used", async () => {
    const entries = ["", "/plot", "/datasets", "/workers", "/sql", "/check", "/matrix"];
    const { bytes } = await sizeOf(entries.map((entry) => `import "blmm${entry}";`).join("\n"));
    expect(bytes).toBe(0);
  });
});
