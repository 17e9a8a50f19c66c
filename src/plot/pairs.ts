/**
 * Scatter plots of every pair of variables.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { fixed } from "../data/format.ts";
import { density } from "../stats/density.ts";
import { correlation } from "../stats/descriptive.ts";
import { CHAIN_COLORS, chosen, type DrawsLike, drawsOf, labelOf, plotOptions, supportOf } from "./common.ts";
import {
  baseline,
  gridOptions,
  gutterOf,
  place,
  type Range,
  rangeOf,
  ticksX,
  ticksY,
  titles,
} from "./panels.ts";

/** Options of {@link pairs}. */
export interface PairsOptions {
  /** Names, in the order wanted; defaults to the first six that are not group effects. */
  readonly variables?: readonly string[];
  /** Points per panel, evenly taken from the draws; defaults to 400. */
  readonly points?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
}

/** One draw of two variables, in their units. */
export interface PairRow {
  readonly variableX: string;
  readonly variableY: string;
  readonly draw: number;
  readonly x: number;
  readonly y: number;
}

const MOST_DEFAULT = 6;

/**
 * Points of the pairs below the diagonal. bayesplot: `mcmc_pairs`.
 *
 * @throws `unknown-variable`
 */
export function pairsData(input: DrawsLike, options: PairsOptions = {}): PairRow[] {
  const draws = drawsOf(input);
  const names = variablesOf(input, options);
  const step = Math.max(1, Math.floor(draws.size / (options.points ?? 400)));
  return names.flatMap((variableY, i) =>
    names.slice(0, i).flatMap((variableX) => {
      const [x, y] = [draws.get(variableX), draws.get(variableY)];
      const rows: PairRow[] = [];
      for (let draw = 0; draw < draws.size; draw += step) {
        rows.push({ variableX, variableY, draw, x: x[draw], y: y[draw] });
      }
      return rows;
    }),
  );
}

/**
 * Scatter plots below the diagonal, densities on it, correlations above. bayesplot: `mcmc_pairs`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(pairs(posterior, { variables: ["b_Intercept", "b_Days"] }));
 * ```
 */
export function pairs(input: DrawsLike, options: PairsOptions = {}): Plot.PlotOptions {
  plotOptions("pairs()", options, ["variables", "points", "width"]);
  const { width = 720 } = options;
  const draws = drawsOf(input);
  const names = variablesOf(input, options);
  const ranges = names.map((name) => rangeOf(draws.get(name), 2));
  const index = new Map(names.map((name, k) => [name, k]));
  const placeOf = (name: string): number => index.get(name) ?? 0;
  const points = pairsData(draws, { ...options, variables: names }).map((row) => {
    const [column, line] = [placeOf(row.variableX), placeOf(row.variableY)];
    return { column, row: line, x: place(ranges[column], row.x), y: place(ranges[line], row.y) };
  });
  const curves = names.flatMap((name, k) => {
    const curve = density(draws.get(name).filter(Number.isFinite), {
      ...supportOf(draws.describe(name)),
      points: 96,
    });
    const highest = curve.density.reduce((most, value) => Math.max(most, value), 0) || 1;
    return Array.from(curve.x, (value, i) => ({ value, height: curve.density[i] / highest }))
      .map(({ value, height }) => ({ column: k, row: k, x: place(ranges[k], value), y: 0.92 * height }))
      .filter(({ x }) => x >= 0 && x <= 1);
  });
  const correlations = names.flatMap((a, row) =>
    names.slice(row + 1).map((b, j) => {
      const r = correlation(draws.get(a), draws.get(b));
      return { column: row + 1 + j, row, text: Number.isNaN(r) ? "–" : fixed(r, 2).replace("-", "−") };
    }),
  );
  const all = names.map((_, k) => k);
  const diagonal = all.map((k) => ({ column: k, row: k }));
  const bottom = all.map((column) => ({ column, row: names.length - 1 }));
  const left = all.slice(1).map((row) => ({ column: 0, row }));
  const gap = 14;
  const gutter = gutterOf(ranges.slice(1), 52);
  const side = (width - gutter - 14 - gap * (names.length - 1)) / names.length;
  // Labels that reach into the next panel would touch its own.
  const within = (range: Range): Range => ({
    ...range,
    ticks: range.ticks.map((tick) => {
      const room = Math.min(tick.position, 1 - tick.position) * side + gap / 2;
      return 3.1 * tick.label.length > room ? { ...tick, label: "" } : tick;
    }),
  });
  const panel = { fx: "column", fy: "row" } as const;
  const grid = all.flatMap((row) => all.slice(0, row + 1).map((column) => ({ column, row })));
  return {
    ...gridOptions(grid, { width, panelHeight: 0.8 * side, gapX: gap, gapY: 24, left: gutter, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1] },
    marks: [
      ...ticksX(bottom, ranges.map(within)),
      ...ticksY(left, ranges.slice(1)),
      Plot.dot(points, { ...panel, x: "x", y: "y", r: 1.1, fill: CHAIN_COLORS[0], fillOpacity: 0.45 }),
      Plot.areaY(curves, { ...panel, x: "x", y: "y", z: "row", fill: CHAIN_COLORS[0], fillOpacity: 0.2 }),
      Plot.line(curves, { ...panel, x: "x", y: "y", z: "row", stroke: CHAIN_COLORS[0], strokeWidth: 1.2 }),
      Plot.text(correlations, { ...panel, text: "text", frameAnchor: "middle", fontSize: 13 }),
      baseline(diagonal),
      // Nothing stands right of a title.
      titles(
        diagonal,
        names.map((name, k) => labelOf(name, Math.floor(((names.length - k) * (side + gap)) / 7.4))),
        80,
      ),
    ],
  };
}

function variablesOf(input: DrawsLike, options: PairsOptions): string[] {
  const names = chosen(drawsOf(input), options.variables).map((info) => info.name);
  return options.variables === undefined ? names.slice(0, MOST_DEFAULT) : names;
}
