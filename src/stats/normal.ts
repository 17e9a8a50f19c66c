/**
 * The normal distribution: the door to `@stdlib`'s.
 *
 * @module
 */

import stdlibNormalCdf from "@stdlib/stats-base-dists-normal-cdf";
import stdlibNormalQuantile from "@stdlib/stats-base-dists-normal-quantile";

const LOG_SQRT_2PI = 0.9189385332046728;

/** Standard normal density φ(x) = exp(−x²/2) / √(2π). R: `dnorm`. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x - LOG_SQRT_2PI);
}

/** Standard normal distribution function Φ(x), small tails to full relative precision. R: `pnorm`. */
export function normalCdf(x: number): number {
  return stdlibNormalCdf(x, 0, 1);
}

/** Upper tail 1 − Φ(x) = Φ(−x). R: `pnorm(lower.tail = FALSE)`. */
export function normalUpper(x: number): number {
  return normalCdf(-x);
}

/**
 * Standard normal quantile Φ⁻¹(p). R: `qnorm`.
 *
 * Outside 0.02 … 0.98 the tail probability is refined by Newton's method on ln Φ, because 2p − 1 has lost the
 * digits of a small p.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p > 0.98) return -lowerNormalQuantile(1 - p);
  return p < 0.02 ? lowerNormalQuantile(p) : stdlibNormalQuantile(p, 0, 1);
}

function lowerNormalQuantile(p: number): number {
  if (p === 0) return Number.NEGATIVE_INFINITY;
  const logP = Math.log(p);
  let x = p > 1e-12 ? stdlibNormalQuantile(p, 0, 1) : -Math.sqrt(-2 * logP);
  for (let i = 0; i < 50; i++) {
    const cdf = normalCdf(x);
    if (cdf === 0) {
      x += 1;
      continue;
    }
    const step = ((Math.log(cdf) - logP) * cdf) / normalDensity(x);
    x -= step;
    if (Math.abs(step) <= 1e-15 * Math.abs(x)) break;
  }
  return x;
}
