/**
 * REML and Bayesian intervals side by side.
 *
 * @module
 */

import type * as Plot from "@observablehq/plot";
import { compare } from "../compare.ts";
import { ArgumentError, checkKind, didYouMean, listOf, show, wrongKind } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import { CHAIN_COLORS, namesIn, plotOptions } from "./common.ts";
import { type IntervalMark, intervalRows, type RowOptions } from "./rows.ts";

/** One row of a comparison, as far as the plot reads it. */
export interface ComparedRow {
  readonly variable: string;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What `compare()` returns, as far as the plot reads it. */
export interface ComparisonLike {
  /** Defaults to `"REML"`. */
  readonly method?: "REML" | "ML";
  readonly rows: readonly ComparedRow[];
}

/** Options of {@link compareIntervals}. */
export interface CompareIntervalsOptions extends RowOptions {
  /** Names, in the order wanted; defaults to all compared variables. */
  readonly variables?: readonly string[];
}

/** One interval of one estimator, in the variable's units. */
export interface CompareIntervalRow {
  readonly variable: string;
  readonly estimator: "REML" | "ML" | "posterior";
  readonly centre: number;
  readonly low: number;
  readonly high: number;
}

/** Vertical distance of the two intervals of a row from its middle, in pixels. */
const APART = 6;

/**
 * The intervals of {@link compareIntervals}, two rows per variable.
 *
 * @throws `unknown-variable`; as `compare`
 */
export function compareIntervalsData(
  posterior: Posterior,
  fit: LmmFit,
  options?: CompareIntervalsOptions,
): CompareIntervalRow[];
export function compareIntervalsData(
  comparison: ComparisonLike,
  options?: CompareIntervalsOptions,
): CompareIntervalRow[];
export function compareIntervalsData(
  first: Posterior | ComparisonLike,
  second: LmmFit | CompareIntervalsOptions = {},
  third: CompareIntervalsOptions = {},
): CompareIntervalRow[] {
  const { comparison, options } = taken(first, second, third);
  const { method = "REML" } = comparison;
  return chosenRows(comparison, options.variables).flatMap((row): CompareIntervalRow[] => [
    { variable: row.variable, estimator: method, centre: row.estimate, low: row.lower, high: row.upper },
    { variable: row.variable, estimator: "posterior", centre: row.mean, low: row.low, high: row.high },
  ]);
}

/**
 * REML or ML estimates with their intervals over posterior means with theirs, one row per variable, each on a scale of its
 * own unless `scales: "shared"`. An interval that an estimator does not have is left out.
 *
 * @throws `unknown-variable`; as `compare`
 * @example
 * ```ts
 * Plot.plot(compareIntervals(posterior, fit));
 * ```
 */
export function compareIntervals(
  posterior: Posterior,
  fit: LmmFit,
  options?: CompareIntervalsOptions,
): Plot.PlotOptions;
export function compareIntervals(
  comparison: ComparisonLike,
  options?: CompareIntervalsOptions,
): Plot.PlotOptions;
export function compareIntervals(
  first: Posterior | ComparisonLike,
  second: LmmFit | CompareIntervalsOptions = {},
  third: CompareIntervalsOptions = {},
): Plot.PlotOptions {
  const { comparison, options } = taken(first, second, third);
  const marks = compareIntervalsData(comparison, options).map((row): IntervalMark => {
    return { ...row, color: row.estimator, offset: row.estimator === "posterior" ? APART : -APART };
  });
  const color = {
    domain: [comparison.method ?? "REML", "posterior"],
    range: [CHAIN_COLORS[1], CHAIN_COLORS[0]],
    legend: true,
  };
  return intervalRows(marks, { rowHeight: 30, ...options }, { color });
}

const KIND = "a comparison of a posterior with a fit";
const REMEDY = "Pass compare(posterior, fit), or the posterior and the fit.";

/** The comparison given, or that of the posterior and the fit given. */
function taken(
  first: Posterior | ComparisonLike,
  second: LmmFit | CompareIntervalsOptions,
  third: CompareIntervalsOptions,
): { readonly comparison: ComparisonLike; readonly options: CompareIntervalsOptions } {
  checkKind("compareIntervals()", first, [], KIND, REMEDY);
  const both = "draws" in first;
  const comparison = both ? compare(first, second as LmmFit) : first;
  checkKind("compareIntervals()", comparison, ["rows"], KIND, REMEDY);
  if (!Array.isArray(comparison.rows) || comparison.rows.some((row) => !("estimate" in row)))
    throw wrongKind("compareIntervals()", "one of posteriors", KIND, REMEDY);
  const options = both ? third : (second as CompareIntervalsOptions);
  plotOptions("compareIntervals()", options, ["variables", "scales", "width", "rowHeight"]);
  return { comparison, options };
}

function chosenRows(
  comparison: ComparisonLike,
  variables: readonly string[] | undefined,
): readonly ComparedRow[] {
  if (variables === undefined) return comparison.rows;
  const names = comparison.rows.map((row) => row.variable);
  return namesIn("variables", variables).map((name) => {
    const row = comparison.rows.find((one) => one.variable === name);
    if (row !== undefined) return row;
    const near = didYouMean(name, names);
    throw new ArgumentError(
      "unknown-variable",
      `There is no variable ${show(name)} in the comparison.`,
      near === undefined ? `There are ${listOf(names, 8)}.` : `Did you mean "${near}"?`,
      { name },
    );
  });
}
