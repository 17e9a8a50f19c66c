/**
 * Logarithms of gamma functions: the door to `@stdlib`'s.
 *
 * @module
 */

import stdlibGammaln from "@stdlib/math-base-special-gammaln";

const LN_PI = 1.1447298858494002;

/** ln Γ(x) for x ≥ 0, NaN below, in arithmetic alone. R: `lgamma`. */
export function lnGamma(x: number): number {
  return x < 0 ? Number.NaN : stdlibGammaln(x);
}

/** ln of the multivariate gamma function Γ_k(x) = π^(k(k−1)/4) Π_j Γ(x − j/2), j = 0 … k − 1. */
export function lnMultivariateGamma(x: number, k: number): number {
  let sum = 0.25 * k * (k - 1) * LN_PI;
  for (let j = 0; j < k; j++) sum += lnGamma(x - 0.5 * j);
  return sum;
}
