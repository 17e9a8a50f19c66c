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
import { minimizing, symmetricEigen } from "../stats/optimize.ts";
import { ln } from "../stats/special.ts";
import { coordinateCount, lambdaFromCoordinatesInto } from "./coordinates.ts";
import { pseudoRows } from "./marginal.ts";
import { type Layout, relativeLambdaInto } from "./relative.ts";
import { logSdPrior } from "./sdPrior.ts";
import { factorLambdaInto, type Setup } from "./state.ts";
import { logTermPriorAt, termPart, termPartInto } from "./target.ts";

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
 * matrices are differentiated numerically, which costs no factorisation.
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
        const derivative = differenceOfLambda(
          x.subarray(layout.at[t], layout.at[t] + coordinateCount(k)),
          c,
          k,
        );
        gradient[at] += along(traces[f], cross.factors[f].k, offset, k, (i, j) => derivative[i + j * k]);
      }
    });
    if (free) {
      gradient[d] += n - p - pwrss / variance;
      if (priors.betaPrecision !== null)
        gradient[d] += priorPartBySigma(p, priors.betaPrecision, priors.betaShift);
    }
    const shifted = x.slice();
    for (let i = 0; i < size; i++) {
      const step = 1e-5;
      shifted[i] = x[i] + step;
      const above = logPrior(shifted);
      shifted[i] = x[i] - step;
      const below = logPrior(shifted);
      shifted[i] = x[i];
      gradient[i] -= (above - below) / (2 * step);
    }
    return 0.5 * (logZ + logX) + (n - p) * ln(sigma) + (0.5 * pwrss) / variance - logPrior(x);

    /** ∂/∂ log σ of ½ log|C| + ρ/(2σ²) through C = S + σ²P: tr(C⁻¹P)σ² + β′Pβ − 2β′Pm. */
    function priorPartBySigma(order: number, P: Float64Array, shift: Float64Array): number {
      const inverse = new Float64Array(order * order);
      const L = new Float64Array(order * order);
      const first = factor.plan.coreColumns;
      for (let j = 0; j < order; j++) {
        for (let i = j; i < order; i++)
          L[i + j * order] = factor.core[first + j + (first + i) * factor.plan.core];
      }
      inverseFromCholeskyInto(inverse, L, order, order);
      let sum = 0;
      for (let j = 0; j < order; j++) {
        sum -= 2 * beta[j] * shift[j];
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
  const search = minimizing(start, { tolerance: 1e-10 });
  let asked = search.next();
  while (!asked.done) {
    asked = search.next(objective(asked.value.x, asked.value.gradient));
    yield;
  }
  const { x, hessian } = asked.value;
  const covariance = inverseOf(hessian, size);
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

/** ∂Λ by coordinate c, by central differences of a smooth function. */
function differenceOfLambda(coordinates: Float64Array, c: number, k: number): Float64Array {
  const step = 1e-5;
  const up = new Float64Array(k * k);
  const down = new Float64Array(k * k);
  const moved = coordinates.slice();
  moved[c] += step;
  lambdaFromCoordinatesInto(up, moved, k);
  moved[c] -= 2 * step;
  lambdaFromCoordinatesInto(down, moved, k);
  return up.map((value, i) => (value - down[i]) / (2 * step));
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
