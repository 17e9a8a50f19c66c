/**
 * Multivariate draws and the slice sampler, from the numbers of a stream.
 *
 * @module
 */

import { NumericalError } from "../errors.ts";
import { choleskyInto, solveLowerInto } from "../linalg/cholesky.ts";
import { ln } from "../stats/special.ts";
import type { RandomStream } from "./stream.ts";

/** Buffers for {@link inverseWishartFactorInto}, for matrices up to k × k. */
export interface WishartScratch {
  readonly scale: Float64Array;
  readonly bartlett: Float64Array;
}

/** Allocates the buffers for k × k matrices. */
export function wishartScratch(k: number): WishartScratch {
  return { scale: new Float64Array(k * k), bartlett: new Float64Array(k * k) };
}

/**
 * Lower Cholesky factor of a draw Σ ~ IW(df, S), density ∝ |Σ|^(−(df+k+1)/2) e^(−tr(SΣ⁻¹)/2).
 *
 * With S = M M′ and Bartlett's A (lower, A_jj² ~ χ²(df − j), j = 0 … k−1,
 * A_ij ~ N(0, 1)), Σ⁻¹ = M′⁻¹ A A′ M⁻¹ ~ W(df, S⁻¹), so Σ = (M A′⁻¹)(M A′⁻¹)′, whose Cholesky factor is returned.
 * Odell & Feiveson 1966, J. Am. Stat. Assoc. 61.
 *
 * @param out - k × k column-major; the upper triangle is set to zero
 * @param df - above k − 1
 * @param S - k × k, symmetric positive definite; only its lower triangle is read
 * @throws {NumericalError} `not-positive-definite` when S is not
 */
export function inverseWishartFactorInto(
  out: Float64Array,
  stream: RandomStream,
  df: number,
  S: Float64Array,
  k: number,
  scratch: WishartScratch,
): void {
  const { scale: M, bartlett: A } = scratch;
  for (let i = 0; i < k * k; i++) M[i] = S[i];
  if (choleskyInto(M, k) >= 0) {
    throw new NumericalError(
      "not-positive-definite",
      "The scale matrix of an inverse-Wishart conditional lost its positive definiteness.",
      "Give the random terms priors that keep their SDs away from zero.",
    );
  }
  for (let j = 0; j < k; j++) {
    for (let i = 0; i < j; i++) {
      A[i + j * k] = 0;
      M[i + j * k] = 0;
    }
    A[j + j * k] = Math.sqrt(stream.chiSquare(df - j));
    for (let i = j + 1; i < k; i++) A[i + j * k] = stream.normal();
  }
  // B = M A′⁻¹ row by row: A x = (row of M)′ gives x′ = row of M A′⁻¹. Σ = B B′.
  for (let i = 0; i < k; i++) {
    for (let c = 0; c < k; c++) out[c + i * k] = M[i + c * k];
    solveLowerInto(out, i * k, A, 0, k);
  }
  // out holds B′ (column i is row i of B); Σ_ij = Σ_c B_ic B_jc.
  for (let j = 0; j < k; j++) {
    for (let i = j; i < k; i++) {
      let sum = 0;
      for (let c = 0; c < k; c++) sum += out[c + i * k] * out[c + j * k];
      A[i + j * k] = sum;
    }
  }
  if (choleskyInto(A, k) >= 0) {
    throw new NumericalError(
      "not-positive-definite",
      "A drawn covariance matrix lost its positive definiteness to rounding.",
      "Give the random terms a prior with a scale nearer to the data.",
    );
  }
  for (let j = 0; j < k; j++) {
    for (let i = 0; i < k; i++) out[i + j * k] = i < j ? 0 : A[i + j * k];
  }
}

/**
 * One slice-sampling update of a coordinate: stepping out and shrinkage, Neal 2003, Ann. Stat. 31, §4.
 *
 * @param x - current value; its log density must be finite
 * @param width - of the first interval
 * @param logDensity - up to a constant
 * @returns a draw that leaves the density invariant
 */
export function slice(
  stream: RandomStream,
  x: number,
  width: number,
  logDensity: (x: number) => number,
): number {
  const level = logDensity(x) + ln(1 - stream.uniform());
  let left = x - width * stream.uniform();
  let right = left + width;
  // 50 steps of the width on either side are more than a usable width ever needs.
  for (let steps = 0; steps < 50 && logDensity(left) > level; steps++) left -= width;
  for (let steps = 0; steps < 50 && logDensity(right) > level; steps++) right += width;
  for (;;) {
    const candidate = left + (right - left) * stream.uniform();
    if (logDensity(candidate) > level) return candidate;
    if (candidate < x) left = candidate;
    else right = candidate;
    // Written so that NaN ends it as well.
    if (!(right - left > 1e-14 * Math.abs(x))) return x;
  }
}
