/**
 * REML and Bayesian intervals side by side.
 *
 * @module
 */

import type * as Plot from "@observablehq/plot";
import { compare } from "../compare.ts";
import { ArgumentError, didYouMean, listOf, show } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import { CHAIN_COLORS } from "./common.ts";
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
  readonly estimator: "REML" | "posterior";
  readonly centre: number;
  readonly low: number;
  readonly high: number;
}

/** Vertical distance of the two intervals of a row from its middle, in pixels. */
const APART = 6;

const ESTIMATORS = [
  { estimator: "REML", color: CHAIN_COLORS[1], offset: -APART },
  { estimator: "posterior", color: CHAIN_COLORS[0], offset: APART },
] as const;

/**
 * The intervals of {@link compareIntervals}, two rows per variable.
 *
 * @throws `unknown-variable`
 */
export function compareIntervalsData(
  comparison: ComparisonLike,
  options: CompareIntervalsOptions = {},
): CompareIntervalRow[] {
  return chosenRows(comparison, options.variables).flatMap((row): CompareIntervalRow[] => [
    { variable: row.variable, estimator: "REML", centre: row.estimate, low: row.lower, high: row.upper },
    { variable: row.variable, estimator: "posterior", centre: row.mean, low: row.low, high: row.high },
  ]);
}

/**
 * REML estimates with their intervals over posterior means with theirs, one row per variable, each on a scale of its
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
  const both = "draws" in first;
  const comparison = both ? compare(first, second as LmmFit) : first;
  const options = both ? third : (second as CompareIntervalsOptions);
  const marks = compareIntervalsData(comparison, options).map((row): IntervalMark => {
    const { offset } = row.estimator === "REML" ? ESTIMATORS[0] : ESTIMATORS[1];
    return { ...row, color: row.estimator, offset };
  });
  const color = {
    domain: ESTIMATORS.map((one) => one.estimator),
    range: ESTIMATORS.map((one) => one.color),
    legend: true,
  };
  return intervalRows(marks, { rowHeight: 30, ...options }, { color });
}

function chosenRows(
  comparison: ComparisonLike,
  variables: readonly string[] | undefined,
): readonly ComparedRow[] {
  if (variables === undefined) return comparison.rows;
  const names = comparison.rows.map((row) => row.variable);
  return variables.map((name) => {
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
