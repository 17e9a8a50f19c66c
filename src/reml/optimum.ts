/**
 * The optimum of a criterion, from which every estimate is read, and its singular directions.
 *
 * @module
 */

import { listOf, type Warning, warning } from "../errors.ts";
import { determinants, solveInto } from "../linalg/blockSolve.ts";
import { farSlopes } from "../model/farSlopes.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName } from "../model/variables.ts";
import { differenceHessian } from "../stats/optimize.ts";
import { ln } from "../stats/special.ts";
import { symmetricEigen } from "../stats/symmetric.ts";
import { type Criterion, criterionOf, evaluate } from "./criterion.ts";

/** How the optimiser ended. */
export interface Convergence {
  /** Whether no reported number could still move by more than 1e-6 of its standard error. */
  readonly ok: boolean;
  /** √(½ g′H⁻¹g): bounds the move of every smooth function of θ, in its own standard errors. */
  readonly maxMoveInSE: number;
  /** Evaluations of the criterion and its gradient. */
  readonly evaluations: number;
}

/** What an optimum can be had from without another search. */
export interface SavedOptimum {
  /** Working θ, diagonal entries ≥ 0. */
  readonly theta: Float64Array;
  /** Hessian of the profiled criterion there; `null` where it is dear, and made on first use. */
  readonly hessian: Float64Array | null;
  readonly convergence: Convergence;
  /** Minimum, quartiles and maximum of the scaled residuals where the rows are gone; `null` otherwise. */
  readonly residuals: readonly number[] | null;
}

/** The optimum in working units, from which every estimate is read. */
export interface Optimum {
  readonly problem: Criterion;
  readonly saved: SavedOptimum;
  /** Working θ, diagonal entries ≥ 0. */
  readonly theta: Float64Array;
  readonly value: number;
  /** Hessian of the profiled criterion at working θ. */
  readonly hessian: Float64Array;
  readonly pwrss: number;
  readonly convergence: Convergence;
  readonly warnings: readonly Warning[];
  readonly isSingular: boolean;
}

/**
 * The optimum at a θ.
 *
 * @param problem - evaluated there last
 * @param value - of the criterion there
 */
export function optimumAt(
  model: LinearMixedModel,
  problem: Criterion,
  value: number,
  saved: SavedOptimum,
): Optimum {
  const { theta, convergence } = saved;
  const { ok } = convergence;
  const { pwrss } = determinants(problem.factor, ln);
  solveInto(problem.u, problem.beta, problem.factor);
  const warnings: Warning[] = [...model.warnings];
  if (!ok) warnings.push(notSettled(model, problem.method, convergence));
  warnings.push(...farSlopes(model, 1000, "That loses digits, and the optimum may be missed."));
  const singular = singularDirections(model, problem, theta);
  warnings.push(...singular);
  let { hessian } = saved;
  return {
    problem,
    saved,
    theta,
    value,
    get hessian() {
      hessian ??= hessianAt(problem, theta);
      return hessian;
    },
    pwrss,
    convergence,
    warnings,
    isSingular: singular.length > 0,
  };
}

/** The Hessian of the profiled criterion at θ, with buffers of its own; for cores too large to take it on the way. */
function hessianAt({ cross, method, variance }: Criterion, theta: Float64Array): Float64Array {
  const problem = criterionOf(cross, method, variance);
  const gradient = new Float64Array(theta.length);
  evaluate(problem, theta, gradient);
  return differenceHessian((at, into) => evaluate(problem, at, into), theta, gradient);
}

/** One warning per random term whose covariance matrix has a direction without variance. */
function singularDirections(model: LinearMixedModel, problem: Criterion, theta: Float64Array): Warning[] {
  const found: Warning[] = [];
  let at = 0;
  problem.cross.places.forEach(({ factor, offset, k, structure }, t) => {
    const { group, columns, name } = model.random[t];
    const onEdge = (words: string, direction: string | readonly number[]): void => {
      found.push(
        warning(
          "singular-fit",
          `On the edge: the variance of ${words} across ${group} is estimated as zero. The other estimates stand; gibbs() gives an interval for this one.`,
          { group, term: name, direction, columns },
        ),
      );
    };
    if (structure === "cs") {
      for (const what of ["the mean", "the differences"]) {
        if (theta[at++] < 1e-4) onEdge(`${what} of ${listOf(columns.map(shortName))}`, what);
      }
      return;
    }
    const L = new Float64Array(k * k);
    for (let j = 0; j < k; j++) for (let i = j; i < k; i++) L[i + j * k] = theta[at++];
    const S = new Float64Array(k * k);
    for (let j = 0; j < k; j++) {
      for (let i = 0; i < k; i++) for (let c = 0; c < k; c++) S[i + j * k] += L[i + c * k] * L[j + c * k];
    }
    const { values, vectors } = symmetricEigen(S, k);
    for (let e = 0; e < k; e++) {
      // lme4 calls a fit singular below 1e-4 on the scale of θ.
      if (!(Math.sqrt(Math.max(values[e], 0)) < 1e-4)) continue;
      const scale = problem.cross.zScale[factor];
      const direction = columns.map((_, i) => vectors[i + e * k] * scale[offset + i]);
      onEdge(combination(direction, columns), direction);
    }
  });
  return found;
}

/** `0.98 Intercept − 0.20 Days`, or the bare name when only one column takes part. */
function combination(direction: readonly number[], columns: readonly string[]): string {
  const norm = Math.hypot(...direction);
  const parts = direction
    .map((value, i) => ({ value: value / norm, name: shortName(columns[i]) }))
    .filter(({ value }) => Math.abs(value) > 5e-3);
  if (parts.length === 1) return parts[0].name;
  const sign = parts[0].value < 0 ? -1 : 1;
  return parts
    .map(({ value, name }, i) => {
      const size = Math.abs(value).toFixed(2);
      const minus = sign * value < 0;
      if (i === 0) return `${size} ${name}`;
      return `${minus ? "−" : "+"} ${size} ${name}`;
    })
    .join(" ");
}

function notSettled(model: LinearMixedModel, method: string, convergence: Convergence): Warning {
  const { maxMoveInSE, evaluations } = convergence;
  const effects = model.random.reduce((sum, { levels, columns }) => sum + levels.length * columns.length, 0);
  const cause =
    effects >= model.n
      ? ` The random terms have ${effects} effects for ${model.n} rows, and may reproduce them with nothing left for sigma.`
      : "";
  return warning(
    "not-settled",
    `${method} has not settled: a reported number could still move by ${maxMoveInSE.toExponential(1)} of its standard error after ${evaluations} evaluations.${cause} Simplify the random terms, or take the posterior of gibbs().`,
    { maxMoveInSE, evaluations, effects },
  );
}
