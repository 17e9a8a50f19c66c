/**
 * An orthonormal basis from the products of columns that are none, or none any more.
 *
 * @module
 */

import { ModelError } from "../errors.ts";

/** What is left of a sum of squares counts as nothing below this share of it, */
const NOTHING = 1e-10;
/** and as negative below minus this one. */
export const NEGATIVE = 1e-8;

/** The error for sums that do not hold what is taken away. */
export function notContained(what: string, details: Readonly<Record<string, unknown>> = {}): ModelError {
  return new ModelError(
    "not-contained",
    `What is taken away was not all part of the sums: ${what} would be less than nothing.`,
    "Take away sums of the very rows that were added, made by the same formula and options.",
    details,
  );
}

/**
 * R₂ and M with G = n R₂′R₂ and (QM)′W(QM) = nI, from G = Q′WQ.
 *
 * @param share - rows that were added over rows that are left
 * @returns R₂ of rows × rank, upper trapezoidal, and M of rank × rows
 */
export function orthonormal(
  G: Float64Array,
  rank: number,
  n: number,
  share: number,
): { readonly rows: number; readonly R2: Float64Array; readonly M: Float64Array } {
  const pivots: number[] = [];
  const R2 = new Float64Array(rank * rank);
  const q = rank + 1;
  for (let j = 0; j < rank; j++) {
    let left = G[j + j * q] / n;
    pivots.forEach((pivot, i) => {
      let value = G[pivot + j * q] / n;
      for (let c = 0; c < i; c++) value -= R2[c + pivot * rank] * R2[c + j * rank];
      R2[i + j * rank] = value / R2[i + pivot * rank];
      left -= R2[i + j * rank] ** 2;
    });
    if (left < -NEGATIVE * share) throw notContained("the sum of squares of a column of X");
    if (left > NOTHING * share) {
      R2[pivots.length + j * rank] = Math.sqrt(left);
      pivots.push(j);
    }
  }
  const rows = pivots.length;
  const M = new Float64Array(rank * rows);
  // The inverse of the pivot columns.
  for (let j = 0; j < rows; j++) {
    for (let i = j; i >= 0; i--) {
      let value = i === j ? 1 : 0;
      for (let c = i + 1; c <= j; c++) value -= R2[i + pivots[c] * rank] * M[pivots[c] + j * rank];
      M[pivots[i] + j * rank] = value / R2[i + pivots[i] * rank];
    }
  }
  const packed = new Float64Array(rows * rank);
  for (let j = 0; j < rank; j++) for (let i = 0; i < rows; i++) packed[i + j * rows] = R2[i + j * rank];
  return { rows, R2: packed, M };
}
