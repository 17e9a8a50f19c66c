/**
 * The profiled REML criterion and ML deviance of a linear mixed model, with analytic gradient.
 *
 *   REML  d(θ) = log|L_Z|² + log|L_X|² + (n − p)(1 + log(2π r² / (n − p)))
 *   ML    d(θ) = log|L_Z|² + n (1 + log(2π r² / n))
 *
 * L is the blocked Cholesky factor of Λ′AΛ + I, r² its last pivot squared (the penalised residual sum of
 * squares). Bates et al. 2015, J. Stat. Softw. 67(1), eqs. 34 and 39; weights add −Σ log w_i.
 *
 * Strata of rows with residual SDs σ_c = σδ_c, δ_1 = 1, are weights 1/δ_c²: A = Σ_c A_c/δ_c², Σ_c n_c log δ_c² is added,
 * and log δ_2, log δ_3, … follow the terms in θ.
 *
 * With σ known, v = σ²,
 *
 *   d(θ) = log|L_Z|² + r²/v + df log(2πv) (+ log|L_X|² for REML),  df = n − p or n.
 *
 * @module
 */

import { ArgumentError, listOf, ModelError, show } from "../errors.ts";
import { type BlockFactor, blockFactor, factorize } from "../linalg/blockCholesky.ts";
import { determinants, solveInto } from "../linalg/blockSolve.ts";
import { emptyLike, mixInto } from "../linalg/mixture.ts";
import {
  effectCount,
  fixedResidualProductsInto,
  residualProductsInto,
  residualSumOfSquares,
  subtractResidualOuterProducts,
} from "../linalg/residual.ts";
import { selectedInverse } from "../linalg/selectedInverse.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import { checkResidual } from "../model/identify.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { movedEntries, parameterCount, symmetricFactorInto } from "../model/structures.ts";
import { requireNormal } from "../model/student.ts";
import { ln } from "../stats/special.ts";

/** Which likelihood: restricted (REML) or full (ML). */
export type Method = "REML" | "ML";

const LOG_2PI = 1.8378770664093453;
/** A ratio of 1e5, 1e10 in weights. */
const MOST_SPREAD = 11.5;

/** The criterion of one model, with its buffers. */
export interface Criterion {
  /** With strata, Σ_c A_c/δ_c² of the last evaluation in buffers of its own. */
  readonly cross: CrossProducts;
  readonly method: Method;
  readonly factor: BlockFactor;
  /** Number of covariance parameters: those of the terms, then log δ_c of all strata but the first. */
  readonly length: number;
  /** How many of them belong to the terms. */
  readonly ofTerms: number;
  /** n − p or n. */
  readonly df: number;
  /** σ² in working units where it is known; `null` where it is estimated. */
  readonly variance: number | null;
  /** Spherical random effects and working fixed effects of the last evaluation with gradient. */
  readonly u: Float64Array;
  readonly beta: Float64Array;
  readonly lambda: readonly Float64Array[];
}

/**
 * Sets up the buffers for evaluating the criterion of a model.
 *
 * @param sigma - the residual SD in the units of the data where it is known; estimated when left out
 * @throws {ModelError} `one-row-per-group`, `too-many-random-effects`, {DataError} `response-constant-within-groups` without
 * known σ; {ModelError} `one-sigma` for a known σ with strata
 */
export function criterion(model: LinearMixedModel, method: Method, sigma?: number): Criterion {
  if (sigma === undefined) {
    checkResidual(model);
    return criterionOf(model.crossProducts, method);
  }
  if (model.strata !== null) {
    throw new ModelError(
      "one-sigma",
      `sigma is given as known, and sigmaBy has one to be estimated for each ${model.strata.name}.`,
      "Leave sigmaBy out and give weights = 1 / variance, or leave sigma out.",
      { sigmaBy: model.strata.name },
    );
  }
  const working = sigma / model.crossProducts.yScale;
  // A product, not a power: its square root is σ again, to the bit.
  return criterionOf(model.crossProducts, method, working * working);
}

/** Sets up the buffers for evaluating the criterion from cross-products; `variance` as in {@link Criterion}. */
export function criterionOf(given: CrossProducts, method: Method, variance: number | null = null): Criterion {
  const cross = given.strata === null ? given : { ...given, ...emptyLike(given) };
  if (given.strata !== null)
    mixInto(cross, given.strata.systems, new Float64Array(given.strata.systems.length).fill(1));
  const ofTerms = cross.places.reduce((sum, place) => sum + parameterCount(place), 0);
  return {
    cross,
    method,
    factor: blockFactor(cross),
    length: ofTerms + (cross.strata === null ? 0 : cross.strata.counts.length - 1),
    ofTerms,
    df: method === "REML" ? cross.n - cross.p : cross.n,
    variance,
    u: new Float64Array(effectCount(cross)),
    beta: new Float64Array(cross.p),
    lambda: cross.factors.map(({ k }) => new Float64Array(k * k)),
  };
}

/** σ² in working units at a penalised residual sum of squares: r²/df, or the known one. */
export function residualVariance(
  { variance, df }: Pick<Criterion, "variance" | "df">,
  pwrss: number,
): number {
  return variance ?? pwrss / df;
}

/** Parameters estimated: β, θ and, where it is not known, σ. */
export function estimatedCount({ cross, length, variance }: Criterion): number {
  return cross.p + length + (variance === null ? 1 : 0);
}

/**
 * −2 log-likelihood (restricted or full) profiled over β and σ, at a given θ.
 *
 * θ holds, term after term in the order of `model.random`, the lower triangle of the relative covariance factor
 * column by column, as lme4's `getME(m, "theta")`; for a term `cs(…)` with relative SD τ and correlation ρ the two
 * numbers τ√(1 + (k − 1)ρ) and τ√(1 − ρ). With `sigmaBy` the logs of the SDs of the other strata over that of the
 * first follow.
 *
 * @param model - from `lmm`
 * @param theta - k(k + 1)/2 numbers per term (2 under compound symmetry), in the units of the data
 * @param method - defaults to `"REML"`
 * @throws {ArgumentError} `wrong-length` when θ has the wrong number of entries, `invalid-argument` for one that is
 * not finite
 * @throws {ModelError} `needs-gibbs` for Student-t residuals or effects
 *
 * @example
 * criterionAt(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff), [1]); // 319.792389042
 */
export function criterionAt(
  model: LinearMixedModel,
  theta: ArrayLike<number>,
  method: Method = "REML",
): number {
  checkModel("criterionAt()", model);
  requireNormal("criterionAt()", model);
  const problem = criterion(model, method);
  checkTheta("theta", theta, model, problem);
  return evaluate(problem, workingTheta(problem.cross, theta, 1));
}

/** Refuses a θ of the wrong length or with entries that are no numbers. */
export function checkTheta(
  name: string,
  theta: ArrayLike<number>,
  model: LinearMixedModel,
  problem: Criterion,
): void {
  const { length } = problem;
  if (theta?.length !== length) {
    throw new ArgumentError(
      "wrong-length",
      `"${name}" has ${theta?.length ?? "no"} entries, but ${listOf(model.random.map((term) => term.name))} need ${length}.`,
      model.crossProducts.strata === null
        ? "Give the lower triangle of each term's relative covariance factor, column by column."
        : "Give the lower triangle of each term's relative covariance factor, column by column, then the log ratios of the residual SDs.",
      { got: theta?.length, expected: length },
    );
  }
  for (let i = 0; i < length; i++) {
    if (Number.isFinite(theta[i])) continue;
    throw new ArgumentError(
      "invalid-argument",
      `Entry ${i} of "${name}" is ${show(theta[i])}.`,
      "Give finite numbers.",
      { name, index: i },
    );
  }
}

/**
 * θ between the units of the data and working units: entry (i, j) of a term is multiplied by the scale of
 * column i (`direction` 1) or divided by it (−1).
 */
export function workingTheta(
  cross: CrossProducts,
  theta: ArrayLike<number>,
  direction: 1 | -1,
): Float64Array {
  const out = Float64Array.from(theta);
  let at = 0;
  for (const { factor, offset, k, structure } of cross.places) {
    const scaled = (entry: number, column: number): void => {
      const scale = cross.zScale[factor][offset + column];
      out[entry] = direction === 1 ? theta[entry] * scale : theta[entry] / scale;
    };
    if (structure === "cs") for (let e = 0; e < 2; e++) scaled(at++, 0);
    else for (let j = 0; j < k; j++) for (let i = j; i < k; i++) scaled(at++, i);
  }
  return out;
}

/** Writes working θ into the block-diagonal Λ of each factor. */
export function lambdaInto(lambda: readonly Float64Array[], cross: CrossProducts, theta: Float64Array): void {
  let at = 0;
  for (const { factor, offset, k, structure } of cross.places) {
    const size = cross.factors[factor].k;
    if (structure === "cs") {
      symmetricFactorInto(lambda[factor], k, theta[at], theta[at + 1], size, offset * (size + 1));
      at += 2;
      continue;
    }
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++, at++) lambda[factor][offset + i + (offset + j) * size] = theta[at];
    }
  }
}

/** log of the largest σ_c over the smallest. */
export function spreadOfStrata({ ofTerms }: Pick<Criterion, "ofTerms">, theta: Float64Array): number {
  let low = 0;
  let high = 0;
  for (let i = ofTerms; i < theta.length; i++) {
    low = Math.min(low, theta[i]);
    high = Math.max(high, theta[i]);
  }
  return high - low;
}

/** δ_c of every stratum; empty without strata. */
export function residualRatios(
  { cross, ofTerms }: Pick<Criterion, "cross" | "ofTerms">,
  theta: Float64Array,
): number[] {
  if (cross.strata === null) return [];
  return cross.strata.counts.map((_, c) => (c === 0 ? 1 : Math.exp(theta[ofTerms + c - 1])));
}

/**
 * Factors H at working θ; with strata A = Σ_c A_c/δ_c² first.
 *
 * @returns Σ_c n_c log δ_c²
 */
export function factorizeAt(problem: Criterion, theta: Float64Array): number {
  const { cross, factor, lambda, ofTerms } = problem;
  let logRatios = 0;
  if (cross.strata !== null) {
    const { counts, systems } = cross.strata;
    const weights = residualRatios(problem, theta).map((delta) => 1 / (delta * delta));
    mixInto(cross, systems, weights);
    for (let c = 1; c < counts.length; c++) logRatios += 2 * counts[c] * theta[ofTerms + c - 1];
  }
  lambdaInto(lambda, cross, theta);
  factorize(factor, lambda);
  return logRatios;
}

/**
 * The criterion at working θ; with `gradient`, its derivative too:
 *
 *   ∂d/∂Λ_f = 2 Σ_j Z_j′W[ZΛ X](H⁻¹)_{·j} − 2 (df / r²) Σ_j e_j u_j′,   e_j = Z_j′W(y − Xβ − ZΛu), 1/v for df/r² where
 *   σ is known,
 *   ∂d/∂log δ_c = 2n_c − (2/δ_c²) (tr(H⁻¹ [ZΛ X]′W_c[ZΛ X]) + (df / r²) RSS_c).
 *
 * ∞, without a gradient, where residual SDs differ by more than a factor of 10⁵.
 */
export function evaluate(problem: Criterion, theta: Float64Array, gradient?: Float64Array): number {
  const { cross, factor, df, method } = problem;
  // Beyond this the weights of the strata would leave no digits; the search stays on this side.
  if (spreadOfStrata(problem, theta) > MOST_SPREAD) return Number.POSITIVE_INFINITY;
  const logRatios = factorizeAt(problem, theta);
  const { logZ, logX, pwrss } = determinants(factor, ln);
  const variance = residualVariance(problem, pwrss);
  let value =
    logZ +
    pwrss / variance +
    df * (LOG_2PI + ln(variance * cross.yScale * cross.yScale)) -
    cross.sumLogWeights +
    logRatios;
  if (method === "REML") {
    value += logX;
    for (let j = 0; j < cross.p; j++) value += 2 * ln(Math.abs(cross.R[j + j * cross.p]));
  }
  if (gradient !== undefined) {
    solveInto(problem.u, problem.beta, factor);
    gradientOfDeterminant(problem, theta, method === "REML", gradient);
    const slope = gradientOfPwrss(problem, theta);
    for (let i = 0; i < gradient.length; i++) gradient[i] += slope[i] / variance;
  }
  return value;
}

/** gradient ← that of log|H| + Σ_c n_c log δ_c² at the last factor, H with X (REML) or without (ML). */
export function gradientOfDeterminant(
  problem: Criterion,
  theta: Float64Array,
  withFixed: boolean,
  gradient: Float64Array,
): void {
  const { cross, factor, ofTerms } = problem;
  fromBlocksInto(gradient, cross, theta, selectedInverse(factor, withFixed).traces);
  if (cross.strata === null) return;
  const ratios = residualRatios(problem, theta);
  for (let c = 1; c < ratios.length; c++) {
    const { total } = selectedInverse(factor, withFixed, cross.strata.systems[c]);
    gradient[ofTerms + c - 1] = 2 * cross.strata.counts[c] - (2 * total) / (ratios[c] * ratios[c]);
  }
}

/** Derivative of r² by working θ at the last solution: ∂r²/∂Λ_f = −2 Σ_j e_j u_j′, ∂r²/∂log δ_c = −2 RSS_c/δ_c². */
export function gradientOfPwrss(problem: Criterion, theta: Float64Array): Float64Array {
  const { cross, lambda, u, beta, ofTerms } = problem;
  const blocks = cross.factors.map(({ k }) => new Float64Array(k * k));
  subtractResidualOuterProducts(blocks, cross, lambda, u, beta, 1);
  const gradient = new Float64Array(problem.length);
  fromBlocksInto(gradient, cross, theta, blocks);
  const ratios = residualRatios(problem, theta);
  residualsByStratum(problem).forEach(({ rss }, c) => {
    if (c > 0) gradient[ofTerms + c - 1] = (-2 * rss) / (ratios[c] * ratios[c]);
  });
  return gradient;
}

/** What the residual r of the last solution leaves in each stratum: Z′W_c r, X′W_c r and r′W_c r. */
export function residualsByStratum(problem: Criterion): readonly {
  readonly e: Float64Array;
  readonly g: Float64Array;
  readonly rss: number;
}[] {
  const { cross, u, beta } = problem;
  if (cross.strata === null) return [];
  const b = effectsOf(problem);
  return cross.strata.systems.map((system) => {
    const e = new Float64Array(u.length);
    const g = new Float64Array(beta.length);
    residualProductsInto(e, system, beta, b);
    fixedResidualProductsInto(g, system, beta, b);
    return { e, g, rss: residualSumOfSquares(system, beta, b, e, g) };
  });
}

/** gradient ← twice the entries of the k × k blocks that θ moves, by the rate at which it does. */
export function fromBlocksInto(
  gradient: Float64Array,
  cross: CrossProducts,
  theta: Float64Array,
  blocks: readonly Float64Array[],
): void {
  let at = 0;
  for (const place of cross.places) {
    const { factor, offset } = place;
    const size = cross.factors[factor].k;
    for (const entries of movedEntries(place, theta, at)) {
      let sum = 0;
      for (const { row, column, rate } of entries)
        sum += rate * blocks[factor][offset + row + (offset + column) * size];
      gradient[at++] = 2 * sum;
    }
  }
}

/** b = Λu of the last solution. */
export function effectsOf({ cross, lambda, u }: Criterion): Float64Array {
  const b = new Float64Array(u.length);
  let at = 0;
  cross.factors.forEach(({ levels, k }, f) => {
    for (let level = 0; level < levels; level++, at += k) {
      for (let i = 0; i < k; i++) for (let c = 0; c <= i; c++) b[at + i] += lambda[f][i + c * k] * u[at + c];
    }
  });
  return b;
}
