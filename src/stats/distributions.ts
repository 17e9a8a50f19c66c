/**
 * Distribution functions and quantiles of Student's t, F, χ² and beta: the door to `@stdlib`'s.
 *
 * Upper tails have functions of their own, built on symmetries rather than on 1 − F, so that a p-value of
 * 1e-30 keeps its digits.
 *
 * @module
 */

import chisquareCdf from "@stdlib/stats-base-dists-chisquare-cdf";
import stdlibFCdf from "@stdlib/stats-base-dists-f-cdf";
import stdlibTCdf from "@stdlib/stats-base-dists-t-cdf";
import { normalCdf, normalQuantile } from "./normal.ts";

/** Student-t distribution function with `df` degrees of freedom (`Infinity`: the normal). R: `pt`. */
export function tCdf(x: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY) return normalCdf(x);
  if (x === Number.POSITIVE_INFINITY) return 1;
  if (x === Number.NEGATIVE_INFINITY) return 0;
  return stdlibTCdf(x, df);
}

/** Upper tail P(T > x) = P(T < −x). R: `pt(lower.tail = FALSE)`. */
export function tUpper(x: number, df: number): number {
  return tCdf(-x, df);
}

/** Two-sided p-value 2 P(T > |t|) with `df` degrees of freedom (`Infinity`: the normal). */
export function tTwoSided(t: number, df: number): number {
  return 2 * tCdf(-Math.abs(t), df);
}

/**
 * Student-t quantile with `df` degrees of freedom (`Infinity`: the normal). R: `qt`.
 *
 * By secant steps on ln F over ln |t|, a concave function, from the normal quantile and its first correction for `df`
 * (Cornish & Fisher). −∞ where t² is beyond doubles.
 */
export function tQuantile(p: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY) return normalQuantile(p);
  if (!(p >= 0 && p <= 1 && df > 0)) return Number.NaN;
  if (p > 0.5) return -tQuantile(1 - p, df);
  if (p === 0 || p === 0.5) return normalQuantile(p);
  const miss = (size: number): number => Math.log(tCdf(-size, df) / p);
  const z = -normalQuantile(p);
  let before = z;
  let missBefore = miss(before);
  let size = z * (1 + (1 + z * z) / (4 * df));
  for (let i = 0; i < 100; i++) {
    const missed = miss(size);
    if (missed === Number.NEGATIVE_INFINITY) return missed;
    if (missed === missBefore) break;
    const step = (missed * Math.log(size / before)) / (missed - missBefore);
    before = size;
    missBefore = missed;
    size *= Math.exp(-step);
    if (Math.abs(step) <= 1e-15) break;
  }
  return -size;
}

/** F distribution function with `df1` and `df2` degrees of freedom. R: `pf`. */
export function fCdf(x: number, df1: number, df2: number): number {
  return df2 === Number.POSITIVE_INFINITY ? chisquareCdf(x * df1, df1) : stdlibFCdf(x, df1, df2);
}

/**
 * Upper tail P(F(df1, df2) > x) = P(F(df2, df1) < 1/x): the p-value of an F test. R: `pf(lower.tail = FALSE)`.
 * `df2` may be `Infinity`: then χ²(df1)/df1.
 */
export function fUpper(x: number, df1: number, df2: number): number {
  if (df2 === Number.POSITIVE_INFINITY) return chiSquareUpper(x * df1, df1);
  return x <= 0 ? 1 : stdlibFCdf(1 / x, df2, df1);
}

/** χ² distribution function with `df` degrees of freedom. R: `pchisq`. */
export function chiSquareCdf(x: number, df: number): number {
  return chisquareCdf(x, df);
}

/**
 * Upper tail P(χ²(df) > x): the p-value of a likelihood-ratio test. R: `pchisq(lower.tail = FALSE)`.
 *
 * Whole `df`: the sum of positive terms Q(a + 1, z) = Q(a, z) + zᵃe⁻ᶻ/Γ(a + 1), z = x/2, from Q(½, z) = 2Φ(−√x)
 * or Q(1, z) = e⁻ᶻ, which loses no digits. Other `df`: 1 − F, good to 1e-15 absolutely.
 */
export function chiSquareUpper(x: number, df: number): number {
  if (!(df > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  if (!Number.isInteger(df)) return 1 - chisquareCdf(x, df);
  const z = x / 2;
  const logZ = Math.log(z);
  const odd = df % 2 === 1;
  // ln zᵃe⁻ᶻ/Γ(a + 1) at a = ½ and at a = 1.
  let logTerm = odd ? 0.5 * logZ - z - Math.log(Math.sqrt(Math.PI) / 2) : logZ - z;
  let tail = odd ? 2 * normalCdf(-Math.sqrt(x)) : Math.exp(-z);
  for (let a = odd ? 0.5 : 1; a < df / 2; a++) {
    tail += Math.exp(logTerm);
    logTerm += logZ - Math.log(a + 1);
  }
  return Math.min(tail, 1);
}

/** Beta distribution function I_x(a, b), through F(2a, 2b) at bx / (a(1 − x)). R: `pbeta`. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return stdlibFCdf((b * x) / (a * (1 - x)), 2 * a, 2 * b);
}

/** Beta quantile by bisection with secant steps on {@link betaCdf}, to 1e-14 absolutely. R: `qbeta`. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) return Number.NaN;
  if (p === 0 || p === 1) return p;
  let low = 0;
  let high = 1;
  let atLow = -p;
  let atHigh = 1 - p;
  for (let i = 0; i < 200 && high - low > 1e-14; i++) {
    // Every third step halves, so that the bracket closes even where the secant creeps.
    const secant = (low * atHigh - high * atLow) / (atHigh - atLow);
    const x = i % 3 === 2 || !(secant > low && secant < high) ? (low + high) / 2 : secant;
    const f = betaCdf(x, a, b) - p;
    if (f === 0) return x;
    if (f < 0) {
      low = x;
      atLow = f;
    } else {
      high = x;
      atHigh = f;
    }
  }
  return (low + high) / 2;
}
