/**
 * The fitted model by REML or ML.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import type { TableLike } from "../data/table.ts";
import { ArgumentError, knownOptions, oneOf, type Warning } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { normalUpper, tTwoSided } from "../stats/distributions.ts";
import { type Method, workingTheta } from "./criterion.ts";
import { cooksDistanceByGroup, type GroupInfluenceRow } from "./deletion.ts";
import {
  alignToInput,
  type CoefRow,
  coefRows,
  fittedValues,
  fixedCovariance,
  fixedEffects,
  type RanefRow,
  ranefRows,
  residualSd,
  type VarCorrRow,
  varCorrRows,
} from "./estimates.ts";
import type { Convergence, Optimum } from "./fit.ts";
import { cooksDistance, leverage } from "./influence.ts";
import { type Predictions, type PredictOptions, predict } from "./predict.ts";
import { printFit } from "./print.ts";
import { profileIntervals } from "./profile.ts";
import { type ResidualOptions, residuals } from "./residuals.ts";
import { type Icc, icc, type R2, r2, type ShrinkageRow, shrinkage } from "./shares.ts";
import { type SimulateOptions, type Simulations, simulate } from "./simulate.ts";
import { type ParameterEstimate, waldEstimates } from "./wald.ts";

/** A row of `coefTable()`. */
export interface CoefTableRow {
  readonly term: string;
  readonly estimate: number;
  readonly se: number;
  /** Degrees of freedom; ∞ for `"z"`. */
  readonly df: number;
  readonly t: number;
  /** Two-sided p-value. */
  readonly p: number;
}

/** Fits a model by a method. */
type FitBy = (model: LinearMixedModel, method: Method) => LmmFit;

/** A row of `confint()`. */
export interface ConfintRow {
  readonly variable: string;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Estimates of one model by REML or ML; lme4: `merMod`. Every number is in the units of the data.
 *
 * `theta` is the relative covariance parameter (lower triangles of Λ, term after term, column by column),
 * `criterion` −2 log-likelihood (restricted for REML), `npar` counts β, θ and σ.
 */
export class LmmFit {
  readonly model: LinearMixedModel;
  readonly method: Method;
  readonly theta: readonly number[];
  /** Residual standard deviation. */
  readonly sigma: number;
  readonly criterion: number;
  readonly logLik: number;
  readonly aic: number;
  readonly bic: number;
  readonly nobs: number;
  /** n − npar. */
  readonly dfResidual: number;
  readonly npar: number;
  /** Whether some variance is estimated as zero or some correlation as ±1. */
  readonly isSingular: boolean;
  readonly convergence: Convergence;
  readonly warnings: readonly Warning[];
  readonly #optimum: Optimum;
  readonly #fitBy: FitBy;

  /** @param fitBy - fits a model by a method */
  constructor(model: LinearMixedModel, optimum: Optimum, fitBy: FitBy) {
    this.#fitBy = fitBy;
    const { problem, theta, value } = optimum;
    this.model = model;
    this.#optimum = optimum;
    this.method = problem.method;
    this.theta = Array.from(workingTheta(problem.cross, theta, -1));
    this.sigma = residualSd(optimum);
    this.criterion = value;
    this.logLik = -value / 2;
    this.npar = problem.cross.p + problem.length + 1;
    this.nobs = problem.cross.n;
    this.dfResidual = this.nobs - this.npar;
    this.aic = value + 2 * this.npar;
    this.bic = value + Math.log(this.nobs) * this.npar;
    this.isSingular = optimum.isSingular;
    this.convergence = optimum.convergence;
    this.warnings = optimum.warnings;
    showAs(this, () => this.toString());
  }

  /** Fixed effects by R's coefficient name. lme4: `fixef`. */
  fixef(): Record<string, number> {
    const beta = fixedEffects(this.#optimum);
    return Object.fromEntries(this.model.fixed.names.map((name, j) => [name, beta[j]]));
  }

  /** Covariance matrix of the fixed effects, in the order of `fixef()`. lme4: `vcov`. */
  vcov(): number[][] {
    const V = fixedCovariance(this.#optimum);
    const p = this.model.fixed.names.length;
    return Array.from({ length: p }, (_, i) => Array.from({ length: p }, (_, j) => V[i + j * p]));
  }

  /** Conditional modes (BLUPs) with their conditional standard deviations. lme4: `ranef(m, condVar = TRUE)`. */
  ranef(): RanefRow[] {
    return ranefRows(this.model, this.#optimum);
  }

  /** Fixed effects plus conditional modes per group and level. lme4: `coef`. */
  coef(): CoefRow[] {
    return coefRows(this.model, this.#optimum);
  }

  /** Variances with SDs, covariances with correlations, the residual last. lme4: `as.data.frame(VarCorr(m))`. */
  varCorr(): VarCorrRow[] {
    return varCorrRows(this.model, this.#optimum);
  }

  /** Fitted values, one per row of the data; NaN where a row was left out. lme4: `fitted`. */
  fitted(): Float64Array {
    return alignToInput(this.model, fittedValues(this.model, this.#optimum));
  }

  /** Residuals, one per row of the data; see {@link residuals}. lme4: `residuals`. */
  residuals(options: ResidualOptions = {}): Float64Array {
    return residuals(this.model, this.#optimum, options);
  }

  /** Predictions with standard errors and intervals; see {@link predict}. */
  predict(data?: TableLike, options: PredictOptions = {}): Predictions {
    return predict(this.model, this.#optimum, data, options);
  }

  /** New responses drawn from the fit; see {@link simulate}. */
  simulate(options: SimulateOptions = {}): Simulations {
    return simulate(this.model, this.#optimum, options);
  }

  /**
   * The same model and method for another response, one number per row of the data (or per row used), on the scale of
   * the formula's left side. lme4: `refit`.
   *
   * @throws {DataError} `wrong-length`, `not-a-number`, `infinite-value`, `constant-response`
   */
  refit(y: ArrayLike<number>): LmmFit {
    return this.#fitBy(this.model.withResponse(y), this.method);
  }

  /**
   * The fit of a changed formula by the same method, on the same data with the same options. R: `update`.
   *
   * @param change - for example `". ~ . - Days"`
   * @throws {FormulaError} `term-not-found`; {ModelError} `needs-rows`; and what `lmm` throws
   */
  update(change: string): LmmFit {
    return this.#fitBy(this.model.update(change), this.method);
  }

  /** Leverage of each row of the data; see {@link leverage}. lme4: `hatvalues`. */
  leverage(): Float64Array {
    return leverage(this.model, this.#optimum);
  }

  /** Cook's distance of each row of the data, or of each level of a group; see {@link cooksDistance}. */
  cooksDistance(): Float64Array;
  cooksDistance(options: { readonly by: string }): GroupInfluenceRow[];
  cooksDistance(options: { readonly by?: string } = {}): Float64Array | GroupInfluenceRow[] {
    knownOptions("cooksDistance", options, ["by"]);
    if (options.by === undefined) return cooksDistance(this.model, this.#optimum);
    return cooksDistanceByGroup(this.model, this.#optimum, options.by);
  }

  /** Intraclass correlation; see {@link icc}. */
  icc(): Icc {
    return icc(this.model, this.#optimum);
  }

  /** Marginal and conditional R²; see {@link r2}. */
  r2(): R2 {
    return r2(this.model, this.#optimum);
  }

  /** How much each group's effect trusts its own data; see {@link shrinkage}. */
  shrinkage(): ShrinkageRow[] {
    return shrinkage(this.model, this.#optimum);
  }

  /**
   * Fixed effects with standard errors and tests. R: `coef(summary(m))`.
   *
   * @param options - `df`: `"z"` takes t as normal (default), `"residual"` uses n − p degrees of freedom
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   */
  coefTable(options: { readonly df?: "z" | "residual" } = {}): CoefTableRow[] {
    knownOptions("coefTable", options, ["df"]);
    const kind = oneOf("df", options.df ?? "z", ["z", "residual"]);
    const beta = fixedEffects(this.#optimum);
    const V = fixedCovariance(this.#optimum);
    const p = beta.length;
    const df = kind === "z" ? Number.POSITIVE_INFINITY : this.nobs - p;
    return this.model.fixed.names.map((term, j) => {
      const se = Math.sqrt(V[j + j * p]);
      const t = beta[j] / se;
      const pValue = kind === "z" ? 2 * normalUpper(Math.abs(t)) : tTwoSided(t, df);
      return { term, estimate: beta[j], se, df, t, p: pValue };
    });
  }

  /**
   * Confidence intervals of β, SDs, correlations and σ under the names that draws carry. lme4: `confint`.
   *
   * - `"profile"` (default): where the ML deviance, minimised over all else, rises by the χ²₁ quantile; a limit at
   *   0, −1 or 1 means that the edge itself lies inside. REML fits are profiled by their ML deviance, as in lme4.
   * - `"wald"`: estimate ± z·se; SDs on the log scale, correlations on Fisher's z scale. No refits.
   *
   * @param options - `method`; `level`: coverage, defaults to 0.95
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   *
   * @example
   * fit.confint()[0]; // { variable: "b_Intercept", estimate: 251.4, lower: 237.68, upper: 265.13 }
   */
  confint(options: { readonly method?: "profile" | "wald"; readonly level?: number } = {}): ConfintRow[] {
    knownOptions("confint", options, ["method", "level"]);
    const level = options.level ?? 0.95;
    const estimates = this.parameters(level);
    if (oneOf("method", options.method ?? "profile", ["profile", "wald"]) === "wald") {
      return estimates.map(({ variable, estimate, lower, upper }) => ({ variable, estimate, lower, upper }));
    }
    const full = this.method === "ML" ? this : this.#fitBy(this.model, "ML");
    const { theta, value } = full.#optimum;
    return profileIntervals(this.model, theta, value, estimates, full.parameters(level), level);
  }

  /** Wald estimates with standard errors, and whether each lies on the edge of its range. `level` defaults to 0.95. */
  parameters(level = 0.95): ParameterEstimate[] {
    if (!(level > 0 && level < 1)) {
      throw new ArgumentError(
        "invalid-argument",
        `"level" must be between 0 and 1, got ${level}.`,
        "Pass a probability such as 0.95.",
      );
    }
    return waldEstimates(this.model, this.#optimum, level);
  }

  /** Everything a reader or another program may want, without the data. */
  toJSON(): Record<string, unknown> {
    return {
      formula: this.model.formula,
      method: this.method,
      criterion: this.criterion,
      logLik: this.logLik,
      aic: this.aic,
      bic: this.bic,
      nobs: this.nobs,
      npar: this.npar,
      theta: this.theta,
      sigma: this.sigma,
      fixef: this.fixef(),
      vcov: this.vcov(),
      varCorr: this.varCorr(),
      ranef: this.ranef(),
      isSingular: this.isSingular,
      convergence: this.convergence,
      warnings: this.warnings,
    };
  }

  /** A summary laid out as lme4 prints it. */
  toString(): string {
    return printFit(this);
  }
}
