/**
 * The studentized range: the largest minus the smallest of k standard normals, over an independent χ/√ν.
 *
 *   P(Q > q) = ∫ f_ν(s) U_k(q s) ds,
 *   U_k(w)   = k ∫ φ(z) [Φ(z)^{k−1} − (Φ(z) − Φ(z − w))^{k−1}] dz,
 *
 * with s = e^u in the outer integral. Both integrands are analytic on the whole line and fall off at least
 * exponentially, so that the trapezoidal rule converges exponentially (Trefethen & Weideman 2014, SIAM Review 56,
 * §5): the steps below leave less than rounding. The formulas are those of Copenhaver & Holland 1988, J. Stat.
 * Comput. Simul. 30, 1–15 (R's `ptukey`), the upper tail written without the subtraction 1 − P.
 *
 * @module
 */

import { normalCdf, normalDensity } from "./normal.ts";

/** Step of the inner integral; Φ(z)^{k−1} is the steeper the larger k is. */
const stepOf = (k: number): number => (k <= 6 ? 0.25 : k <= 30 ? 0.16 : 0.1);
/** Beyond this distance from its centre w/2 the inner integrand is below 1e-18 of its peak. */
const REACH = 9;
/** Below this logarithm a weight is nothing next to 1 in double precision. */
const NEGLIGIBLE = -45;

/**
 * P(Q > q): the p-value of Tukey's test, small tails to full relative precision.
 * R: `ptukey(q, k, df, lower.tail = FALSE)`.
 *
 * @param q - the studentized range; for a difference of two means √2 |t|
 * @param k - number of means, at least 2
 * @param df - degrees of freedom, above 0; `Infinity` for known variance
 *
 * @example
 * studentizedRangeUpper(3.5, 3, 20); // 0.0562…
 */
export function studentizedRangeUpper(q: number, k: number, df: number): number {
  return tail(q, k, df, rangeUpper);
}

/** P(Q ≤ q). R: `ptukey`. See {@link studentizedRangeUpper}. */
export function studentizedRangeCdf(q: number, k: number, df: number): number {
  return tail(q, k, df, rangeLower);
}

/**
 * The q with P(Q > q) = p, by bracketed secant steps on ln P, to 1e-12 relative.
 * R: `qtukey(p, k, df, lower.tail = FALSE)`.
 *
 * @param p - upper tail probability, between 0 and 1
 *
 * @example
 * studentizedRangeQuantile(0.05, 3, 20); // 3.5779…
 */
export function studentizedRangeQuantile(p: number, k: number, df: number): number {
  if (!(p >= 0 && p <= 1 && k >= 2 && df > 0)) return Number.NaN;
  if (p === 1) return 0;
  if (p === 0) return Number.POSITIVE_INFINITY;
  const goal = Math.log(p);
  const miss = (q: number): number => Math.log(studentizedRangeUpper(q, k, df)) - goal;
  let low = 0;
  let atLow = -goal;
  let high = 4;
  let atHigh = miss(high);
  while (atHigh > 0) {
    low = high;
    atLow = atHigh;
    high *= 2;
    atHigh = miss(high);
  }
  let side = 0;
  for (let i = 0; i < 100; i++) {
    const q = (low * atHigh - high * atLow) / (atHigh - atLow);
    const at = miss(q);
    if (Math.abs(at) <= 1e-13 || high - low <= 1e-13 * high) return q;
    // The Illinois rule: an end that stays twice counts for half, so that the other one moves too.
    if (at > 0) {
      low = q;
      atLow = at;
      if (side === 1) atHigh /= 2;
      side = 1;
    } else {
      high = q;
      atHigh = at;
      if (side === -1) atLow /= 2;
      side = -1;
    }
  }
  return (low + high) / 2;
}

type Inner = (w: number, k: number) => number;

/** ∫ f_ν(e^u) U(q e^u) e^u du over a trapezoidal sum of the weights alone, which spares the constant of f. */
function tail(q: number, k: number, df: number, inner: Inner): number {
  if (!(k >= 2 && df > 0) || Number.isNaN(q)) return Number.NaN;
  if (q <= 0) return inner === rangeUpper ? 1 : 0;
  if (q === Number.POSITIVE_INFINITY) return inner === rangeUpper ? 0 : 1;
  if (df === Number.POSITIVE_INFINITY) return inner(q, k);
  // ln of the density of u = ln s, up to its constant: ν (u − (e^{2u} − 1)/2), largest at 0.
  const logWeight = (u: number): number => df * (u - Math.expm1(2 * u) / 2);
  // e^{−ν e^{2u}} limits the strip of analyticity to π/4, and the peak has the standard deviation 1/√(2ν).
  const step = Math.min(0.1, 0.5 / Math.sqrt(2 * df));
  let sum = inner(q, k);
  let total = 1;
  for (let u = step; ; u += step) {
    const log = logWeight(u);
    if (log < NEGLIGIBLE) break;
    const weight = Math.exp(log);
    total += weight;
    sum += weight * inner(q * Math.exp(u), k);
  }
  // To the left the weight falls as e^{νu} and what it multiplies is at most 1.
  for (let u = -step; ; u -= step) {
    const weight = Math.exp(logWeight(u));
    total += weight;
    sum += weight * inner(q * Math.exp(u), k);
    if (weight <= 1e-18 * Math.min(1, sum)) break;
  }
  return Math.min(1, sum / total);
}

/** U_k(w), the upper tail of the range of k standard normals. */
function rangeUpper(w: number, k: number): number {
  if (w < 1e-9) return 1;
  const step = stepOf(k);
  let sum = 0;
  for (let z = w / 2 - REACH; z < w / 2 + REACH; z += step) {
    const a = normalCdf(z);
    // a^{k−1} − (a − c)^{k−1} = −a^{k−1} expm1((k − 1) log1p(−c/a)).
    const share = a === 0 ? 1 : Math.min(1, normalCdf(z - w) / a);
    sum -= normalDensity(z) * a ** (k - 1) * Math.expm1((k - 1) * Math.log1p(-share));
  }
  return Math.min(1, k * step * sum);
}

/** 1 − U_k(w) = k ∫ φ(z) (Φ(z) − Φ(z − w))^{k−1} dz, without the subtraction. */
function rangeLower(w: number, k: number): number {
  const step = stepOf(k);
  let sum = 0;
  for (let z = -REACH; z < REACH + Math.min(w, REACH); z += step) {
    // Φ(z) − Φ(z − w), from the side where both are small.
    const between = z > w / 2 ? normalCdf(w - z) - normalCdf(-z) : normalCdf(z) - normalCdf(z - w);
    sum += normalDensity(z) * between ** (k - 1);
  }
  return Math.min(1, k * step * sum);
}
