/**
 * What makes prior densities integrate to 1: the constants that samplers leave out.
 *
 * @module
 */

import { choleskyInto } from "../linalg/cholesky.ts";
import { lnGamma, lnMultivariateGamma } from "../stats/gamma.ts";
import { ln } from "../stats/special.ts";
import type { SdPrior } from "./priors.ts";
import type { WorkingTermPrior } from "./workingPriors.ts";

const LN_PI = 1.1447298858494002;

/**
 * log c of an SD prior, c exp(`logSdPrior`) being its density on τ:
 *
 *   half-t(ν, s)           2 Γ((ν + 1)/2) / (Γ(ν/2) √(πν) s)
 *   half-normal(s)         √(2/π)/s
 *   exponential(λ)         λ
 *   inverse-gamma(a, b)    2 b^a/Γ(a), the variance being IG(a, b)
 *
 * NaN for `uniformSd()`, which is improper.
 */
export function logSdConstant(prior: SdPrior): number {
  switch (prior.type) {
    case "halfT": {
      const { df, scale } = prior;
      return Math.LN2 + lnGamma((df + 1) / 2) - lnGamma(df / 2) - 0.5 * (LN_PI + ln(df)) - ln(scale);
    }
    case "halfNormal":
      return 0.5 * (Math.LN2 - LN_PI) - ln(prior.scale);
    case "exponential":
      return ln(prior.rate);
    case "inverseGamma":
      return Math.LN2 + prior.shape * ln(prior.scale) - lnGamma(prior.shape);
    case "uniformSd":
      return Number.NaN;
  }
}

/**
 * log c of a term's prior, c exp(`logTermPrior`) being its density in the term's coordinates. With k columns,
 * d = ν + k − 1 for Huang–Wand and d = ν for the inverse-Wishart, and 2^k from the Jacobian of Σ by (log τ, atanh z):
 *
 *   SDs and LKJ(η)    Π c_i · Π_{j<i} 1/(2^(2a−1) B(a, a)),  a = η + (k − j − 2)/2, j from 0
 *   Huang–Wand        2^k ν^(kd/2) Γ((ν + k)/2)^k / (Γ_k(d/2) π^(k/2) Π A_i)
 *   inverse-Wishart   2^k |S|^(d/2) / (2^(kd/2) Γ_k(d/2))
 *
 * Huang & Wand 2013, equation 2; Lewandowski, Kurowicka & Joe 2009. NaN where an SD prior is improper.
 */
export function logTermConstant(
  prior: Exclude<WorkingTermPrior, { readonly kind: "symmetric" }>,
  k: number,
): number {
  switch (prior.kind) {
    case "fixed":
      return 0;
    case "sds": {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        sum += logSdConstant(prior.sds[i]);
        for (let j = 0; j < i; j++) {
          const a = prior.eta + (k - j - 2) / 2;
          sum += lnGamma(2 * a) - 2 * lnGamma(a) - (2 * a - 1) * Math.LN2;
        }
      }
      return sum;
    }
    case "huangWand": {
      const { df, scale } = prior;
      const d = df + k - 1;
      let sum = k * Math.LN2 + 0.5 * k * d * ln(df) - lnMultivariateGamma(0.5 * d, k);
      for (let i = 0; i < k; i++) sum += lnGamma(0.5 * (df + k)) - 0.5 * LN_PI - ln(scale[i]);
      return sum;
    }
    case "inverseWishart": {
      const { df } = prior;
      const L = prior.scale.slice();
      choleskyInto(L, k);
      let sum = k * Math.LN2 - 0.5 * k * df * Math.LN2 - lnMultivariateGamma(0.5 * df, k);
      for (let i = 0; i < k; i++) sum += df * ln(L[i + i * k]);
      return sum;
    }
  }
}
