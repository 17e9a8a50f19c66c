/**
 * Draws from the priors themselves, by the definitions in docs/priors.md.
 *
 * @module
 */

import { PriorError } from "../errors.ts";
import { choleskyInto } from "../linalg/cholesky.ts";
import { inverseWishartFactorInto, wishartScratch } from "../random/distributions.ts";
import type { RandomStream } from "../random/stream.ts";
import type { Fixed, SdPrior, TermPrior } from "./priors.ts";

/**
 * Draws a standard deviation from its prior.
 *
 * @param name - whose prior it is, for the message
 * @throws {PriorError} `improper-prior` for `uniformSd()`
 */
export function drawSdFromPrior(prior: SdPrior | Fixed, name: string, stream: RandomStream): number {
  switch (prior.type) {
    case "halfT":
      return (prior.scale * Math.abs(stream.normal())) / Math.sqrt(stream.chiSquare(prior.df) / prior.df);
    case "halfNormal":
      return prior.scale * Math.abs(stream.normal());
    case "exponential":
      return stream.gamma(1, prior.rate);
    case "inverseGamma":
      return Math.sqrt(stream.inverseGamma(prior.shape, prior.scale));
    case "fixed":
      return prior.value as number;
    case "uniformSd":
      throw improper(name, "uniformSd() from 0 to infinity");
  }
}

/**
 * Draws the Cholesky factor Λ of a term's covariance matrix ΛΛ′ from its prior, k × k lower.
 *
 * @param structure - under `"cs"` one SD from the prior and one correlation, uniform on (−1/(k − 1), 1)
 * @throws {PriorError} `improper-prior`
 */
export function drawFactorFromPrior(
  prior: TermPrior,
  structure: string,
  name: string,
  k: number,
  stream: RandomStream,
): Float64Array {
  const L = new Float64Array(k * k);
  if (prior.type === "fixed") {
    const matrix = typeof prior.value === "number" ? [[prior.value * prior.value]] : prior.value;
    for (let j = 0; j < k; j++) for (let i = j; i < k; i++) L[i + j * k] = matrix[i][j];
    choleskyInto(L, k);
    return L;
  }
  if (structure === "cs") {
    const tau = drawSdFromPrior(prior as SdPrior, name, stream);
    const rho = -1 / (k - 1) + (1 + 1 / (k - 1)) * stream.uniform();
    for (let j = 0; j < k; j++) for (let i = j; i < k; i++) L[i + j * k] = tau * tau * (i === j ? 1 : rho);
    choleskyInto(L, k);
    return L;
  }
  if (prior.type === "inverseWishart") {
    const scale = Float64Array.from(prior.scale.flat());
    inverseWishartFactorInto(L, stream, prior.df, scale, k, wishartScratch(k));
    return L;
  }
  if (prior.type === "huangWand") {
    const S = new Float64Array(k * k);
    for (let i = 0; i < k; i++) {
      const A = typeof prior.scale === "number" ? prior.scale : prior.scale[i];
      S[i + i * k] = (2 * prior.df) / stream.inverseGamma(0.5, 1 / (A * A));
    }
    inverseWishartFactorInto(L, stream, prior.df + k - 1, S, k, wishartScratch(k));
    return L;
  }
  const eta = prior.type === "lkj" ? prior.eta : 1;
  for (let i = 0; i < k; i++) {
    const own = prior.type === "lkj" ? (Array.isArray(prior.sds) ? prior.sds[i] : prior.sds) : prior;
    const tau = drawSdFromPrior(own as SdPrior, name, stream);
    let rest = 1;
    for (let j = 0; j < i; j++) {
      // z_ij ~ 2 Beta(a, a) − 1, a = η + (k − j − 2)/2 with j from 0.
      const a = eta + (k - j - 2) / 2;
      const one = stream.gamma(a, 1);
      const z = 2 * (one / (one + stream.gamma(a, 1))) - 1;
      L[i + j * k] = tau * z * Math.sqrt(rest);
      rest *= 1 - z * z;
    }
    L[i + i * k] = tau * Math.sqrt(rest);
  }
  return L;
}

/** The error for a prior that nothing can be drawn from. */
export function improper(name: string, what: string): PriorError {
  return new PriorError(
    "improper-prior",
    `The prior of ${name} is ${what}, which has no distribution to draw from.`,
    "Give it a proper prior.",
    { target: name },
  );
}
