/**
 * Autocorrelation of the chains by lag.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { integerIn } from "../errors.ts";
import { autocorrelation as autocorrelationOf } from "../posterior/diagnostics.ts";
import {
  chainColors,
  chainLabel,
  chosen,
  type DrawsLike,
  drawsOf,
  PANEL,
  type PanelOptions,
  plotOptions,
} from "./common.ts";
import { gridOf, gridOptions, titleLength, titles } from "./panels.ts";

/** Options of {@link autocorrelation}. */
export interface AutocorrelationOptions extends PanelOptions {
  /** Largest lag; defaults to 20, or to what the chains allow. */
  readonly lags?: number;
}

/** Autocorrelation of one chain at one lag. */
export interface AutocorrelationRow {
  readonly variable: string;
  /** From 0. */
  readonly chain: number;
  readonly lag: number;
  readonly autocorrelation: number;
}

/**
 * Autocorrelations, biased estimates as Geyer recommends. bayesplot: `mcmc_acf`.
 *
 * @throws `unknown-variable`
 */
export function autocorrelationData(
  input: DrawsLike,
  options: AutocorrelationOptions = {},
): AutocorrelationRow[] {
  const draws = drawsOf(input);
  const lags = integerIn("lags", options.lags ?? Math.min(20, draws.iterations - 1), 0, draws.iterations - 1);
  return chosen(draws, options.variables).flatMap(({ name }) =>
    draws.chainsOf(name).flatMap((values, chain) =>
      autocorrelationOf(values)
        .slice(0, lags + 1)
        .map((value, lag) => ({ variable: name, chain, lag, autocorrelation: value })),
    ),
  );
}

/**
 * Autocorrelation by lag, one line per chain and one panel per variable. bayesplot: `mcmc_acf`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(autocorrelation(posterior, { lags: 30 }));
 * ```
 */
export function autocorrelation(input: DrawsLike, options: AutocorrelationOptions = {}): Plot.PlotOptions {
  plotOptions("autocorrelation()", options, [...PANEL, "lags"]);
  const { columns = 2, width = 720, panelHeight = 90 } = options;
  const draws = drawsOf(input);
  const names = chosen(draws, options.variables).map((info) => info.name);
  const cells = gridOf(names.length, columns);
  const index = new Map(names.map((name, k) => [name, k]));
  const rows = autocorrelationData(draws, { ...options, variables: names });
  const points = rows.map((row) => ({
    ...cells[index.get(row.variable) ?? 0],
    chain: chainLabel(row.chain),
    lag: row.lag,
    autocorrelation: row.autocorrelation,
  }));
  const lowest = rows.reduce((least, row) => Math.min(least, row.autocorrelation || 0), -0.1);
  const panel = { fx: "column", fy: "row" } as const;
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 30, gapY: 30, left: 40, bottom: 34 }),
    x: { label: "lag" },
    y: { label: null, domain: [lowest, 1], ticks: 3 },
    color: chainColors(draws.chains),
    marks: [
      Plot.ruleY(cells, { ...panel, y: 0, stroke: "currentColor", strokeOpacity: 0.4 }),
      Plot.line(points, {
        ...panel,
        x: "lag",
        y: "autocorrelation",
        z: "chain",
        stroke: "chain",
        strokeWidth: 1.2,
      }),
      titles(cells, names, titleLength(cells, width)),
    ],
  };
}
