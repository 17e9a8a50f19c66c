import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eightSchools, sleepstudy } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { anova } from "../../src/reml/anova.ts";
import { ml, reml } from "../../src/reml/fit.ts";

interface Reference {
  readonly tau2: number;
  readonly criterion: number;
  readonly beta: number | readonly number[];
  readonly se: number | readonly number[];
  readonly interval: readonly [number, number];
}
const { bcg } = JSON.parse(
  readFileSync(new URL("../golden/knownVariances.json", import.meta.url), "utf8"),
) as {
  bcg: { y: number[]; v: number[]; latitude: number[] } & Record<string, Reference>;
};
const trials = bcg.y.map((y, i) => ({
  y,
  w: 1 / bcg.v[i],
  latitude: bcg.latitude[i],
  trial: `t${String(i).padStart(2, "0")}`,
}));

describe("a meta-analysis, σ held at 1 and weights 1/variance", () => {
  const cells = [
    ["reml", "y ~ 1 + (1 | trial)", bcg.reml],
    ["ml", "y ~ 1 + (1 | trial)", bcg.ml],
    ["reml", "y ~ latitude + (1 | trial)", bcg.remlLatitude],
    ["ml", "y ~ latitude + (1 | trial)", bcg.mlLatitude],
  ] as const;
  it.each(cells)(
    "%s of %s has τ², criterion, β, standard errors and profile limits of R",
    (by, formula, r) => {
      const fit = (by === "reml" ? reml : ml)(lmm(formula, trials, { weights: "w" }), { sigma: 1 });
      const [between, residual] = fit.varCorr();
      // 12 digits written; the root of the slope is found to 1e-12 and its difference is good to 1e-8 of log τ².
      expect(Math.abs(between.covariance - r.tau2)).toBeLessThan(1e-7 * r.tau2);
      expect(residual.covariance).toBe(1);
      expect(fit.sigma).toBe(1);
      expect(fit.sigmaKnown).toBe(true);
      expect(Math.abs(fit.criterion - r.criterion)).toBeLessThan(1e-9);
      expect(fit.logLik).toBe(-fit.criterion / 2);
      const [beta, se] = [[r.beta].flat(), [r.se].flat()];
      expect(fit.npar).toBe(beta.length + 1);
      expect(fit.dfResidual).toBe(13 - fit.npar);
      Object.values(fit.fixef()).forEach((value, j) => {
        // First order in the error of τ².
        expect(Math.abs(value - beta[j])).toBeLessThan(1e-7);
        expect(Math.abs(Math.sqrt(fit.vcov()[j][j]) - se[j])).toBeLessThan(1e-7);
      });
      const rows = fit.confint();
      const tau = rows.find(({ variable }) => variable === "sd_trial__Intercept")!;
      // optimize() finds the least deviance to 1e-12, a root to 1e-12.
      expect(Math.abs(tau.lower - r.interval[0])).toBeLessThan(1e-7);
      expect(Math.abs(tau.upper - r.interval[1])).toBeLessThan(1e-7);
      expect(rows.at(-1)).toEqual({ variable: "sigma", estimate: 1, lower: 1, upper: 1 });
    },
  );

  it("tests without an estimated σ: Satterthwaite from θ alone, no Kenward–Roger, Wald intervals", () => {
    const fit = reml(lmm("y ~ latitude + (1 | trial)", trials, { weights: "w" }), { sigma: 1 });
    const [, slope] = fit.coefTable();
    expect(slope.df).toBeGreaterThan(2);
    expect(slope.df).toBeLessThan(13);
    expect(fit.anova().rows[0].denDf).toBeCloseTo(slope.df, 6);
    expect(() => fit.coefTable({ df: "kenward-roger" })).toThrow(
      expect.objectContaining({ code: "known-sigma" }),
    );
    const wald = fit.parameters();
    expect(wald.at(-1)).toMatchObject({ variable: "sigma", estimate: 1, se: 0, lower: 1, upper: 1 });
    // Var(τ²) is 2 over the curvature of the criterion by τ²; second differences of it are good to 1e-6.
    const tau = wald.find(({ variable }) => variable === "sd_trial__Intercept")!;
    expect(2 * tau.estimate * tau.se).toBeCloseTo(seOfTau2(trials, tau.estimate ** 2), 5);
  });

  it("eight schools: τ is estimated as zero, and β is the precision-weighted mean", () => {
    const fit = reml(lmm("effect ~ 1 + (1 | school)", eightSchools, { weights: "weight" }), { sigma: 1 });
    const total = eightSchools.reduce((sum, { weight }) => sum + weight, 0);
    const mean = eightSchools.reduce((sum, { weight, effect }) => sum + weight * effect, 0) / total;
    expect(fit.isSingular).toBe(true);
    expect(fit.fixef()["(Intercept)"]).toBeCloseTo(mean, 10);
    expect(fit.vcov()[0][0]).toBeCloseTo(1 / total, 10);
    // θ tells nothing about Var(β̂) here, but for rounding in its slope: the z test.
    expect(fit.coefTable()[0].df).toBeGreaterThan(1e15);
    expect(fit.coefTable()[0].p).toBeCloseTo(fit.coefTable({ df: "z" })[0].p, 12);
    expect(String(fit)).toContain("Residual");
  });

  it("fits made from a fit hold σ too", () => {
    const model = lmm("y ~ latitude + (1 | trial)", trials, { weights: "w" });
    const fit = ml(model, { sigma: 1 });
    const null0 = fit.update(". ~ . - latitude");
    expect(null0.sigmaKnown).toBe(true);
    const { rows } = anova(reml(null0.model, { sigma: 1 }), fit);
    expect(rows[1].chisq).toBeCloseTo(bcg.ml.criterion - bcg.mlLatitude.criterion, 8);
    expect(rows[1].df).toBe(1);
    expect(fit.refit(trials.map(({ y }) => 2 * y)).sigma).toBe(1);
    expect(fit.ranova().rows[1].df).toBe(1);
    expect(fit.ranova().rows[0].npar).toBe(3);
    expect(fit.confint({ method: "bootstrap", n: 20, seed: 1 }).at(-1)).toMatchObject({ lower: 1, upper: 1 });
    expect(() => anova(fit, ml(lmm("y ~ 1 + (1 | trial)", trials, { weights: "w" }), { sigma: 2 }))).toThrow(
      expect.objectContaining({ code: "different-sigma" }),
    );
  });
});

describe("σ held in a model with many rows", () => {
  const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

  it("at the ML estimate it is the ML fit, with one parameter and one dimension of the profile less", () => {
    const free = ml(model);
    const held = ml(model, { sigma: free.sigma });
    expect(Math.abs(held.criterion - free.criterion)).toBeLessThan(1e-8);
    // Both optima are found to 1e-6 of a standard error.
    held.theta.forEach((value, i) => {
      expect(Math.abs(value - free.theta[i])).toBeLessThan(1e-5);
    });
    expect(held.npar).toBe(free.npar - 1);
    const a = free.confint();
    const b = held.confint();
    for (const variable of ["b_Days", "sd_Subject__Days", "cor_Subject__Intercept__Days"]) {
      const [wide, narrow] = [a, b].map((rows) => rows.find((row) => row.variable === variable)!);
      // Holding σ can only shorten an interval; in this design by little.
      expect(narrow.upper - narrow.lower).toBeLessThanOrEqual(wide.upper - wide.lower + 1e-6);
      expect(narrow.upper - narrow.lower).toBeGreaterThan(0.95 * (wide.upper - wide.lower));
    }
  });

  it("refuses what makes no sense", () => {
    for (const sigma of [0, -1, Number.NaN, "1" as never]) {
      expect(() => reml(model, { sigma })).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    }
    const strata = lmm(
      "Reaction ~ Days + (1 | Subject)",
      sleepstudy.map((row, i) => ({ ...row, s: i % 2 })),
      {
        sigmaBy: "s",
      },
    );
    expect(() => reml(strata, { sigma: 1 })).toThrow(expect.objectContaining({ code: "one-sigma" }));
  });
});

describe("one row per group", () => {
  it("is refused without weights by lmm(), with weights by what has to estimate σ", () => {
    expect(() => lmm("y ~ 1 + (1 | trial)", trials)).toThrow(
      expect.objectContaining({
        code: "one-row-per-group",
        remedy: expect.stringMatching(/1 \/ variance.*fixed\(1\)/),
      }),
    );
    const model = lmm("y ~ 1 + (1 | trial)", trials, { weights: "w" });
    for (const estimate of [reml, ml]) {
      expect(() => estimate(model)).toThrow(expect.objectContaining({ code: "one-row-per-group" }));
    }
  });
});

/** Standard error of τ² by the curvature of the restricted deviance of y ~ latitude, written out. */
function seOfTau2(rows: typeof trials, tau2: number): number {
  const deviance = (t: number): number => {
    let [a, b, c, u, v, logs, squares] = [0, 0, 0, 0, 0, 0, 0];
    for (const { y, w: precision, latitude: x } of rows) {
      const variance = t + 1 / precision;
      const w = 1 / variance;
      [a, b, c] = [a + w, b + w * x, c + w * x * x];
      [u, v] = [u + w * y, v + w * x * y];
      [logs, squares] = [logs + Math.log(variance), squares + w * y * y];
    }
    const det = a * c - b * b;
    return logs + Math.log(det) + squares - (c * u * u - 2 * b * u * v + a * v * v) / det;
  };
  const h = 1e-4;
  const curvature = (deviance(tau2 + h) - 2 * deviance(tau2) + deviance(tau2 - h)) / (h * h);
  return Math.sqrt(2 / curvature);
}
