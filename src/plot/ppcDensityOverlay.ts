/**
 * Densities of replicated responses behind that of the response.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import type { Posterior } from "../gibbs/posterior.ts";
import { ppCheck } from "../gibbs/ppCheck.ts";
import { plotOptions } from "./common.ts";
import { baseline, gridOf, gridOptions, place, rangeOf, ticksX, titleLength, titles } from "./panels.ts";
import {
  CHECK,
  type CheckPanelOptions,
  checkOf,
  levelsOf,
  REPLICATED,
  sizesOf,
  titlesOf,
  yColors,
} from "./ppc.ts";

/** One point of a density; `draw` is `null` for the response itself. */
export interface PpcDensityRow {
  readonly group: string | null;
  readonly draw: number | null;
  readonly value: number;
  readonly density: number;
}

/** What `ppCheck()` of type `"density"` returns, as far as the plot reads it. */
export interface PpcDensityLike {
  readonly response: string;
  readonly rows: readonly PpcDensityRow[];
}

const densityOf = (input: PpcDensityLike | Posterior, { group }: CheckPanelOptions): PpcDensityLike =>
  checkOf(input, "density", "density", (posterior) =>
    ppCheck(posterior, { ...(group === undefined ? {} : { group }) }),
  );

/**
 * The points of {@link ppcDensityOverlay}: the rows of the check, for the levels wanted.
 *
 * @throws `unknown-level`
 */
export function ppcDensityOverlayData(
  input: PpcDensityLike | Posterior,
  options: CheckPanelOptions = {},
): PpcDensityRow[] {
  const check = densityOf(input, options);
  const levels = levelsOf(check.rows, options.levels);
  return levels.flatMap((level) => check.rows.filter(({ group }) => group === level));
}

/**
 * The density of the response over those of replicated ones, one panel per level with scales of its own. bayesplot:
 * `ppc_dens_overlay`, `ppc_dens_overlay_grouped`.
 *
 * @param input - a posterior, or `ppCheck(posterior)` with options of its own
 * @throws `unknown-level`; as `ppCheck`
 * @example
 * ```ts
 * Plot.plot(ppcDensityOverlay(posterior));
 * ```
 */
export function ppcDensityOverlay(
  input: PpcDensityLike | Posterior,
  options: CheckPanelOptions = {},
): Plot.PlotOptions {
  plotOptions("ppcDensityOverlay()", options, CHECK);
  const check = densityOf(input, options);
  const rows = ppcDensityOverlayData(check, options);
  const levels = [...new Set(rows.map(({ group }) => group))];
  const size = sizesOf(levels, options);
  const cells = gridOf(levels.length, size.columns);
  const own = levels.map((level) => rows.filter(({ group }) => group === level));
  const ranges = own.map((of) =>
    rangeOf(
      of.map(({ value }) => value),
      5,
      0,
    ),
  );
  const points = own.flatMap((of, k) => {
    const highest = of.reduce((most, row) => Math.max(most, row.density), 0) || 1;
    return of.map(({ draw, value, density }) => ({
      ...cells[k],
      draw: draw ?? -1,
      x: place(ranges[k], value),
      y: density / highest,
    }));
  });
  const line = { fx: "column", fy: "row", x: "x", y: "y", z: "draw" } as const;
  return {
    ...gridOptions(cells, { ...size, gapX: 28, gapY: 44, left: 22, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1.05] },
    color: yColors,
    marks: [
      ...ticksX(cells, ranges),
      baseline(cells),
      Plot.line(
        points.filter(({ draw }) => draw >= 0),
        { ...line, stroke: () => REPLICATED, strokeWidth: 0.7, strokeOpacity: 0.5 },
      ),
      Plot.line(
        points.filter(({ draw }) => draw < 0),
        { ...line, stroke: () => "y", strokeWidth: 2 },
      ),
      titles(cells, titlesOf(levels, check.response), titleLength(cells, size.width)),
    ],
  };
}
