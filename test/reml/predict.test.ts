import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { cake, oats, Pastes, Penicillin, sleepstudy, tabletsMissing } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { load, save } from "../../src/save.ts";
import { normalQuantile } from "../../src/stats/normal.ts";
import { base } from "../model/sample.ts";
import { expectSamePredictions } from "./againstPredictions.ts";
import { denseModel } from "./denseModel.ts";
import { METHODS, referenceCases } from "./references.ts";

for (const { id, files, reference, data } of referenceCases) {
  describe.skipIf(!files.available)(files.title(`predictions for ${id}`), () => {
    for (const method of METHODS) {
      const fitted = () => (method === "REML" ? reml : ml)(lmm(reference().formula, data()));

      it(`of ${method} agree with lme4: all effects, none, one group at a time`, () => {
        expectSamePredictions(fitted(), reference()[method]);
      });

      it(`of ${method} for the model's own rows are its fitted values`, () => {
        const fit = fitted();
        const fittedValues = fit.fitted();
        fit.predict().forEach(({ estimate }, i) => {
          if (Number.isNaN(fittedValues[i])) expect(estimate).toBeNaN();
          // The same sum in another order.
          else expect(Math.abs(estimate - fittedValues[i])).toBeLessThan(1e-9 * fit.sigma);
        });
      });
    }
  });
}

/**
 * Var(x′(β̂ − β) + z′(b̂ − b)) for every row, from the textbook form with P = V⁻¹ − V⁻¹X(X′V⁻¹X)⁻¹X′V⁻¹:
 * b̂ = GZ′P y, so the error is that of z′(GZ′Py − b) + x′(C X′V⁻¹y − β).
 */
function denseVariances(fit: LmmFit): number[] {
  const { n, X, Z, G, V, inverseV, covBeta } = denseModel(fit);
  const B = covBeta.mmul(X.transpose()).mmul(inverseV);
  const P = Matrix.sub(inverseV, inverseV.mmul(X).mmul(B));
  // Estimates are S y with S = XB + ZGZ′P; their error against Xβ + Zb is (S Z − Z) b + S e.
  const S = Matrix.add(X.mmul(B), Z.mmul(G).mmul(Z.transpose()).mmul(P));
  const all = S.mmul(V).mmul(S.transpose());
  const cross = S.mmul(Z).mmul(G).mmul(Z.transpose());
  const prior = Z.mmul(G).mmul(Z.transpose());
  return Array.from({ length: n }, (_, i) => all.get(i, i) - 2 * cross.get(i, i) + prior.get(i, i));
}

describe("standard errors of predictions", () => {
  /** Slopes that differ by g and means that differ by h, so that no variance is zero. */
  const withWeights = base.map((row, i) => ({
    ...row,
    v: row.x + 0.1 * row.h,
    k: Math.floor(i / 8),
    c: i % 2,
    y: row.y + [0, 2, -1, 1, 0, -2][Math.floor(i / 4)] * row.x + [1, -1, 2, 0, 0.5, -2, 1, -1][row.h],
  }));
  const models: readonly (readonly [string, () => LmmFit])[] = [
    ["one factor with slopes", () => reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy))],
    ["nested factors", () => reml(lmm("strength ~ 1 + (1 | batch/cask)", Pastes))],
    ["a split plot", () => reml(lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats))],
    ["crossed factors", () => reml(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin))],
    ["uncorrelated slopes", () => ml(lmm("Reaction ~ Days + (Days || Subject)", sleepstudy))],
    ["weights", () => reml(lmm("y ~ x + (1 | g)", withWeights, { weights: "w" }))],
    [
      "crossed factors with weights",
      () => ml(lmm("y ~ x + offset(h) + (1 + v | g) + (1 | h)", withWeights, { weights: "w" })),
    ],
    [
      "nested factors with slopes, and a crossed one",
      () => reml(lmm("y ~ x + offset(h) + (1 | k) + (1 + v | g:k) + (1 | c)", withWeights)),
    ],
    ["rows left out", () => reml(lmm("y ~ method + (1 | tablet)", tabletsMissing))],
  ];
  for (const [what, make] of models) {
    it(`are those of Henderson's joint covariance: ${what}`, () => {
      const fit = make();
      const rows = fit.predict();
      const observed = fit.predict(undefined, { interval: "observation" });
      const { R } = denseModel(fit);
      const variances = denseVariances(fit);
      const z = normalQuantile(0.975);
      fit.model.rows.forEach((row, i) => {
        const { estimate, se, lower, upper } = rows[row];
        // Sums of n² products of numbers near one another in the dense form: 1e-9 relative.
        expect(Math.abs(se ** 2 / variances[i] - 1)).toBeLessThan(1e-9);
        expect(upper - estimate).toBeCloseTo(z * se, 10);
        expect(estimate - lower).toBeCloseTo(z * se, 10);
        expect(Math.abs(observed[row].se ** 2 / (variances[i] + R[i]) - 1)).toBeLessThan(1e-9);
      });
    });
  }

  it("are those of lme4 1.1-35's predict(se.fit = TRUE) computed by its recipe in R", () => {
    // R 4.2.2, lme4 1.1-31: sqrt(diag(A C A')) with C from L, RZX and RX as in predict.merMod of 1.1-35.
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const rows = fit.predict([
      { Days: 0, Subject: "308" },
      { Days: 10, Subject: "308" },
      { Days: 4.5, Subject: "372" },
    ]);
    const expected = [12.254792745, 15.850667844, 7.782579581];
    // R's optimum is good to some 1e-6.
    rows.forEach(({ se }, i) => {
      expect(Math.abs(se / expected[i] - 1)).toBeLessThan(1e-5);
    });
  });

  it("do not depend on what else was computed from the fit", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const before = [fit.predict(), fit.leverage(), fit.shrinkage()];
    fit.confint();
    fit.coefTable();
    fit.refit(fit.simulate({ seed: 1 })[0]);
    fit.cooksDistance({ by: "Subject" });
    expect([fit.predict(), fit.leverage(), fit.shrinkage()]).toEqual(before);
  });

  it("of the population are those of Xβ, and need no columns of groups", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const V = fit.vcov();
    const [{ estimate, se }] = fit.predict([{ Days: 4 }], { groups: "population" });
    const beta = fit.fixef();
    expect(estimate).toBeCloseTo(beta["(Intercept)"] + 4 * beta["Days"], 10);
    expect(se ** 2).toBeCloseTo(V[0][0] + 8 * V[0][1] + 16 * V[1][1], 10);
  });

  it("of an unseen group add the variance between groups, of an observation the residual variance", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const data = [{ Days: 4, Subject: "new" }];
    const [population] = fit.predict(data, { groups: "population" });
    const [unseen] = fit.predict(data, { groups: "new" });
    const [observation] = fit.predict(data, { groups: "new", interval: "observation" });
    const [intercept, slope, covariance] = fit.varCorr().map((row) => row.covariance);
    expect(unseen.estimate).toBe(population.estimate);
    expect(unseen.se ** 2).toBeCloseTo(population.se ** 2 + intercept + 8 * covariance + 16 * slope, 8);
    expect(observation.se ** 2).toBeCloseTo(unseen.se ** 2 + fit.sigma ** 2, 8);
  });

  it.each([
    [-1, "negative-weight"],
    [Number.POSITIVE_INFINITY, "infinite-value"],
  ])("refuse a weight of %s, as the model does, in a fit and in a posterior", (w, code) => {
    const model = lmm("y ~ x + (1 | g)", base, { weights: "w" });
    const rows = [{ x: 0.3, g: "g1", w }];
    for (const one of [reml(model), gibbsSync(model, { seed: 1, draws: 5, warmup: 5 })])
      expect(() => one.predict(rows, { interval: "observation" })).toThrow(expect.objectContaining({ code }));
  });

  it("take the weights of new data where they are given, and 1 where not", () => {
    const fit = reml(lmm("y ~ x + (1 | g)", base, { weights: "w" }));
    const row = { x: 0.3, g: "g1" };
    const [mean] = fit.predict([row]);
    const [one] = fit.predict([row], { interval: "observation" });
    const [four] = fit.predict([{ ...row, w: 4 }], { interval: "observation" });
    expect(one.se ** 2 - mean.se ** 2).toBeCloseTo(fit.sigma ** 2, 10);
    expect(four.se ** 2 - mean.se ** 2).toBeCloseTo(fit.sigma ** 2 / 4, 10);
  });

  it("of a nested group with a known outer label keep that label's effect", () => {
    const fit = reml(lmm("strength ~ 1 + (1 | batch/cask)", Pastes));
    const [row] = fit.predict([{ batch: "A", cask: "z" }], { groups: "new" });
    const [outer] = fit.predict([{ batch: "A", cask: "a" }], { terms: ["batch"] });
    const inner = fit.varCorr().find(({ group }) => group === "cask:batch")!.covariance;
    expect(row.estimate).toBeCloseTo(outer.estimate, 12);
    expect(row.se ** 2).toBeCloseTo(outer.se ** 2 + inner, 10);
  });
});

describe("predictions of a model that left out columns", () => {
  const rows = base.map((row, i) => ({ ...row, twice: 2 * row.x + 1, k: i % 2 ? "a" : "b" }));
  const gap = rows.filter(({ f, k }) => f !== "hi" || k !== "b");
  const model = lmm("y ~ x + twice + f * k + (1 | g)", gap, { collinear: "drop" });
  const estimators = [reml(model), gibbsSync(model, { seed: 1, draws: 5, warmup: 5 })];
  const row = { x: 0.5, twice: 2, f: "hi", k: "a", g: "g1" };

  it("say which rows the data cannot estimate", () => {
    expect(model.fixed.dropped).toEqual(["twice", "fmid:kb"]);
    for (const one of estimators) {
      expect(one.predict(gap.slice(0, 6)).warnings).toEqual([]);
      expect(one.predict([row]).warnings).toEqual([]);
      const odd = one.predict([row, { ...row, twice: 9 }, { ...row, k: "b" }]);
      expect(odd.warnings.map(({ code, details }) => [code, details?.["rows"]])).toEqual([
        ["non-estimable", [1, 2]],
      ]);
      expect(odd.warnings[0].message).toBe(
        "The data cannot estimate the mean of 2 of 3 rows (rows 1, 2, counting from 0), which go against what made the model leave out twice, fmid:kb, whose coefficients count as 0.",
      );
    }
  });

  it("do so after a save where labels are the cause, and are silent where numbers are, which a save does not hold", () => {
    const cells = reml(lmm("y ~ f * k + (1 | g)", gap, { collinear: "drop" }));
    const back = load(save(cells)) as LmmFit;
    expect(back.predict([row, { ...row, k: "b" }]).warnings).toEqual(
      cells.predict([row, { ...row, k: "b" }]).warnings,
    );
    expect(back.predict([row, { ...row, k: "b" }]).warnings).toHaveLength(1);
    expect((load(save(estimators[0] as LmmFit)) as LmmFit).predict([{ ...row, twice: 9 }]).warnings).toEqual(
      [],
    );
  });
});

describe("rows that cannot be predicted", () => {
  const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
  const code = (call: () => unknown): Record<string, unknown> => {
    try {
      call();
    } catch (error) {
      return error as Record<string, unknown>;
    }
    throw new Error("nothing was thrown");
  };

  it("for an unseen label: the error names it, the group and both remedies", () => {
    const error = code(() =>
      fit.predict([
        { Days: 1, Subject: "308" },
        { Days: 1, Subject: "999" },
      ]),
    );
    expect(error["code"]).toBe("unseen-group-level");
    expect(error["message"]).toContain('"999" was not seen in Subject (18 levels)');
    expect(error["message"]).toMatch(/groups: "new".*groups: "population"/);
  });

  it("for a missing label: the error names the row and the group", () => {
    const error = code(() =>
      fit.predict([
        { Days: 1, Subject: "308" },
        { Days: 1, Subject: null },
      ]),
    );
    expect(error["code"]).toBe("missing-group-label");
    expect(error["message"]).toContain("Row 1 (counting from 0) has no Subject");
    expect(fit.predict([{ Days: 1, Subject: null }], { groups: "new" })[0].se).toBeGreaterThan(20);
  });

  it("for a missing column: the error names it", () => {
    const error = code(() => fit.predict([{ days: 1, Subject: "308" }]));
    expect(error["code"]).toBe("missing-column");
    expect(error["message"]).toBe('predict needs Days, which the new data do not have. Did you mean "days"?');
    expect(code(() => fit.predict([{ Days: 1 }]))["message"]).toContain("predict needs Subject");
  });

  it("for an unseen level of a fixed factor: unseen-level", () => {
    const fixed = reml(lmm("angle ~ recipe + (1 | recipe:replicate)", cake));
    const error = code(() => fixed.predict([{ recipe: "D", replicate: "1" }], { groups: "new" }));
    expect(error["code"]).toBe("unseen-level");
    expect(error["message"]).toContain('recipe has the value "D"');
  });

  it("for missing cells: NaN and a warning, and the other rows stand", () => {
    const rows = fit.predict([
      { Days: null, Subject: "308" },
      { Days: 2, Subject: "308" },
    ]);
    expect(rows[0]).toEqual({ estimate: NaN, se: NaN, lower: NaN, upper: NaN });
    expect(rows[1].estimate).toBeGreaterThan(200);
    expect(rows.warnings.map((warning) => warning.code)).toEqual(["missing-rows"]);
  });

  it("outside the range of the data: a prediction with a warning", () => {
    const { warnings } = fit.predict([{ Days: 25, Subject: "308" }]);
    expect(warnings.map((warning) => warning.code)).toEqual(["extrapolation"]);
    expect(warnings[0].message).toBe(
      "Days = 25 lies outside 0 to 9, the range the model was fitted on (rows 0, counting from 0).",
    );
    expect(fit.predict([{ Days: 9, Subject: "308" }]).warnings).toEqual([]);
  });

  it("with options that do not exist: coded errors", () => {
    const data = [{ Days: 1, Subject: "308" }];
    // @ts-expect-error: no such choice
    expect(code(() => fit.predict(data, { groups: "all" }))["code"]).toBe("invalid-argument");
    expect(code(() => fit.predict(data, { level: 1 }))["code"]).toBe("invalid-argument");
    expect(code(() => fit.predict(data, { terms: ["Subjekt"] }))["message"]).toContain(
      'Did you mean "Subject"?',
    );
    // @ts-expect-error: no such option
    expect(code(() => fit.predict(data, { group: "new" }))["code"]).toBe("unknown-option");
    expect(code(() => fit.predict([]))["code"]).toBe("no-rows");
  });
});
