/**
 * −log p(t, log σ | y), β and b integrated out, with its gradient: what the search for the mode goes down.
 *
 * The likelihood's part of the gradient is analytic: through Λ from the selected inverse and the residual's outer
 * products, through log σ from r². A normal prior on β enters as pseudo-rows σ²P. The priors of the covariance
 * matrices are differentiated numerically, which costs no factorisation.
 *
 * @module
 */

import { type BlockFactor, blockFactor, tryFactorize } from "../linalg/blockCholesky.ts";
import { determinants, solveInto } from "../linalg/blockSolve.ts";
import { inverseFromCholeskyInto } from "../linalg/cholesky.ts";
import { effectCount, subtractResidualOuterProducts } from "../linalg/residual.ts";
import { selectedInverse } from "../linalg/selectedInverse.ts";
import { ln } from "../stats/special.ts";
import { coordinateCount } from "./coordinates.ts";
import { pseudoRows } from "./marginal.ts";
import { type Layout, relativeLambdaInto } from "./relative.ts";
import { logSdPrior } from "./sdPrior.ts";
import { factorLambdaInto, type Setup, termMatrices } from "./state.ts";
import { logTermPriorAt, type TermPart, termPartInto, termParts } from "./termPart.ts";

/**
 * Of the differences of the log prior, five points. Of one size, whatever the units: what they are off
 * by is the same then; and large, so that rounding stays below 1e-10.
 */
const PRIOR_STEP = 1e-2;

/** At one model and priors; buffers of its own. */
export class MinusLogPosterior {
  readonly #setup: Setup;
  readonly #layout: Layout;
  readonly #factor: BlockFactor;
  readonly #blocks: Float64Array[];
  readonly #lambda: Float64Array[];
  readonly #moved: Float64Array[];
  readonly #parts: TermPart[];
  readonly #u: Float64Array;
  readonly #beta: Float64Array;
  readonly #scratch: Float64Array;
  readonly #shifted: Float64Array;

  /** @param layout - with log σ as the last coordinate, or σ fixed */
  constructor(setup: Setup, layout: Layout) {
    const { factors, places, p } = setup.cross;
    const k = factors.reduce((most, factor) => Math.max(most, factor.k), 1);
    this.#setup = setup;
    this.#layout = layout;
    this.#factor = blockFactor(setup.cross);
    this.#blocks = Array.from(factors, (factor) => new Float64Array(factor.k * factor.k));
    this.#lambda = termMatrices(places);
    this.#moved = termMatrices(places);
    this.#parts = termParts(places);
    this.#u = new Float64Array(effectCount(setup.cross));
    this.#beta = new Float64Array(p);
    this.#scratch = new Float64Array(k * k);
    this.#shifted = new Float64Array(layout.length);
  }

  /** The value at x, Infinity where rounding took over; the gradient is written into `gradient`. */
  at(x: Float64Array, gradient: Float64Array): number {
    const { cross, priors } = this.#setup;
    const { n, p, places } = cross;
    const layout = this.#layout;
    const lambda = this.#lambda;
    const blocks = this.#blocks;
    const beta = this.#beta;
    const u = this.#u;
    const d = layout.terms;
    const free = layout.sigma !== "fixed";
    const sigma = relativeLambdaInto(lambda, this.#setup, layout, x);
    const variance = sigma * sigma;
    factorLambdaInto(blocks, places, lambda, cross, 1);
    if (!tryFactorize(this.#factor, blocks, pseudoRows(p, priors, variance))) return Number.POSITIVE_INFINITY;
    const { logZ, logX, pwrss } = determinants(this.#factor, ln);
    solveInto(u, beta, this.#factor);
    const { traces } = selectedInverse(this.#factor, true);
    // −½(log|L_Z|² + log|L_X|²) − r²/(2σ²): its derivative by Λ is −traces + Σ e u′/σ².
    subtractResidualOuterProducts(traces, cross, blocks, u, beta, 1 / variance);
    gradient.fill(0);
    for (let t = 0; t < places.length; t++) {
      const { factor, offset, k } = places[t];
      const size = cross.factors[factor].k;
      if (layout.at[t] < 0) {
        // Λ = Λ_fixed/σ moves with σ alone: dΛ/d log σ = −Λ.
        if (free) gradient[d] -= along(traces[factor], size, offset, k, lambda[t]);
        continue;
      }
      for (let c = 0; c < coordinateCount(k); c++) {
        const derivative = derivativeOfLambda(lambda[t], c, k);
        gradient[layout.at[t] + c] += along(traces[factor], size, offset, k, derivative);
      }
    }
    if (free) {
      gradient[d] += n - p - pwrss / variance;
      if (priors.betaPrecision !== null)
        gradient[d] += this.#betaPriorBySigma(variance, priors.betaPrecision);
    }
    this.#shifted.set(x);
    for (let i = 0; i < layout.length; i++) {
      const near = this.#priorBeyond(i, 1) - this.#priorBeyond(i, -1);
      const far = this.#priorBeyond(i, 2) - this.#priorBeyond(i, -2);
      gradient[i] -= (8 * near - far) / (12 * PRIOR_STEP);
    }
    return 0.5 * (logZ + logX) + (n - p) * ln(sigma) + (0.5 * pwrss) / variance - this.#logPrior(x);
  }

  #logPrior(x: Float64Array): number {
    const { cross, priors } = this.#setup;
    const { places } = cross;
    const sigma = relativeLambdaInto(this.#moved, this.#setup, this.#layout, x);
    const logSigma = ln(sigma);
    let sum = priors.sigma.type === "fixed" ? 0 : logSdPrior(priors.sigma, logSigma) + logSigma;
    for (let t = 0; t < places.length; t++) {
      const prior = priors.terms[t];
      const part = this.#parts[t];
      termPartInto(part, prior, x, this.#layout.at[t], this.#moved[t], places[t].k, this.#scratch);
      sum += logTermPriorAt(prior, part, sigma, logSigma);
    }
    return sum;
  }

  /** The log prior so many steps away along coordinate i. */
  #priorBeyond(i: number, steps: number): number {
    const x = this.#shifted;
    const own = x[i];
    x[i] = own + steps * PRIOR_STEP;
    const density = this.#logPrior(x);
    x[i] = own;
    return density;
  }

  /** ∂/∂ log σ of ½ log|C| + r²/(2σ²) through σ²P: tr(C⁻¹P)σ² + (β − m)′P(β − m). */
  #betaPriorBySigma(variance: number, P: Float64Array): number {
    const { betaConstant, betaShift } = this.#setup.priors;
    const { core, plan } = this.#factor;
    const beta = this.#beta;
    const order = beta.length;
    const inverse = new Float64Array(order * order);
    const L = new Float64Array(order * order);
    const first = plan.coreColumns;
    for (let j = 0; j < order; j++) {
      for (let i = j; i < order; i++) L[i + j * order] = core[first + j + (first + i) * plan.core];
    }
    inverseFromCholeskyInto(inverse, L, order, order);
    let sum = betaConstant;
    for (let j = 0; j < order; j++) {
      sum -= 2 * beta[j] * betaShift[j];
      for (let i = 0; i < order; i++) {
        sum += variance * inverse[i + j * order] * P[i + j * order] + beta[i] * P[i + j * order] * beta[j];
      }
    }
    return sum;
  }
}

/** Σ_ij traces_ij dΛ_ij over the block of a term. */
function along(
  traces: Float64Array,
  size: number,
  offset: number,
  k: number,
  derivative: Float64Array,
): number {
  let sum = 0;
  for (let j = 0; j < k; j++) {
    for (let i = j; i < k; i++) sum += traces[offset + i + (offset + j) * size] * derivative[i + j * k];
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
