/**
 * Densities of the chains laid over each other.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { density } from "../stats/density.ts";
import {
  chainColors,
  chainLabel,
  chosen,
  type DrawsLike,
  drawsOf,
  PANEL,
  type PanelOptions,
  plotOptions,
  supportOf,
} from "./common.ts";
import { baseline, gridOf, gridOptions, place, rangeOf, ticksX, titleLength, titles } from "./panels.ts";

/** One point of a chain's density. */
export interface DensityRow {
  readonly variable: string;
  /** From 0. */
  readonly chain: number;
  /** In the variable's units. */
  readonly value: number;
  /** Per unit of the variable. */
  readonly density: number;
}

const POINTS = 128;

/**
 * Gaussian kernel densities of each chain with R's `bw.nrd0`, on one grid per variable. Standard deviations are
 * reflected at 0 and correlations at ±1, so that no mass leaves their support. bayesplot: `mcmc_dens_overlay`.
 *
 * @throws `unknown-variable`
 */
export function densityOverlayData(input: DrawsLike, options: PanelOptions = {}): DensityRow[] {
  const draws = drawsOf(input);
  return chosen(draws, options.variables).flatMap((info) => {
    const all = draws.get(info.name).filter(Number.isFinite);
    const support = supportOf(info);
    const { x } = density(all, { ...support, points: POINTS });
    const grid = { from: x[0], to: x[POINTS - 1], points: POINTS };
    return Array.from({ length: draws.chains }, (_, chain) => {
      const values = draws.chain(info.name, chain).filter(Number.isFinite);
      if (values.length === 0) return [];
      const curve = density(values, { ...support, ...grid });
      return Array.from(curve.x, (value, i) => ({
        variable: info.name,
        chain,
        value,
        density: curve.density[i],
      }));
    }).flat();
  });
}

/**
 * Density of each chain, one panel per variable with scales of its own. bayesplot: `mcmc_dens_overlay`.
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(densityOverlay(posterior));
 * ```
 */
export function densityOverlay(input: DrawsLike, options: PanelOptions = {}): Plot.PlotOptions {
  plotOptions("densityOverlay()", options, PANEL);
  const { columns = 2, width = 720, panelHeight = 90 } = options;
  const draws = drawsOf(input);
  const names = chosen(draws, options.variables).map((info) => info.name);
  const cells = gridOf(names.length, columns);
  const rows = densityOverlayData(draws, { variables: names });
  const byVariable = names.map((name) => rows.filter((row) => row.variable === name));
  const ranges = byVariable.map((of) =>
    rangeOf(
      of.map((row) => row.value),
      5,
      0,
    ),
  );
  const points = byVariable.flatMap((of, k) => {
    const highest = of.reduce((most, row) => Math.max(most, row.density), 0) || 1;
    return of.map(({ chain, value, density: height }) => ({
      ...cells[k],
      chain: chainLabel(chain),
      x: place(ranges[k], value),
      y: height / highest,
    }));
  });
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 28, gapY: 44, left: 22, bottom: 24 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1.05] },
    color: chainColors(draws.chains),
    marks: [
      ...ticksX(cells, ranges),
      baseline(cells),
      Plot.line(points, {
        fx: "column",
        fy: "row",
        x: "x",
        y: "y",
        z: "chain",
        stroke: "chain",
        strokeWidth: 1.3,
      }),
      titles(cells, names, titleLength(cells, width)),
    ],
  };
}
