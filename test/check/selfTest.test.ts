import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { drawHashes } from "../../src/check/selfTest/draws.ts";
import { selfTest } from "../../src/check/selfTest.ts";

/** What fails in a library with one function replaced. */
async function failures(
  path: string,
  sabotage: (real: Record<string, unknown>) => object,
): Promise<string[]> {
  vi.resetModules();
  vi.doMock(path, async (original) => {
    const real = await original<Record<string, unknown>>();
    return { ...real, ...sabotage(real) };
  });
  const { selfTest: fresh } = await import("../../src/check/selfTest.ts");
  const { comparisons, failed } = fresh();
  vi.doUnmock(path);
  const names = comparisons.filter(({ ok }) => !ok).map(({ what }) => what);
  expect(failed).toBe(names.length);
  return names;
}

describe("selfTest()", () => {
  it.runIf(process.env["UPDATE_HASHES"] !== undefined)("writes down the draws of this version", () => {
    const file = new URL("../../src/check/selfTest/drawHashes.ts", import.meta.url);
    const rows = Object.entries(drawHashes()).map(([name, hash]) => `  "${name}": "${hash}",\n`);
    const text = readFileSync(file, "utf8").replace(/ = \{[^}]*\}/, () => ` = {\n${rows.join("")}}`);
    writeFileSync(file, text);
  });

  it("holds at least 200 figures against their oracles, and all agree", () => {
    const result = selfTest();
    const { comparisons, passed, failed, seconds } = result;
    expect(comparisons.filter(({ ok }) => !ok)).toEqual([]);
    expect(failed).toBe(0);
    expect(passed).toBe(comparisons.length);
    expect(passed).toBeGreaterThan(500);
    expect(new Set(comparisons.map(({ what }) => what)).size).toBe(passed);
    // What is compared is numbers and text, and a tolerance of half the figure would let anything pass.
    for (const { what, expected, tolerance } of comparisons) {
      const size = typeof expected === "number" && expected !== 0 ? Math.abs(expected) : 1;
      if (!what.includes("normals") && !what.includes("posterior"))
        expect(tolerance, what).toBeLessThan(1e-4 * size);
    }
    expect(seconds).toBeGreaterThan(0);
    const text = (result as unknown as Record<symbol, () => string>)[
      Symbol.for("nodejs.util.inspect.custom")
    ]();
    expect(text).toMatch(/^Self-test: \d+ comparisons in \d+\.\d s, all as they must be$/);
  });
});

describe("selfTest() of a library that is wrong", () => {
  afterEach(() => vi.resetModules());

  it("names the tail that is off by 1e-9", async () => {
    const names = await failures("../../src/stats/distributions.ts", ({ chiSquareUpper }) => ({
      chiSquareUpper: (x: number, df: number) =>
        (1 + 1e-9) * (chiSquareUpper as (x: number, df: number) => number)(x, df),
    }));
    expect(names).toContain("upper tail of χ²(2) at 7");
    expect(names.every((name) => name.startsWith("upper tail of χ²"))).toBe(true);
  });

  it("counts a part that throws as one failure, and goes on with the others", async () => {
    const names = await failures("../../src/formula/terms.ts", () => ({
      parseFormula: () => {
        throw new Error("out of order");
      },
    }));
    expect(names).toContain("formulas, contrasts and CSV");
    expect(names).toContain("balanced designs");
    expect(names).not.toContain("diagnostics");
  });
});
