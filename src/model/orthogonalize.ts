/**
 * The QR factor of X under the weights of the rows.
 *
 * @module
 */

import { columnsOf, subtractTallInto, tallProductInto } from "../linalg/tall.ts";
import { weightedDot } from "./rowSystem.ts";

/** Columns that are orthogonalised together to those before them. */
const BLOCK = 16;
/** A column that keeps this share of its length needs no second pass. */
const MOST_LEFT = 0.5;

/**
 * X = Q R with Q′WQ = nI by modified Gram–Schmidt, each column orthogonalised twice; to the columns of earlier blocks by
 * products of matrices. A column that those before it determine but for rounding adds nothing to Q: R is rank × p, upper
 * trapezoidal. Stewart 2008, SIAM J. Sci. Comput. 31(1), 761.
 */
export function orthogonalize(
  X: Float64Array,
  n: number,
  p: number,
  weights: Float64Array | null,
): { readonly Q: Float64Array; readonly R: Float64Array; readonly rank: number } {
  const Q = new Float64Array(n * p);
  const R = new Float64Array(p * p);
  const lengthOf = (x: Float64Array, at: number): number =>
    Math.sqrt(weightedDot(n, x, at, x, at, weights) / n);
  let rank = 0;
  for (let first = 0; first < p; first += BLOCK) {
    const before = rank;
    const block = columnsOf(X.slice(first * n, Math.min(first + BLOCK, p) * n), n);
    if (before > 0) {
      const basis = columnsOf(Q.subarray(0, before * n), n);
      for (let pass = 0; pass < 2; pass++) {
        const lengths = block.map((column) => lengthOf(column, 0));
        const along = new Float64Array(before * block.length);
        tallProductInto(
          along,
          basis,
          weights === null ? block : block.map((column) => column.map((x, i) => weights[i] * x)),
        );
        for (let e = 0; e < along.length; e++) {
          along[e] /= n;
          R[(e % before) + (first + Math.floor(e / before)) * p] += along[e];
        }
        subtractTallInto(block, basis, along);
        if (block.every((column, c) => lengthOf(column, 0) > MOST_LEFT * lengths[c])) break;
      }
    }
    block.forEach((column, b) => {
      const j = first + b;
      const at = rank * n;
      Q.set(column, at);
      const size = lengthOf(X, j * n);
      const length = lengthOf(column, 0);
      for (let pass = 0; pass < 2; pass++) {
        // Where the block leaves little of a column, what rounding left along earlier blocks is no longer small beside it.
        const from = pass === 0 || lengthOf(Q, at) > MOST_LEFT * length ? before : 0;
        for (let c = from; c < rank; c++) {
          const r = weightedDot(n, Q, c * n, Q, at, weights) / n;
          R[c + j * p] += r;
          for (let i = 0; i < n; i++) Q[at + i] -= r * Q[c * n + i];
        }
      }
      const norm = lengthOf(Q, at);
      if (!(norm > 1e-14 * size)) return;
      R[rank + j * p] = norm;
      for (let i = 0; i < n; i++) Q[at + i] /= norm;
      rank++;
    });
  }
  if (rank === p) return { Q, R, rank };
  const rows = new Float64Array(rank * p);
  for (let j = 0; j < p; j++) for (let i = 0; i < rank; i++) rows[i + j * rank] = R[i + j * p];
  return { Q: Q.slice(0, n * rank), R: rows, rank };
}
