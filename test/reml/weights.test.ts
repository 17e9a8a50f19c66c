import { describe, expect, it } from "vitest";
import { lmm } from "../../src/model/lmm.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { numbers, spread } from "../linalg/numbers.ts";

/** 150 rows made of + − × ÷ √ alone, so that every engine, and R through a CSV file, has the same numbers. */
function rows(): object[] {
  const next = numbers(99);
  const effects = (size: number, count: number): number[] =>
    Array.from({ length: count }, () => size * spread(next));
  const [a0, a1, b0, c0] = [effects(1, 15), effects(0.5, 15), effects(1.5, 9), effects(0.7, 4)];
  return Array.from({ length: 150 }, () => {
    const [a, b, c] = [Math.floor(next() * 15), Math.floor(next() * 9), Math.floor(next() * 4)];
    const x = 10 + 2 * spread(next);
    const o = spread(next);
    const w = 0.2 + 2 * next();
    const mean = 3 + o + 0.4 * x + a0[a] + a1[a] * (x - 10) + b0[b] + c0[c];
    return { y: mean + spread(next) / Math.sqrt(w), x, o, w, a: `a${10 + a}`, b: `b${b}`, c: `c${c}` };
  });
}

describe("weights, an offset and three crossed groups, one with a correlated slope", () => {
  const model = lmm("y ~ x + offset(o) + (x | a) + (1 | b) + (1 | c)", rows(), { weights: "w" });

  it("criterionAt() has lme4's value of lmer(…, weights, offset, devFunOnly = TRUE)", () => {
    const theta = [0.9, 0.1, 0.3, 1.2, 0.6];
    // lme4 1.1-31 to 15 digits; the tolerance of the criterion everywhere.
    expect(Math.abs(criterionAt(model, theta, "REML") - 565.702335864486)).toBeLessThan(1e-9);
    expect(Math.abs(criterionAt(model, theta, "ML") - 564.317922856156)).toBeLessThan(1e-9);
  });

  it("reml() and ml() reach lme4's minimum, and its fitted values and Pearson residuals", () => {
    const fit = reml(model);
    // 14 digits printed, by bobyqa with a final radius of 1e-10: flat there.
    expect(Math.abs(fit.criterion - 521.34299688974)).toBeLessThan(1e-8);
    expect(Math.abs(ml(model).criterion - 519.3496504542)).toBeLessThan(1e-8);
    // bobyqa stops about 1e-6 short in θ, so that its estimates agree to some 1e-6.
    const theta = [2.924702321, -0.2746015299, 0.0726991149, 1.3915904179, 0.7561702444];
    theta.forEach((value, i) => {
      expect(Math.abs(fit.theta[i] - value)).toBeLessThan(1e-5 * Math.abs(value));
    });
    const near = (actual: ArrayLike<number>, expected: number[]): void => {
      expected.forEach((value, i) => {
        expect(Math.abs(actual[i] - value)).toBeLessThan(1e-5 * fit.sigma);
      });
    };
    near(fit.fitted(), [6.89130945807, 4.75224691514, 5.56958669207]);
    near(fit.residuals({ type: "pearson" }), [0.4619012139, 1.0623199677, -0.500054312]);
    const effects = fit.ranef().filter(({ group }) => group === "a");
    near(
      effects.map(({ mode }) => mode),
      [-0.8741551733, 0.1355425706, 1.7114271137, -0.2216390769],
    );
    near(
      effects.map(({ sd }) => sd),
      [1.7904457491, 0.1804505307, 2.2410486277, 0.2367352622],
    );
  });
});
