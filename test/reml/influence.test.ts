import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { oats, Pastes, Penicillin, sleepstudy, tabletsMissing } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { gls } from "../../src/reml/marginal.ts";
import { base } from "../model/sample.ts";
import { denseModel } from "./denseModel.ts";

/** Slopes that differ by g and means that differ by h, so that no variance is zero. */
const crossed = base.map((row, i) => ({
  ...row,
  v: row.x + 0.1 * row.h,
  k: Math.floor(i / 8),
  c: i % 2,
  y: row.y + [0, 2, -1, 1, 0, -2][Math.floor(i / 4)] * row.x + [1, -1, 2, 0, 0.5, -2, 1, -1][row.h],
}));
const models: readonly (readonly [string, () => LmmFit])[] = [
  ["random slopes", () => reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy))],
  ["random slopes by ML", () => ml(lmm("Reaction ~ Days + (Days || Subject)", sleepstudy))],
  ["nested factors", () => reml(lmm("strength ~ 1 + (1 | batch/cask)", Pastes))],
  ["a split plot", () => reml(lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats))],
  ["crossed factors", () => reml(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin))],
  ["weights", () => reml(lmm("y ~ x + (1 | g)", base, { weights: "w" }))],
  [
    "crossed slopes, weights and offset",
    () => ml(lmm("y ~ x + offset(h) + (1 + v | g) + (1 | h)", crossed, { weights: "w" })),
  ],
  [
    "nested factors with slopes, and a crossed one",
    () => reml(lmm("y ~ x + offset(h) + (1 | k) + (1 + v | g:k) + (1 | c)", crossed)),
  ],
  ["rows left out", () => reml(lmm("y ~ method + (1 | tablet)", tabletsMissing))],
];

/** β̂ by dense GLS from the rows kept, V held. */
function denseBeta(fit: LmmFit, kept: readonly number[]): number[] {
  const { X, V, y } = denseModel(fit);
  const columns = Array.from({ length: X.columns }, (_, c) => c);
  const Xk = X.subMatrixRow([...kept]);
  const W = inverse(subMatrix(V, kept));
  const XtW = Xk.transpose().mmul(W);
  const beta = inverse(XtW.mmul(Xk)).mmul(XtW.mmul(y.subMatrixRow([...kept])));
  return columns.map((c) => beta.get(c, 0));
}

function subMatrix(V: Matrix, at: readonly number[]): Matrix {
  return new Matrix(at.map((i) => at.map((j) => V.get(i, j))));
}

it("the models have no variance of zero", () => {
  for (const [what, make] of models) expect(make().isSingular, what).toBe(false);
});

describe("leverage()", () => {
  for (const [what, make] of models) {
    it(`is the diagonal of the map from y to the fitted values: ${what}`, () => {
      const fit = make();
      const { X, Z, G, inverseV, covBeta, n } = denseModel(fit);
      const B = covBeta.mmul(X.transpose()).mmul(inverseV);
      const P = Matrix.sub(inverseV, inverseV.mmul(X).mmul(B));
      const H = Matrix.add(X.mmul(B), Z.mmul(G).mmul(Z.transpose()).mmul(P));
      const leverage = fit.leverage();
      for (let i = 0; i < n; i++) {
        // Dense products of n terms: some 1e-13 for values below 1.
        expect(Math.abs(leverage[fit.model.rows[i]] - H.get(i, i))).toBeLessThan(1e-10);
      }
      expect(leverage.filter((value) => Number.isNaN(value))).toHaveLength(fit.model.inputRows - n);
    });
  }

  it("sums to the effective number of parameters, p + Σ (1 − shrunken share of each effect)", () => {
    const fit = reml(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy));
    // One random intercept: each subject's effect counts for its shrinkage factor w, the intercept for what is left of 1.
    const w = fit.shrinkage()[0].factor;
    const sum = fit.leverage().reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(2 + 17 * w, 9);
  });

  it("agrees with lme4's hatvalues()", () => {
    // R 4.2.2, lme4 1.1-31, optimum good to 1e-7: head(hatvalues(m)), sum(hatvalues(m)).
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const expected = [
      0.22930300239, 0.16972925487, 0.12682322134, 0.10058490189, 0.09101429648, 0.09811140512,
    ];
    const leverage = fit.leverage();
    expected.forEach((value, i) => {
      expect(Math.abs(leverage[i] - value)).toBeLessThan(1e-6);
    });
    expect(leverage.reduce((total, value) => total + value, 0)).toBeCloseTo(29.02206726, 5);
  });
});

describe("cooksDistance()", () => {
  it("agrees with lme4's cooks.distance()", () => {
    // R 4.2.2, lme4 1.1-31: head(cooks.distance(m)).
    const slopes = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy)).cooksDistance();
    [0.004963125826, 0.040205954106, 0.226097772916, 0.00731320348, 0.050572861277, 0.361950571632].forEach(
      (value, i) => {
        // lme4's default optimiser stops at 1e-6 of the optimum.
        expect(Math.abs(slopes[i] / value - 1)).toBeLessThan(1e-4);
      },
    );
    const plates = reml(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin)).cooksDistance();
    [1.03433537326, 0.0526188734, 0.07843235642].forEach((value, i) => {
      expect(Math.abs(plates[i] / value - 1)).toBeLessThan(1e-4);
    });
  });

  for (const [what, make] of models) {
    it(`of every level is that of deleting its rows at the same variances: ${what}`, () => {
      const fit = make();
      const { covBeta, n } = denseModel(fit);
      const { p } = fit.model;
      const V = inverse(covBeta);
      const all = Array.from({ length: n }, (_, i) => i);
      const whole = denseBeta(fit, all);
      for (const group of new Set(fit.model.random.map((term) => term.group))) {
        const { codes, levels } = fit.model.random.find((term) => term.group === group)!;
        const rows = fit.cooksDistance({ by: group });
        expect(rows.map((row) => row.level)).toEqual(levels);
        rows.forEach((row, j) => {
          const kept = all.filter((i) => codes[i] !== j);
          expect(row.rows).toBe(n - kept.length);
          const without = denseBeta(fit, kept);
          const change = Matrix.columnVector(whole.map((value, c) => value - without[c]));
          const distance = change.transpose().mmul(V).mmul(change).get(0, 0) / p;
          fit.model.fixed.names.forEach((name, c) => {
            const se = Math.sqrt(covBeta.get(c, c));
            // Two dense solutions subtracted: 1e-8 of a standard error.
            expect(Math.abs(row.change[name] - change.get(c, 0)) / se).toBeLessThan(1e-8);
          });
          expect(Math.abs(row.distance - distance)).toBeLessThan(1e-7 * (1 + distance));
        });
      }
    });
  }

  it("of levels with many partners comes from a new factorisation, with the same result", () => {
    // Every level of h meets 150 of g: more effects than are deleted by equations.
    const data = Array.from({ length: 600 }, (_, i) => ({
      y: Math.sin(i * 2.1) + 0.3 * (i % 3) + Math.cos((i >> 1) * 1.3),
      x: Math.cos(i * 0.7),
      g: `g${i >> 1}`,
      h: `h${i % 3}`,
    }));
    const fit = reml(lmm("y ~ x + (1 | g) + (1 | h)", data));
    const { X, V, y } = denseModel(fit);
    const betaOf = (kept: readonly number[]): number[] =>
      gls(
        kept.map((i) => y.get(i, 0)),
        kept.map((i) => X.getRow(i)),
        kept.map((i) => kept.map((j) => V.get(i, j))),
      ).beta;
    const all = Array.from({ length: 600 }, (_, i) => i);
    const whole = betaOf(all);
    const codes = fit.model.random.find(({ group }) => group === "h")!.codes;
    fit.cooksDistance({ by: "h" }).forEach((row, j) => {
      const without = betaOf(all.filter((i) => codes[i] !== j));
      fit.coefTable().forEach(({ term, se }, c) => {
        expect(Math.abs(row.change[term] - (whole[c] - without[c])) / se).toBeLessThan(1e-8);
      });
    });
  });

  it("is NaN for a level whose rows alone determine a coefficient", () => {
    const data = base.map((row) => ({ ...row, only: row.g === "g2" ? row.x : 0 }));
    const rows = reml(lmm("y ~ x + only + (1 | g)", data)).cooksDistance({ by: "g" });
    expect(rows.filter(({ distance }) => Number.isNaN(distance)).map(({ level }) => level)).toEqual(["g2"]);
  });

  it("is refused where there is no fixed effect to move", () => {
    const fit = reml(lmm("y ~ 0 + (1 | g)", base));
    for (const ask of [() => fit.cooksDistance(), () => fit.cooksDistance({ by: "g" })])
      expect(ask).toThrow(expect.objectContaining({ code: "no-coefficients" }));
  });

  it("names an unknown group, and the one that was meant", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    expect(() => fit.cooksDistance({ by: "subject" })).toThrow(
      expect.objectContaining({
        code: "unknown-group",
        message: 'The model has no group "subject". Did you mean "Subject"?',
      }),
    );
    // @ts-expect-error: no such option
    expect(() => fit.cooksDistance({ group: "Subject" })).toThrow(
      expect.objectContaining({ code: "unknown-option" }),
    );
  });
});

describe("residuals()", () => {
  it("on the marginal level leave Xβ, scaled by the marginal standard deviation", () => {
    const fit = reml(lmm("y ~ x + offset(h) + (x | g)", base, { weights: "w" }));
    const { V } = denseModel(fit);
    const population = fit.predict(undefined, { groups: "population" });
    const raw = fit.residuals({ level: "marginal" });
    const pearson = fit.residuals({ level: "marginal", type: "pearson" });
    const scaled = fit.residuals({ level: "marginal", type: "scaled" });
    base.forEach((row, i) => {
      expect(raw[i]).toBeCloseTo(row.y - population[i].estimate, 12);
      expect(pearson[i]).toBeCloseTo(raw[i] * Math.sqrt(row.w), 12);
      expect(scaled[i]).toBeCloseTo(raw[i] / Math.sqrt(V.get(i, i)), 12);
    });
  });

  it("on the conditional level are the default", () => {
    const fit = reml(lmm("y ~ x + (x | g)", base, { weights: "w" }));
    expect(fit.residuals({ level: "conditional" })).toEqual(fit.residuals());
    const scaled = fit.residuals({ type: "scaled" });
    const fitted = fit.fitted();
    base.forEach((row, i) => {
      expect(scaled[i]).toBeCloseTo(((row.y - fitted[i]) * Math.sqrt(row.w)) / fit.sigma, 12);
    });
    // @ts-expect-error: no such level
    expect(() => fit.residuals({ level: 0 })).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });
});
