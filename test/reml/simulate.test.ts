import { describe, expect, it } from "vitest";
import { Pastes, sleepstudy, tabletsMissing } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { marginalCovariance } from "../../src/reml/marginal.ts";
import { base, withColumn } from "../model/sample.ts";

const slopes = () => reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

describe("simulate()", () => {
  it("gives responses aligned with the rows of the data, NaN where a row was left out", () => {
    const fit = reml(lmm("y ~ method + (1 | tablet)", tabletsMissing));
    const [y] = fit.simulate({ seed: 1 });
    expect(y).toHaveLength(tabletsMissing.length);
    tabletsMissing.forEach((row, i) => {
      expect(Number.isNaN(y[i])).toBe(row.y === null || Number.isNaN(row.y));
    });
  });

  it("repeats itself with a seed, and a longer run begins as a shorter one", () => {
    const fit = slopes();
    const three = fit.simulate({ n: 3, seed: 7 });
    expect(fit.simulate({ n: 1, seed: 7 })[0]).toEqual(three[0]);
    expect(three.seed).toBe(7);
    expect(three[1]).not.toEqual(three[0]);
    const drawn = fit.simulate();
    expect(fit.simulate({ seed: drawn.seed })).toEqual(drawn);
  });

  const cases = [
    ["random slopes", () => reml(lmm("y ~ x + (x | g)", base))],
    ["nested factors", () => reml(lmm("strength ~ 1 + (1 | batch/cask)", Pastes))],
    ["weights and an offset", () => reml(lmm("y ~ x + offset(h) + (1 | g)", base, { weights: "w" }))],
  ] as const;
  for (const [what, make] of cases) {
    it(`has the mean Xβ and the covariance V: ${what}`, () => {
      const fit = make();
      const { n } = fit.model;
      const V = marginalCovariance(fit);
      const mean = fit.predict(undefined, { groups: "population" }).map(({ estimate }) => estimate);
      const draws = 4000;
      const all = fit.simulate({ n: draws, seed: 20261 });
      const deviations = all.map((y) => y.map((value, i) => value - mean[i]));
      // z of each mean and of each product: Var(y_i y_j) = V_ii V_jj + V_ij². 4.9 is the 1e-6 tail of a normal; with
      // up to 60 · 61 / 2 correlated products the chance of a false alarm stays below 0.2 %.
      for (let i = 0; i < n; i++) {
        const sum = deviations.reduce((total, y) => total + y[i], 0);
        expect(Math.abs(sum / Math.sqrt(draws * V[i][i]))).toBeLessThan(4.9);
        for (let j = 0; j <= i; j++) {
          const product = deviations.reduce((total, y) => total + y[i] * y[j], 0) / draws;
          const se = Math.sqrt((V[i][i] * V[j][j] + V[i][j] ** 2) / draws);
          expect(Math.abs((product - V[i][j]) / se)).toBeLessThan(4.9);
        }
      }
    });
  }

  it('with effects: "fitted" varies around the fitted values with σ alone', () => {
    const fit = slopes();
    const fitted = fit.fitted();
    const all = fit.simulate({ n: 400, seed: 3, effects: "fitted" });
    const squares = all.reduce((sum, y) => sum + y.reduce((s, v, i) => s + (v - fitted[i]) ** 2, 0), 0);
    const count = 400 * fit.nobs;
    // χ² over its degrees of freedom has SD √(2/df); 4.9 is the 1e-6 tail.
    expect(Math.abs(squares / fit.sigma ** 2 / count - 1)).toBeLessThan(4.9 * Math.sqrt(2 / count));
  });

  it("refuses what it cannot read", () => {
    const fit = slopes();
    const refused = (options: object, code: string): void => {
      expect(() => fit.simulate(options)).toThrow(expect.objectContaining({ code }));
    };
    refused({ n: 0 }, "invalid-argument");
    refused({ seed: "one" }, "invalid-argument");
    refused({ effects: "old" }, "invalid-argument");
    refused({ nsim: 2 }, "unknown-option");
  });
});

describe("refit()", () => {
  it("on the model's own response changes nothing", () => {
    const fit = slopes();
    const again = fit.refit(sleepstudy.map(({ Reaction }) => Reaction));
    expect(again.criterion).toBe(fit.criterion);
    expect(again.fixef()).toEqual(fit.fixef());
  });

  it("keeps the method and takes one number per row of the data or per row used", () => {
    const fit = ml(lmm("y ~ method + (1 | tablet)", tabletsMissing));
    const [y] = fit.simulate({ seed: 5 });
    const whole = fit.refit(y);
    expect(whole.method).toBe("ML");
    expect(fit.refit(y.filter((value) => !Number.isNaN(value))).criterion).toBe(whole.criterion);
    expect(whole.criterion).not.toBe(fit.criterion);
  });

  it("on simulated responses recovers what they were drawn from", () => {
    const fit = slopes();
    const fits = fit.simulate({ n: 200, seed: 11 }).map((y) => fit.refit(y));
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const check = (values: readonly number[], truth: number, exactSe?: number): void => {
      const centre = mean(values);
      const sd = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
      // β̂ and σ̂² are unbiased here (balanced design): z of the mean beyond 4.9 has a chance of 1e-6.
      expect(Math.abs(centre - truth)).toBeLessThan((4.9 * sd) / Math.sqrt(values.length));
      // The spread of β̂ is the standard error reported: an SD of 200 values is good to 5 %, five times that allowed.
      if (exactSe !== undefined) expect(Math.abs(sd / exactSe - 1)).toBeLessThan(0.25);
    };
    const table = fit.coefTable();
    table.forEach(({ term, estimate, se }) => {
      check(
        fits.map((other) => other.fixef()[term]),
        estimate,
        se,
      );
    });
    check(
      fits.map((other) => other.sigma ** 2),
      fit.sigma ** 2,
    );
  });

  it("refuses a response of another length, with gaps, infinite or constant", () => {
    const fit = slopes();
    const refused = (y: readonly number[], code: string, text: string): void => {
      expect(() => fit.refit(y)).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(text) }),
      );
    };
    const y = sleepstudy.map(({ Reaction }) => Reaction);
    refused(y.slice(1), "wrong-length", "The response has 179 values, but the data have 180 rows.");
    refused(y.with(3, Number.NaN), "not-a-number", "The new Reaction is missing in rows 3");
    refused(y.with(3, Number.POSITIVE_INFINITY), "infinite-value", "Reaction is infinite in rows 3");
    refused(
      y.map(() => 1),
      "constant-response",
      "Reaction is 1 in every row",
    );
  });
});

describe("update()", () => {
  it("fits the changed formula on the same data with the same options and method", () => {
    const fit = ml(lmm("y ~ x + f + (1 | g)", base, { weights: "w", contrasts: { f: "sum" } }));
    const smaller = fit.update(". ~ . - f");
    const direct = ml(lmm("y ~ x + (1 | g)", base, { weights: "w" }));
    expect(smaller.model.formula).toBe("y ~ x + (1 | g)");
    expect(smaller.method).toBe("ML");
    expect(smaller.criterion).toBe(direct.criterion);
    const other = fit.update(". ~ . + z");
    expect([...other.model.contrasts]).toEqual([["f", "sum"]]);
  });

  it("reproduces seed 003's two models", () => {
    const fit = ml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const without = fit.update(". ~ . - Days");
    expect(without.model.formula).toBe("Reaction ~ 1 + (Days | Subject)");
    // Seed 003 prints χ² = 23.5; FEATURES appendix A has 23.5365.
    expect(without.criterion - fit.criterion).toBeCloseTo(23.5365, 4);
  });

  it("works after refit(), on the response of the data", () => {
    const fit = reml(lmm("y ~ x + (1 | g)", base));
    const [y] = fit.simulate({ seed: 1 });
    expect(fit.refit(y).update(". ~ .").criterion).toBe(fit.criterion);
  });

  it("names terms that are not there, and columns that do not exist", () => {
    const fit = reml(lmm("y ~ x + (1 | g)", base));
    expect(() => fit.update(". ~ . - k")).toThrow(expect.objectContaining({ code: "term-not-found" }));
    expect(() => fit.update(". ~ . + k")).toThrow(expect.objectContaining({ code: "unknown-column" }));
    expect(() => fit.update(". ~ . - (1 | g)")).toThrow(expect.objectContaining({ code: "no-random-term" }));
  });

  it("sees columns that the first formula left aside", () => {
    const data = withColumn((row) => ({ extra: row.x * row.z }));
    const fit = reml(lmm("y ~ x + (1 | g)", data)).update("log(y + 20) ~ . + extra");
    expect(fit.model.formula).toBe("log(y + 20) ~ x + extra + (1 | g)");
    expect(Object.keys(fit.fixef())).toEqual(["(Intercept)", "x", "extra"]);
  });
});
