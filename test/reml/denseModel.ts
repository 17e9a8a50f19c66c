/** A fit's matrices by dense algebra from public functions alone: nothing in common with the blocked factor. */

import { inverse, Matrix } from "ml-matrix";
import type { LmmFit } from "../../src/reml/lmmFit.ts";

/** X, Z, G, R and what follows from them at the variances of a fit. */
export interface DenseModel {
  readonly n: number;
  readonly y: Matrix;
  readonly X: Matrix;
  readonly Z: Matrix;
  readonly G: Matrix;
  /** Diagonal of R. */
  readonly R: readonly number[];
  readonly V: Matrix;
  readonly inverseV: Matrix;
  /** (X′V⁻¹X)⁻¹. */
  readonly covBeta: Matrix;
}

/** Covariance matrices of the random terms, from `varCorr()`. */
export function covarianceRows(fit: LmmFit): number[][][] {
  const rows = fit.varCorr();
  let at = 0;
  return fit.model.random.map(({ columns }) => {
    const k = columns.length;
    const S = Array.from({ length: k }, () => new Array<number>(k).fill(0));
    for (let i = 0; i < k; i++) S[i][i] = rows[at++].covariance;
    for (let j = 0; j < k; j++) {
      for (let i = j + 1; i < k; i++) {
        S[i][j] = rows[at].covariance;
        S[j][i] = rows[at++].covariance;
      }
    }
    return S;
  });
}

const made = new WeakMap<LmmFit, DenseModel>();

/** The matrices of a fit, computed once. */
export function denseModel(fit: LmmFit): DenseModel {
  const known = made.get(fit) ?? compute(fit);
  made.set(fit, known);
  return known;
}

function compute(fit: LmmFit): DenseModel {
  const { model } = fit;
  const { n, weights, offset } = model;
  const X = new Matrix(model.X().rows.map((row) => [...row]));
  const Z = new Matrix(model.Z().rows.map((row) => [...row]));
  const G = Matrix.zeros(Z.columns, Z.columns);
  let at = 0;
  covarianceRows(fit).forEach((S, t) => {
    for (let j = 0; j < model.random[t].levels.length; j++, at += S.length) {
      S.forEach((row, a) => {
        row.forEach((value, b) => {
          G.set(at + a, at + b, value);
        });
      });
    }
  });
  const R = Array.from({ length: n }, (_, i) => fit.sigma ** 2 / (weights === null ? 1 : weights[i]));
  const V = Matrix.add(Z.mmul(G).mmul(Z.transpose()), Matrix.diag(R));
  const inverseV = inverse(V);
  const covBeta = inverse(X.transpose().mmul(inverseV).mmul(X));
  const y = Matrix.columnVector(
    Array.from(model.response.values, (value, i) => value - (offset === null ? 0 : offset[i])),
  );
  return { n, y, X, Z, G, R, V, inverseV, covBeta };
}
