/**
 * From a formula and data to a linear mixed model, checked and ready for an estimator.
 *
 * @module
 */

import type { ContrastName } from "../data/contrasts.ts";
import { type TableLike, toTable } from "../data/table.ts";
import { ArgumentError, DataError, knownOptions, ModelError, oneOf, show } from "../errors.ts";
import { parseFormula } from "../formula/terms.ts";
import { fixedDesign, fullDesign } from "./design.ts";
import { checkIdentified, checkSizes } from "./identify.ts";
import { LinearMixedModel } from "./linearMixedModel.ts";
import { modelFrame } from "./modelFrame.ts";
import { randomTerms } from "./randomTerms.ts";
import type { Recipe } from "./recipe.ts";
import { dateRemarks, repeatedRows } from "./remarks.ts";
import { type Student, studentParts } from "./student.ts";
import { unconnectedRows } from "./unconnected.ts";

/** Options of {@link lmm}. */
export interface LmmOptions {
  /** The column of prior weights: the residual variance of a row is σ² / weight; defaults to 1 everywhere. */
  readonly weights?: string;
  /**
   * The column of labels by which the residual standard deviation differs: σ_c for label c. Defaults to one σ.
   * nlme: `weights = varIdent(form = ~ 1 | s)`; brms: `sigma ~ 0 + s`.
   */
  readonly sigmaBy?: string;
  /**
   * `student()` for Student-t residuals, σ their scale; needs `gibbs`. Defaults to normal ones. brms: `family = student`.
   */
  readonly residuals?: Student;
  /**
   * `student()` by random term, under the names that priors have (`Subject`, `Subject.1`), for Student-t random effects;
   * needs `gibbs`. Defaults to normal ones. brms: `gr(g, dist = "student")`.
   */
  readonly effects?: Readonly<Record<string, Student>>;
  /** Contrasts by variable; defaults to `"treatment"`, for ordered factors to `"poly"`. */
  readonly contrasts?: Readonly<Record<string, ContrastName>>;
  /** Levels by column, in the order wanted; the first one is the reference. Defaults to the sorted labels. */
  readonly levels?: Readonly<Record<string, readonly string[]>>;
  /** What to do with rows that have missing values; defaults to `"drop"`, with a warning. */
  readonly missing?: "drop" | "error";
  /** What to do with columns that the other columns determine; defaults to `"error"`. */
  readonly collinear?: "error" | "drop";
}

/**
 * Makes a linear mixed model from a formula in lme4's grammar and data; fits nothing.
 *
 * @param formula for example `"y ~ x * treatment + (x | subject)"`
 * @param data an array of row objects, an object of columns, an Arrow-like table or a `Table`
 * @throws {FormulaError} when the formula cannot be read; `no-random-term` when it has no random term
 * @throws {DataError} when the data cannot be used: `unknown-column`, `text-response`, `infinite-value`, …
 * @throws {ModelError} when the data do not identify the model: `one-group`, `collinear-columns`, …
 * @throws {ArgumentError} `unknown-option`; `invalid-argument` for residuals or effects that are not of `student()`
 * @see R's `lme4::lFormula()`
 * @example
 * const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
 * model.fixed.names; // ["(Intercept)", "Days"]
 */
export function lmm(formula: string, data: TableLike, options: LmmOptions = {}): LinearMixedModel {
  return modelOfRows("lmm()", formula, data, options, false);
}

/**
 * As {@link lmm}; or of rows that are some of many, which alone need not identify anything: nothing is refused or dropped
 * for want of variation, so that X may lack rank.
 *
 * @param learnt - variables whose transformations keep what they learnt elsewhere
 */
export function modelOfRows(
  call: string,
  formula: string,
  data: TableLike,
  options: LmmOptions,
  partial: boolean,
  learnt?: Recipe["variables"],
): LinearMixedModel {
  if (typeof formula !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `The formula must be text, got ${show(formula)}.`,
      "Write it in quotes.",
    );
  }
  const {
    weights,
    sigmaBy,
    residuals,
    effects,
    contrasts,
    levels,
    missing = "drop",
    collinear = "error",
  } = checkOptions(call, options);
  const terms = parseFormula(formula);
  if (terms.response === null) {
    throw new ModelError(
      "no-response",
      "The formula has no response.",
      "Write one like y ~ x + (1 | group).",
    );
  }
  if (terms.random.length === 0) {
    throw new ModelError(
      "no-random-term",
      `${terms.text} has no random term.`,
      "For an ordinary linear model use lm(); for a random intercept add (1 | group).",
      { formula: terms.text },
    );
  }
  const table = toTable(data);
  const frame = modelFrame(terms, table, {
    missing,
    partial,
    ...(weights === undefined ? {} : { weights }),
    ...(sigmaBy === undefined ? {} : { sigmaBy }),
    ...(contrasts === undefined ? {} : { contrasts }),
    ...(levels === undefined ? {} : { levels }),
    ...(learnt && { learnt }),
  });
  const n = frame.rows.length;
  const warnings = [...frame.warnings];
  const { terms: random, recipes } = randomTerms(terms.random, frame.variables, frame.groups, n);
  const fixed = partial
    ? fullDesign(terms.fixed, frame.variables, n)
    : fixedDesign(terms.fixed, frame.variables, n, collinear, warnings);
  checkSizes(terms, frame, fixed, random);
  if (!partial) warnings.push(...checkIdentified(terms, frame, fixed, random));
  warnings.push(...dateRemarks(terms, table, frame));
  if (!partial) warnings.push(...repeatedRows(table), ...unconnectedRows(frame, random));
  const recipe: Recipe = {
    fixed: terms.fixed,
    kept: fixed.kept,
    names: fixed.names,
    variables: frame.recipes,
    random: recipes,
    weights: weights ?? null,
  };
  const student = studentParts(random, residuals, effects);
  const source = { table, options, make: lmm };
  return new LinearMixedModel({ terms, frame, fixed, random, recipe, student, warnings, source, partial });
}

function checkOptions(call: string, options: LmmOptions): LmmOptions {
  knownOptions(call, options, [
    ...["weights", "sigmaBy", "residuals", "effects"],
    ...["contrasts", "levels", "missing", "collinear"],
  ]);
  if (options.missing !== undefined) oneOf("missing", options.missing, ["drop", "error"]);
  if (options.collinear !== undefined) oneOf("collinear", options.collinear, ["error", "drop"]);
  for (const name of ["weights", "sigmaBy"] as const) {
    if (options[name] === undefined || typeof options[name] === "string") continue;
    throw new DataError(
      "unknown-column",
      `"${name}" is ${show(options[name])}.`,
      "Pass the name of a column.",
    );
  }
  return options;
}
