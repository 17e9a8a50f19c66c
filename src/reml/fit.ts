/**
 * REML and ML estimation: starts, optimiser and convergence.
 *
 * @module
 */

import { ArgumentError, knownOptions, NumericalError, show } from "../errors.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { requireNormal } from "../model/student.ts";
import { type Minimum, minimize } from "../stats/optimize.ts";
import { averageInformation } from "./averageInformation.ts";
import {
  type Criterion,
  checkTheta,
  criterion,
  evaluate,
  type Method,
  residualRatios,
  spreadOfStrata,
  workingTheta,
} from "./criterion.ts";
import { checkNotExplained } from "./explained.ts";
import { LmmFit } from "./lmmFit.ts";
import { type Optimum, optimumAt, type SavedOptimum } from "./optimum.ts";
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

/** What `save` keeps of a fit beside its model. */
export interface SavedFit extends SavedOptimum {
  readonly kind: "fit";
  readonly method: Method;
  /** Where it is known, in the units of the data. */
  readonly sigma: number | null;
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
 * @throws {ModelError} `needs-gibbs` for Student-t residuals or effects; `group-in-fixed` where the fixed part leaves
 * nothing of a random term
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
 * @param options - as for {@link reml}
 * @throws as {@link reml}
 * @example
 * ml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy)).logLik; // -875.97
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
  return new LmmFit(model, findOptimum(model, method, options), fitterOf(call, sigma));
}

/** What a fit makes other fits with: default options, and σ as it is. */
function fitterOf(call: string, sigma?: number): (model: LinearMixedModel, method: Method) => LmmFit {
  const known = sigma === undefined ? {} : { sigma };
  return (model, method) => fitOf(call, model, method, known);
}

/**
 * A fit from what was kept of it, without a search; the same numbers, bit for bit.
 *
 * @param model - of the same sums
 * @throws {ArgumentError} `wrong-length`, `invalid-argument` for a θ of another model
 */
export function savedFit(model: LinearMixedModel, saved: SavedFit): LmmFit {
  const { method, theta } = saved;
  const sigma = saved.sigma ?? undefined;
  const problem = criterion(model, method, sigma);
  checkTheta("theta", theta, model, problem);
  const optimum = optimumAt(model, problem, evaluate(problem, theta), saved);
  return new LmmFit(model, optimum, fitterOf(method.toLowerCase(), sigma));
}

function findOptimum(model: LinearMixedModel, method: Method, options: FitOptions): Optimum {
  const problem = criterion(model, method, options.sigma);
  const { cross } = problem;
  if (method === "REML") checkNotExplained(model, cross);
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
  const maxMoveInSE = Math.sqrt(found.decrement / 2);
  const turned = (value: number, e: number): number =>
    value * signs[e % signs.length] * signs[Math.floor(e / signs.length)];
  const optimum = optimumAt(model, problem, value, {
    theta,
    hessian: newton ? found.hessian.map(turned) : null,
    convergence: { ok: maxMoveInSE <= 1e-6, maxMoveInSE, evaluations: found.evaluations },
    residuals: null,
  });
  if (problem.variance === null) checkResidual(model, optimum.pwrss / problem.df);
  return optimum;
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

/** Puts diagonal entries that are all but zero on the boundary, and others that rounding left, where the criterion does not object. */
function settleOnBoundary(problem: Criterion, theta: Float64Array, value: number): Float64Array {
  let settled = theta;
  const rounded = theta.map((entry) => (Math.abs(entry) < 1e-12 ? 0 : entry));
  if (rounded.some((entry, i) => entry !== theta[i]) && evaluate(problem, rounded) <= value + 1e-9)
    settled = rounded;
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
