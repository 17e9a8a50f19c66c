/**
 * The mode of the marginal posterior of the variance parameters, and the covariance its curvature implies.
 *
 * @module
 */

import { blockFactor, tryFactorize } from "../linalg/blockCholesky.ts";
import { determinants, solveInto } from "../linalg/blockSolve.ts";
import { inverseFromCholeskyInto } from "../linalg/cholesky.ts";
import { effectCount, subtractResidualOuterProducts } from "../linalg/residual.ts";
import { selectedInverse } from "../linalg/selectedInverse.ts";
import { minimizing, type Search, symmetricEigen } from "../stats/optimize.ts";
import { ln } from "../stats/special.ts";
import { coordinateCount } from "./coordinates.ts";
import { pseudoRows } from "./marginal.ts";
import { type Layout, relativeLambdaInto } from "./relative.ts";
import { logSdPrior } from "./sdPrior.ts";
import { factorLambdaInto, type Setup } from "./state.ts";
import { logTermPriorAt, termPart, termPartInto } from "./target.ts";

/** On g′H⁻¹g: 1e-10 standard deviations, so that data in other units have the same draws but for the last digits. */
const TOLERANCE = 1e-20;
/**
 * Of the differences of the log prior, five points, and of the gradient. Of one size, whatever the units: what they are off
 * by is the same then; and large, so that rounding stays below 1e-10.
 */
const PRIOR_STEP = 1e-2;
const HESSIAN_STEP = 1e-2;

/** Mode and covariance in the coordinates of a layout. */
export interface Mode {
  readonly x: Float64Array;
  /** d × d. */
  readonly covariance: Float64Array;
}

/**
 * Maximises log p(t, log σ | y) (or of t alone, σ being fixed) by quasi-Newton and Newton steps; yields after every
 * evaluation.
 *
 * The likelihood's part of the gradient is analytic: through Λ from the selected inverse and the residual's outer
 * products, through log σ from r². A normal prior on β enters as pseudo-rows σ²P. The priors of the covariance
 * matrices are differentiated numerically, which costs no factorisation. The curvature is taken by central differences of
 * the gradient at the mode, which a last Newton step then corrects.
 */
export function* modeOf(setup: Setup, layout: Layout): Generator<void, Mode, void> {
  const { cross, priors } = setup;
  const { n, p, places } = cross;
  const d = layout.terms;
  const free = layout.sigma !== "fixed";
  const size = d + (free ? 1 : 0);
  // All coordinates, log σ last; a layout that holds σ as a coordinate reads it from there.
  const whole: Layout = free ? { ...layout, sigma: "coordinate" } : layout;
  const factor = blockFactor(cross);
  yield;
  const blocks = cross.factors.map(({ k }) => new Float64Array(k * k));
  const lambda = places.map(({ k }) => new Float64Array(k * k));
  const moved = places.map(({ k }) => new Float64Array(k * k));
  const parts = places.map(({ k }) => termPart(k));
  const u = new Float64Array(effectCount(cross));
  const beta = new Float64Array(p);
  const kMost = cross.factors.reduce((most, { k }) => Math.max(most, k), 1);
  const scratch = new Float64Array(kMost * kMost);

  const logPrior = (x: Float64Array): number => {
    const sigma = relativeLambdaInto(moved, setup, whole, x);
    const logSigma = ln(sigma);
    let sum = priors.sigma.type === "fixed" ? 0 : logSdPrior(priors.sigma, logSigma) + logSigma;
    places.forEach(({ k }, t) => {
      termPartInto(parts[t], priors.terms[t], x, layout.at[t], moved[t], k, scratch);
      sum += logTermPriorAt(priors.terms[t], parts[t], sigma, logSigma);
    });
    return sum;
  };

  const objective = (x: Float64Array, gradient: Float64Array): number => {
    const sigma = relativeLambdaInto(lambda, setup, whole, x);
    const variance = sigma * sigma;
    factorLambdaInto(blocks, places, lambda, cross, 1);
    if (!tryFactorize(factor, blocks, pseudoRows(p, priors, variance))) return Number.POSITIVE_INFINITY;
    const { logZ, logX, pwrss } = determinants(factor, ln);
    solveInto(u, beta, factor);
    const { traces } = selectedInverse(factor, true);
    // −½(log|L_Z|² + log|L_X|²) − r²/(2σ²): its derivative by Λ is −traces + Σ e u′/σ².
    subtractResidualOuterProducts(traces, cross, blocks, u, beta, 1 / variance);
    gradient.fill(0);
    places.forEach(({ factor: f, offset, k }, t) => {
      if (layout.at[t] < 0) {
        // Λ = Λ_fixed/σ moves with σ alone: dΛ/d log σ = −Λ.
        if (free)
          gradient[d] += along(traces[f], cross.factors[f].k, offset, k, (i, j) => -lambda[t][i + j * k]);
        return;
      }
      for (let c = 0; c < coordinateCount(k); c++) {
        const at = layout.at[t] + c;
        const derivative = derivativeOfLambda(lambda[t], c, k);
        gradient[at] += along(traces[f], cross.factors[f].k, offset, k, (i, j) => derivative[i + j * k]);
      }
    });
    if (free) {
      gradient[d] += n - p - pwrss / variance;
      if (priors.betaPrecision !== null) gradient[d] += priorPartBySigma(p, priors.betaPrecision);
    }
    const shifted = x.slice();
    for (let i = 0; i < size; i++) {
      const at = (steps: number): number => {
        shifted[i] = x[i] + steps * PRIOR_STEP;
        return logPrior(shifted);
      };
      gradient[i] -= (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * PRIOR_STEP);
      shifted[i] = x[i];
    }
    return 0.5 * (logZ + logX) + (n - p) * ln(sigma) + (0.5 * pwrss) / variance - logPrior(x);

    /** ∂/∂ log σ of ½ log|C| + r²/(2σ²) through σ²P: tr(C⁻¹P)σ² + (β − m)′P(β − m). */
    function priorPartBySigma(order: number, P: Float64Array): number {
      const inverse = new Float64Array(order * order);
      const L = new Float64Array(order * order);
      const first = factor.plan.coreColumns;
      for (let j = 0; j < order; j++) {
        for (let i = j; i < order; i++)
          L[i + j * order] = factor.core[first + j + (first + i) * factor.plan.core];
      }
      inverseFromCholeskyInto(inverse, L, order, order);
      let sum = priors.betaConstant;
      for (let j = 0; j < order; j++) {
        sum -= 2 * beta[j] * priors.betaShift[j];
        for (let i = 0; i < order; i++) {
          sum += variance * inverse[i + j * order] * P[i + j * order] + beta[i] * P[i + j * order] * beta[j];
        }
      }
      return sum;
    }
  };

  const start = new Float64Array(size);
  places.forEach(({ k }, t) => {
    if (layout.at[t] >= 0) start.fill(-Math.LN2, layout.at[t], layout.at[t] + k);
  });
  if (free) start[d] = 0.5 * ln(cross.xtx[cross.xtx.length - 1] / n) - 0.2;
  function* answered<T>(search: Search<T>): Generator<void, T, void> {
    let asked = search.next();
    while (!asked.done) {
      asked = search.next(objective(asked.value.x, asked.value.gradient));
      yield;
    }
    return asked.value;
  }
  let found = yield* answered(minimizing(start, { tolerance: TOLERANCE, newton: false }));
  let hessian = yield* answered(centralHessian(found.x));
  if (symmetricEigen(hessian, size).values.some((value) => value < 0)) {
    // Not a maximum: a search that knows saddles goes on from there.
    found = yield* answered(minimizing(found.x));
    hessian = yield* answered(centralHessian(found.x));
  }
  const covariance = inverseOf(hessian, size);
  const x = found.x.map((value, i) => {
    let step = 0;
    for (let j = 0; j < size; j++) step += covariance[i + j * size] * found.gradient[j];
    return value - step;
  });
  const kept = layout.length;
  const out = new Float64Array(kept * kept);
  for (let j = 0; j < kept; j++) for (let i = 0; i < kept; i++) out[i + j * kept] = covariance[i + j * size];
  return { x: x.slice(0, kept), covariance: out };
}

/** Σ_ij traces_ij dΛ_ij over the block of a term. */
function along(
  traces: Float64Array,
  size: number,
  offset: number,
  k: number,
  derivative: (i: number, j: number) => number,
): number {
  let sum = 0;
  for (let j = 0; j < k; j++) {
    for (let i = j; i < k; i++) sum += traces[offset + i + (offset + j) * size] * derivative(i, j);
  }
  return sum;
}

/**
 * ∂Λ by coordinate c. Row i is τ_i (z_i0, z_i1 √(1 − z_i0²), …): by log τ_i it is itself; by w_ij = atanh z_ij what stands
 * left of j stays, Λ_ij has (1 − z_ij²) times what is left of the row's length, and what stands right of it −z_ij Λ_im.
 */
function derivativeOfLambda(L: Float64Array, c: number, k: number): Float64Array {
  const out = new Float64Array(k * k);
  if (c < k) {
    for (let j = 0; j <= c; j++) out[c + j * k] = L[c + j * k];
    return out;
  }
  let i = 1;
  let j = c - k;
  for (; j >= i; i++) j -= i;
  let right = 0;
  for (let m = j + 1; m <= i; m++) right += L[i + m * k] * L[i + m * k];
  const rest = Math.sqrt(right + L[i + j * k] * L[i + j * k]);
  out[i + j * k] = right / rest;
  for (let m = j + 1; m <= i; m++) out[i + m * k] = (-L[i + j * k] / rest) * L[i + m * k];
  return out;
}

/** Central differences of the gradient, 2d evaluations. */
function* centralHessian(x: Float64Array): Search<Float64Array> {
  const d = x.length;
  const H = new Float64Array(d * d);
  const [above, below] = [new Float64Array(d), new Float64Array(d)];
  const at = x.slice();
  for (let j = 0; j < d; j++) {
    at[j] = x[j] + HESSIAN_STEP;
    yield { x: at, gradient: above };
    at[j] = x[j] - HESSIAN_STEP;
    yield { x: at, gradient: below };
    at[j] = x[j];
    for (let i = 0; i < d; i++) {
      const slope = (above[i] - below[i]) / (4 * HESSIAN_STEP);
      H[i + j * d] += slope;
      H[j + i * d] += slope;
    }
  }
  return H;
}

/** |H|⁻¹ with eigenvalues below a thousandth raised to it: no axis wider than about 30 units. */
function inverseOf(hessian: Float64Array, d: number): Float64Array {
  const { values, vectors } = symmetricEigen(hessian, d);
  const out = new Float64Array(d * d);
  for (let e = 0; e < d; e++) {
    const size = Math.max(Math.abs(values[e]), 1e-3);
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++) out[i + j * d] += (vectors[i + e * d] * vectors[j + e * d]) / size;
    }
  }
  return out;
}
