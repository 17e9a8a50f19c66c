/**
 * The fitted model by REML or ML.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import type { TableLike } from "../data/table.ts";
import { knownOptions, oneOf, probabilityOf, type Warning } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { Qq } from "../model/qq.ts";
import type { AnovaTable } from "./anovaTable.ts";
import { bootstrapSync } from "./bootstrap.ts";
import type { CoefficientWeights, ContrastTable } from "./contrasts.ts";
import { estimatedCount, type Method, workingTheta } from "./criterion.ts";
import { cooksDistanceByGroup, type GroupInfluenceRow } from "./deletion.ts";
import { coefficientContrastTable, mixedMeans } from "./emmeans.ts";
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
import type { SavedFit } from "./fit.ts";
import type { DfMethod } from "./inference.ts";
import { cooksDistance, leverage } from "./influence.ts";
import { kenwardRoger } from "./kenwardRoger.ts";
import type { ContrastOptions, EmmeansOptions, MarginalMeans } from "./marginalMeans.ts";
import { boundaryNotes, type Noted, noted, zNotes } from "./notes.ts";
import type { Convergence, Optimum } from "./optimum.ts";
import { type Predictions, type PredictOptions, predict } from "./predict.ts";
import { fitHtml, printFit } from "./print.ts";
import { profileIntervals } from "./profile.ts";
import { type FitQqOptions, qq } from "./qq.ts";
import { type RanovaRow, randomTermTests } from "./ranova.ts";
import { type ResidualOptions, residualQuantiles, residuals } from "./residuals.ts";
import { type Icc, icc, type R2, r2, type ShrinkageRow, shrinkage } from "./shares.ts";
import { type SimulateOptions, type Simulations, simulate } from "./simulate.ts";
import { type AnovaOptions, type CoefTableRow, coefficientTests, termTests } from "./tests.ts";
import { type ParameterEstimate, parameterEstimates, waldEstimates } from "./wald.ts";

/** Options of `confint()`. */
export interface ConfintOptions {
  /** Defaults to `"profile"`. */
  readonly method?: "profile" | "wald" | "bootstrap";
  /** Coverage, defaults to 0.95. */
  readonly level?: number;
  /** Replicates of the bootstrap, defaults to 1000. */
  readonly n?: number;
  /** Seed of the bootstrap. */
  readonly seed?: number;
}

export type { CoefTableRow } from "./tests.ts";

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
 * `theta` is the relative covariance parameter (lower triangles of Λ, term after term, column by column; two numbers for
 * a term `cs(…)`, and log(σ_c/σ) of all strata of `sigmaBy` but the first at the end; see {@link criterionAt}),
 * `criterion` −2 log-likelihood (restricted for REML), `npar` counts β, θ and, where it is estimated, σ.
 */
export class LmmFit {
  readonly model: LinearMixedModel;
  readonly method: Method;
  readonly theta: readonly number[];
  /** Residual standard deviation; with `sigmaBy` that of the first stratum, and `varCorr()` has all. */
  readonly sigma: number;
  /** Whether `sigma` was given as known. */
  readonly sigmaKnown: boolean;
  readonly criterion: number;
  /** −`criterion`/2; restricted for REML. */
  readonly logLik: number;
  /** `criterion` + 2 `npar`; by REML to be compared between fits of one fixed part only. */
  readonly aic: number;
  /** `criterion` + log(`nobs`) `npar`. */
  readonly bic: number;
  /** Rows used. */
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
    this.sigmaKnown = problem.variance !== null;
    this.criterion = value;
    this.logLik = -value / 2;
    this.npar = estimatedCount(problem);
    this.nobs = problem.cross.n;
    this.dfResidual = this.nobs - this.npar;
    this.aic = value + 2 * this.npar;
    this.bic = value + Math.log(this.nobs) * this.npar;
    this.isSingular = optimum.isSingular;
    this.convergence = optimum.convergence;
    this.warnings = optimum.warnings;
    showAs(
      this,
      () => printFit(this),
      () => fitHtml(this),
    );
  }

  /** Fixed effects by R's coefficient name. lme4: `fixef`. */
  fixef(): Record<string, number> {
    const beta = fixedEffects(this.#optimum);
    return Object.fromEntries(this.model.fixed.names.map((name, j) => [name, beta[j]]));
  }

  /**
   * Covariance matrix of the fixed effects, in the order of `fixef()`. lme4: `vcov`; pbkrtest: `vcovAdj`.
   *
   * @param options - `adjusted`: `"kenward-roger"` for the small-sample covariance; defaults to `"none"`
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   * @throws {ModelError} `kenward-roger-needs-reml`, `one-sigma`, `known-sigma`, `too-large`
   */
  vcov(options: { readonly adjusted?: "none" | "kenward-roger" } = {}): number[][] {
    knownOptions("vcov", options, ["adjusted"]);
    const adjusted = oneOf("adjusted", options.adjusted ?? "none", ["none", "kenward-roger"]);
    const V = adjusted === "none" ? fixedCovariance(this.#optimum) : kenwardRoger(this.#optimum).adjusted;
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

  /** Fitted values, one per row of the data; NaN where a row was left out. lme4: `fitted`. @throws {ModelError} `needs-rows` */
  fitted(): Float64Array {
    return alignToInput(this.model, fittedValues(this.model, this.#optimum));
  }

  /**
   * Residuals, one per row of the data; NaN where a row was left out. lme4: `residuals`.
   *
   * @param options - `type`: `"raw"` y − mean (default), `"pearson"` √w times that, `"scaled"` over its standard deviation;
   * `level`: `"conditional"` with Xβ̂ + Zb̂ for the mean (default), `"marginal"` with Xβ̂
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`; {ModelError} `needs-rows`
   */
  residuals(options: ResidualOptions = {}): Float64Array {
    return residuals(this.model, this.#optimum, options);
  }

  /**
   * Minimum, quartiles and maximum of the scaled residuals, as they are printed; `null` for a model of `lmmFromSql`. Saved
   * fits keep them.
   */
  residualQuantiles(): readonly number[] | null {
    return residualQuantiles(this.model, this.#optimum);
  }

  /**
   * Predictions x′β̂ + z′b̂ (+ offset), one per row of `data`, with standard errors and normal intervals that take θ and σ
   * as known. lme4: `predict`.
   *
   * @param data - new rows; the model's own, aligned with its input, by default
   * @param options - `groups`: `"known"` (default; an unseen label is an error), `"new"` (an unseen or missing label has
   * effect 0 and adds z′Σz to the variance) or `"population"` (no random effects); `terms`: the random terms that count, all
   * by default; `interval`: of the `"mean"` (default) or of one new `"observation"`; `level`: coverage, defaults to 0.95
   * @throws {DataError} `unseen-group-level`, `missing-group-label`, `missing-column`, `unseen-level`, `no-rows`,
   * `infinite-value`
   * @throws {ArgumentError} `unknown-option`, `invalid-argument`, `unknown-term`; {ModelError} `needs-rows`
   * @example
   * fit.predict([{ Days: 10, Subject: "308" }]); // [{ estimate: 450.3, se: 15.9, lower: 419.3, upper: 481.4 }]
   */
  predict(data?: TableLike, options: PredictOptions = {}): Predictions {
    return predict(this.model, this.#optimum, data, options);
  }

  /**
   * New responses drawn from the fit, Xβ̂ + Zb* + ε* (+ offset), one array per response, aligned with the rows of the data.
   * lme4: `simulate`.
   *
   * @param options - `n`: how many, defaults to 1; `seed`: drawn and kept with the result when left out; `effects`:
   * `"new"` draws b* from N(0, Σ̂) (default), `"fitted"` keeps the conditional modes
   * @throws {ArgumentError} `unknown-option`, `invalid-argument`; {ModelError} `needs-rows`
   * @example
   * const [y] = fit.simulate({ seed: 1 });
   * fit.refit(y).sigma;
   */
  simulate(options: SimulateOptions = {}): Simulations {
    return simulate(this.model, this.#optimum, options);
  }

  /**
   * The same model and method for another response, one number per row of the data (or per row used), on the scale of
   * the formula's left side. lme4: `refit`.
   *
   * @throws {DataError} `wrong-length`, `not-a-number`, `infinite-value`, `constant-response`; {ModelError} `needs-rows`
   */
  refit(y: ArrayLike<number>): LmmFit {
    return this.#fitBy(this.model.withResponse(y), this.method);
  }

  /**
   * The fit of a changed formula by the same method, on the data and options the model was made from (after `refit` too).
   * R: `update`.
   *
   * @param change - for example `". ~ . - Days"`
   * @throws {FormulaError} `term-not-found`; {ModelError} `needs-rows`; and what `lmm` throws
   */
  update(change: string): LmmFit {
    return this.#fitBy(this.model.update(change), this.method);
  }

  /**
   * Scaled residuals and conditional modes against normal quantiles, with bands from data simulated from the fit and fitted
   * again: the bands know that modes are shrunken and that residuals have lost degrees of freedom.
   *
   * @param options - `band`: `"simultaneous"` (default) or `"pointwise"`; `level`: defaults to 0.95; `simulations`:
   * defaults to 500; `seed`: drawn and recorded when left out
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`; {ModelError} `needs-rows`
   * @example
   * fit.qq({ seed: 1 }).panels; // [{ panel: "residuals", points: 180, outside: 45 }, …]
   */
  qq(options: FitQqOptions = {}): Qq {
    return qq(this, options);
  }

  /**
   * Leverage ∂ŷ_i/∂y_i of each row of the data at θ of the fit; NaN where a row was left out. The sum is the effective number
   * of parameters. lme4: `hatvalues`. @throws {ModelError} `needs-rows`
   */
  leverage(): Float64Array {
    return leverage(this.model, this.#optimum);
  }

  /**
   * Cook's distance of each row of the data (how far deleting it moves the fitted values), or of each level of a group (how
   * far deleting its rows moves the fixed effects, with the change of each), at θ and σ of the fit. lme4: `cooks.distance`.
   *
   * @param options - `by`: a group of the model, as printed; defaults to single rows
   * @throws {ArgumentError} `unknown-group`, `unknown-option`; {ModelError} `needs-rows`, `no-coefficients`
   * @example
   * fit.cooksDistance({ by: "Subject" })[0]; // { group: "Subject", level: "308", rows: 10, distance: …, change: { … } }
   */
  cooksDistance(): Float64Array;
  cooksDistance(options: { readonly by: string }): GroupInfluenceRow[];
  cooksDistance(options: { readonly by?: string } = {}): Float64Array | GroupInfluenceRow[] {
    knownOptions("cooksDistance", options, ["by"]);
    if (options.by === undefined) return cooksDistance(this.model, this.#optimum);
    return cooksDistanceByGroup(this.model, this.#optimum, options.by);
  }

  /**
   * Intraclass correlation, Σ σ²_g/(Σ σ²_g + σ²) (`adjusted`), the same with the variance of the fixed part in the
   * denominator (`conditional`), and the adjusted share of each group (`groups`). With random slopes σ²_g is the mean of
   * z′Σz over the rows. R: `performance::icc`.
   *
   * @throws {ModelError} `needs-rows`
   * @example
   * fit.icc().adjusted; // 0.5893 for Reaction ~ Days + (1 | Subject)
   */
  icc(): Icc {
    return icc(this.model, this.#optimum);
  }

  /**
   * Shares of the fixed part (`marginal`), and of fixed and random part (`conditional`), in all variance. R:
   * `MuMIn::r.squaredGLMM`. @throws {ModelError} `needs-rows`
   *
   * @example
   * fit.r2(); // { marginal: 0.279, conditional: 0.799 } for Reaction ~ Days + (Days | Subject)
   */
  r2(): R2 {
    return r2(this.model, this.#optimum);
  }

  /**
   * How much each group's effect trusts its own data, 1 − Var(b | y)/σ²_b: from 0 (the population alone) to 1 (its own data
   * alone).
   *
   * @example
   * fit.shrinkage()[0]; // { group: "Subject", level: "308", term: "(Intercept)", factor: 0.762 }
   */
  shrinkage(): ShrinkageRow[] {
    return shrinkage(this.model, this.#optimum);
  }

  /**
   * Fixed effects with standard errors and t tests. R: `coef(summary(m))` of lmerTest.
   *
   * @param options - `df`: `"satterthwaite"` (default), `"kenward-roger"` (with its adjusted standard errors),
   * `"containment"` (nlme's inner–outer rule), `"residual"` (n − p) or `"z"` (t as normal; `warnings` of the rows then
   * say by how much intervals are too narrow, `z-too-narrow`)
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   * @throws {ModelError} `kenward-roger-needs-reml`, `one-sigma`, `known-sigma`, `too-large`; `needs-rows` for containment
   *
   * @example
   * fit.coefTable({ df: "kenward-roger" })[1]; // { term: "Days", estimate: 10.467, se: 1.546, df: 17, t: 6.77, p: 3.26e-6 }
   */
  coefTable(options: { readonly df?: DfMethod } = {}): Noted<CoefTableRow> {
    const rows = coefficientTests(this.model, this.#optimum, options);
    const known = options.df !== "z" || this.sigmaKnown;
    return noted(rows, () => (known ? [] : zNotes(coefficientTests(this.model, this.#optimum, {}))));
  }

  /**
   * F tests of the terms of the fixed part. R: `anova(m, type, ddf)` of lmerTest.
   *
   * @param options - `type`: `"I"` (in formula order), `"II"` or `"III"` (default), none of which depends on the
   * coding of factors where the intercept is in the model; `df` as in {@link coefTable}; `intercept`: whether it gets a
   * row, defaults to `false`
   * @throws as {@link coefTable}
   *
   * @example
   * console.log(fit.anova({ type: "II", df: "kenward-roger" }));
   */
  anova(options: AnovaOptions = {}): AnovaTable {
    return termTests(this.model, this.#optimum, options);
  }

  /**
   * Likelihood-ratio tests of every random term: `(1 | Subject)` goes altogether, `(Days | Subject)` loses `Days`. A single
   * variance is tested by the mixture ½χ²_k + ½χ²_{k+1}, named in the row. R: `lmerTest::ranova`.
   */
  ranova(): AnovaTable<RanovaRow> {
    return randomTermTests(this.model, this.#optimum);
  }

  /**
   * Estimated marginal means of one or several columns of the fixed part: other factors are averaged over with equal
   * weights, covariates stand at their means. R: `emmeans::emmeans`.
   *
   * @param options - `by`: columns that split the table; `at`: values of covariates, or levels, `{ Days: [0, 5] }`; `df` as
   * in {@link coefTable}; `level`: defaults to 0.95
   * @throws {ArgumentError} `unknown-factor`, `unknown-level`, `unknown-option`, `invalid-argument`
   * @throws {ModelError} `needs-at`; as {@link coefTable}
   * @example
   * fit.emmeans("nitrogen", { by: "variety" }).pairs();
   */
  emmeans(factors: string | readonly string[], options: EmmeansOptions = {}): MarginalMeans {
    return mixedMeans(this.model, this.#optimum, factors, options);
  }

  /**
   * All pairwise differences of marginal means: `emmeans(factors, options).pairs({ adjust })`.
   *
   * @param options - those of {@link emmeans}, and `adjust`: `"tukey"` (default), `"holm"`, `"sidak"`, `"bonferroni"`
   * or `"none"`
   * @throws as {@link emmeans}; {ArgumentError} `nothing-to-compare`
   */
  pairs(
    factors: string | readonly string[],
    options: EmmeansOptions & Pick<ContrastOptions, "adjust"> = {},
  ): ContrastTable {
    const { adjust, ...rest } = options;
    return this.emmeans(factors, rest).pairs(adjust === undefined ? {} : { adjust });
  }

  /**
   * Named linear functions of the coefficients, tested. R: `gmodels::estimable`.
   *
   * @param contrasts - weights of the coefficients by name (`{ b: { Days: 1 } }`) or in their order (`{ b: [0, 1] }`)
   * @param options - `df` as in {@link coefTable}; `adjust`: defaults to `"none"`; `level`: defaults to 0.95
   * @throws {ArgumentError} `wrong-length`, `unknown-coefficient`, `tukey-needs-pairs`, `unknown-option`
   *
   * @example
   * fit.contrast({ "LS HPLC": { "(Intercept)": 1, methodhplc: 1 } }, { df: "containment" });
   */
  contrast(
    contrasts: Readonly<Record<string, CoefficientWeights>>,
    options: ContrastOptions & { readonly df?: DfMethod } = {},
  ): ContrastTable {
    return coefficientContrastTable(this.model, this.#optimum, contrasts, options);
  }

  /**
   * Confidence intervals of β, SDs, correlations and σ under the names that draws carry. lme4: `confint`.
   *
   * - `"profile"` (default): where the ML deviance, minimised over all else, rises by the χ²₁ quantile; a limit at
   *   0, −1 or 1 means that the edge itself lies inside. REML fits are profiled by their ML deviance, as in lme4.
   * - `"wald"`: estimate ± z·se; SDs on the log scale, correlations on Fisher's z scale. No refits.
   * - `"bootstrap"`: percentiles of a parametric bootstrap; see {@link bootstrap} for one with progress and cancel.
   *
   * `warnings` of the rows say which parameters are estimated at the end of their range (`interval-at-boundary`).
   *
   * @param options - `method`; `level`: coverage, defaults to 0.95; of the bootstrap `n`, by default 1000, and `seed`
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`; {ModelError} `needs-rows` for the bootstrap
   *
   * @example
   * fit.confint()[0]; // { variable: "b_Intercept", estimate: 251.4, lower: 237.68, upper: 265.13 }
   */
  confint(options: ConfintOptions = {}): Noted<ConfintRow> {
    const rows = this.#intervals(options);
    return noted(rows, () => boundaryNotes(this.parameters()));
  }

  #intervals(options: ConfintOptions): ConfintRow[] {
    const bootstrapped = options?.method === "bootstrap";
    knownOptions("confint", options, ["method", "level", ...(bootstrapped ? ["n", "seed"] : [])]);
    const { method = "profile", level = 0.95, ...boot } = options;
    oneOf("method", method, ["profile", "wald", "bootstrap"]);
    const estimates = this.parameters(level);
    if (method === "bootstrap") return bootstrapSync(this, boot).confint(level);
    if (method === "wald") {
      return estimates.map(({ variable, estimate, lower, upper }) => ({ variable, estimate, lower, upper }));
    }
    const full = this.method === "ML" ? this : this.#fitBy(this.model, "ML");
    const { theta, value } = full.#optimum;
    const { variance } = full.#optimum.problem;
    return profileIntervals(this.model, theta, value, variance, estimates, full.parameters(level), level);
  }

  /** β, SDs, correlations and σ under the names that draws carry, in that order. */
  estimates(): readonly { readonly variable: string; readonly estimate: number }[] {
    return parameterEstimates(this.model, this.#optimum);
  }

  /**
   * β, SDs, correlations and σ with standard errors and Wald intervals, and whether each lies on the edge of its range.
   *
   * @param level - coverage, defaults to 0.95
   */
  parameters(level = 0.95): ParameterEstimate[] {
    probabilityOf("level", level);
    return waldEstimates(this.model, this.#optimum, level);
  }

  /** What `save` keeps of the fit beside its model: plain values and typed arrays. */
  saved(): SavedFit {
    const { method, sigmaKnown, sigma } = this;
    const residuals = this.residualQuantiles();
    return { kind: "fit", method, sigma: sigmaKnown ? sigma : null, ...this.#optimum.saved, residuals };
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
      sigmaKnown: this.sigmaKnown,
      fixef: this.fixef(),
      vcov: this.vcov(),
      varCorr: this.varCorr(),
      ranef: this.ranef(),
      isSingular: this.isSingular,
      convergence: this.convergence,
      warnings: this.warnings,
    };
  }
}
