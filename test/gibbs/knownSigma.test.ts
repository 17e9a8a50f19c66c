import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sbc } from "../../src/check/sbc.ts";
import { compare } from "../../src/compare.ts";
import { eightSchools } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { priorPredictive } from "../../src/gibbs/priorPredictive.ts";
import { fixed, halfCauchy, normal, uniformSd } from "../../src/gibbs/priors.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { type GoldenQuantity, worstAgainst } from "./goldenQuantities.ts";

const { schools } = JSON.parse(
  readFileSync(new URL("../golden/knownVariances.json", import.meta.url), "utf8"),
) as { schools: Record<string, GoldenQuantity> };

const model = lmm("effect ~ 1 + (1 | school)", eightSchools, { weights: "weight" });
const priors = { beta: normal(0, 5), sigma: fixed(1), terms: { school: halfCauchy(5) } };

describe("eight schools, σ held at 1 and weights 1/se²", () => {
  it.each(["auto", "blocked", "crossed", "full-conditionals"] as const)(
    "scheme %s has JAGS's mean, q5 and q95 of μ, τ and all θ within 4 Monte Carlo standard errors",
    (scheme) => {
      // The textbook scheme mixes badly as τ goes to 0, and keeps every 20th of its draws.
      const slow = scheme === "full-conditionals" ? { thin: 20 } : {};
      const { draws } = gibbsSync(model, { priors, scheme, seed: 8, draws: 5000, ...slow });
      const mu = draws.get("b_Intercept");
      const quantities: [string, Float64Array][] = [
        ["mu", mu],
        ["tau", draws.get("sd_school__Intercept")],
        ...[..."ABCDEFGH"].map((school, j): [string, Float64Array] => [
          `theta[${j + 1}]`,
          draws.get(`r_school[${school},Intercept]`).map((b, d) => mu[d] + b),
        ]),
      ];
      const { worst, name } = worstAgainst(schools, quantities, draws.chains);
      expect(worst, name).toBeLessThan(4);
      expect(new Set(draws.get("sigma"))).toEqual(new Set([1]));
    },
  );

  it("refuses an unknown σ by the code of lmm(), naming the way out", () => {
    for (const given of [{}, { ...priors, sigma: halfCauchy(5) }]) {
      expect(() => gibbsSync(model, { priors: given, seed: 1 })).toThrow(
        expect.objectContaining({
          code: "one-row-per-group",
          remedy: expect.stringMatching(/fixed\(1\)/),
        }),
      );
    }
  });

  it("the check for improper posteriors stands: a flat SD needs three groups", () => {
    const two = lmm("effect ~ 1 + (1 | school)", eightSchools.slice(0, 2), { weights: "weight" });
    const flat = { sigma: fixed(1), terms: { school: uniformSd() } };
    expect(() => gibbsSync(two, { priors: flat, seed: 1 })).toThrow(
      expect.objectContaining({ code: "improper-posterior" }),
    );
    // Three schools and two coefficients: the likelihood falls as 1/τ only.
    const three = eightSchools.slice(0, 3).map((row, x) => ({ ...row, x }));
    const line = lmm("effect ~ x + (1 | school)", three, { weights: "weight" });
    expect(() => gibbsSync(line, { priors: flat, seed: 1 })).toThrow(
      expect.objectContaining({ code: "improper-posterior", remedy: expect.stringContaining("4 levels") }),
    );
    expect(gibbsSync(model, { priors: flat, seed: 1, draws: 200 }).draws.size).toBe(800);
  });

  const posterior = gibbsSync(model, { priors, seed: 3, draws: 1000 });

  it("predict() of a new trial has the row's own variance", () => {
    const [mean] = posterior.predict([{ school: "new" }], { groups: "new" });
    const [observed] = posterior.predict([{ school: "new", weight: 1 / 400 }], {
      groups: "new",
      interval: "observation",
    });
    // sd² of 4000 draws has a standard error of 2 · 400/√8000 = 9.
    expect(Math.abs(observed.sd ** 2 - mean.sd ** 2 - 400)).toBeLessThan(36);
  });

  it("loo(), loo({ group }), waic(), icc() and bayesR2() take the known variances", () => {
    const { draws } = posterior;
    const tau = draws.get("sd_school__Intercept");
    const mu = draws.get("b_Intercept");
    const [row] = posterior.logLik();
    const theta = mu[0] + draws.get("r_school[A,Intercept]")[0];
    // log N(28; θ, 15²).
    expect(row[0]).toBeCloseTo(-0.5 * Math.log(2 * Math.PI * 225) - (28 - theta) ** 2 / 450, 10);
    const byGroup = posterior.loo({ group: "school" });
    expect(byGroup.pointwise.length).toBe(8);
    // With θ integrated out: log of the harmonic mean of N(28; μ, τ² + 15²), which smoothing changes little.
    const inverse = mu.reduce((sum, m, d) => {
      const v = tau[d] ** 2 + 225;
      return sum + Math.sqrt(2 * Math.PI * v) * Math.exp((28 - m) ** 2 / (2 * v));
    }, 0);
    expect(byGroup.pointwise[0].elpdLoo).toBeCloseTo(-Math.log(inverse / mu.length), 1);
    expect(Number.isFinite(posterior.loo().elpdLoo + posterior.waic().elpdWaic)).toBe(true);
    const noise = eightSchools.reduce((sum, { se }) => sum + se * se, 0) / 8;
    expect(posterior.icc().adjusted.draws[7]).toBeCloseTo(tau[7] ** 2 / (tau[7] ** 2 + noise), 12);
    expect(posterior.bayesR2().conditional.estimate).toBeLessThan(1);
  });

  it("compare() holds it against the REML fit at the same σ", () => {
    const { rows } = compare(posterior, reml(model, { sigma: 1 }));
    expect(
      rows.map(({ variable, difference, reason }) => [variable, Number.isNaN(difference), reason]),
    ).toEqual([
      ["b_Intercept", false, rows[0].reason],
      ["sd_school__Intercept", false, "boundary"],
      ["sigma", false, ""],
    ]);
    expect(rows[2].difference).toBe(0);
    expect(rows[0].reason).not.toBe("unexplained");
  });

  it("priorPredictive() and sbc() draw at the known variances", async () => {
    const { y, draws } = priorPredictive(model, { priors, draws: 4000, seed: 1 });
    const noise = y.map(
      (one, d) => one[0] - draws.get("b_Intercept")[d] - draws.get("r_school[A,Intercept]")[d],
    );
    // 4 standard errors of a variance of 225 from 4000 draws.
    expect(Math.abs(noise.reduce((s, e) => s + e * e, 0) / 4000 - 225)).toBeLessThan(
      4 * 225 * Math.sqrt(2 / 4000),
    );
    const { rows, calibrated } = await sbc(model, { priors, simulations: 100, seed: 1 });
    expect(rows.map(({ variable }) => variable)).toEqual([
      "b_Intercept",
      "sd_school__Intercept",
      "r_school[A,Intercept]",
    ]);
    expect(calibrated).toBe(true);
  });
});
