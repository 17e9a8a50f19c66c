/**
 * Interval plots of posteriors.
 *
 * @module
 */

import type * as Plot from "@observablehq/plot";
import { quantileSorted, sorted } from "../stats/descriptive.ts";
import { CHAIN_COLORS, checkProbability, chosen, type DrawsLike, drawsOf, plotOptions } from "./common.ts";
import { type IntervalMark, intervalRows, type RowOptions } from "./rows.ts";

/** Options of {@link intervals}. */
export interface IntervalsOptions extends RowOptions {
  /** Names, in the order wanted; defaults to every variable except group effects (`r_…`). */
  readonly variables?: readonly string[];
  /** Probability of the thick inner interval; defaults to 0.5. */
  readonly prob?: number;
  /** Probability of the thin outer interval; defaults to 0.9. */
  readonly probOuter?: number;
}

/** Median and central intervals of one variable, in its units. */
export interface IntervalRow {
  readonly variable: string;
  readonly low: number;
  readonly innerLow: number;
  readonly median: number;
  readonly innerHigh: number;
  readonly high: number;
}

/**
 * Central intervals by type-7 quantiles over all chains. bayesplot: `mcmc_intervals_data`.
 *
 * @throws `unknown-variable`; `invalid-argument` for probabilities outside (0, 1).
 */
export function intervalsData(input: DrawsLike, options: IntervalsOptions = {}): IntervalRow[] {
  const { prob = 0.5, probOuter = 0.9 } = options;
  checkProbability("prob", prob);
  checkProbability("probOuter", probOuter);
  const draws = drawsOf(input);
  return chosen(draws, options.variables).map(({ name }) => {
    const ascending = sorted(draws.get(name));
    const at = (p: number): number => quantileSorted(ascending, p);
    return {
      variable: name,
      low: at((1 - probOuter) / 2),
      innerLow: at((1 - prob) / 2),
      median: at(0.5),
      innerHigh: at((1 + prob) / 2),
      high: at((1 + probOuter) / 2),
    };
  });
}

/**
 * Medians with a thick inner and a thin outer interval, one row per variable; by default each row has a scale of its
 * own, because coefficients and standard deviations of one model seldom share a size. bayesplot: `mcmc_intervals`.
 *
 * @throws `unknown-variable`; `invalid-argument`.
 * @example
 * ```ts
 * Plot.plot(intervals(posterior, { probOuter: 0.95 }));
 * ```
 */
export function intervals(input: DrawsLike, options: IntervalsOptions = {}): Plot.PlotOptions {
  plotOptions("intervals()", options, ["variables", "prob", "probOuter", "scales", "width", "rowHeight"]);
  const rows = intervalsData(input, options);
  const marks = rows.map(
    (row): IntervalMark => ({ ...row, centre: row.median, color: CHAIN_COLORS[0], offset: 0 }),
  );
  return intervalRows(marks, { rowHeight: 14, ...options });
}
