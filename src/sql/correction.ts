/**
 * From the nearly orthonormal columns of the third round to those that estimators work on.
 *
 * @module
 */

import { type Moments, upperFactor } from "./moments.ts";
import { AGREE, dataChanged } from "./rows.ts";

/** The last step from U and r to Q and ỹ. */
export interface Correction {
  readonly n: number;
  readonly p: number;
  readonly R: Float64Array;
  readonly betaOls: Float64Array;
  /** Q = U M, upper triangle. */
  readonly M: Float64Array;
  /** ỹ = r − Q g. */
  readonly g: Float64Array;
  /** r′Wr, and ỹ′Wỹ. */
  readonly squares: number;
  readonly residual: number;
}

/**
 * U is orthonormal but for the rounding of R₁: U = Q R₂ with R₂ near I, so that products with U become products with Q
 * without loss. X = C S (S adds what was taken away) = Q R₂R₁S.
 */
export function correction(G: Float64Array, moments: Moments, n: number): Correction {
  const { R1, b1, columns, response, products } = moments;
  const p = columns.length;
  const q = p + 1;
  checkAgainstMoments(G, products, R1, b1, p);
  const R2 = upperFactor(G, p, q, n);
  const M = upperInverse(R2, p);
  const g = new Float64Array(p);
  for (let j = 0; j < p; j++) for (let i = 0; i <= j; i++) g[j] += (M[i + j * p] * G[i + p * q]) / n;
  let residual = G[p + p * q];
  for (let j = 0; j < p; j++) residual -= n * g[j] * g[j];
  const R = upperProduct(R2, R1, p);
  const betaOls = g.slice();
  for (let i = 0; i < p; i++) for (let j = i; j < p; j++) betaOls[i] += R2[i + j * p] * b1[j];
  if (columns[0]?.sql === null) {
    betaOls[0] += response.shift * R[0];
    for (let j = 1; j < p; j++) R[j * p] += columns[j].shift * R[0];
  }
  return { n, p, R, betaOls, M, g, squares: G[p + p * q], residual };
}

/** The sums of the second round follow from those of the third: a checksum over every column. */
function checkAgainstMoments(
  G: Float64Array,
  products: Float64Array,
  R1: Float64Array,
  b1: Float64Array,
  p: number,
): void {
  const q = p + 1;
  const map = new Float64Array(q * q);
  for (let j = 0; j < p; j++) for (let i = 0; i <= j; i++) map[i + j * q] = R1[i + j * p];
  map.set(b1, p * q);
  map[p + p * q] = 1;
  for (let j = 0; j < q; j++) {
    let sum = 0;
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) sum += map[a + j * q] * G[a + b * q] * map[b + j * q];
    const before = products[j + j * q];
    if (!(Math.abs(sum - before) <= AGREE * before))
      throw dataChanged(`the squares of a column add up to ${before}, then to ${sum}`);
  }
}

/** R⁻¹ of an upper triangle, p × p. */
export function upperInverse(R: Float64Array, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    for (let i = j; i >= 0; i--) {
      let value = i === j ? 1 : 0;
      for (let k = i + 1; k <= j; k++) value -= R[i + k * p] * out[k + j * p];
      out[i + j * p] = value / R[i + i * p];
    }
  }
  return out;
}

function upperProduct(A: Float64Array, B: Float64Array, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let j = 0; j < p; j++)
    for (let i = 0; i <= j; i++) for (let k = i; k <= j; k++) out[i + j * p] += A[i + k * p] * B[k + j * p];
  return out;
}
