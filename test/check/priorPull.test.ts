import { describe, expect, it } from "vitest";
import { priorPull } from "../../src/check/priorPull.ts";
import { Dyestuff, Dyestuff2, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import {
  exponential,
  halfNormal,
  halfT,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  type TermPrior,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { mean, sd } from "../../src/stats/descriptive.ts";

const sample = (model: LinearMixedModel, priors: Priors, seed: number) =>
  gibbsSync(model, { priors, seed, draws: 15_000, keep: "hyper" });

// Families that hold their own powers: p^α is normal(m, s/√α), halfNormal(s/√α), exponential(αr) and, as a density of
// the SD, inverseGamma((α(2a + 1) − 1)/2, αb).
const powered = {
  normal: (alpha: number) => normal(0, 3 / Math.sqrt(alpha)),
  halfNormal: (alpha: number) => halfNormal(4 / Math.sqrt(alpha)),
  exponential: (alpha: number) => exponential(alpha),
  inverseGamma: (alpha: number) => inverseGamma((alpha * 5 - 1) / 2, 3000 * alpha),
};
const batches = lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2);

describe("priorPull", () => {
  it.each<[string, LinearMixedModel, string, (alpha: number) => Priors]>([
    [
      "halfNormal on SDs",
      lmm("Reaction ~ Days + (Days || Subject)", sleepstudy),
      "sd_Subject__Days",
      (alpha) => ({ terms: { "Subject.1": powered.halfNormal(alpha) } }),
    ],
    [
      "normal on a coefficient",
      lmm("Reaction ~ Days + (1 | Subject)", sleepstudy),
      "b_Days",
      (alpha) => ({ beta: { Days: powered.normal(alpha) } }),
    ],
    [
      "exponential on an SD",
      batches,
      "sd_Batch__Intercept",
      (alpha) => ({ terms: { Batch: powered.exponential(alpha) } }),
    ],
    [
      "inverseGamma on an SD",
      lmm("Yield ~ 1 + (1 | Batch)", Dyestuff),
      "sd_Batch__Intercept",
      (alpha) => ({ terms: { Batch: powered.inverseGamma(alpha) } }),
    ],
    ["halfNormal on sigma", batches, "sigma", (alpha) => ({ sigma: powered.halfNormal(alpha) })],
  ])(
    "is the derivative that sampling under powers of the prior gives: %s",
    (_, model, variable, priorsAt) => {
      const posterior = sample(model, priorsAt(1), 1);
      const row = priorPull(posterior).rows.find((one) => one.variable === variable);
      const step = 0.25;
      const [below, above] = [-step, step].map((log, i) =>
        mean(sample(model, priorsAt(Math.exp(log)), 2 + i).draws.get(variable)),
      );
      const slope = (above - below) / (2 * step) / sd(posterior.draws.get(variable));
      // 60 000 draws put either mean to 0.01 posterior sds even at a third of the efficiency: 0.03 for the slope.
      expect(Math.abs((row?.pull ?? Number.NaN) - slope)).toBeLessThan(0.05);
      expect(row?.mcse).toBeLessThan(0.02);
      // The pull of no prior here is of the size of the tolerance.
      expect(Math.abs(slope)).toBeGreaterThan(0.06);
    },
  );

  // Priors of a 2 × 2 matrix Σ with SDs τ and correlation ρ. As densities p of (τ, ρ), dΣ = 4 τ₁²τ₂² dτ dρ, p^α is
  // - under lkj(η, halfT(ν, s)): the same with 1 + α(η − 1), ν′ = α(ν + 1) − 1 and s′² = s²ν/ν′;
  // - under inverseWishart(ν, S): that of inverseWishart(α(ν + 3) − 3, αS), times (τ₁τ₂)^(2α − 2);
  // - under huangWand({ ν, A }), p ∝ |Σ|^−(ν/2 + 2) τ₁²τ₂² Π (ν(Σ⁻¹)ᵢᵢ + 1/A²)^−(ν/2 + 1): that of ν′ = α(ν + 2) − 2 and
  //   A′² = A²ν/ν′, times (1 − ρ²)^(1 − α).
  // The factors weight the draws.
  const names = ["sd_Subject__Intercept", "sd_Subject__Days", "cor_Subject__Intercept__Days"];
  const few = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy.slice(0, 60));
  it.each<
    [string, (alpha: number) => TermPrior, (alpha: number, sds: number, correlation: number) => number]
  >([
    [
      "lkj with halfT",
      (alpha) => {
        const df = alpha * 4 - 1;
        return lkj(1 + alpha * 2, halfT(df, 20 * Math.sqrt(3 / df)));
      },
      () => 1,
    ],
    [
      "inverseWishart",
      (alpha) => inverseWishart(alpha * 8 - 3, [[900 * alpha, 60 * alpha], [60 * alpha, 100 * alpha]]), // biome-ignore format: a matrix
      (alpha, sds) => sds ** (2 * alpha - 2),
    ],
    [
      "huangWand",
      (alpha) => {
        const df = alpha * 6 - 2;
        return huangWand({ df, scale: 15 * Math.sqrt(4 / df) });
      },
      (alpha, _, correlation) => (1 - correlation * correlation) ** (1 - alpha),
    ],
  ])("is that derivative for SDs and correlation of a matrix together: %s", (_, priorAt, weight) => {
    const at = (alpha: number, seed: number) => sample(few, { terms: { Subject: priorAt(alpha) } }, seed);
    const posterior = at(1, 1);
    const step = 0.25;
    const fits = [-step, step].map((log, i) => {
      const alpha = Math.exp(log);
      const { draws: own } = at(alpha, 2 + i);
      const [a, b, correlation] = names.map((name) => own.get(name));
      return { own, weights: a.map((value, d) => weight(alpha, value * b[d], correlation[d])) };
    });
    const { rows } = priorPull(posterior);
    const slopes = names.map((name) => {
      const [below, above] = fits.map(({ own, weights }) => {
        const values = own.get(name);
        return mean(values.map((value, d) => value * weights[d])) / mean(weights);
      });
      return (above - below) / (2 * step) / sd(posterior.draws.get(name));
    });
    names.forEach((name, i) => {
      const pull = rows.find(({ variable }) => variable === name)?.pull ?? Number.NaN;
      // As above: 60 000 draws give the slope to 0.03.
      expect(Math.abs(pull - slopes[i]), name).toBeLessThan(0.05);
    });
    expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(0.2);
  });

  it("names every parameter whose prior is neither flat nor fixed, with the prior", () => {
    const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
    const priors = {
      beta: { Days: normal(0, 20) },
      sigma: uniformSd(),
      terms: { Subject: huangWand({ scale: 30 }) },
    };
    const result = priorPull(gibbsSync(model, { priors, seed: 1 }));
    expect(result.rows.map(({ variable, prior }) => [variable, prior])).toEqual([
      ["b_Days", "normal(0, 20)"],
      ["sd_Subject__Intercept", "huangWand({ df: 2, scale: 30 })"],
      ["sd_Subject__Days", "huangWand({ df: 2, scale: 30 })"],
      ["cor_Subject__Intercept__Days", "huangWand({ df: 2, scale: 30 })"],
    ]);
    const show = (result as unknown as Record<symbol, () => string>)[
      Symbol.for("nodejs.util.inspect.custom")
    ];
    expect(show()).toMatch(/^Prior pull: .*\n +pull +mcse +prior\nb_Days/);
  });

  it("refuses what is not a posterior", () => {
    expect(() => priorPull({} as never)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });
});
