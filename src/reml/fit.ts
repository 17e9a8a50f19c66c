/**
 * REML and ML estimation: starts, optimiser, convergence and singular directions.
 *
 * @module
 */

import {
  ArgumentError,
  knownOptions,
  listOf,
  NumericalError,
  show,
  type Warning,
  warning,
} from "../errors.ts";
import { determinants, solveInto } from "../linalg/blockSolve.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { requireNormal } from "../model/student.ts";
import { shortName } from "../model/variables.ts";
import { differenceHessian, type Minimum, minimize, symmetricEigen } from "../stats/optimize.ts";
import { ln } from "../stats/special.ts";
import { averageInformation } from "./averageInformation.ts";
import {
  type Criterion,
  checkTheta,
  criterion,
  criterionOf,
  evaluate,
  type Method,
  residualRatios,
  spreadOfStrata,
  workingTheta,
} from "./criterion.ts";
import { LmmFit } from "./lmmFit.ts";
import { firstStart, otherStarts } from "./start.ts";

/** Order of the dense core beyond which an evaluation is too dear for a Hessian by differences. */
const LARGE_CORE = 300;

/** Options of {@link reml} and {@link ml}. */
export interface FitOptions {
  /** θ to start from, in the units of the data; defaults to the identity in working units. */
  readonly start?: readonly number[];
  /**
   * The residual SD where it is known, in the units of the data: with `weights` 1/variance, `sigma: 1` holds every row at
   * its own variance. Estimated when left out. metafor: `rma(yi, vi)`.
   */
  readonly sigma?: number;
}

/** How the optimiser ended. */
export interface Convergence {
  /** Whether no reported number could still move by more than 1e-6 of its standard error. */
  readonly ok: boolean;
  /** √(½ g′H⁻¹g): bounds the move of every smooth function of θ, in its own standard errors. */
  readonly maxMoveInSE: number;
  /** Evaluations of the criterion and its gradient. */
  readonly evaluations: number;
}

/** The optimum in working units, from which every estimate is read. */
export interface Optimum {
  readonly problem: Criterion;
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
 * Fits a linear mixed model by restricted maximum likelihood. lme4: `lmer(…, REML = TRUE)`.
 *
 * The profiled criterion (Bates et al. 2015, eq. 39) is minimised over θ with analytic gradients. Estimates are in
 * the units of the data. Singular fits (a variance of zero, a correlation of ±1) are legitimate estimates: they
 * are named in `warnings`, code `singular-fit`.
 *
 * @param model - from `lmm`
 * @param options - `start`: θ to start from, defaults to the identity; `sigma`: known, see {@link FitOptions}
 * @throws {ArgumentError} `unknown-option`, `wrong-length`, `invalid-argument`
 * @throws {ModelError} `needs-gibbs` for Student-t residuals or effects
 * @throws {ModelError} `one-row-per-group`, `too-many-random-effects` where σ is not known; `one-sigma` where it is, beside
 * `sigmaBy`
 * @throws {NumericalError} `perfect-fit`, `not-positive-definite`, `stratum-without-residual`
 *
 * @example
 * const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
 * fit.fixef(); // { "(Intercept)": 251.405, Days: 10.467 }
 */
export function reml(model: LinearMixedModel, options: FitOptions = {}): LmmFit {
  return fitOf("reml", model, "REML", options);
}

/**
 * Fits a linear mixed model by maximum likelihood. lme4: `lmer(…, REML = FALSE)`. See {@link reml}.
 *
 * @throws {ArgumentError} `unknown-option`, `wrong-length`, `invalid-argument`
 */
export function ml(model: LinearMixedModel, options: FitOptions = {}): LmmFit {
  return fitOf("ml", model, "ML", options);
}

/** The fit of the same model by a method, σ held where the fit holds it. */
export function sameFitBy(fit: LmmFit, method: Method): LmmFit {
  if (fit.method === method) return fit;
  const known = fit.sigmaKnown ? { sigma: fit.sigma } : {};
  return method === "REML" ? reml(fit.model, known) : ml(fit.model, known);
}

function fitOf(call: string, model: LinearMixedModel, method: Method, options: FitOptions): LmmFit {
  checkModel(`${call}()`, model);
  knownOptions(call, options, ["start", "sigma"]);
  requireNormal(`${call}()`, model);
  const { sigma } = options;
  if (sigma !== undefined && !(typeof sigma === "number" && sigma > 0 && Number.isFinite(sigma))) {
    throw new ArgumentError(
      "invalid-argument",
      `"sigma" must be a positive number, got ${show(sigma)}.`,
      "Pass the known residual standard deviation, or leave it out to have it estimated.",
      { name: "sigma", value: sigma },
    );
  }
  // What a fit makes other fits with: default options, and σ as it is.
  const known = sigma === undefined ? {} : { sigma };
  const fitBy = (other: LinearMixedModel, by: Method): LmmFit => fitOf(call, other, by, known);
  return new LmmFit(model, findOptimum(model, method, options), fitBy);
}

function findOptimum(model: LinearMixedModel, method: Method, options: FitOptions): Optimum {
  const problem = criterion(model, method, options.sigma);
  const { cross } = problem;
  const start = firstStart(problem);
  if (options.start !== undefined) {
    checkTheta("start", options.start, model, problem);
    start.set(workingTheta(cross, options.start, 1));
  }
  let last: { theta: Float64Array; gradient: Float64Array } = { theta: start, gradient: start };
  const objective = (at: Float64Array, gradient: Float64Array): number => {
    last = { theta: at, gradient };
    return evaluate(problem, at, gradient);
  };
  const newton = problem.factor.plan.core <= LARGE_CORE;
  const curvature = (): Float64Array => averageInformation(problem, last.theta, last.gradient);
  const others = (end: Minimum): Float64Array[] => otherStarts(problem, end);
  const found = minimize(objective, start, {
    curvature,
    newton,
    tolerance: newton ? 1e-13 : 1e-12,
    ...(options.start === undefined ? { others } : {}),
  });
  checkStrata(model, problem, found.x);
  const signs = signsOfColumns(problem, found.x);
  const theta = settleOnBoundary(
    problem,
    found.x.map((value, i) => signs[i] * value + 0),
    found.value,
  );
  // The factor of the last evaluation serves when it was this one.
  const value = theta.every((v, i) => v === last.theta[i]) ? found.value : evaluate(problem, theta);
  const { pwrss } = determinants(problem.factor, ln);
  if (problem.variance === null) checkResidual(model, pwrss / problem.df);
  solveInto(problem.u, problem.beta, problem.factor);
  const maxMoveInSE = Math.sqrt(found.decrement / 2);
  const ok = maxMoveInSE <= 1e-6;
  const warnings: Warning[] = [...model.warnings];
  if (!ok) {
    warnings.push(
      warning(
        "not-settled",
        `${method} has not settled: a reported number could still move by ${maxMoveInSE.toExponential(1)} of its standard error after ${found.evaluations} evaluations. Simplify the random terms, or take the posterior of gibbs().`,
        { maxMoveInSE, evaluations: found.evaluations },
      ),
    );
  }
  const singular = singularDirections(model, problem, theta);
  warnings.push(...singular);
  let hessian: Float64Array | undefined;
  const turned = (value: number, e: number): number =>
    value * signs[e % signs.length] * signs[Math.floor(e / signs.length)];
  return {
    problem,
    theta,
    value,
    get hessian() {
      hessian ??= newton ? found.hessian.map(turned) : hessianAt(problem, theta);
      return hessian;
    },
    pwrss,
    convergence: { ok, maxMoveInSE, evaluations: found.evaluations },
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

/** ±1 for every entry of θ: turns columns of Λ so that its diagonal is not negative; Σ does not change. */
function signsOfColumns(problem: Criterion, theta: Float64Array): Float64Array {
  const signs = new Float64Array(theta.length).fill(1);
  let at = 0;
  for (const { k, structure } of problem.cross.places) {
    if (structure === "cs") {
      for (let e = 0; e < 2; e++, at++) signs[at] = theta[at] < 0 ? -1 : 1;
      continue;
    }
    for (let j = 0; j < k; j++) {
      const sign = theta[at] < 0 ? -1 : 1;
      for (let i = j; i < k; i++) signs[at++] = sign;
    }
  }
  return signs;
}

/**
 * Refuses a residual variance, in working units, that is zero but for rounding. Working units give the residuals of
 * the fixed effects alone an SD near 1; the penalised sum of squares is lost to rounding when σ is √ε = 1.5e-8 of
 * it, and the fixed effects are off before that, so 1e-6 is refused.
 *
 * @throws {NumericalError} `perfect-fit`
 */
function checkResidual({ response }: LinearMixedModel, variance: number): void {
  if (variance > 1e-12) return;
  throw new NumericalError(
    "perfect-fit",
    `Fixed and random effects reproduce ${response.name} to within a millionth of its spread, so the residual variance is not told from zero.`,
    "Check whether the response was computed from the columns of the model.",
  );
}

/**
 * Refuses strata whose residual SD runs to zero, where the likelihood may have no maximum.
 *
 * @throws {NumericalError} `stratum-without-residual`
 */
function checkStrata({ strata }: LinearMixedModel, problem: Criterion, theta: Float64Array): void {
  // 1e-4, as for the variances of random terms.
  if (strata === null || spreadOfStrata(problem, theta) < Math.log(1e4)) return;
  const ratios = residualRatios(problem, theta);
  const level = strata.levels[ratios.indexOf(Math.min(...ratios))];
  throw new NumericalError(
    "stratum-without-residual",
    `The residual standard deviation of ${strata.name} ${level} runs to zero: fixed and random effects reproduce its rows.`,
    `Join ${level} with another label, leave sigmaBy out, or sample by gibbs(), where the prior of sigma decides.`,
    { column: strata.name, level },
  );
}

/** Puts diagonal entries that are all but zero on the boundary, where the criterion does not object. */
function settleOnBoundary(problem: Criterion, theta: Float64Array, value: number): Float64Array {
  let settled = theta;
  let at = 0;
  for (const { k, structure } of problem.cross.places) {
    const diagonals = structure === "cs" ? 2 : k;
    for (let j = 0; j < diagonals; j++) {
      if (settled[at] !== 0 && settled[at] < 1e-3) {
        const trial = settled.slice();
        trial[at] = 0;
        // 1e-9: the accuracy to which the criterion is known.
        if (evaluate(problem, trial) <= value + 1e-9) settled = trial;
      }
      at += structure === "cs" ? 1 : k - j;
    }
  }
  return settled;
}

/** One warning per random term whose covariance matrix has a direction without variance. */
function singularDirections(model: LinearMixedModel, problem: Criterion, theta: Float64Array): Warning[] {
  const found: Warning[] = [];
  let at = 0;
  problem.cross.places.forEach(({ factor, offset, k, structure }, t) => {
    if (structure === "cs") {
      for (const what of ["the mean", "the differences"]) {
        if (!(theta[at++] < 1e-4)) continue;
        const { group, columns, name } = model.random[t];
        found.push(
          warning(
            "singular-fit",
            `On the edge: the variance of ${what} of ${listOf(columns.map(shortName))} across ${group} is estimated as zero. The other estimates stand; gibbs() gives an interval for this one.`,
            { group, term: name, direction: what, columns },
          ),
        );
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
    const { group, columns } = model.random[t];
    for (let e = 0; e < k; e++) {
      // lme4 calls a fit singular below 1e-4 on the scale of θ.
      if (!(Math.sqrt(Math.max(values[e], 0)) < 1e-4)) continue;
      const scale = problem.cross.zScale[factor];
      const direction = columns.map((_, i) => vectors[i + e * k] * scale[offset + i]);
      const words = combination(direction, columns);
      found.push(
        warning(
          "singular-fit",
          `On the edge: the variance of ${words} across ${group} is estimated as zero. The other estimates stand; gibbs() gives an interval for this one.`,
          { group, term: model.random[t].name, direction, columns },
        ),
      );
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
