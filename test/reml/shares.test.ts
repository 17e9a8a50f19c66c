import { describe, expect, it } from "vitest";
import { clusters, Dyestuff2, Penicillin, sleepstudy, tablets } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { variance } from "../../src/stats/descriptive.ts";
import { base } from "../model/sample.ts";
import { denseModel } from "./denseModel.ts";

const intercepts = () => reml(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy));
const slopes = () => reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

describe("icc()", () => {
  it("of a random intercept is τ²/(τ² + σ²): sleepstudy 0.5893, seed 004's simulation 0.2113", () => {
    expect(intercepts().icc().adjusted).toBeCloseTo(0.5893, 4);
    const fit = reml(lmm("y ~ x + (1 | clus)", clusters));
    expect(fit.icc().adjusted).toBeCloseTo(0.2113, 4);
    const tau2 = fit.varCorr()[0].covariance;
    expect(fit.icc().adjusted).toBeCloseTo(tau2 / (tau2 + fit.sigma ** 2), 12);
  });

  it("splits among several groups", () => {
    const { adjusted, groups } = reml(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin)).icc();
    expect(Object.keys(groups).sort()).toEqual(["plate", "sample"]);
    expect(groups["plate"] + groups["sample"]).toBeCloseTo(adjusted, 12);
  });

  it("with slopes and weights takes the means over the rows of z′Σz and σ²/w", () => {
    const fit = reml(lmm("y ~ x + (x | g)", base, { weights: "w" }));
    const { V, R, n } = denseModel(fit);
    const total = V.trace() / n;
    const residual = R.reduce((sum, value) => sum + value, 0) / n;
    const fixed = variance(fit.predict(undefined, { groups: "population" }).map(({ estimate }) => estimate));
    const icc = fit.icc();
    expect(icc.adjusted).toBeCloseTo((total - residual) / total, 12);
    expect(icc.conditional).toBeCloseTo((total - residual) / (total + fixed), 12);
    const r2 = fit.r2();
    expect(r2.marginal).toBeCloseTo(fixed / (total + fixed), 12);
    expect(r2.conditional).toBeCloseTo((fixed + total - residual) / (total + fixed), 12);
  });
});

describe("r2()", () => {
  it("of sleepstudy's slopes is 0.279 marginal and 0.799 conditional", () => {
    const { marginal, conditional } = slopes().r2();
    expect(marginal).toBeCloseTo(0.279, 3);
    expect(conditional).toBeCloseTo(0.799, 3);
  });

  it("is 0 marginally without predictors", () => {
    expect(reml(lmm("Reaction ~ 1 + (1 | Subject)", sleepstudy)).r2().marginal).toBe(0);
  });
});

describe("shrinkage()", () => {
  it("of one random intercept is w = σ_u²/(σ_u² + σ²/n): tablets 0.8038, sleepstudy 0.9349 (seed 002)", () => {
    const rows = reml(lmm("y ~ method + (1 | tablet)", tablets)).shrinkage();
    expect(rows).toHaveLength(10);
    for (const { factor, term } of rows) {
      expect(term).toBe("(Intercept)");
      expect(factor).toBeCloseTo(0.8038, 4);
    }
    expect(intercepts().shrinkage()[17]).toMatchObject({
      group: "Subject",
      level: "372",
      term: "(Intercept)",
    });
    expect(intercepts().shrinkage()[17].factor).toBeCloseTo(0.9349, 4);
  });

  it("follows the number and the weights of a group's rows", () => {
    const data = base.slice(3);
    const fit = reml(lmm("y ~ 1 + (1 | g)", data, { weights: "w" }));
    const tau2 = fit.varCorr()[0].covariance;
    for (const { level, factor } of fit.shrinkage()) {
      const weight = data.filter(({ g }) => g === level).reduce((sum, { w }) => sum + w, 0);
      expect(factor).toBeCloseTo(tau2 / (tau2 + fit.sigma ** 2 / weight), 10);
    }
  });

  it("is the share of the raw group mean in the conditional mode (seed 002's formula)", () => {
    const fit = reml(lmm("Reaction ~ 1 + (1 | Subject)", sleepstudy));
    const mean = fit.fixef()["(Intercept)"];
    fit.shrinkage().forEach(({ level, factor }, j) => {
      const own = sleepstudy
        .filter(({ Subject }) => String(Subject) === level)
        .map(({ Reaction }) => Reaction);
      const ownMean = own.reduce((sum, value) => sum + value, 0) / own.length;
      expect(fit.coef()[j].value).toBeCloseTo(factor * ownMean + (1 - factor) * mean, 9);
    });
  });

  it("gives two factors per subject with slopes, both between 0 and 1, and 0 where a variance is 0", () => {
    const rows = slopes().shrinkage();
    expect(rows).toHaveLength(36);
    for (const { factor } of rows) expect(factor > 0 && factor < 1).toBe(true);
    for (const { factor } of reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2)).shrinkage())
      expect(factor).toBe(0);
  });
});
