/**
 * Ridges: densities of several variables above each other on one scale.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { type AreaRow, type AreasOptions, areasData } from "./areas.ts";
import { CHAIN_COLORS, type DrawsLike, drawsOf, labelOf, plotOptions } from "./common.ts";

/** Options of {@link ridges}. */
export interface RidgesOptions extends Pick<AreasOptions, "variables" | "width"> {
  /** Pixels between two baselines; defaults to 22. */
  readonly rowHeight?: number;
  /** Height of the highest ridge in baselines; defaults to 2.2. */
  readonly overlap?: number;
}

/** The curves of {@link ridges}. bayesplot: `mcmc_areas_ridges_data`. @throws `unknown-variable` */
export function ridgesData(input: DrawsLike, options: RidgesOptions = {}): AreaRow[] {
  return areasData(input, options.variables === undefined ? {} : { variables: options.variables });
}

/**
 * Densities over all chains, one above the other on one scale: for variables of one size, such as the effects of all
 * subjects. bayesplot: `mcmc_areas_ridges`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * const slopes = posterior.draws.variables.filter((name) => name.endsWith(",Days]"));
 * Plot.plot(ridges(posterior, { variables: slopes }));
 * ```
 */
export function ridges(input: DrawsLike, options: RidgesOptions = {}): Plot.PlotOptions {
  plotOptions("ridges()", options, ["variables", "width", "rowHeight", "overlap"]);
  const { width = 720, rowHeight = 22, overlap = 2.2 } = options;
  const rows = ridgesData(input, options);
  const names = [...new Set(rows.map(({ variable }) => variable))];
  // The spike of a constant would leave the others flat.
  const draws = drawsOf(input);
  const moving = new Set(names.filter((name) => new Set(draws.get(name)).size > 1));
  const highest =
    rows.reduce((most, row) => (moving.has(row.variable) ? Math.max(most, row.density) : most), 0) || 1;
  const level = new Map(names.map((name, k) => [name, names.length - 1 - k]));
  const points = rows.map(({ variable, value, density }) => {
    const base = level.get(variable) ?? 0;
    return { variable, value, base, y: base + overlap * Math.min(1, density / highest) };
  });
  const longest = Math.max(4, ...names.map((name) => name.length));
  const bases = names.map((name) => ({ name: labelOf(name, 50), base: level.get(name) }));
  return {
    width,
    height: 20 + (names.length - 1 + overlap) * rowHeight + 34,
    marginTop: 10,
    marginLeft: Math.min(0.45 * width, 16 + 6.6 * longest),
    marginRight: 20,
    style: { fontVariantNumeric: "tabular-nums" },
    x: { label: null, grid: true },
    y: { axis: null, domain: [-0.2, names.length - 1 + overlap] },
    marks: [
      Plot.text(bases, {
        y: "base",
        text: "name",
        frameAnchor: "left",
        textAnchor: "end",
        dx: -8,
        fontSize: 11,
      }),
      // From the top down, so that each ridge lies before the one behind it.
      ...names.flatMap((name) => {
        const own = points.filter(({ variable }) => variable === name);
        return [
          Plot.areaY(own, { x: "value", y1: "base", y2: "y", fill: CHAIN_COLORS[4], fillOpacity: 0.6 }),
          Plot.line(own, { x: "value", y: "y", stroke: CHAIN_COLORS[0], strokeWidth: 1 }),
        ];
      }),
    ],
  };
}
