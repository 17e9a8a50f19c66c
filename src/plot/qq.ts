/**
 * QQ plots with bands.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { ArgumentError, checkKind, didYouMean, listOf, show } from "../errors.ts";
import { CHAIN_COLORS, namesIn, plotOptions } from "./common.ts";
import {
  gridOf,
  gridOptions,
  gutterOf,
  place,
  rangeOf,
  ticksX,
  ticksY,
  titleLength,
  titles,
} from "./panels.ts";

/** A point with the band there. */
export interface QqPoint {
  readonly panel: string;
  readonly label: string;
  readonly theoretical: number;
  readonly value: number;
  readonly lower: number;
  readonly expected: number;
  readonly upper: number;
}

/** What `qq()` of a fit or posterior returns, as far as the plot reads it. */
export interface QqLike {
  readonly level: number;
  readonly band: string;
  readonly rows: readonly QqPoint[];
}

/** A fit or a posterior, which make one: a fit with seed 1. */
export interface WithQq {
  qq(options?: object): QqLike;
}

/** Options of {@link qq}. */
export interface QqPlotOptions {
  /** Panels, in the order wanted: `residuals`, `r_Subject__Days`, …; defaults to all. */
  readonly panels?: readonly string[];
  /** Panels in a row; defaults to 2. */
  readonly columns?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
  /** Height of one panel in pixels; defaults to 200. */
  readonly panelHeight?: number;
}

/**
 * The points of {@link qq}, for the panels wanted, each with whether it lies outside its band.
 *
 * @throws `unknown-panel`
 */
export function qqData(
  input: QqLike | WithQq,
  options: QqPlotOptions = {},
): (QqPoint & { outside: boolean })[] {
  return pointsOf(quantilesOf(input), options);
}

function quantilesOf(input: QqLike | WithQq): QqLike {
  const remedy = "Pass what reml(), ml() or gibbs() returns, or its qq().";
  checkKind("The plot", input, [], "a fit, a posterior or quantiles", remedy);
  if (!("qq" in input)) {
    checkKind("The plot", input, ["rows", "band"], "a fit, a posterior or quantiles", remedy);
    return input;
  }
  // Simulated fits need a seed; posteriors have their own.
  return "draws" in input ? input.qq() : input.qq({ seed: 1 });
}

function pointsOf(input: QqLike, options: QqPlotOptions): (QqPoint & { outside: boolean })[] {
  const known = [...new Set(input.rows.map(({ panel }) => panel))];
  return (options.panels === undefined ? known : namesIn("panels", options.panels)).flatMap((name) => {
    const own = input.rows.filter(({ panel }) => panel === name);
    if (own.length > 0) {
      return own.map((row) => ({ ...row, outside: row.value < row.lower || row.value > row.upper }));
    }
    const near = didYouMean(name, known);
    throw new ArgumentError(
      "unknown-panel",
      `There is no panel ${show(name)}.`,
      near === undefined ? `There are ${listOf(known, 8)}.` : `Did you mean ${show(near)}?`,
      { name },
    );
  });
}

/**
 * Residuals and random effects against normal quantiles, with the band of what the model would give and its middle; points
 * outside in another colour. One panel each, with scales of its own. lme4: `qqmath`.
 *
 * @param input - a fit, a posterior, or `fit.qq()` or `posterior.qq()` with options of their own
 * @throws `unknown-panel`
 * @example
 * ```ts
 * Plot.plot(qq(fit));
 * ```
 */
export function qq(input: QqLike | WithQq, options: QqPlotOptions = {}): Plot.PlotOptions {
  plotOptions("qq()", options, ["panels", "columns", "width", "panelHeight"]);
  const { columns = 2, width = 720, panelHeight = 200 } = options;
  const quantiles = quantilesOf(input);
  const rows = pointsOf(quantiles, options);
  const names = [...new Set(rows.map(({ panel }) => panel))];
  const cells = gridOf(names.length, columns);
  const own = names.map((name) => rows.filter(({ panel }) => panel === name));
  const across = own.map((of) =>
    rangeOf(
      of.map(({ theoretical }) => theoretical),
      5,
    ),
  );
  const up = own.map((of) =>
    rangeOf(
      of.flatMap(({ value, lower, upper }) => [value, lower, upper]),
      5,
    ),
  );
  const points = own.flatMap((of, k) =>
    of.map(({ theoretical, value, lower, expected, upper, outside }) => ({
      ...cells[k],
      x: place(across[k], theoretical),
      y: place(up[k], value),
      lower: place(up[k], lower),
      expected: place(up[k], expected),
      upper: place(up[k], upper),
      where: outside ? "outside" : "inside",
    })),
  );
  const panel = { fx: "column", fy: "row", x: "x" } as const;
  const gutter = gutterOf(up, 0);
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 12 + gutter, gapY: 46, left: gutter, bottom: 26 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1] },
    color: {
      domain: ["inside", "outside"],
      range: [CHAIN_COLORS[0], CHAIN_COLORS[5]],
      legend: true,
    },
    caption: `normal quantiles across; ${quantiles.band} ${Number((100 * quantiles.level).toPrecision(12))}% bands`,
    marks: [
      ...ticksX(cells, across),
      ...ticksY(cells, up),
      Plot.areaY(points, { ...panel, y1: "lower", y2: "upper", fill: "currentColor", fillOpacity: 0.1 }),
      Plot.line(points, { ...panel, y: "expected", stroke: "currentColor", strokeOpacity: 0.5 }),
      Plot.dot(points, { ...panel, y: "y", r: 2.2, fill: "where" }),
      titles(cells, names, titleLength(cells, width)),
    ],
  };
}
