/**
 * Effective sample sizes over chains (Vehtari et al. 2021, section 3.2), on the flat layout.
 *
 * @module
 */

import { quantileSorted } from "../stats/descriptive.ts";
import { meanAutocovariance } from "./autocovariance.ts";
import { type Chains, isDefined, splitChains, withValues } from "./chains.ts";

/**
 * Effective sample size of the mean of `chains`, which are taken as they are (split them first).
 *
 * S_eff = M n / τ with τ = −1 + 2 Σ_(t < T) ρ̂_t + ρ̂_T and ρ̂_t = 1 − (W − c̄(t)) / v̂ar⁺ (eq. 10), truncated by
 * Geyer's initial positive sequence and smoothed by his initial monotone one; τ is at least 1/log₁₀(M n).
 * NaN for fewer than three draws per chain, for non-finite draws and for constant ones.
 */
export function effectiveSize(chains: Chains): number {
  const n = chains.length;
  const total = chains.starts.length * n;
  if (n < 3 || !isDefined(chains)) return Number.NaN;
  const autocovariance = meanAutocovariance(chains);
  const within = (autocovariance.at(0) * n) / (n - 1);
  const plus = autocovariance.at(0) + betweenVariance(autocovariance.means);
  const rho = (lag: number): number => 1 - (within - autocovariance.at(lag)) / plus;

  const kept = [1, rho(1)];
  let even = 1;
  let odd = kept[1];
  let last = 0;
  while (last < n - 5 && even + odd > 0) {
    last += 2;
    even = rho(last);
    odd = rho(last + 1);
    const positive = even + odd >= 0;
    kept.push(positive ? even : 0, positive ? odd : 0);
  }
  // The improved estimate: the last even lag counts once where it is positive.
  if (even > 0) kept[last] = even;

  for (let t = 2; t <= last - 2; t += 2) {
    if (kept[t] + kept[t + 1] > kept[t - 2] + kept[t - 1]) {
      kept[t] = (kept[t - 2] + kept[t - 1]) / 2;
      kept[t + 1] = kept[t];
    }
  }
  let sum = 0;
  // With no lag beyond the first, lag 0 itself still counts twice, as in R's 1:0.
  for (let t = 0; t < Math.max(last, 1); t++) sum += kept[t];
  const tau = -1 + 2 * sum + kept[last];
  return total / Math.max(tau, 1 / Math.log10(total));
}

function betweenVariance(means: readonly number[]): number {
  if (means.length < 2) return 0;
  const grand = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  return means.reduce((sum, mean) => sum + (mean - grand) ** 2, 0) / (means.length - 1);
}

/** Effective sample size of the indicator x ≤ quantile(p), split chains; `ascending` are the sorted draws. */
export function quantileEss(chains: Chains, ascending: ArrayLike<number>, p: number): number {
  if (!isDefined(chains)) return Number.NaN;
  const size = chains.values.length;
  // All draws are up to the largest one; the indicator of p = 1 is that of all but the largest, as in R.
  const cut = quantileSorted(ascending, p === 1 ? (size - 0.5) / size : p);
  const indicator = new Float64Array(size);
  for (let i = 0; i < indicator.length; i++) indicator[i] = chains.values[i] <= cut ? 1 : 0;
  return effectiveSize(splitChains(withValues(chains, indicator)));
}

/** The smaller of the effective sample sizes of the 5% and 95% quantiles; NaN if either is. */
export function tailEss(chains: Chains, ascending: ArrayLike<number>): number {
  return Math.min(quantileEss(chains, ascending, 0.05), quantileEss(chains, ascending, 0.95));
}
