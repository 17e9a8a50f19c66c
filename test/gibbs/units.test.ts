import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/linearMixedModel.ts";
import { mcseMean } from "../../src/posterior/diagnostics.ts";
import { mean, sd } from "../../src/stats/descriptive.ts";
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

  if (scheme === "collapsed") {
    it("move no mean by more than chance otherwise", () => {
      // The proposal is fitted at a mode that a search finds to a few digits, and a decision may turn on the next.
      for (const [a, b] of [
        [3, 0.3],
        [1e-6, 7],
      ]) {
        const other = sampleIn(scheme, formula, a, b, 2000);
        const expected = sampleIn(scheme, formula, 1, 1, 2000);
        for (const [name, values] of other) {
          const one = [values];
          const two = [expected.get(name) as Float64Array];
          const error = Math.sqrt(mcseMean(one) ** 2 + mcseMean(two) ** 2);
          expect(Math.abs(mean(one[0]) - mean(two[0])) / error, name).toBeLessThan(4);
        }
      }
    });
    return;
  }

  it("change nothing but the last digits when y has another", () => {
    // Chains start at SDs that are free of the units of y, and of those of x up to a power of two.
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (a) => {
        for (const [name, values] of sampleIn(scheme, formula, a, 1)) {
          const expected = plain.get(name) as Float64Array;
          const far = values.reduce((most, value, d) => Math.max(most, Math.abs(value - expected[d])), 0);
          expect(far / sd(expected), name).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 10, seed: 1 },
    );
  });
});
