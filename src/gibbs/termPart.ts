/**
 * The prior of one term at relative coordinates, in parts: what does not depend on σ is computed once per t, so that a new
 * σ costs a few logarithms.
 *
 * @module
 */

import type { TermPlace } from "../model/crossProducts.ts";
import { ln } from "../stats/special.ts";
import { inverseOfLowerInto, logOneMinusSquare, traceWithPrecision } from "./coordinates.ts";
import { logSdPrior } from "./sdPrior.ts";
import type { WorkingTermPrior } from "./workingPriors.ts";

/** The σ-free parts of one term's prior at one t. */
export interface TermPart {
  /** log prior and Jacobian without what depends on σ. */
  base: number;
  /** tr(S (ΛΛ′)⁻¹) of an inverse-Wishart, 2b Σ e^(−2t) of inverse-gammas; 0 for the others. */
  trace: number;
  /** (ΛΛ′)⁻¹_ii of Huang–Wand; t_i otherwise. */
  readonly each: Float64Array;
  /** s_i² = e^(2t_i) where the prior is one of SDs. */
  readonly squares: Float64Array;
}

/** Allocates a {@link TermPart} for k columns. */
export function termPart(k: number): TermPart {
  return { base: 0, trace: 0, each: new Float64Array(k), squares: new Float64Array(k) };
}

/** A {@link TermPart} for each term; by Array.from as in `termMatrices`. */
export function termParts(places: readonly TermPlace[]): TermPart[] {
  return Array.from(places, ({ k }) => termPart(k));
}

/**
 * Fills the σ-free parts of a term's prior.
 *
 * @param at - where the term's coordinates start in t
 * @param L - Λ of the term at these coordinates, k × k lower
 * @param scratch - k × k, overwritten
 * @param ones - 1 + e^(−2|w|) of each pair, where they are known
 */
export function termPartInto(
  part: TermPart,
  prior: WorkingTermPrior,
  t: Float64Array,
  at: number,
  L: Float64Array,
  k: number,
  scratch: Float64Array,
  ones?: Float64Array,
): void {
  if (prior.kind === "fixed" || prior.kind === "symmetric") return;
  const eta = prior.kind === "sds" ? prior.eta : 1;
  let logS = 0;
  for (let i = 0; i < k; i++) logS += t[at + i];
  let logCorrelations = 0;
  let logDiagonal = logS;
  let c = at + k;
  for (let i = 1; i < k; i++) {
    for (let j = 0; j < i; j++) {
      const w = t[c];
      const value =
        ones === undefined ? logOneMinusSquare(w) : 2 * (Math.LN2 - Math.abs(w) - ln(ones[c - at - k]));
      c++;
      logCorrelations += (eta + (k - j - 2) / 2) * value;
      logDiagonal += 0.5 * value;
    }
  }
  part.trace = 0;
  if (prior.kind === "sds") {
    part.base = logS + logCorrelations;
    for (let i = 0; i < k; i++) {
      let square = 0;
      for (let c = 0; c <= i; c++) square += L[i + c * k] * L[i + c * k];
      part.each[i] = t[at + i];
      part.squares[i] = square;
    }
    return;
  }
  inverseOfLowerInto(scratch, L, k);
  if (prior.kind === "huangWand") {
    part.base = (k + 1) * logS + logCorrelations - (prior.df + 2 * k) * logDiagonal;
    for (let i = 0; i < k; i++) {
      let precision = 0;
      for (let r = i; r < k; r++) precision += scratch[r + i * k] * scratch[r + i * k];
      part.each[i] = precision;
    }
    return;
  }
  part.base = (k + 1) * logS + logCorrelations - (prior.df + k + 1) * logDiagonal;
  part.trace = traceWithPrecision(prior.scale, scratch, k);
}

/** Coefficient of log σ in what the parts of a term's prior leave out. */
export function slopeOf(prior: WorkingTermPrior): number {
  switch (prior.kind) {
    case "sds":
      return prior.sds.length;
    case "huangWand": {
      const k = prior.scale.length;
      return k * (k + 1) - (prior.df + 2 * k) * k;
    }
    case "inverseWishart": {
      const k = Math.round(Math.sqrt(prior.scale.length));
      return k * (k + 1) - (prior.df + k + 1) * k;
    }
    default:
      return 0;
  }
}

/** Log prior of a term in its coordinates given σ, from its parts; equals `logTermPrior` at log τ = t + log σ. */
export function logTermPriorAt(
  prior: WorkingTermPrior,
  part: TermPart,
  sigma: number,
  logSigma: number,
): number {
  if (prior.kind === "fixed" || prior.kind === "symmetric") return 0;
  let sum = part.base + slopeOf(prior) * logSigma;
  if (prior.kind === "inverseWishart") return sum - (0.5 * part.trace) / (sigma * sigma);
  const { each } = part;
  if (prior.kind === "huangWand") {
    const k = each.length;
    let product = 1;
    for (let i = 0; i < k; i++) {
      product *= (prior.df * each[i]) / (sigma * sigma) + 1 / (prior.scale[i] * prior.scale[i]);
    }
    return sum - 0.5 * (prior.df + k) * ln(product);
  }
  for (let i = 0; i < each.length; i++) sum += logSdPrior(prior.sds[i], each[i] + logSigma);
  return sum;
}
