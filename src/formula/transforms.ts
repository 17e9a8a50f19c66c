/**
 * Transformations that learn from the data.
 *
 * @module
 */

import { DataError } from "../errors.ts";

/** What a transformation learnt from the data. */
export type TransformState =
  | { readonly kind: "scale"; readonly center: number; readonly scale: number }
  | { readonly kind: "poly"; readonly alpha: readonly number[]; readonly norm2: readonly number[] };

/** The mean. */
export function meanOf(x: Float64Array): number {
  let sum = 0;
  for (const v of x) sum += v;
  const mean = sum / x.length;
  // A second pass takes out the rounding of the first.
  let rest = 0;
  for (const v of x) rest += v - mean;
  return mean + rest / x.length;
}

/**
 * What `poly(x, degree)` learns: the coefficients of the three-term recurrence, and the squared norms.
 *
 * @param label the call as printed, for messages
 * @throws {DataError} `too-few-values` if `x` has no more different values than the degree
 * @see R's `poly()` and its attribute `coefs`
 */
export function learnPolynomials(x: Float64Array, degree: number, label: string): TransformState {
  const there = x.filter((v) => !Number.isNaN(v));
  const different = new Set(there).size;
  if (different <= degree) {
    throw new DataError(
      "too-few-values",
      `${label} needs at least ${degree + 1} different values, but there are ${different}.`,
      "Lower the degree.",
      { term: label, different },
    );
  }
  const alpha: number[] = [];
  const norm2 = [1];
  let before = new Float64Array(there.length);
  let here = new Float64Array(there.length).fill(1);
  for (let j = 0; j <= degree; j++) {
    let square = 0;
    let moment = 0;
    for (let i = 0; i < there.length; i++) {
      const w = here[i] * here[i];
      square += w;
      moment += w * there[i];
    }
    norm2.push(square);
    if (j === degree) break;
    alpha.push(j === 0 ? meanOf(there) : moment / square);
    const next = step(there, here, before, alpha[j], j === 0 ? 0 : square / norm2[j]);
    before = here;
    here = next;
  }
  return { kind: "poly", alpha, norm2 };
}

/** Orthonormal polynomials of degree 1, 2, … with a recurrence learnt before. */
export function polynomials(
  x: Float64Array,
  alpha: readonly number[],
  norm2: readonly number[],
): Float64Array[] {
  let before = new Float64Array(x.length);
  let here = new Float64Array(x.length).fill(1);
  return alpha.map((a, j) => {
    const next = step(x, here, before, a, j === 0 ? 0 : norm2[j + 1] / norm2[j]);
    before = here;
    here = next;
    const norm = Math.sqrt(norm2[j + 2]);
    return here.map((v) => v / norm);
  });
}

/** The three-term recurrence of monic orthogonal polynomials. */
function step(
  x: Float64Array,
  here: Float64Array,
  before: Float64Array,
  alpha: number,
  ratio: number,
): Float64Array<ArrayBuffer> {
  const next = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) next[i] = (x[i] - alpha) * here[i] - ratio * before[i];
  return next;
}
