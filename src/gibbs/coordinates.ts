/**
 * Covariance matrices in unbounded coordinates, and the log density of every prior there.
 *
 * Σ = Λ Λ′, Λ = diag(τ) C(z): τ the SDs, C the Cholesky factor of the correlation matrix built from canonical
 * partial correlations z_ij (j < i). Coordinates: log τ_1 … log τ_k, then atanh z_ij for i = 1 … k−1, j < i.
 * Lewandowski, Kurowicka & Joe 2009.
 *
 * @module
 */

import { solveLowerInto } from "../linalg/cholesky.ts";
import type { TermPlace } from "../model/crossProducts.ts";
import { symmetricFactorInto } from "../model/structures.ts";
import { atanh, exp, ln } from "../stats/special.ts";
import { logSdPrior } from "./sdPrior.ts";
import { logSymmetricPrior, symmetricCoordinatesInto } from "./symmetric.ts";
import type { WorkingTermPrior } from "./workingPriors.ts";

/** Number of coordinates of a k × k covariance matrix. */
export function coordinateCount(k: number): number {
  return (k * (k + 1)) / 2;
}

/** How a term is laid out in coordinates: those above, or the two of `symmetric.ts`. */
export interface TermCoordinates {
  readonly count: number;
  /** Λ, k × k lower, from coordinates. */
  lambdaInto(L: Float64Array, coordinates: Float64Array): void;
  fromLambdaInto(coordinates: Float64Array, L: Float64Array): void;
}

/** The coordinates of a term. */
export function termCoordinates({ k, structure }: Pick<TermPlace, "k" | "structure">): TermCoordinates {
  if (structure === "cs") {
    return {
      count: 2,
      lambdaInto: (L, x) => symmetricFactorInto(L, k, exp(x[0]), exp(x[1])),
      fromLambdaInto: (x, L) => symmetricCoordinatesInto(x, L, k),
    };
  }
  return {
    count: coordinateCount(k),
    lambdaInto: (L, x) => lambdaFromCoordinatesInto(L, x, k),
    fromLambdaInto: (x, L) => coordinatesFromLambdaInto(x, L, k),
  };
}

/**
 * Λ (k × k lower, column-major, upper part zero) ← coordinates, which start at `first`.
 *
 * With e = e^(−|w|), z = tanh w = ±(1 − e²)/(1 + e²) and √(1 − z²) = 2e/(1 + e²), without cancellation near ±1.
 *
 * @param ones - takes 1 + e² of each pair, for log(1 − z²) = 2 (ln 2 − |w| − ln(1 + e²))
 */
export function lambdaFromCoordinatesInto(
  L: Float64Array,
  coordinates: Float64Array,
  k: number,
  first = 0,
  ones?: Float64Array,
): void {
  let at = first + k;
  for (let i = 0; i < k; i++) {
    let rest = exp(coordinates[first + i]);
    for (let j = 0; j < i; j++) {
      const w = coordinates[at];
      const e = exp(-Math.abs(w));
      const square = e * e;
      const one = 1 + square;
      const part = rest / one;
      L[i + j * k] = (w < 0 ? square - 1 : 1 - square) * part;
      rest = 2 * e * part;
      if (ones !== undefined) ones[at - first - k] = one;
      at++;
    }
    L[i + i * k] = rest;
    for (let j = i + 1; j < k; j++) L[i + j * k] = 0;
  }
}

/** Coordinates ← Λ; rows of Λ must not vanish. */
export function coordinatesFromLambdaInto(coordinates: Float64Array, L: Float64Array, k: number): void {
  let at = k;
  for (let i = 0; i < k; i++) {
    let square = 0;
    for (let j = 0; j <= i; j++) square += L[i + j * k] * L[i + j * k];
    const tau = Math.sqrt(square);
    coordinates[i] = ln(tau);
    let rest = 1;
    for (let j = 0; j < i; j++) {
      const z = L[i + j * k] / (tau * Math.sqrt(rest));
      coordinates[at++] = atanh(Math.max(-1 + 1e-15, Math.min(1 - 1e-15, z)));
      rest *= 1 - z * z;
      if (!(rest > 1e-300)) rest = 1e-300;
    }
  }
}

/** log(1 − z²) of z = tanh w without cancellation: 2 (ln 2 − |w| − ln(1 + e^(−2|w|))). */
export function logOneMinusSquare(w: number): number {
  const size = Math.abs(w);
  return 2 * (Math.LN2 - size - ln(1 + exp(-2 * size)));
}

/**
 * Log prior density of a term's covariance matrix in its coordinates, Jacobian included, up to a constant.
 *
 * With L = Σ_{j<i} (c + (k − j − 2)/2) log(1 − z_ij²), j from 0:
 *
 *   density p(Σ)   log p(Σ) + (k + 1) Σ log τ_i + L(1)
 *   Huang–Wand     log p(Σ) = −(ν + 2k) log|Λ| − ½(ν + k) Σ log(ν (Σ⁻¹)_ii + A_i⁻²)
 *   inverse-Wishart  log p(Σ) = −(ν + k + 1) log|Λ| − ½ tr(S Σ⁻¹)
 *   SDs and LKJ(η)   Σ [log p(τ_i) + log τ_i] + L(η)
 *
 * @param L - Λ of these coordinates, k × k lower
 * @param scratch - k × k, overwritten
 */
export function logTermPrior(
  prior: WorkingTermPrior,
  coordinates: Float64Array,
  L: Float64Array,
  k: number,
  scratch: Float64Array,
): number {
  if (prior.kind === "fixed") return 0;
  if (prior.kind === "symmetric") return logSymmetricPrior(prior.sd, coordinates[0], coordinates[1], k);
  const eta = prior.kind === "sds" ? prior.eta : 1;
  let logTau = 0;
  let logCorrelations = 0;
  let logDiagonal = 0;
  for (let i = 0; i < k; i++) logTau += coordinates[i];
  let at = k;
  for (let i = 1; i < k; i++) {
    for (let j = 0; j < i; j++) {
      const value = logOneMinusSquare(coordinates[at++]);
      logCorrelations += (eta + (k - j - 2) / 2) * value;
      logDiagonal += 0.5 * value;
    }
  }
  if (prior.kind === "sds") {
    let sum = logTau + logCorrelations;
    for (let i = 0; i < k; i++) sum += logSdPrior(prior.sds[i], coordinates[i]);
    return sum;
  }
  const logLambda = logTau + logDiagonal;
  const jacobian = (k + 1) * logTau + logCorrelations;
  inverseOfLowerInto(scratch, L, k);
  if (prior.kind === "huangWand") {
    let sum = jacobian - (prior.df + 2 * k) * logLambda;
    for (let i = 0; i < k; i++) {
      let precision = 0;
      for (let r = i; r < k; r++) precision += scratch[r + i * k] * scratch[r + i * k];
      sum -= 0.5 * (prior.df + k) * ln(prior.df * precision + 1 / (prior.scale[i] * prior.scale[i]));
    }
    return sum;
  }
  return jacobian - (prior.df + k + 1) * logLambda - 0.5 * traceWithPrecision(prior.scale, scratch, k);
}

/** T ← L⁻¹, k × k lower. */
export function inverseOfLowerInto(T: Float64Array, L: Float64Array, k: number): void {
  if (k <= 2) {
    T[0] = 1 / L[0];
    if (k === 1) return;
    T[3] = 1 / L[3];
    T[1] = -L[1] * T[0] * T[3];
    T[2] = 0;
    return;
  }
  for (let i = 0; i < k * k; i++) T[i] = 0;
  for (let i = 0; i < k; i++) T[i + i * k] = 1;
  solveLowerInto(T, 0, L, 0, k, k);
}

/** tr(S Σ⁻¹) = Σ_r (T S T′)_rr for T = Λ⁻¹. */
export function traceWithPrecision(S: Float64Array, T: Float64Array, k: number): number {
  let trace = 0;
  for (let r = 0; r < k; r++) {
    for (let a = 0; a <= r; a++) {
      for (let b = 0; b <= r; b++) trace += T[r + a * k] * S[a + b * k] * T[r + b * k];
    }
  }
  return trace;
}
