/**
 * Spaghetti plots: the predicted line of every level, and that of the population.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import {
  choiceOf,
  type PredictedRow,
  type Predicting,
  populationLine,
  predictedRows,
  type RowChoice,
} from "./byRow.ts";
import { CHAIN_COLORS, labelOf, plotOptions } from "./common.ts";
import { ownTicks } from "./panels.ts";

/** Options of {@link spaghetti}. */
export interface SpaghettiOptions extends RowChoice {
  /** Draws the observed values of each level instead of its predictions; defaults to false. */
  readonly observed?: boolean;
  /** Width of the plot in pixels; defaults to 640. */
  readonly width?: number;
}

/** The rows of {@link spaghetti}, by level and ascending x. @throws as {@link spaghetti} */
export function spaghettiData(source: Predicting, options: SpaghettiOptions = {}): PredictedRow[] {
  return predictedRows(source, options);
}

/**
 * A thin line for every level of the group, of its predictions, and a thick one for the population. Where other
 * predictors differ between rows of one x, the population's line runs through their mean.
 *
 * @param source - a fit or a posterior
 * @throws {DataError} `unknown-group`, `unknown-column`, `not-a-number`, `no-numeric-predictor`, `needs-rows`
 * @example
 * ```ts
 * Plot.plot(spaghetti(fit, { x: "Days", group: "Subject" }));
 * ```
 */
export function spaghetti(source: Predicting, options: SpaghettiOptions = {}): Plot.PlotOptions {
  plotOptions("spaghetti()", options, ["x", "group", "observed", "width"]);
  const { x, group } = choiceOf(source, options);
  const rows = predictedRows(source, options);
  const y = options.observed === true ? "observed" : "predicted";
  const across = ownTicks(rows.map((row) => row.x));
  const up = ownTicks(rows.flatMap((row) => [row[y], row.population]));
  return {
    width: options.width ?? 640,
    height: 400,
    marginLeft: up.room,
    style: { fontVariantNumeric: "tabular-nums" },
    x: { label: labelOf(x), ...across.ticks },
    y: { label: labelOf(source.model.response.name), grid: true, nice: true, ...up.ticks },
    marks: [
      Plot.line(rows, {
        x: "x",
        y,
        z: "level",
        stroke: CHAIN_COLORS[0],
        strokeOpacity: 0.45,
        strokeWidth: 1.1,
        title: (row: PredictedRow) => `${group} ${row.level}`,
      }),
      Plot.line(populationLine(rows), {
        x: "x",
        y: "population",
        stroke: "currentColor",
        strokeWidth: 3,
      }),
    ],
  };
}
