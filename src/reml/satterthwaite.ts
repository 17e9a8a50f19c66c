/**
 * Satterthwaite's degrees of freedom: how precisely the variance of an estimate is itself estimated.
 *
 *   df = 2 v² / (g′ A g),   v = l′V l,  g = ∂v/∂(θ, σ),  A = 2 (∂²D/∂(θ, σ)²)⁻¹,
 *
 * D the deviance with β alone profiled out (REML criterion or ML deviance). Satterthwaite 1946, Biometrics Bull. 2;
 * for several degrees of freedom Fai & Cornelius 1996, J. Stat. Comput. Simul. 54; R: lmerTest 3.
 *
 * In the coordinates (θ, λ) with σ² = e^λ r²(θ)/df, D = d(θ) + df (e^{−λ} + λ) + const, d the profiled criterion:
 * A is block diagonal, 2 (∂²d/∂θ²)⁻¹ and 2/df, and ∂V/∂λ = V. df does not depend on coordinates, because the
 * gradient of D vanishes at the optimum.
 *
 * @module
 */

import { determinants } from "../linalg/blockSolve.ts";
import { ln } from "../stats/special.ts";
import { symmetricEigen } from "../stats/symmetric.ts";
import { criterionOf, evaluate } from "./criterion.ts";
import { fixedCovariance } from "./estimates.ts";
import type { Optimum } from "./optimum.ts";

/** What Satterthwaite's rule needs of an optimum. */
export interface Sensitivity {
  /** Covariance of working θ, 2H⁻¹ over the directions with curvature, d × d. */
  readonly theta: Float64Array;
  /** n − p or n; ∞ where σ is known. */
  readonly df: number;
  /** ∂V/∂θ_j at profiled σ, d matrices of p × p. */
  readonly slopes: readonly Float64Array[];
}

const known = new WeakMap<Optimum, Sensitivity>();

/**
 * Derivatives of V(β̂) and the covariance of θ̂, by fourth-order central differences of the analytic gradient and of V
 * itself. Taken once per optimum.
 */
export function sensitivity(optimum: Optimum): Sensitivity {
  const found = known.get(optimum) ?? differences(optimum);
  known.set(optimum, found);
  return found;
}

function differences(optimum: Optimum): Sensitivity {
  const { theta, hessian } = optimum;
  const d = theta.length;
  // Buffers of their own, so that evaluating elsewhere leaves the optimum as it is.
  const { cross, method, variance } = optimum.problem;
  const problem = criterionOf(cross, method, variance);
  const H = new Float64Array(d * d);
  const slopes: Float64Array[] = [];
  const gradient = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    // A hundredth of a standard error: the rule's error is (h/se)⁴/30, that of rounding 1e-12 se/h.
    const curvature = hessian[j + j * d];
    const wanted = curvature > 0 ? 0.01 * Math.sqrt(2 / curvature) : 1e-3;
    const h = Math.min(0.1, Math.max(1e-5, wanted));
    let slope: Float64Array | undefined;
    for (const [at, weight] of [
      [-2, 1 / 12],
      [-1, -8 / 12],
      [1, 8 / 12],
      [2, -1 / 12],
    ]) {
      const shifted = theta.slice();
      shifted[j] += at * h;
      evaluate(problem, shifted, gradient);
      const { pwrss } = determinants(problem.factor, ln);
      const V = fixedCovariance({ problem, pwrss });
      slope ??= new Float64Array(V.length);
      for (let i = 0; i < V.length; i++) slope[i] += (weight * V[i]) / h;
      for (let i = 0; i < d; i++) H[i + j * d] += (weight * gradient[i]) / h;
    }
    slopes.push(slope as Float64Array);
  }
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < j; i++) {
      const mean = (H[i + j * d] + H[j + i * d]) / 2;
      H[i + j * d] = mean;
      H[j + i * d] = mean;
    }
  }
  return { theta: twiceInverse(H, d), df: variance === null ? problem.df : Number.POSITIVE_INFINITY, slopes };
}

/** 2H⁻¹ over the directions in which the criterion rises; flat ones (a singular fit) say nothing about θ. */
function twiceInverse(H: Float64Array, d: number): Float64Array {
  const { values, vectors } = symmetricEigen(H, d);
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const out = new Float64Array(d * d);
  for (let e = 0; e < d; e++) {
    // 1e-9: what differences leave of a zero.
    if (!(values[e] > 1e-9 * largest)) continue;
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++) out[i + j * d] += (2 * vectors[i + e * d] * vectors[j + e * d]) / values[e];
    }
  }
  return out;
}

/**
 * Degrees of freedom of l′β̂. R: `lmerTest::contest1D`.
 *
 * @param l - p weights of the coefficients
 * @param variance - l′V l
 */
export function satterthwaiteDf(parts: Sensitivity, l: Float64Array, variance: number): number {
  const { theta, df, slopes } = parts;
  const d = slopes.length;
  const g = slopes.map((S) => quadratic(l, S));
  let spread = (2 * variance * variance) / df;
  for (let j = 0; j < d; j++) for (let i = 0; i < d; i++) spread += g[i] * theta[i + j * d] * g[j];
  return (2 * variance * variance) / spread;
}

/**
 * Denominator degrees of freedom of an F made of independent squared t's: with E = Σ ν/(ν − 2) over the m of them,
 * 2E/(E − m), so that E(F) is right; 2 when some ν ≤ 2. R: `lmerTest:::get_Fstat_ddf`; Fai & Cornelius 1996.
 */
export function denominatorDf(nus: readonly number[]): number {
  const spread = Math.max(...nus) - Math.min(...nus);
  if (spread < 1e-8 * Math.max(1, nus[0])) return nus.reduce((sum, nu) => sum + nu, 0) / nus.length;
  if (nus.some((nu) => nu <= 2)) return 2;
  // ν = ∞, where θ says nothing about the variance and σ is known, counts 1.
  const E = nus.reduce((sum, nu) => sum + (nu === Number.POSITIVE_INFINITY ? 1 : nu / (nu - 2)), 0);
  return (2 * E) / (E - nus.length);
}

/** l′M l for symmetric M. */
export function quadratic(l: Float64Array, M: Float64Array): number {
  const p = l.length;
  let sum = 0;
  for (let j = 0; j < p; j++) {
    if (l[j] === 0) continue;
    for (let i = 0; i < p; i++) sum += l[i] * M[i + j * p] * l[j];
  }
  return sum;
}
