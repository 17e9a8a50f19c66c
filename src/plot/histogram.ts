/**
 * Histograms of draws.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { integerIn } from "../errors.ts";
import {
  CHAIN_COLORS,
  chosen,
  type DrawsLike,
  drawsOf,
  PANEL,
  type PanelOptions,
  plotOptions,
} from "./common.ts";
import { baseline, gridOf, gridOptions, place, rangeOf, ticksX, titleLength, titles } from "./panels.ts";

/** Options of {@link histogram}. */
export interface HistogramOptions extends PanelOptions {
  /** Bins of equal width; defaults to 30. */
  readonly bins?: number;
}

/** A bin of one variable, in its units; the last bin holds its upper end too. */
export interface HistogramRow {
  readonly variable: string;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * Counts over all chains in bins of equal width between the smallest and the largest finite draw; one bin for a constant.
 * bayesplot: `mcmc_hist`.
 *
 * @throws `unknown-variable`
 */
export function histogramData(input: DrawsLike, options: HistogramOptions = {}): HistogramRow[] {
  const draws = drawsOf(input);
  const bins = integerIn("bins", options.bins ?? 30, 1, 1000);
  return chosen(draws, options.variables).flatMap(({ name }) =>
    binned(draws.get(name).filter(Number.isFinite), bins).map((bin) => ({ variable: name, ...bin })),
  );
}

/** Counts in bins of equal width between the smallest and the largest value; no bins without values. */
export function binned(values: Float64Array, bins: number): { low: number; high: number; count: number }[] {
  if (values.length === 0) return [];
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const margin = 0.01 * Math.abs(low) || 0.5;
  if (low === high) return [{ low: low - margin, high: low + margin, count: values.length }];
  const width = (high - low) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / width))]++;
  return counts.map((count, bin) => ({ low: low + bin * width, high: low + (bin + 1) * width, count }));
}

/**
 * Histogram over all chains, one panel per variable with scales of its own. bayesplot: `mcmc_hist`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(histogram(posterior));
 * ```
 */
export function histogram(input: DrawsLike, options: HistogramOptions = {}): Plot.PlotOptions {
  plotOptions("histogram()", options, [...PANEL, "bins"]);
  const { columns = 2, width = 720, panelHeight = 90, bins = 30 } = options;
  const draws = drawsOf(input);
  const names = chosen(draws, options.variables).map((info) => info.name);
  const cells = gridOf(names.length, columns);
  const rows = histogramData(draws, { variables: names, bins });
  const byVariable = names.map((name) => rows.filter((row) => row.variable === name));
  const ranges = byVariable.map((of) =>
    rangeOf(
      of.flatMap((row) => [row.low, row.high]),
      5,
    ),
  );
  const bars = byVariable.flatMap((of, k) => {
    const highest = of.reduce((most, row) => Math.max(most, row.count), 1);
    return of.map((row) => ({
      ...cells[k],
      x1: place(ranges[k], row.low),
      x2: place(ranges[k], row.high),
      y: row.count / highest,
    }));
  });
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 28, gapY: 44, left: 22, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1.05] },
    marks: [
      ...ticksX(cells, ranges),
      Plot.rect(bars, {
        fx: "column",
        fy: "row",
        x1: "x1",
        x2: "x2",
        y1: 0,
        y2: "y",
        fill: CHAIN_COLORS[0],
        inset: 0.25,
      }),
      baseline(cells),
      titles(cells, names, titleLength(cells, width)),
    ],
  };
}
