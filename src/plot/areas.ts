/**
 * Densities of posteriors, one row per variable.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { density } from "../stats/density.ts";
import { quantileSorted, sorted } from "../stats/descriptive.ts";
import {
  CHAIN_COLORS,
  checkProbability,
  chosen,
  type DrawsLike,
  drawsOf,
  PANEL,
  plotOptions,
  supportOf,
} from "./common.ts";
import { baseline, gridOf, gridOptions, place, rangeOf, ticksX, titleLength, titles } from "./panels.ts";

/** Options of {@link areas}. */
export interface AreasOptions {
  /** Names, in the order wanted; defaults to every variable except group effects (`r_…`). */
  readonly variables?: readonly string[];
  /** Probability of the shaded central interval; defaults to 0.5. */
  readonly prob?: number;
  /** Panels in a row; defaults to 2. */
  readonly columns?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
  /** Height of one panel in pixels; defaults to 90. */
  readonly panelHeight?: number;
}

/** A point of a density over all chains, in the variable's units. */
export interface AreaRow {
  readonly variable: string;
  readonly value: number;
  /** Per unit of the variable. */
  readonly density: number;
  /** Whether the point lies in the central interval. */
  readonly inner: boolean;
}

/** Median and density of one variable. */
interface Curve {
  readonly name: string;
  readonly median: number;
  readonly rows: readonly AreaRow[];
}

const POINTS = 192;

function curvesOf(input: DrawsLike, { variables, prob = 0.5 }: AreasOptions): Curve[] {
  checkProbability("prob", prob);
  const draws = drawsOf(input);
  return chosen(draws, variables).map((info) => {
    const ascending = sorted(draws.get(info.name).filter(Number.isFinite));
    const [low, median, high] = [(1 - prob) / 2, 0.5, (1 + prob) / 2].map((p) =>
      quantileSorted(ascending, p),
    );
    const curve = density(ascending, { ...supportOf(info), points: POINTS });
    const rows = Array.from(curve.x, (value, i) => ({
      variable: info.name,
      value,
      density: curve.density[i],
      inner: value >= low && value <= high,
    }));
    return { name: info.name, median, rows };
  });
}

/**
 * The curves of {@link areas}: Gaussian kernel densities with R's `bw.nrd0`, reflected at the ends of the support.
 * bayesplot: `mcmc_areas_data`.
 *
 * @throws `unknown-variable`; `invalid-argument` for a probability outside (0, 1)
 */
export function areasData(input: DrawsLike, options: AreasOptions = {}): AreaRow[] {
  return curvesOf(input, options).flatMap(({ rows }) => rows);
}

/**
 * Density over all chains with the central interval shaded and the median as a line, one panel per variable with a scale
 * of its own. bayesplot: `mcmc_areas`.
 *
 * @throws `unknown-variable`; `invalid-argument`
 * @example
 * ```ts
 * Plot.plot(areas(posterior, { prob: 0.9 }));
 * ```
 */
export function areas(input: DrawsLike, options: AreasOptions = {}): Plot.PlotOptions {
  plotOptions("areas()", options, [...PANEL, "prob"]);
  const { columns = 2, width = 720, panelHeight = 90 } = options;
  const curves = curvesOf(input, options);
  const cells = gridOf(curves.length, columns);
  const ranges = curves.map(({ rows }) =>
    rangeOf(
      rows.map(({ value }) => value),
      5,
      0,
    ),
  );
  const points = curves.flatMap(({ rows }, k) => {
    const highest = rows.reduce((most, row) => Math.max(most, row.density), 0) || 1;
    return rows.map(({ value, density: height, inner }) => ({
      ...cells[k],
      x: place(ranges[k], value),
      y: height / highest,
      inner,
    }));
  });
  const medians = curves.flatMap(({ median, rows }, k) => {
    const highest = rows.reduce((most, row) => Math.max(most, row.density), 0) || 1;
    const next = rows.find(({ value }) => value >= median);
    // Without a number there is no median.
    return next === undefined ? [] : { ...cells[k], x: place(ranges[k], median), y: next.density / highest };
  });
  const panel = { fx: "column", fy: "row", x: "x" } as const;
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 28, gapY: 44, left: 22, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1.05] },
    marks: [
      ...ticksX(cells, ranges),
      Plot.areaY(
        points.filter(({ inner }) => inner),
        { ...panel, y: "y", fill: CHAIN_COLORS[0], fillOpacity: 0.35 },
      ),
      Plot.line(points, { ...panel, y: "y", stroke: CHAIN_COLORS[0], strokeWidth: 1.4 }),
      Plot.ruleX(medians, { ...panel, y1: 0, y2: "y", stroke: CHAIN_COLORS[0], strokeWidth: 2 }),
      baseline(cells),
      titles(
        cells,
        curves.map(({ name }) => name),
        titleLength(cells, width),
      ),
    ],
  };
}
