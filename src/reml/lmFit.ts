/**
 * The fitted ordinary linear model.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import { type TableLike, toTable } from "../data/table.ts";
import { knownOptions, oneOf, probabilityOf, type Warning } from "../errors.ts";
import type { Formula } from "../formula/terms.ts";
import type { LeastSquares } from "../linalg/leastSquares.ts";
import type { FixedDesign } from "../model/design.ts";
import { numbersOf } from "../model/evaluate.ts";
import type { ModelFrame } from "../model/modelFrame.ts";
import { requireColumns } from "../model/predictionRows.ts";
import { designFor, type Recipe } from "../model/recipe.ts";
import { rowMeans } from "../model/rowSummaries.ts";
import { shortName } from "../model/variables.ts";
import { fUpper, tQuantile, tTwoSided } from "../stats/distributions.ts";
import { residualInference } from "./inference.ts";
import { LmAnova } from "./lmAnova.ts";
import type { CoefTableRow, ConfintRow } from "./lmmFit.ts";
import { printLm } from "./lmPrint.ts";
import { type EmmeansOptions, type MarginalMeans, marginalMeans } from "./marginalMeans.ts";
import type { PredictionRow } from "./predict.ts";

/** What {@link LmFit} is made of. */
export interface LmParts {
  readonly terms: Formula;
  readonly frame: ModelFrame;
  readonly fixed: FixedDesign;
  readonly recipe: Recipe;
  readonly warnings: readonly Warning[];
  readonly solution: LeastSquares;
}

/** An F statistic with its degrees of freedom and p-value. */
export interface FStatistic {
  readonly value: number;
  readonly df1: number;
  readonly df2: number;
  readonly p: number;
}

/** Estimates of a linear model; R: `summary(lm(…))`. Every number is in the units of the data. */
export class LmFit {
  readonly formula: string;
  readonly nobs: number;
  /** n − p. */
  readonly dfResidual: number;
  /** Residual standard error √(RSS/(n − p)). */
  readonly sigma: number;
  /** Share of the variance of the response, its offset taken away, that the coefficients explain. */
  readonly rSquared: number;
  readonly adjRSquared: number;
  /** Of all coefficients but the intercept; `null` where there is nothing but the intercept. */
  readonly fStatistic: FStatistic | null;
  /** Of the full likelihood, σ² at RSS/n. */
  readonly logLik: number;
  /** −2 logLik + 2(p + 1). */
  readonly aic: number;
  readonly bic: number;
  readonly warnings: readonly Warning[];
  readonly #parts: LmParts;

  constructor(parts: LmParts) {
    const { terms, frame, fixed, solution, warnings } = parts;
    this.#parts = parts;
    this.formula = terms.text;
    this.warnings = warnings;
    const n = frame.rows.length;
    const p = fixed.names.length;
    const first = terms.fixed.intercept ? 1 : 0;
    this.nobs = n;
    this.dfResidual = n - p;
    const { rss, effects } = solution;
    this.sigma = Math.sqrt(rss / (n - p));
    let explained = 0;
    for (let j = first; j < p; j++) explained += effects[j] * effects[j];
    this.rSquared = p > first ? explained / (explained + rss) : 0;
    this.adjRSquared = 1 - (1 - this.rSquared) * ((n - first) / (n - p));
    const df1 = p - first;
    const value = explained / df1 / (rss / (n - p));
    this.fStatistic = df1 === 0 ? null : { value, df1, df2: n - p, p: fUpper(value, df1, n - p) };
    let logWeights = 0;
    if (frame.weights !== null) for (const w of frame.weights) logWeights += Math.log(w);
    this.logLik = 0.5 * (logWeights - n * (Math.log((2 * Math.PI * rss) / n) + 1));
    this.aic = -2 * this.logLik + 2 * (p + 1);
    this.bic = -2 * this.logLik + Math.log(n) * (p + 1);
    showAs(this, () => printLm(this, this.#parts.frame.weights !== null));
  }

  /** Coefficients by R's name. R: `coef`. */
  fixef(): Record<string, number> {
    const { fixed, solution } = this.#parts;
    return Object.fromEntries(fixed.names.map((name, j) => [name, solution.beta[j]]));
  }

  /** Covariance matrix of the coefficients, σ²(X′WX)⁻¹. R: `vcov`. */
  vcov(): number[][] {
    const { fixed, solution } = this.#parts;
    const p = fixed.names.length;
    return fixed.names.map((_, i) =>
      fixed.names.map((_, j) => this.sigma ** 2 * solution.inverse[i + j * p]),
    );
  }

  /** Coefficients with standard errors, t and two-sided p on n − p degrees of freedom. R: `coef(summary(m))`. */
  coefTable(): CoefTableRow[] {
    const { fixed, solution } = this.#parts;
    const V = this.vcov();
    return fixed.names.map((term, j) => {
      const se = Math.sqrt(V[j][j]);
      const t = solution.beta[j] / se;
      return {
        term,
        estimate: solution.beta[j],
        se,
        df: this.dfResidual,
        t,
        p: tTwoSided(t, this.dfResidual),
      };
    });
  }

  /**
   * Student-t intervals of the coefficients. R: `confint`.
   *
   * @param options - `level`: coverage, defaults to 0.95
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   */
  confint(options: { readonly level?: number } = {}): ConfintRow[] {
    knownOptions("confint", options, ["level"]);
    const width = tQuantile(0.5 + probabilityOf("level", options.level ?? 0.95) / 2, this.dfResidual);
    return this.coefTable().map(({ term, estimate, se }) => ({
      variable: `b_${shortName(term)}`,
      estimate,
      lower: estimate - width * se,
      upper: estimate + width * se,
    }));
  }

  /**
   * Residuals, one per row of the data; NaN where a row was left out.
   *
   * @param options - `type`: `"raw"` y − fitted (default), `"pearson"` √w times that, `"scaled"` also over σ
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   */
  residuals(options: { readonly type?: "raw" | "pearson" | "scaled" } = {}): Float64Array {
    knownOptions("residuals", options, ["type"]);
    const type = oneOf("type", options.type ?? "raw", ["raw", "pearson", "scaled"]);
    const { frame, solution } = this.#parts;
    return this.#aligned((i) => {
      const root = type === "raw" || frame.weights === null ? 1 : Math.sqrt(frame.weights[i]);
      return (solution.residuals[i] * root) / (type === "scaled" ? this.sigma : 1);
    });
  }

  /** Fitted values, one per row of the data; NaN where a row was left out. R: `fitted`. */
  fitted(): Float64Array {
    const { frame, solution } = this.#parts;
    return this.#aligned((i) => frame.response[i] - solution.residuals[i]);
  }

  /**
   * Estimated marginal (least-squares) means on n − p degrees of freedom. R: `emmeans::emmeans`.
   *
   * @param factors - columns of the formula; the others are averaged over with equal weights
   * @param options - `by`, `at`, `level` as for the `emmeans` of a mixed model
   * @throws {ArgumentError} `unknown-factor`, `unknown-level`, `unknown-option`, `invalid-argument`
   * @throws {ModelError} `needs-at`
   */
  emmeans(factors: string | readonly string[], options: Omit<EmmeansOptions, "df"> = {}): MarginalMeans {
    const { terms, frame, fixed, recipe, solution } = this.#parts;
    const { rows, variables, offset } = frame;
    const p = fixed.names.length;
    const covariance = solution.inverse.map((value) => value * this.sigma ** 2);
    const summaries = rowMeans(variables, offset);
    const model = {
      formula: this.formula,
      terms,
      fixed,
      recipe,
      variables,
      cells: { n: this.nobs, variables },
      rows,
      n: this.nobs,
      p,
      summaries,
    };
    return marginalMeans(
      { ...model, table: undefined },
      residualInference(solution.beta, covariance, this.dfResidual),
      factors,
      options,
    );
  }

  /** Sequential analysis of variance, term by term in formula order. R: `anova(lm(…))`. */
  anova(): LmAnova {
    const { fixed, terms, solution } = this.#parts;
    return new LmAnova(terms.responseLabel, fixed, solution, this.dfResidual);
  }

  /**
   * Predictions, one row per row of `data`; NaN where it has missing cells. R: `predict(m, newdata, interval)`.
   *
   * @param data - new rows; the rows of the fit, aligned with its input, by default
   * @param options - `interval`: of the `"mean"` (default) or of a new `"observation"`, which adds σ²/weight (weight 1
   * where `data` has no such column); `level`: coverage, defaults to 0.95
   * @throws {DataError} `missing-column`, `unseen-level`, `no-rows`
   * @throws {ArgumentError} `invalid-argument`, `unknown-option`
   */
  predict(
    data?: TableLike,
    options: { readonly interval?: "mean" | "observation"; readonly level?: number } = {},
  ): PredictionRow[] {
    knownOptions("predict", options, ["interval", "level"]);
    const interval = oneOf("interval", options.interval ?? "mean", ["mean", "observation"]);
    const width = tQuantile(0.5 + probabilityOf("level", options.level ?? 0.95) / 2, this.dfResidual);
    const { recipe, fixed, frame, solution } = this.#parts;
    const p = fixed.names.length;
    let X = fixed.values;
    let offset = frame.offset;
    let weights = frame.weights;
    let m = this.nobs;
    if (data !== undefined) {
      const table = toTable(data);
      requireColumns(recipe, table);
      ({ X, offset, n: m } = designFor(recipe, table));
      const name = recipe.weights;
      weights = name !== null && table.columns.has(name) ? numbersOf(table, name, name) : null;
    }
    const row = (i: number): PredictionRow => {
      let estimate = offset === null ? 0 : offset[i];
      let variance = 0;
      for (let c = 0; c < p; c++) {
        estimate += X[c * m + i] * solution.beta[c];
        for (let d = 0; d < p; d++) variance += X[c * m + i] * solution.inverse[c + d * p] * X[d * m + i];
      }
      if (interval === "observation") variance += 1 / (weights === null ? 1 : weights[i]);
      const se = this.sigma * Math.sqrt(variance);
      return { estimate, se, lower: estimate - width * se, upper: estimate + width * se };
    };
    if (data !== undefined) return Array.from({ length: m }, (_, i) => row(i));
    const out = Array.from({ length: frame.inputRows }, () => ({
      estimate: Number.NaN,
      se: Number.NaN,
      lower: Number.NaN,
      upper: Number.NaN,
    }));
    frame.rows.forEach((at, i) => {
      out[at] = row(i);
    });
    return out;
  }

  /** Everything a reader or another program may want, without the data. */
  toJSON(): Record<string, unknown> {
    const { formula, nobs, dfResidual, sigma, rSquared, adjRSquared, fStatistic } = this;
    const { logLik, aic, bic, warnings } = this;
    return {
      formula,
      nobs,
      dfResidual,
      sigma,
      rSquared,
      adjRSquared,
      fStatistic,
      logLik,
      aic,
      bic,
      coefTable: this.coefTable(),
      vcov: this.vcov(),
      anova: this.anova().rows,
      warnings,
    };
  }

  #aligned(value: (i: number) => number): Float64Array {
    const { rows, inputRows } = this.#parts.frame;
    const out = new Float64Array(inputRows).fill(Number.NaN);
    rows.forEach((row, i) => {
      out[row] = value(i);
    });
    return out;
  }
}
