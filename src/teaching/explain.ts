/**
 * One model written in the notations of textbooks.
 *
 * @module
 */

import { showAs } from "../data/format.ts";
import { knownOptions, oneOf } from "../errors.ts";
import type { Priors } from "../gibbs/priors.ts";
import { resolvePriors } from "../gibbs/resolvePriors.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { requireNormal } from "../model/student.ts";
import { assumptions } from "./assumptions.ts";
import { bayesianForm } from "./bayesianForm.ts";
import { marginalForm } from "./marginalForm.ts";
import { matrixForm } from "./matrixForm.ts";
import { type Format, latexPen, textPen } from "./pen.ts";
import { penalisedForm } from "./penalisedForm.ts";
import { type Block, layOut } from "./statement.ts";
import { type Symbols, symbolsOf } from "./symbols.ts";
import { twoLevel } from "./twoLevel.ts";

/** The notations of {@link explain}. */
export type NotationName = "two-level" | "matrix" | "marginal" | "penalised" | "bayesian" | "assumptions";

const forms: Readonly<Record<NotationName, (symbols: Symbols, priors: Priors) => Block[]>> = {
  "two-level": twoLevel,
  matrix: matrixForm,
  marginal: marginalForm,
  penalised: penalisedForm,
  bayesian: (symbols, priors) => bayesianForm(symbols, resolvePriors(symbols.model, priors)),
  assumptions,
};

/** Options of {@link explain}. */
export interface ExplainOptions {
  /** Defaults to `"two-level"`. */
  readonly notation?: NotationName;
  /** The priors of `"bayesian"`, as `gibbs` takes them; defaults to `default@1`. */
  readonly priors?: Priors;
  /** Defaults to `"text"`. */
  readonly format?: Format;
}

/** A model, written down. Prints as its text. */
export interface Explanation {
  readonly notation: NotationName;
  readonly format: Format;
  /** Everything; as LaTeX paragraphs with `$…$` and `\[…\]`, for amsmath. */
  readonly text: string;
  /** The equations alone: one line each as text; as LaTeX what stands between `\[` and `\]`, which KaTeX renders. */
  readonly equations: readonly string[];
  toString(): string;
}

/**
 * Writes a model down in one of the notations of textbooks, with its own names, counts and codings.
 *
 * - `"two-level"`: an equation for rows, one for each coefficient that differs between groups; predictors that are
 *   constant within groups stand at level 2 (Raudenbush & Bryk 2002);
 * - `"matrix"`: y = Xβ + Zb + ε with dimensions and the blocks of G and R (Laird & Ware 1982);
 * - `"marginal"`: y ~ N(Xβ, ZGZ′ + R), the variance of a row and the covariance of two;
 * - `"penalised"`: least squares with a ridge penalty on b, λ = σ²/τ²;
 * - `"bayesian"`: likelihood, random effects and the priors in force, with their scales as numbers;
 * - `"assumptions"`: what the model assumes.
 *
 * The symbols mean the same in all of them.
 *
 * @throws {ArgumentError} `unknown-option`, `invalid-argument`, also for priors with another notation
 * @throws {PriorError} as `gibbs`; {ModelError} `needs-rows`, `needs-normal` for Student-t parts
 *
 * @example
 * console.log(explain(model));
 * explain(model, { notation: "bayesian", format: "latex" }).equations.map((tex) => katex.renderToString(tex));
 */
export function explain(model: LinearMixedModel, options: ExplainOptions = {}): Explanation {
  checkModel("explain()", model);
  requireNormal("explain()", model, "Make the model without student().");
  const names = Object.keys(forms) as NotationName[];
  const notation = oneOf("notation", options?.notation ?? "two-level", names);
  knownOptions(notation === "bayesian" ? "explain()" : `explain() of the notation "${notation}"`, options, [
    "notation",
    "format",
    ...(notation === "bayesian" ? ["priors"] : []),
  ]);
  const format = oneOf("format", options.format ?? "text", ["text", "latex"]);
  const pen = format === "text" ? textPen : latexPen;
  const { text, equations } = layOut(forms[notation](symbolsOf(model, pen), options.priors ?? {}), pen);
  return showAs<Explanation>({ notation, format, text, equations }, () => text);
}
