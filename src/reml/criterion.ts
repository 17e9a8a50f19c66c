/**
 * The profiled REML criterion and ML deviance of a linear mixed model, with analytic gradient.
 *
 *   REML  d(θ) = log|L_Z|² + log|L_X|² + (n − p)(1 + log(2π r² / (n − p)))
 *   ML    d(θ) = log|L_Z|² + n (1 + log(2π r² / n))
 *
 * L is the blocked Cholesky factor of Λ′AΛ + I, r² its last pivot squared (the penalised residual sum of
 * squares). Bates et al. 2015, J. Stat. Softw. 67(1), eqs. 34 and 39; weights add −Σ log w_i.
 *
 * @module
 */

import { ArgumentError, listOf, show } from "../errors.ts";
import { type BlockFactor, blockFactor, factorize } from "../linalg/blockCholesky.ts";
import { determinants, selectedInverse, solveInto } from "../linalg/blockSolve.ts";
import { effectCount, subtractResidualOuterProducts } from "../linalg/residual.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { ln } from "../stats/special.ts";

/** Which likelihood: restricted (REML) or full (ML). */
export type Method = "REML" | "ML";

const LOG_2PI = 1.8378770664093453;

/** The criterion of one model, with its buffers. */
export interface Criterion {
  readonly cross: CrossProducts;
  readonly method: Method;
  readonly factor: BlockFactor;
  /** Number of covariance parameters. */
  readonly length: number;
  /** n − p or n. */
  readonly df: number;
  /** Spherical random effects and working fixed effects of the last evaluation with gradient. */
  readonly u: Float64Array;
  readonly beta: Float64Array;
  readonly lambda: readonly Float64Array[];
}

/** Sets up the buffers for evaluating the criterion of a model. */
export function criterion(model: LinearMixedModel, method: Method): Criterion {
  return criterionOf(model.crossProducts, method);
}

/** Sets up the buffers for evaluating the criterion from cross-products. */
export function criterionOf(cross: CrossProducts, method: Method): Criterion {
  return {
    cross,
    method,
    factor: blockFactor(cross),
    length: cross.places.reduce((sum, { k }) => sum + (k * (k + 1)) / 2, 0),
    df: method === "REML" ? cross.n - cross.p : cross.n,
    u: new Float64Array(effectCount(cross)),
    beta: new Float64Array(cross.p),
    lambda: cross.factors.map(({ k }) => new Float64Array(k * k)),
  };
}

/**
 * −2 log-likelihood (restricted or full) profiled over β and σ, at a given θ.
 *
 * θ holds, term after term in the order of `model.random`, the lower triangle of the relative covariance factor
 * column by column, as lme4's `getME(m, "theta")`.
 *
 * @param model - from `lmm`
 * @param theta - k(k + 1)/2 numbers per term, in the units of the data
 * @param method - defaults to `"REML"`
 * @throws {ArgumentError} `wrong-length` when θ has the wrong number of entries, `invalid-argument` for one that is
 * not finite
 *
 * @example
 * criterionAt(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff), [1]); // 319.792389042
 */
export function criterionAt(
  model: LinearMixedModel,
  theta: ArrayLike<number>,
  method: Method = "REML",
): number {
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
  if (theta.length !== length) {
    throw new ArgumentError(
      "wrong-length",
      `"${name}" has ${theta.length} entries, but ${listOf(model.random.map((term) => term.name))} need ${length}.`,
      "Give the lower triangle of each term's relative covariance factor, column by column.",
      { got: theta.length, expected: length },
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
  const out = new Float64Array(theta.length);
  let at = 0;
  for (const { factor, offset, k } of cross.places) {
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++, at++) {
        const scale = cross.zScale[factor][offset + i];
        out[at] = direction === 1 ? theta[at] * scale : theta[at] / scale;
      }
    }
  }
  return out;
}

/** Writes working θ into the block-diagonal Λ of each factor. */
export function lambdaInto(lambda: readonly Float64Array[], cross: CrossProducts, theta: Float64Array): void {
  let at = 0;
  for (const { factor, offset, k } of cross.places) {
    const size = cross.factors[factor].k;
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++, at++) lambda[factor][offset + i + (offset + j) * size] = theta[at];
    }
  }
}

/**
 * The criterion at working θ; with `gradient`, its derivative too:
 *
 *   ∂d/∂Λ_f = 2 Σ_j Z_j′W[ZΛ X](H⁻¹)_{·j} − 2 (df / r²) Σ_j e_j u_j′,   e_j = Z_j′W(y − Xβ − ZΛu).
 */
export function evaluate(problem: Criterion, theta: Float64Array, gradient?: Float64Array): number {
  const { cross, factor, lambda, df, method } = problem;
  lambdaInto(lambda, cross, theta);
  factorize(factor, lambda);
  const { logZ, logX, pwrss } = determinants(factor, ln);
  let value =
    logZ + df * (1 + LOG_2PI + ln((pwrss * cross.yScale * cross.yScale) / df)) - cross.sumLogWeights;
  if (method === "REML") {
    value += logX;
    for (let j = 0; j < cross.p; j++) value += 2 * ln(Math.abs(cross.R[j + j * cross.p]));
  }
  if (gradient !== undefined) {
    solveInto(problem.u, problem.beta, factor);
    const { traces } = selectedInverse(factor, method === "REML");
    subtractResidualOuterProducts(traces, cross, lambda, problem.u, problem.beta, df / pwrss);
    fromBlocksInto(gradient, cross, traces);
  }
  return value;
}

/** Derivative of r² by working θ at the last solution: ∂r²/∂Λ_f = −2 Σ_j e_j u_j′. */
export function gradientOfPwrss(problem: Criterion): Float64Array {
  const blocks = problem.cross.factors.map(({ k }) => new Float64Array(k * k));
  subtractResidualOuterProducts(blocks, problem.cross, problem.lambda, problem.u, problem.beta, 1);
  const gradient = new Float64Array(problem.length);
  fromBlocksInto(gradient, problem.cross, blocks);
  return gradient;
}

/** gradient ← twice the entries of the k × k blocks that θ fills. */
export function fromBlocksInto(
  gradient: Float64Array,
  cross: CrossProducts,
  blocks: readonly Float64Array[],
): void {
  let at = 0;
  for (const { factor, offset, k } of cross.places) {
    const size = cross.factors[factor].k;
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++, at++) gradient[at] = 2 * blocks[factor][offset + i + (offset + j) * size];
    }
  }
}
