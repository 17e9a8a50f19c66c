/**
 * A posterior held against a REML or ML fit, or against other posteriors: the only place that sees both estimators.
 *
 * @module
 */

import { comparePosteriors, type PosteriorComparison } from "./compare/posteriors.ts";
import { decimalsFor, intervalCell } from "./compare/print.ts";
import { type Reason, reasonsFor, scaleOf } from "./compare/reasons.ts";
import {
  fixed,
  htmlTable,
  type PrintedColumn,
  showAs,
  textTable,
  withSpread,
  wordColumn,
} from "./data/format.ts";
import { checkKind, ModelError, type Warning } from "./errors.ts";
import type { Posterior } from "./gibbs/posterior.ts";
import { checkSameData } from "./model/sameData.ts";
import { requireNormal } from "./model/student.ts";
import type { LmmFit } from "./reml/lmmFit.ts";

/** One variable, both ways. */
export interface ComparisonRow {
  readonly variable: string;
  /** REML or ML estimate, its standard error and 95% Wald interval. */
  readonly estimate: number;
  readonly se: number;
  readonly lower: number;
  readonly upper: number;
  /** Posterior mean, sd and central 95% interval. */
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  /** (mean − estimate) / se; over the posterior sd where the estimate has no standard error. */
  readonly difference: number;
  /** Empty when |difference| ≤ 0.25. */
  readonly reason: Reason;
}

/** A comparison; prints as a table. */
export interface Comparison {
  readonly method: "REML" | "ML";
  readonly rows: readonly ComparisonRow[];
  readonly warnings: readonly Warning[];
  toString(): string;
}

/**
 * Holds a posterior against a REML or ML fit of the same model, one row per β, SD, correlation and σ, and gives
 * every difference above a quarter of a standard error a reason that was tested ("near" leaves at most a quarter
 * of a standard error or a third of the difference):
 *
 * - `boundary`: the estimate, or its term, lies on the edge of its range, where no mean can follow;
 * - `Monte Carlo error`: two Monte Carlo errors could bring the difference below a quarter, or the draws are too few
 *   to have one;
 * - `degrees of freedom`: the fit is by ML, and the REML estimate of the same model is near the mean;
 * - `skewness`: the mean is away, but the mode of the same draws is near the estimate;
 * - `prior pull`: under flat priors (sampled on the side, with 4 × 500 draws, for up to 2000 random effects and where every group has three levels) the mean moves, and mean or mode are
 *   near the estimate, or as much of the difference is gone as is left;
 * - `averaging`: under flat priors most of the difference is still there, and some SD or correlation is skewed or within
 *   two sds of the edge of its range: the estimate is the peak of the likelihood over all parameters, the mean an
 *   average over it;
 * - `unexplained`: none of these, or no posterior under flat priors to tell.
 *
 * Posteriors of the same rows, of one model or several, are put side by side instead: their means, sds and intervals,
 * differences from the first in units of the combined sd, and their leave-one-out.
 *
 * @param posterior - from `gibbs`
 * @param fit - from `reml` or `ml`, of the same model; or further posteriors, of the same rows
 * @throws {ModelError} `different-models`; of posteriors, and where a model holds no rows, `different-rows` (by which
 *   rows, not how many), `different-response`, `different-weights`, `different-offset`
 * @throws {ArgumentError} `invalid-argument`
 *
 * @example
 * console.log(compare(await gibbs(model, { seed: 1 }), reml(model)));
 * console.log(compare(slopes, intercepts));
 */
export function compare(a: Posterior, b: Posterior, ...more: Posterior[]): PosteriorComparison;
export function compare(posterior: Posterior, fit: LmmFit): Comparison;
export function compare(
  posterior: Posterior,
  second: Posterior | LmmFit,
  ...more: Posterior[]
): Comparison | PosteriorComparison {
  checkKind("compare()", posterior, ["draws", "model"], "a posterior first", REMEDY);
  checkKind("compare()", second, ["model"], "a fit second, or posteriors", REMEDY);
  if ("draws" in second || more.length > 0) {
    return comparePosteriors([posterior, second as Posterior, ...more]);
  }
  return compareWithFit(posterior, second);
}

const REMEDY =
  "Write compare(posterior, fit), with the posterior of gibbs() and the fit of reml() or ml(), or compare(a, b, …) with posteriors.";

function compareWithFit(posterior: Posterior, fit: LmmFit): Comparison {
  checkKind("compare()", fit, ["parameters"], "a fit second, or posteriors", REMEDY);
  checkSameModel(posterior, fit);
  const summary = posterior.summary();
  const estimates = fit.parameters();
  const reasons = reasonsFor(posterior, fit);
  const rows = estimates.map((estimate, i): ComparisonRow => {
    const { mean, sd, ...row } = summary[i];
    // A parameter that both hold has neither standard error nor sd.
    const difference = mean === estimate.estimate ? 0 : (mean - estimate.estimate) / scaleOf(estimate, sd);
    return {
      variable: estimate.variable,
      estimate: estimate.estimate,
      se: estimate.se,
      lower: estimate.lower,
      upper: estimate.upper,
      mean,
      sd,
      low: row["q2.5"],
      high: row["q97.5"],
      difference,
      reason: reasons[i],
    };
  });
  const comparison = { method: fit.method, rows, warnings: [...posterior.warnings] };
  return showAs(
    comparison,
    () => printComparison(comparison),
    () => comparisonHtml(comparison),
  );
}

function checkSameModel(posterior: Posterior, fit: LmmFit): void {
  const a = posterior.model;
  const b = fit.model;
  if (a === b) return;
  requireNormal("compare()", a, "Compare with the posterior of the normal model by looCompare().");
  const sameSigma = a.strata?.name === b.strata?.name;
  if (a.formula === b.formula && sameSigma) {
    if (!a.hasRows || !b.hasRows) {
      checkSameData(a, b);
      return;
    }
    if (a.n === b.n && a.response.values.every((value, i) => value === b.response.values[i])) return;
  }
  throw new ModelError(
    "different-models",
    a.formula === b.formula
      ? `The posterior and the fit use different ${sameSigma ? "rows" : "sigmaBy"} for ${a.formula}.`
      : `The posterior is of ${a.formula}, the fit of ${b.formula}.`,
    "Fit both from the same model object.",
    { posterior: a.formula, fit: b.formula },
  );
}

/** A comparison as an HTML table. */
export function comparisonHtml({ rows, method }: Omit<Comparison, "toString">): string {
  const column = (header: string, pick: (row: (typeof rows)[number]) => number): PrintedColumn => ({
    header,
    cells: rows.map((row) => withSpread(pick(row), row.sd)),
  });
  return htmlTable([
    wordColumn(
      "",
      rows.map(({ variable }) => variable),
    ),
    column(method, (row) => row.estimate),
    column("se", (row) => row.se),
    column("mean", (row) => row.mean),
    column("sd", (row) => row.sd),
    column("2.5%", (row) => row.low),
    column("97.5%", (row) => row.high),
    { header: "difference / se", cells: rows.map(({ difference }) => withSpread(difference, 1)) },
    wordColumn(
      "why",
      rows.map(({ reason }) => reason),
    ),
  ]);
}

function printComparison({ method, rows }: Pick<Comparison, "method" | "rows">): string {
  const decimalsOf = ({ se, sd }: ComparisonRow): number => decimalsFor(se > 0 ? Math.min(se, sd) : sd);
  const column = (header: string, pick: (row: ComparisonRow) => number) => ({
    header,
    cells: rows.map((row) => fixed(pick(row), decimalsOf(row))),
  });
  const interval = (
    header: string,
    low: (row: ComparisonRow) => number,
    high: (row: ComparisonRow) => number,
  ) => ({
    header,
    cells: rows.map((row) => intervalCell(low(row), high(row), decimalsOf(row))),
  });
  const table = textTable(
    [
      wordColumn(
        "",
        rows.map(({ variable }) => variable),
      ),
      column(method, (row) => row.estimate),
      interval(
        "95% Wald",
        (row) => row.lower,
        (row) => row.upper,
      ),
      column("Posterior", (row) => row.mean),
      interval(
        "95% CI",
        (row) => row.low,
        (row) => row.high,
      ),
      { header: "Diff/SE", cells: rows.map(({ difference }) => fixed(difference, 2)) },
      wordColumn(
        "Reason",
        rows.map(({ reason }) => reason),
      ),
    ],
    { gap: "  " },
  );
  return `Posterior against ${method}\n${table}`;
}
