/**
 * Ordinary linear models, to hold mixed models against.
 *
 * @module
 */

import { type TableLike, toTable } from "../data/table.ts";
import { ArgumentError, knownOptions, ModelError, oneOf, show, type Warning, warning } from "../errors.ts";
import { parseFormula } from "../formula/terms.ts";
import { leastSquares } from "../linalg/leastSquares.ts";
import { fixedDesign } from "../model/design.ts";
import type { LmmOptions } from "../model/lmm.ts";
import { modelFrame } from "../model/modelFrame.ts";
import { LmFit } from "./lmFit.ts";

/** Options of {@link lm}: those of `lmm` but for `sigmaBy`, `residuals` and `effects`, which are refused (`unknown-option`). */
export type LmOptions = Omit<LmmOptions, "sigmaBy" | "residuals" | "effects">;

/**
 * Fits a linear model without random terms by (weighted) least squares. R: `lm(formula, data, weights)`.
 *
 * Rows with missing values are left out with a warning. Computed by Householder QR of centred columns, so that far-away
 * offsets cost no digits.
 *
 * @param formula - for example `"y ~ x * f"`
 * @param options - `weights`: a column, the variance of a row being σ²/weight; `contrasts`, `levels` as for `lmm`;
 * `missing` defaults to `"drop"`, `collinear` to `"error"`
 * @throws {ArgumentError} `unknown-option`
 * @throws {ModelError} `random-term` when the formula has one, `too-few-rows`, `no-response`, `collinear-columns`
 * @throws {FormulaError} when the formula cannot be read; {DataError} when the data cannot be used
 *
 * @example
 * lm("Reaction ~ Days", sleepstudy).rSquared; // 0.2865
 */
export function lm(formula: string, data: TableLike, options: LmOptions = {}): LmFit {
  if (typeof formula !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `The formula must be text, got ${show(formula)}.`,
      "Write it in quotes.",
    );
  }
  knownOptions("lm()", options, ["weights", "contrasts", "levels", "missing", "collinear"]);
  const missing = oneOf("missing", options.missing ?? "drop", ["drop", "error"]);
  const collinear = oneOf("collinear", options.collinear ?? "error", ["error", "drop"]);
  const { weights, contrasts, levels } = options;
  const terms = parseFormula(formula);
  if (terms.random.length > 0) {
    throw new ModelError(
      "random-term",
      `${terms.text} has the random term ${terms.random[0].text}.`,
      "Fit it with reml(lmm(formula, data)), or take the term out for an ordinary linear model.",
      { formula: terms.text, terms: terms.random.map(({ text }) => text) },
    );
  }
  const frame = modelFrame(terms, toTable(data), {
    missing,
    ...(weights === undefined ? {} : { weights }),
    ...(contrasts === undefined ? {} : { contrasts }),
    ...(levels === undefined ? {} : { levels }),
  });
  const n = frame.rows.length;
  const warnings: Warning[] = [...frame.warnings];
  const fixed = fixedDesign(terms.fixed, frame.variables, n, collinear, warnings);
  const p = fixed.names.length;
  if (p >= n || p === 0) {
    throw new ModelError(
      p === 0 ? "no-coefficients" : "too-few-rows",
      `The model has ${p} coefficients, and there are ${n} rows.`,
      p === 0 ? "Write y ~ 1 for the mean alone." : "Remove predictors or add rows.",
      { p, n },
    );
  }
  const y = frame.response.map((value, i) => value - (frame.offset === null ? 0 : frame.offset[i]));
  const solution = leastSquares(fixed.values, y, n, p, frame.weights, terms.fixed.intercept);
  const spread = y.reduce((sum, value) => sum + (value - y[0]) ** 2, 0);
  // Residuals of 1e-14 of the spread are rounding.
  if (solution.rss <= 1e-28 * spread) {
    const text =
      "The columns reproduce the response exactly: residuals, standard errors and tests are made of rounding errors.";
    warnings.push(warning("perfect-fit", text, { rss: solution.rss }));
  }
  const recipe = {
    fixed: terms.fixed,
    kept: fixed.kept,
    names: fixed.names,
    variables: frame.recipes,
    random: [],
    weights: weights ?? null,
  };
  return new LmFit({ terms, frame, fixed, recipe, warnings, solution });
}
