/**
 * Where flat priors leave a posterior improper: what the data say of effects that flat coefficients could be instead.
 *
 * @module
 */

import { dot } from "../linalg/dense.ts";
import type { CrossProducts } from "../model/crossProducts.ts";

/** Share of a squared length below which nothing of a direction is new. */
const NOTHING = 1e-10;

/**
 * How many directions of the response the effects of one column of a random term share with flat coefficients:
 * dim(span Z ∩ span X_flat). An intercept is the sum of the levels' columns, and so is each covariate that is constant
 * within them.
 *
 * With an orthonormal basis of either span and C the cosines between them it is what I − CC′ lacks in rank.
 *
 * @param t - the term, and `c` its column
 * @param flat - columns of X with a flat coefficient
 */
export function sharedDirections(
  { n, p, q, R, factors, places }: CrossProducts,
  t: number,
  c: number,
  flat: readonly number[],
): number {
  const { factor, offset } = places[t];
  const { levels, k, ztz, ztx } = factors[factor];
  const own = offset + c;
  const basis = orthonormalColumns(R, p, flat);
  const cosines: Float64Array[] = [];
  for (let j = 0; j < levels; j++) {
    const size = ztz[j * k * k + own * (k + 1)];
    if (!(size > 0)) continue;
    const row = Float64Array.from({ length: p }, (_, i) => ztx[j * k * q + own + i * k]);
    cosines.push(Float64Array.from(basis, (column) => dot(p, row, 0, column, 0) / Math.sqrt(n * size)));
  }
  return cosines.length - rankOfRest(cosines);
}

/** Gram and Schmidt, twice over. */
function orthonormalColumns(R: Float64Array, p: number, columns: readonly number[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const l of columns) {
    const own = R.slice(l * p, (l + 1) * p);
    for (let time = 0; time < 2; time++) {
      for (const other of basis) {
        const share = dot(p, other, 0, own, 0);
        other.forEach((value, i) => {
          own[i] -= share * value;
        });
      }
    }
    const length = Math.sqrt(dot(p, own, 0, own, 0));
    basis.push(own.map((value) => value / length));
  }
  return basis;
}

/** Rank of I − CC′ by elimination, the largest pivot first. @param rows - those of C */
function rankOfRest(rows: readonly Float64Array[]): number {
  const S = rows.map((row, i) => rows.map((other, j) => Number(i === j) - dot(row.length, row, 0, other, 0)));
  for (let rank = 0; ; rank++) {
    const top = S.reduce((most, row, i) => (row[i] > S[most][most] ? i : most), 0);
    const pivot = [...S[top]];
    if (!(pivot[top] > NOTHING)) return rank;
    for (const row of S) {
      const share = row[top] / pivot[top];
      pivot.forEach((value, j) => {
        row[j] -= share * value;
      });
    }
  }
}
