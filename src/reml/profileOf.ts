/**
 * The profile of every kind of parameter: the ML deviance with a coefficient, σ, an SD or a correlation held.
 *
 * @module
 */

import { inverseFromUpperInto } from "../linalg/tiles.ts";
import { type CrossProducts, fixedEffectsFromWorkingInto } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { permuteTerm } from "../model/permuted.ts";
import { parameterVariables, symmetricName } from "../model/variables.ts";
import { minimize } from "../stats/optimize.ts";
import { type Criterion, criterionOf } from "./criterion.ts";
import {
  devianceAt,
  firstOf,
  minimizeFree,
  type Profile,
  pieces,
  profiledDeviance,
} from "./profilePieces.ts";
import { symmetricProfile } from "./profileSymmetric.ts";

/**
 * The profile of parameter v of `parameterVariables`.
 *
 * @param theta - working θ at the ML optimum
 * @param variance - σ² in working units where it is known
 */
export function profileOf(
  model: LinearMixedModel,
  theta: Float64Array,
  variance: number | null,
  v: number,
): Profile {
  const cross = model.crossProducts;
  const info = parameterVariables(model)[v];
  if (info.kind === "fixed") return fixedEffectProfile(cross, theta, variance, v);
  if (info.kind === "sigma")
    return sigmaProfile(cross, theta, model.strata?.levels.indexOf(info.level!) ?? 0);
  const symmetric = model.random.findIndex(
    ({ group, structure }, t) =>
      group === info.group && structure === "cs" && symmetricName(model, t) === info.term,
  );
  if (symmetric >= 0)
    return symmetricProfile(cross, theta, variance, symmetric, info.kind === "sd" ? "sd" : "cor");
  const t = model.random.findIndex(
    ({ group, columns }) =>
      group === info.group &&
      columns.includes(info.term!) &&
      (info.term2 === undefined || columns.includes(info.term2)),
  );
  const { columns } = model.random[t];
  const i = columns.indexOf(info.term!);
  if (info.kind === "sd") return sdProfile(cross, theta, variance, t, i);
  return correlationProfile(cross, theta, variance, t, i, columns.indexOf(info.term2!));
}

/** β_j held: r² grows by (β_j − β̂_j)²/C_jj, C = (X′V⁻¹X)⁻¹σ² at σ = 1. */
function fixedEffectProfile(
  cross: CrossProducts,
  theta: Float64Array,
  variance: number | null,
  j: number,
): Profile {
  const problem = criterionOf(cross, "ML", variance);
  const { p, R, betaOls, yScale } = cross;
  return {
    start: theta,
    edges: {},
    at: (psi) => (x, gradient) => {
      const parts = pieces(problem, x, () => {
        const C = fixedCovarianceAtOne(problem);
        const beta = new Float64Array(p);
        fixedEffectsFromWorkingInto(beta, cross, problem.beta);
        const shift = (psi - beta[j]) / C[j + j * p];
        const growth = (psi - beta[j]) * shift;
        for (let i = 0; i < p; i++) beta[i] += C[i + j * p] * shift;
        // Back to working coordinates: β_w = (Rβ − β_ols)/yScale.
        for (let i = 0; i < p; i++) {
          let value = -betaOls[i];
          for (let c = i; c < p; c++) value += R[i + c * p] * beta[c];
          problem.beta[i] = value / yScale;
        }
        return growth;
      });
      return profiledDeviance(problem, parts, gradient);
    },
  };
}

/** R⁻¹ (L_X L_X′)⁻¹ R′⁻¹, p × p. */
function fixedCovarianceAtOne({ cross, factor }: Criterion): Float64Array {
  const { p, R } = cross;
  const order = factor.plan.core;
  const first = factor.plan.coreColumns;
  // U R of the fixed block is itself upper triangular, and C = ((UR)′(UR))⁻¹.
  const UR = new Float64Array(p * p);
  for (let c = 0; c < p; c++) {
    for (let i = 0; i <= c; i++) {
      let sum = 0;
      for (let l = i; l <= c; l++) sum += factor.core[first + i + (first + l) * order] * R[l + c * p];
      UR[i + c * p] = sum;
    }
  }
  const C = new Float64Array(p * p);
  inverseFromUpperInto(C, p, UR, p);
  return C;
}

/** σ_c held: σ = σ_c/δ_c. */
function sigmaProfile(cross: CrossProducts, theta: Float64Array, c: number): Profile {
  const problem = criterionOf(cross, "ML");
  const at = problem.ofTerms + c - 1;
  return {
    start: theta,
    edges: {},
    at: (psi) => (x, gradient) => {
      const sigma = Math.abs(psi) / (c === 0 ? 1 : Math.exp(x[at]));
      const parts = pieces(problem, x);
      const value = devianceAt(problem, parts, sigma, gradient);
      if (c > 0) gradient[at] += (2 * parts.pwrss) / (sigma * sigma) - 2 * cross.n;
      return value;
    },
  };
}

/** Position in θ of entry (i, c) of term t. */
function positionOf(cross: CrossProducts, t: number, i: number, c: number): number {
  const { k } = cross.places[t];
  return firstOf(cross, t) + c * k - (c * (c - 1)) / 2 + i - c;
}

/** θ of the term with its columns in another order, by the Cholesky factor of the reordered ΛΛ′. */
function permutedTheta(
  cross: CrossProducts,
  theta: Float64Array,
  t: number,
  order: readonly number[],
): Float64Array {
  const { k } = cross.places[t];
  const out = theta.slice();
  const entry = (i: number, c: number): number => (c <= i ? theta[positionOf(cross, t, i, c)] : 0);
  const L: number[][] = order.map(() => new Array<number>(k).fill(0));
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let value = 0;
      for (let c = 0; c < k; c++) value += entry(order[i], c) * entry(order[j], c);
      for (let c = 0; c < j; c++) value -= L[i][c] * L[j][c];
      // A pivot of rounding size leaves its column at zero: the matrix is singular there.
      if (i === j) L[i][i] = Math.sqrt(Math.max(0, value));
      else L[i][j] = L[j][j] > 1e-8 ? value / L[j][j] : 0;
    }
  }
  for (let c = 0; c < k; c++) for (let i = c; i < k; i++) out[positionOf(cross, t, i, c)] = L[i][c];
  return out;
}

/**
 * τ_i held: with column i first, τ = σ|θ_11| and σ = τ/|θ_11|, or θ_11 = τ/σ where σ is known. At τ = 0 column i leaves the model: with it
 * last, its row of Λ vanishes.
 */
function sdProfile(
  cross: CrossProducts,
  theta: Float64Array,
  variance: number | null,
  t: number,
  i: number,
): Profile {
  const { k, factor, offset } = cross.places[t];
  const others = Array.from({ length: k }, (_, c) => c).filter((c) => c !== i);
  const first = [i, ...others];
  const problem = criterionOf(permuteTerm(cross, t, first), "ML", variance);
  const unit = cross.zScale[factor][offset + i];
  const at = firstOf(cross, t);
  const start = permutedTheta(cross, theta, t, first);
  const edges = { lower: devianceWithout(cross, theta, variance, t, i) };
  if (variance !== null) {
    // σ cannot follow: θ_11 = τ/σ is held, the others are free.
    const sigma = Math.sqrt(variance) * cross.yScale;
    const free = Array.from(start.keys()).filter((e) => e !== at);
    const whole = new Float64Array(start.length);
    return {
      start: Float64Array.from(free, (e) => start[e]),
      edges,
      at: (psi) => (x, gradient) => {
        const own = new Float64Array(start.length);
        own[at] = (Math.abs(psi) * unit) / sigma;
        free.forEach((e, f) => {
          own[e] = x[f];
        });
        const value = profiledDeviance(problem, pieces(problem, own), whole);
        free.forEach((e, f) => {
          gradient[f] = whole[e];
        });
        return value;
      },
    };
  }
  // Log of the free diagonal entry keeps σ = τ/θ_11 positive.
  start[at] = Math.log(Math.max(start[at], 1e-3));
  return {
    start,
    edges,
    at: (psi) => (x, gradient) => {
      const own = x.slice();
      own[at] = Math.exp(x[at]);
      // τ in the units of the data is σ θ_11 / unit.
      const sigma = (Math.abs(psi) * unit) / own[at];
      const parts = pieces(problem, own);
      const value = devianceAt(problem, parts, sigma, gradient);
      // d/d log θ_11 through θ_11 and through σ = τ/θ_11.
      gradient[at] = gradient[at] * own[at] - 2 * cross.n + (2 * parts.pwrss) / (sigma * sigma);
      return value;
    },
  };
}

/** Smallest ML deviance with the SD of column i of term t at zero. */
function devianceWithout(
  cross: CrossProducts,
  theta: Float64Array,
  variance: number | null,
  t: number,
  i: number,
): number {
  const { k } = cross.places[t];
  const order = [...Array.from({ length: k }, (_, c) => c).filter((c) => c !== i), i];
  const problem = criterionOf(permuteTerm(cross, t, order), "ML", variance);
  const held = Array.from({ length: k }, (_, c) => positionOf(cross, t, k - 1, c));
  const full = permutedTheta(cross, theta, t, order);
  const free = Array.from(full.keys()).filter((at) => !held.includes(at));
  return minimizeFree(problem, full, free, held);
}

/** ρ_ij held: with columns i, j first, θ_21 = ρ s and θ_22 = √(1 − ρ²) s. */
function correlationProfile(
  cross: CrossProducts,
  theta: Float64Array,
  variance: number | null,
  t: number,
  i: number,
  j: number,
): Profile {
  const { k } = cross.places[t];
  const order = [i, j, ...Array.from({ length: k }, (_, c) => c).filter((c) => c !== i && c !== j)];
  const permuted = permuteTerm(cross, t, order);
  const problem = criterionOf(permuted, "ML", variance);
  const full = permutedTheta(cross, theta, t, order);
  const below = positionOf(cross, t, 1, 0);
  const diagonal = positionOf(cross, t, 1, 1);
  const free = Array.from(full.keys()).filter((at) => at !== below);
  const start = Float64Array.from(free, (at) => {
    if (at !== diagonal) return full[at];
    return Math.max(Math.hypot(full[below], full[diagonal]), 0.05);
  });
  const whole = new Float64Array(full.length);
  const at = (psi: number) => (x: Float64Array, gradient: Float64Array) => {
    const rest = Math.sqrt(Math.max(0, 1 - psi * psi));
    const own = new Float64Array(full.length);
    let s = 0;
    free.forEach((place, f) => {
      own[place] = x[f];
      if (place === diagonal) s = x[f];
    });
    own[below] = psi * s;
    own[diagonal] = rest * s;
    const value = profiledDeviance(problem, pieces(problem, own), whole);
    free.forEach((place, f) => {
      gradient[f] = place === diagonal ? psi * whole[below] + rest * whole[diagonal] : whole[place];
    });
    return value;
  };
  return {
    start,
    edges: { lower: minimize(at(-1), start).value, upper: minimize(at(1), start).value },
    at,
  };
}
