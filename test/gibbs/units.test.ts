import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { sd } from "../../src/stats/descriptive.ts";
import { crossedRows } from "./harness.ts";

const rows = crossedRows();
const cases = [
  ["collapsed", "y ~ x + (x | g)"],
  ["collapsed", "y ~ x + (1 | g) + (1 | h)"],
  ["crossed", "y ~ x + (x | g) + (1 | h)"],
  ["blocked", "y ~ x + (x | g) + (1 | h)"],
  ["full-conditionals", "y ~ x + (x | g)"],
] as const;

/** Draws under `default@1` with y and x measured in other units; every variable in those of the first. */
function sampleIn(scheme: (typeof cases)[number][0], formula: string, a: number, b: number, count = 30) {
  const data = rows.map((row) => ({ ...row, y: a * row.y, x: b * row.x }));
  const { draws } = gibbsSync(lmm(formula, data), { scheme, chains: 1, draws: count, warmup: 10, seed: 3 });
  return new Map(
    draws.info.map(({ name, kind, term }) => {
      const unit = kind === "cor" ? 1 : term === "x" ? b / a : 1 / a;
      return [name, draws.get(name).map((value) => value * unit)];
    }),
  );
}

describe.each(cases)("the units of the data, %s: %s", (scheme, formula) => {
  const plain = sampleIn(scheme, formula, 1, 1);

  it("leave every bit as it is when they differ by powers of two", () => {
    fc.assert(
      fc.property(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -40, max: 40 }), (a, b) => {
        expect(sampleIn(scheme, formula, 2 ** a, 2 ** b)).toEqual(plain);
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  it("change nothing but the last digits otherwise", () => {
    const unit = fc.double({ min: 1e-5, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(unit, unit, (a, b) => {
        for (const [name, values] of sampleIn(scheme, formula, a, b)) {
          const expected = plain.get(name) as Float64Array;
          const far = values.reduce((most, value, d) => Math.max(most, Math.abs(value - expected[d])), 0);
          expect(far / sd(expected), name).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});
