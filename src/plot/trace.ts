/**
 * Trace plots: draws in the order in which they were made.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
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
import { gridOf, gridOptions, gutterOf, place, rangeOf, ticksY, titleLength, titles } from "./panels.ts";

/** Points per chain beyond which a trace is thinned. */
const MOST_POINTS = 2000;

/** One draw of one variable. */
export interface TraceRow {
  readonly variable: string;
  /** From 0. */
  readonly chain: number;
  /** From 0, in the unthinned chain. */
  readonly iteration: number;
  readonly value: number;
}

/** Every how many-th iteration a trace shows. */
function thinning(iterations: number): number {
  return Math.ceil(iterations / MOST_POINTS);
}

/**
 * The points of {@link trace}: all draws, or every n-th where a chain has more than 2000.
 * bayesplot: `mcmc_trace_data`.
 *
 * @throws `unknown-variable`
 */
export function traceData(input: DrawsLike, options: PanelOptions = {}): TraceRow[] {
  const draws = drawsOf(input);
  const step = thinning(draws.iterations);
  const rows: TraceRow[] = [];
  for (const { name } of chosen(draws, options.variables)) {
    for (let chain = 0; chain < draws.chains; chain++) {
      const values = draws.chain(name, chain);
      for (let iteration = 0; iteration < values.length; iteration += step) {
        rows.push({ variable: name, chain, iteration, value: values[iteration] });
      }
    }
  }
  return rows;
}

/**
 * Trace plot, one panel per variable with a vertical scale of its own, one line per chain. bayesplot: `mcmc_trace`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(trace(posterior, { variables: ["b_Days", "sigma"] }));
 * ```
 */
export function trace(input: DrawsLike, options: PanelOptions = {}): Plot.PlotOptions {
  plotOptions("trace()", options, PANEL);
  const { columns = 2, width = 720, panelHeight = 90 } = options;
  const draws = drawsOf(input);
  const names = chosen(draws, options.variables).map((info) => info.name);
  const cells = gridOf(names.length, columns);
  const ranges = names.map((name) => rangeOf(draws.get(name)));
  const index = new Map(names.map((name, k) => [name, k]));
  const points = traceData(draws, { variables: names }).map(({ variable, chain, iteration, value }) => {
    const k = index.get(variable) ?? 0;
    return { ...cells[k], chain: chainLabel(chain), iteration, y: place(ranges[k], value) };
  });
  const step = thinning(draws.iterations);
  const left = gutterOf(ranges, 52);
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: left + 4, gapY: 30, left, bottom: 34 }),
    x: {
      label: step === 1 ? "iteration" : `iteration (one in ${step} drawn)`,
      domain: [0, draws.iterations],
      ticks: 5,
    },
    y: { axis: null, domain: [0, 1] },
    color: chainColors(draws.chains),
    marks: [
      ...ticksY(cells, ranges),
      Plot.line(points, {
        fx: "column",
        fy: "row",
        x: "iteration",
        y: "y",
        z: "chain",
        stroke: "chain",
        strokeWidth: 0.6,
        strokeOpacity: 0.8,
      }),
      titles(cells, names, titleLength(cells, width)),
    ],
  };
}
