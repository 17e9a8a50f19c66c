/**
 * Estimated marginal means and contrasts of a fit.
 *
 * @module
 */

import { checkKind, knownOptions, oneOf, probabilityOf } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { adjustments } from "./adjust.ts";
import { type CoefficientWeights, ContrastTable, coefficientContrasts } from "./contrasts.ts";
import { type DfMethod, dfMethodOf, inferenceOf } from "./inference.ts";
import type { LmmFit } from "./lmmFit.ts";
import {
  type ContrastOptions,
  type EmmeansOptions,
  type MarginalMeans,
  marginalMeans,
  refuseTukey,
} from "./marginalMeans.ts";
import type { Optimum } from "./optimum.ts";

/**
 * Estimated marginal (least-squares) means of a fit over a reference grid. R: `emmeans::emmeans`; SAS: `LSMEANS`.
 *
 * Factors not asked for are averaged over with equal weights, covariates stand at their means over the rows used (two
 * distinct values make no factor of them). A model with an offset has the mean offset added. What the data cannot
 * estimate is NaN in the rows, `nonEst` in print, and named in a note.
 *
 * @param fit - from `reml` or `ml`
 * @param factors - one or several columns of the fixed part; the first varies fastest
 * @param options - `by`: columns that split the table; `at`: values of covariates, or levels of factors; `df` (defaults to
 * `"satterthwaite"`, R's emmeans to `"kenward-roger"`); `level` (defaults to 0.95)
 * @throws {ArgumentError} `unknown-factor`, `unknown-level`, `unknown-option`, `invalid-argument`
 * @throws {ModelError} `needs-at`, `kenward-roger-needs-reml`, `too-large`
 *
 * @example
 * const means = emmeans(fit, "nitrogen", { by: "variety", df: "kenward-roger" });
 * console.log(means.pairs({ adjust: "tukey" }));
 */
export function emmeans(
  fit: LmmFit,
  factors: string | readonly string[],
  options: EmmeansOptions = {},
): MarginalMeans {
  checkKind(
    "emmeans()",
    fit,
    ["emmeans"],
    "a fit",
    "Pass a fit of reml(), ml() or lm(), such as emmeans(reml(model), name).",
  );
  return fit.emmeans(factors, options);
}

/** The means of a model at an optimum; see {@link emmeans}. */
export function mixedMeans(
  model: LinearMixedModel,
  optimum: Optimum,
  factors: string | readonly string[],
  options: EmmeansOptions,
): MarginalMeans {
  knownOptions("emmeans", options, ["by", "at", "df", "level"]);
  const { df, ...rest } = options;
  return marginalMeans(model, inferenceOf(model, optimum, dfMethodOf(df)), factors, rest);
}

/** Named contrasts of the coefficients of a model at an optimum. R: `gmodels::estimable`, `lmerTest::contest`. */
export function coefficientContrastTable(
  model: LinearMixedModel,
  optimum: Optimum,
  contrasts: Readonly<Record<string, CoefficientWeights>>,
  options: ContrastOptions & { readonly df?: DfMethod },
): ContrastTable {
  knownOptions("contrast", options, ["df", "adjust", "level"]);
  const adjust = oneOf("adjust", options.adjust ?? "none", adjustments);
  if (adjust === "tukey") refuseTukey([], 0);
  const list = coefficientContrasts(contrasts, model.fixed.names);
  const inference = inferenceOf(model, optimum, dfMethodOf(options.df));
  return new ContrastTable(inference, [{ by: {}, contrasts: list, means: 0 }], {
    adjust,
    level: probabilityOf("level", options.level ?? 0.95),
    notes: [],
  });
}
