/**
 * A statistic of the response among those of replicated responses.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { fixed } from "../data/format.ts";
import { integerIn } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { ppCheck, type Statistic } from "../gibbs/ppCheck.ts";
import { labelOf, plotOptions } from "./common.ts";
import { binned } from "./histogram.ts";
import { baseline, gridOf, gridOptions, place, rangeOf, ticksX, titleLength, titles } from "./panels.ts";
import { CHECK, type CheckPanelOptions, checkOf, levelsOf, REPLICATED, sizesOf, yColors } from "./ppc.ts";

/** What `ppCheck()` of type `"stat"` returns, as far as the plot reads it. */
export interface PpcStatLike {
  readonly statistic: string;
  readonly rows: readonly {
    readonly group: string | null;
    readonly observed: number;
    readonly probability: number;
    readonly replicated: Float64Array;
  }[];
}

/** Options of {@link ppcStat}. */
export interface PpcStatOptions extends CheckPanelOptions {
  /** Bins of equal width; defaults to 30. */
  readonly bins?: number;
  /** Of a posterior; defaults to `"mean"`. */
  readonly statistic?: Statistic;
}

const statOf = (input: PpcStatLike | Posterior, { group, statistic }: PpcStatOptions): PpcStatLike =>
  checkOf(input, "stat", "replicated", (posterior) =>
    ppCheck(posterior, {
      type: "stat",
      ...(group === undefined ? {} : { group }),
      ...(statistic === undefined ? {} : { statistic }),
    }),
  );

/** A bin of T(y_rep) of one level, beside T(y) and the share of T(y_rep) that reach it. */
export interface PpcStatRow {
  readonly group: string | null;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly observed: number;
  readonly probability: number;
}

/**
 * The bins of {@link ppcStat}.
 *
 * @throws `unknown-level`, `invalid-argument`
 */
export function ppcStatData(input: PpcStatLike | Posterior, options: PpcStatOptions = {}): PpcStatRow[] {
  const check = statOf(input, options);
  const bins = integerIn("bins", options.bins ?? 30, 1, 1000);
  return levelsOf(check.rows, options.levels).flatMap((level) => {
    const { group, observed, probability, replicated } = check.rows.find((row) => row.group === level)!;
    return binned(replicated, bins).map((bin) => ({ group, ...bin, observed, probability }));
  });
}

/**
 * Histograms of T(y_rep) with T(y) as a line, one panel per level with scales of its own; p is the share of T(y_rep) that
 * reach T(y). bayesplot: `ppc_stat`, `ppc_stat_grouped`.
 *
 * @param input - a posterior, or `ppCheck(posterior, { type: "stat" })` with options of its own
 * @throws `unknown-level`, `invalid-argument`; as `ppCheck`
 * @example
 * ```ts
 * Plot.plot(ppcStat(posterior, { statistic: "max" }));
 * ```
 */
export function ppcStat(input: PpcStatLike | Posterior, options: PpcStatOptions = {}): Plot.PlotOptions {
  plotOptions("ppcStat()", options, [...CHECK, "bins", "statistic"]);
  const check = statOf(input, options);
  const rows = ppcStatData(check, options);
  const levels = [...new Set(rows.map(({ group }) => group))];
  const size = sizesOf(levels, options);
  const cells = gridOf(levels.length, size.columns);
  const own = levels.map((level) => rows.filter(({ group }) => group === level));
  const ranges = own.map((of) =>
    rangeOf(
      of.flatMap(({ low, high, observed }) => [low, high, observed]),
      size.columns > 1 ? 3 : 5,
    ),
  );
  const bars = own.flatMap((of, k) => {
    const highest = of.reduce((most, row) => Math.max(most, row.count), 1);
    return of.map((row) => ({
      ...cells[k],
      x1: place(ranges[k], row.low),
      x2: place(ranges[k], row.high),
      y: row.count / highest,
    }));
  });
  const lines = own.map((of, k) => ({ ...cells[k], x: place(ranges[k], of[0].observed) }));
  // A long level is cut before its p-value.
  const most = titleLength(cells, size.width);
  const names = own.map(
    ([{ group, probability }]) =>
      `${labelOf(group ?? check.statistic, most - 11)}, p = ${fixed(probability, 3)}`,
  );
  const panel = { fx: "column", fy: "row" } as const;
  return {
    ...gridOptions(cells, { ...size, gapX: 28, gapY: 44, left: 22, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1.05] },
    color: yColors,
    marks: [
      ...ticksX(cells, ranges),
      Plot.rect(bars, {
        ...panel,
        x1: "x1",
        x2: "x2",
        y1: 0,
        y2: "y",
        fill: () => REPLICATED,
        inset: 0.25,
      }),
      baseline(cells),
      Plot.ruleX(lines, { ...panel, x: "x", stroke: () => "y", strokeWidth: 2.5 }),
      titles(cells, names, most),
    ],
  };
}
