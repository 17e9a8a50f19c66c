import { describe, expect, it } from "vitest";
import { priorPull } from "../../src/check/priorPull.ts";
import { Dyestuff, Dyestuff2, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import {
  exponential,
  halfNormal,
  huangWand,
  inverseGamma,
  normal,
  type Priors,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import { type LinearMixedModel, lmm } from "../../src/model/linearMixedModel.ts";
import { mean, sd } from "../../src/stats/descriptive.ts";

const sample = (model: LinearMixedModel, priors: Priors, seed: number) =>
  gibbsSync(model, { priors, seed, draws: 15_000 });

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
