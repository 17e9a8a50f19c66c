/**
 * Tests of the coefficients and of the terms of a fit.
 *
 * @module
 */

import { knownOptions, oneOf } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { fUpper, tTwoSided } from "../stats/distributions.ts";
import { type AnovaRow, AnovaTable, fTestColumns } from "./anovaTable.ts";
import { fixedCovariance, residualSd } from "./estimates.ts";
import { type AnovaType, designTriangle, hypotheses, interceptHypothesis } from "./hypotheses.ts";
import { type DfMethod, dfMethodName, dfMethodOf, inferenceOf } from "./inference.ts";
import type { Optimum } from "./optimum.ts";

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

/** Options of `fit.anova()`. */
export interface AnovaOptions {
  /** Defaults to `"III"`. */
  readonly type?: AnovaType;
  /** Defaults to `"satterthwaite"`. */
  readonly df?: DfMethod;
  /** Whether the intercept gets a row, as nlme gives it one; defaults to `false`. */
  readonly intercept?: boolean;
}

/**
 * Estimates, standard errors and t tests of the coefficients. R: `coef(summary(m))` of lmerTest.
 *
 * @throws {ArgumentError} `unknown-option`, `invalid-argument`; {ModelError} `kenward-roger-needs-reml`, `too-large`
 */
export function coefficientTests(
  model: LinearMixedModel,
  optimum: Optimum,
  options: { readonly df?: DfMethod },
): CoefTableRow[] {
  knownOptions("coefTable", options, ["df"]);
  const { single } = inferenceOf(model, optimum, dfMethodOf(options.df));
  return model.fixed.names.map((term, j) => {
    const l = new Float64Array(model.p);
    l[j] = 1;
    const { estimate, se, df } = single(l);
    const t = estimate / se;
    return { term, estimate, se, df, t, p: tTwoSided(t, df) };
  });
}

/**
 * F tests of the terms. R: `anova(m, type, ddf)` of lmerTest; with containment, `anova()` of nlme.
 *
 * @throws {ArgumentError} `unknown-option`, `invalid-argument`; {ModelError} `kenward-roger-needs-reml`, `too-large`
 */
export function termTests(model: LinearMixedModel, optimum: Optimum, options: AnovaOptions): AnovaTable {
  knownOptions("anova", options, ["type", "df", "intercept"]);
  const type = oneOf("type", options.type ?? "III", ["I", "II", "III"]);
  const df = dfMethodOf(options.df);
  const { joint } = inferenceOf(model, optimum, df);
  const first =
    options.intercept === true ? interceptHypothesis(model, type, fixedCovariance(optimum)) : undefined;
  const R = designTriangle(optimum.problem.cross);
  const tested = [...(first === undefined ? [] : [first]), ...hypotheses(model, type, R)];
  // Sums of squares are multiples of one σ²; with strata there is none.
  const variance = model.strata === null ? residualSd(optimum) ** 2 : Number.NaN;
  const rows = tested.map(({ term, index, rows: L }): AnovaRow => {
    const { unscaled, f, numDf, denDf } = joint(L, index);
    const meanSq = unscaled * variance;
    return { term, sumSq: meanSq * numDf, meanSq, numDf, denDf, f, p: fUpper(f, numDf, denDf) };
  });
  return new AnovaTable(
    `Type ${type} Analysis of Variance Table with ${dfMethodName(df)}`,
    rows,
    fTestColumns,
  );
}
