import { describe, expect, it } from "vitest";
import { oats, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { mean, variance } from "../../src/stats/descriptive.ts";
import { crossedRows } from "./harness.ts";

describe("icc of a posterior", () => {
  it("is τ²/(τ² + σ²) at every draw of a random intercept", () => {
    const posterior = gibbsSync(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy), { seed: 1, draws: 300 });
    const { adjusted, groups, conditional } = posterior.icc();
    const tau = posterior.draws.get("sd_Subject__Intercept");
    const sigma = posterior.draws.get("sigma");
    const expected = tau.map((value, d) => value ** 2 / (value ** 2 + sigma[d] ** 2));
    // The same quotient with its sums in another order.
    adjusted.draws.forEach((value, d) => {
      expect(value).toBeCloseTo(expected[d], 12);
    });
    expect(adjusted.estimate).toBeCloseTo(mean(expected), 12);
    expect(groups["Subject"].estimate).toBeCloseTo(adjusted.estimate, 12);
    expect(conditional.estimate).toBeLessThan(adjusted.estimate);
    expect(adjusted.lower).toBeLessThan(0.5893);
    expect(adjusted.upper).toBeGreaterThan(0.5893);
  });

  it.each([
    ["slopes, weights, two groups", lmm("y ~ x + (x | g) + (1 | h)", crossedRows(), { weights: "w" })],
    ["a sigma for each variety", lmm("yield ~ nitrogen + (1 | block)", oats, { sigmaBy: "variety" })],
  ])("takes the means over the rows of z′Σz and σ²/w: %s", (_, model) => {
    const posterior = gibbsSync(model, { seed: 1, draws: 30, chains: 1 });
    const { draws } = posterior;
    const at = (name: string): number => draws.get(name)[11];
    let between = 0;
    let residual = 0;
    const means: number[] = [];
    const whole: number[] = [];
    for (let i = 0; i < model.n; i++) {
      let mu = 0;
      model.fixed.names.forEach((name, c) => {
        mu += model.fixed.values[c * model.n + i] * at(`b_${name === "(Intercept)" ? "Intercept" : name}`);
      });
      means.push(mu);
      model.random.forEach(({ group, columns, z, codes, levels }) => {
        const short = columns.map((name) => (name === "(Intercept)" ? "Intercept" : name));
        columns.forEach((_a, a) => {
          mu += z[a * model.n + i] * at(`r_${group}[${levels[codes[i]]},${short[a]}]`);
          columns.forEach((_b, b) => {
            const [low, high] = a < b ? [a, b] : [b, a];
            const correlation = a === b ? 1 : at(`cor_${group}__${short[low]}__${short[high]}`);
            const covariance = correlation * at(`sd_${group}__${short[a]}`) * at(`sd_${group}__${short[b]}`);
            between += (z[a * model.n + i] * z[b * model.n + i] * covariance) / model.n;
          });
        });
      });
      whole.push(mu);
      const name = model.strata === null ? "sigma" : `sigma_${model.strata.levels[model.strata.codes[i]]}`;
      residual += at(name) ** 2 / (model.weights?.[i] ?? 1) / model.n;
    }
    const icc = posterior.icc();
    const r2 = posterior.bayesR2();
    expect(icc.adjusted.draws[11]).toBeCloseTo(between / (between + residual), 11);
    expect(icc.conditional.draws[11]).toBeCloseTo(between / (between + residual + variance(means)), 11);
    expect(r2.marginal.draws[11]).toBeCloseTo(variance(means) / (variance(means) + residual), 11);
    expect(r2.conditional.draws[11]).toBeCloseTo(variance(whole) / (variance(whole) + residual), 11);
  });
});

describe("bayesR2", () => {
  it("of sleepstudy stands near REML's R², fixed and random effects together well above the fixed ones", () => {
    const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
    const { marginal, conditional } = gibbsSync(model, { seed: 1, draws: 20_000 }).bayesR2();
    const fit = reml(model).r2();
    // Another definition (Nakagawa's has the expected variance of the groups): near, not equal.
    expect(Math.abs(conditional.estimate - fit.conditional)).toBeLessThan(0.05);
    // They are 0.097 apart: 80 000 draws, where this quantile has a Monte Carlo error of 0.001, tell that from 0.1.
    expect(marginal.lower).toBeLessThan(fit.marginal + 0.1);
    expect(marginal.estimate).toBeLessThan(conditional.lower);
  });
});
