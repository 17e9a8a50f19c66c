/**
 * What profile likelihoods are made of: the ML deviance at θ, profiled over σ or at a given one, with gradients.
 *
 * @module
 */

import { determinants, solveInto } from "../linalg/blockSolve.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import { parameterCount } from "../model/structures.ts";
import { minimize } from "../stats/optimize.ts";
import { ln } from "../stats/special.ts";
import { type Criterion, factorizeAt, gradientOfDeterminant, gradientOfPwrss } from "./criterion.ts";

const LOG_2PI = 1.8378770664093453;

/** A profiled deviance: minimised over x with ψ held, its free coordinates and how to leave them. */
export interface Profile {
  /** Deviance and its gradient at x with ψ held. */
  readonly at: (psi: number) => (x: Float64Array, gradient: Float64Array) => number;
  /** Free coordinates at the ML optimum. */
  readonly start: Float64Array;
  /** Smallest deviance with ψ at an edge of its range, when it has one. */
  readonly edges: { readonly lower?: number; readonly upper?: number };
  /** Smallest ψ of its range where that is not the one of its kind. */
  readonly least?: number;
}

/** log|L_Z|² (with strata + Σ n_c log δ_c²) and r² with their gradients by θ; what every profile is made of. */
export interface Pieces {
  logZ: number;
  pwrss: number;
  readonly logZGradient: Float64Array;
  readonly pwrssGradient: Float64Array;
}

export function pieces(problem: Criterion, theta: Float64Array, constrain?: () => number): Pieces {
  const { cross, factor } = problem;
  const logRatios = factorizeAt(problem, theta);
  const { logZ, pwrss } = determinants(factor, ln);
  solveInto(problem.u, problem.beta, factor);
  let total = pwrss * cross.yScale * cross.yScale;
  if (constrain !== undefined) {
    total += constrain();
    solveInto(problem.u, problem.beta, factor, undefined, true);
  }
  const logZGradient = new Float64Array(theta.length);
  gradientOfDeterminant(problem, theta, false, logZGradient);
  const scale = cross.yScale * cross.yScale;
  const pwrssGradient = gradientOfPwrss(problem, theta).map((g) => g * scale);
  return { logZ: logZ + logRatios, pwrss: total, logZGradient, pwrssGradient };
}

/** ML deviance profiled over σ, log|L_Z|² + n(1 + log(2πr²/n)) − Σ log w, or at the σ that is known. */
export function profiledDeviance(problem: Criterion, parts: Pieces, gradient: Float64Array): number {
  const { cross, variance } = problem;
  if (variance !== null) return devianceAt(problem, parts, Math.sqrt(variance) * cross.yScale, gradient);
  const { n } = cross;
  for (let i = 0; i < gradient.length; i++) {
    gradient[i] = parts.logZGradient[i] + (n * parts.pwrssGradient[i]) / parts.pwrss;
  }
  return parts.logZ + n * (1 + LOG_2PI + Math.log(parts.pwrss / n)) - cross.sumLogWeights;
}

/** ML deviance at a given σ: log|L_Z|² + n log(2πσ²) + r²/σ² − Σ log w; its gradient by θ, σ held. */
export function devianceAt(
  { cross }: Criterion,
  parts: Pieces,
  sigma: number,
  gradient: Float64Array,
): number {
  const variance = sigma * sigma;
  for (let i = 0; i < gradient.length; i++)
    gradient[i] = parts.logZGradient[i] + parts.pwrssGradient[i] / variance;
  return parts.logZ + cross.n * (LOG_2PI + Math.log(variance)) + parts.pwrss / variance - cross.sumLogWeights;
}

/** First entry of term t in θ. */
export function firstOf(cross: CrossProducts, t: number): number {
  let first = 0;
  for (let s = 0; s < t; s++) first += parameterCount(cross.places[s]);
  return first;
}

/** Smallest profiled ML deviance over the entries `free` of θ, those in `zero` held at 0, the others as they are. */
export function minimizeFree(
  problem: Criterion,
  full: Float64Array,
  free: readonly number[],
  zero: readonly number[],
): number {
  const expand = (x: Float64Array): Float64Array => {
    const out = full.slice();
    for (const at of zero) out[at] = 0;
    free.forEach((at, i) => {
      out[at] = x[i];
    });
    return out;
  };
  const start = Float64Array.from(free, (at) => (Math.abs(full[at]) < 1e-3 ? 0.1 : full[at]));
  const whole = new Float64Array(full.length);
  return minimize((x, gradient) => {
    const value = profiledDeviance(problem, pieces(problem, expand(x)), whole);
    free.forEach((at, i) => {
      gradient[i] = whole[at];
    });
    return value;
  }, start).value;
}
