import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { denseModel } from "./denseModel.ts";

/** Φ_A from n × n matrices, straight from the formulas of Kenward & Roger 1997: V as a sum of γ_i G_i. */
function adjustedByDefinition(fit: LmmFit): Matrix {
  const { model } = fit;
  const { X, Z, R, inverseV, covBeta } = denseModel(fit);
  const G: Matrix[] = [];
  let at = 0;
  for (const { levels, columns } of model.random) {
    const k = columns.length;
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++) {
        const E = Matrix.zeros(Z.columns, Z.columns);
        for (let level = 0; level < levels.length; level++) {
          E.set(at + level * k + i, at + level * k + j, 1);
          E.set(at + level * k + j, at + level * k + i, 1);
        }
        G.push(Z.mmul(E).mmul(Z.transpose()));
      }
    }
    at += levels.length * k;
  }
  G.push(Matrix.diag(R.map((variance) => variance / fit.sigma ** 2)));
  const VX = inverseV.mmul(X);
  const P = G.map((g) => VX.transpose().mmul(g).mmul(VX).mul(-1));
  const Q = G.map((g) => G.map((h) => VX.transpose().mmul(g).mmul(inverseV).mmul(h).mmul(VX)));
  const VG = G.map((g) => inverseV.mmul(g));
  const information = Matrix.zeros(G.length, G.length);
  for (let i = 0; i < G.length; i++) {
    for (let j = 0; j < G.length; j++) {
      const value =
        VG[i].mmul(VG[j]).trace() -
        2 * covBeta.mmul(Q[i][j]).trace() +
        covBeta.mmul(P[i]).mmul(covBeta).mmul(P[j]).trace();
      information.set(i, j, value);
    }
  }
  const W = inverse(information).mul(2);
  const inner = Matrix.zeros(X.columns, X.columns);
  for (let i = 0; i < G.length; i++) {
    for (let j = 0; j < G.length; j++) {
      inner.add(Matrix.sub(Q[i][j], P[i].mmul(covBeta).mmul(P[j])).mul(W.get(i, j)));
    }
  }
  return Matrix.add(covBeta, covBeta.mmul(inner).mmul(covBeta).mul(2));
}

const weighted = sleepstudy
  .filter((_, i) => i % 6 !== 1)
  .map((row, i) => ({ ...row, w: 0.5 + ((i * 7) % 5) / 2, Half: i % 2 === 0 ? "a" : "b" }));

describe("Kenward and Roger's covariance from cross-products", () => {
  const cases: readonly (readonly [string, string, readonly object[], LmmOptions])[] = [
    ["one factor, slopes, weights", "Reaction ~ Days + (Days | Subject)", weighted, { weights: "w" }],
    ["uncorrelated slopes", "Reaction ~ Days * Half + (Days || Subject)", weighted, {}],
    [
      "crossed factors",
      "diameter ~ 1 + (1 | plate) + (1 | sample)",
      Penicillin.filter((_, i) => i % 5 !== 3),
      {},
    ],
    ["no intercept", "Reaction ~ 0 + Half + Days + (1 | Subject)", weighted, { weights: "w" }],
    ["slopes of two crossed groups", "Reaction ~ Days + (Days | Subject) + (1 | Half:Subject)", weighted, {}],
  ];
  for (const [title, formula, data, options] of cases) {
    it(`is that of its definition with n × n matrices: ${title}`, () => {
      const fit = reml(lmm(formula, data, options));
      const expected = adjustedByDefinition(fit);
      fit.vcov({ adjusted: "kenward-roger" }).forEach((row, i) => {
        row.forEach((value, j) => {
          const scale = Math.sqrt(expected.get(i, i) * expected.get(j, j));
          // Two dense inverses of order n cost about as many digits as they have.
          expect(Math.abs(value - expected.get(i, j)) / scale).toBeLessThan(1e-8);
        });
      });
    });
  }

  it("does not depend on the units of the response and of covariates", () => {
    const adjusted = (scale: number): number[][] =>
      reml(
        lmm(
          "y ~ x + (x | g)",
          weighted.map((row) => ({ y: row.Reaction * scale, x: row.Days * scale, g: row.Subject })),
        ),
      ).vcov({ adjusted: "kenward-roger" });
    const one = adjusted(1);
    const many = adjusted(1e4);
    // The intercept is in units of y, the slope is free of units; θ is known to 1e-6 of its standard error.
    expect(many[0][0] / one[0][0] / 1e8).toBeCloseTo(1, 7);
    expect(many[1][1] / one[1][1]).toBeCloseTo(1, 7);
  });

  it("is what stands behind coefTable's standard errors", () => {
    const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", weighted));
    const V = fit.vcov({ adjusted: "kenward-roger" });
    fit.coefTable({ df: "kenward-roger" }).forEach(({ se }, j) => {
      expect(se).toBeCloseTo(Math.sqrt(V[j][j]), 12);
    });
  });
});
