/**
 * The fitted model by REML or ML.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import { ArgumentError, knownOptions, oneOf, type Warning } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { normalUpper, tTwoSided } from "../stats/distributions.ts";
import { type Method, workingTheta } from "./criterion.ts";
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
import { printFit } from "./print.ts";
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

  constructor(model: LinearMixedModel, optimum: Optimum) {
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

  /**
   * Residuals, one per row of the data; NaN where a row was left out. lme4: `residuals`.
   *
   * @param options - `type`: `"raw"` y − fitted (default), `"pearson"` √w times that, `"scaled"` also over σ
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   */
  residuals(options: { readonly type?: "raw" | "pearson" | "scaled" } = {}): Float64Array {
    knownOptions("residuals", options, ["type"]);
    const type = oneOf("type", options.type ?? "raw", ["raw", "pearson", "scaled"]);
    const { model } = this;
    const out = fittedValues(model, this.#optimum);
    for (let i = 0; i < out.length; i++) {
      out[i] = model.response.values[i] - out[i];
      if (type !== "raw" && model.weights !== null) out[i] *= Math.sqrt(model.weights[i]);
      if (type === "scaled") out[i] /= this.sigma;
    }
    return alignToInput(model, out);
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
   * Confidence intervals of β, SDs, correlations and σ under the names that draws carry. lme4:
   * `confint(m, method = "Wald")`, which leaves the variance parameters out; here they get intervals on the log
   * and Fisher z scales.
   *
   * @param options - `method`: `"wald"` (default); `level`: coverage, defaults to 0.95
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   */
  confint(options: { readonly method?: "wald"; readonly level?: number } = {}): ConfintRow[] {
    knownOptions("confint", options, ["method", "level"]);
    oneOf("method", options.method ?? "wald", ["wald"]);
    return this.parameters(options.level).map(({ variable, estimate, lower, upper }) => ({
      variable,
      estimate,
      lower,
      upper,
    }));
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
