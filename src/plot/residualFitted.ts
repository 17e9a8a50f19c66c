/**
 * Residuals against fitted values.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { type Predicting, predicting } from "./byRow.ts";
import { CHAIN_COLORS, labelOf, plotOptions } from "./common.ts";
import { ownTicks } from "./panels.ts";

/** Options of {@link residualFitted}. */
export interface ResidualFittedOptions {
  /** Width of the plot in pixels; defaults to 640. */
  readonly width?: number;
}

/** A row kept, in the units of the response. */
export interface ResidualRow {
  /** Row of the data, from 0. */
  readonly row: number;
  readonly fitted: number;
  /** Response minus fitted value, times √w with weights. */
  readonly residual: number;
}

/** The points of {@link residualFitted}, in the order of the data. */
export function residualFittedData(source: Predicting): ResidualRow[] {
  const { model } = predicting(source);
  const predicted = source.predict();
  return Array.from(model.rows, (row, i) => {
    const fitted = predicted[row].estimate;
    const residual = (model.response.values[i] - fitted) * Math.sqrt(model.weights?.[i] ?? 1);
    return { row, fitted, residual };
  });
}

/** Points beyond which single points no longer show, and cells are drawn instead. */
const MANY = 5000;

/**
 * Residuals against fitted values, which should form a band of one width around 0; beyond 5000 rows counts in cells. With
 * weights the residuals are multiplied by √w. R: `plot(fit)`.
 *
 * @param source - a fit or a posterior, whose fitted values are posterior means
 * @throws {ModelError} `needs-rows`
 * @example
 * ```ts
 * Plot.plot(residualFitted(fit));
 * ```
 */
export function residualFitted(source: Predicting, options: ResidualFittedOptions = {}): Plot.PlotOptions {
  plotOptions("residualFitted()", options, ["width"]);
  const rows = residualFittedData(source);
  const { name } = source.model.response;
  const points =
    rows.length > MANY
      ? Plot.rect(
          rows,
          Plot.bin(
            { fillOpacity: "count" },
            { x: { value: "fitted", thresholds: 60 }, y: { value: "residual", thresholds: 40 } },
          ),
        )
      : Plot.dot(rows, {
          x: "fitted",
          y: "residual",
          r: 2.4,
          stroke: CHAIN_COLORS[0],
          strokeOpacity: 0.75,
          tip: true,
          title: ({ row, fitted, residual }: ResidualRow) =>
            `row ${row}: fitted ${fitted.toPrecision(5)}, residual ${residual.toPrecision(4)}`,
        });
  const across = ownTicks(rows.map(({ fitted }) => fitted));
  const up = ownTicks(rows.map(({ residual }) => residual));
  return {
    width: options.width ?? 640,
    height: 380,
    marginLeft: up.room,
    style: { fontVariantNumeric: "tabular-nums" },
    x: { label: labelOf(`fitted ${name}`), nice: true, ...across.ticks },
    y: {
      label: source.model.weights === null ? "residual" : "residual × √weight",
      grid: true,
      nice: true,
      ...up.ticks,
    },
    marks: [points, Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 })],
  };
}
