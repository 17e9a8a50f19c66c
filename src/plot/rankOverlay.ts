/**
 * Rank plots: a chain that mixes holds as many of the small draws as of the large ones.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { integerIn } from "../errors.ts";
import type { Draws } from "../posterior/draws.ts";
import { orderOf } from "../stats/order.ts";
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

/** Options of {@link rankOverlay}. */
export interface RankOptions extends PanelOptions {
  /** Bins of the ranks; defaults to 20, or as many as there are draws. */
  readonly bins?: number;
}

/** How many draws of a chain have their rank, among the draws of all chains, in a bin. */
export interface RankRow {
  readonly variable: string;
  /** From 0. */
  readonly chain: number;
  /** Ranks above this, up to `high`. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * Counts of ranks (ties in the order of the draws) in bins of equal width. bayesplot: `mcmc_rank_overlay`.
 *
 * @throws `unknown-variable`
 */
export function rankOverlayData(input: DrawsLike, options: RankOptions = {}): RankRow[] {
  const draws = drawsOf(input);
  const bins = binsOf(draws, options);
  return chosen(draws, options.variables).flatMap(({ name }) => {
    const counts = Array.from({ length: draws.chains }, () => new Array<number>(bins).fill(0));
    orderOf(draws.get(name)).order.forEach((position, rank) => {
      counts[Math.floor(position / draws.iterations)][Math.floor((rank * bins) / draws.size)]++;
    });
    return counts.flatMap((of, chain) =>
      of.map((count, bin) => ({
        variable: name,
        chain,
        low: (bin * draws.size) / bins,
        high: ((bin + 1) * draws.size) / bins,
        count,
      })),
    );
  });
}

function binsOf({ size }: Draws, { bins }: RankOptions): number {
  return integerIn("bins", bins ?? Math.min(20, size), Math.min(2, size), size);
}

/**
 * Rank histograms of the chains as lines, around the count that perfect mixing would give. bayesplot:
 * `mcmc_rank_overlay` (Vehtari et al. 2021, section 5).
 *
 * @throws `unknown-variable`
 * @example
 * ```ts
 * Plot.plot(rankOverlay(posterior));
 * ```
 */
export function rankOverlay(input: DrawsLike, options: RankOptions = {}): Plot.PlotOptions {
  plotOptions("rankOverlay()", options, [...PANEL, "bins"]);
  const { columns = 2, width = 720, panelHeight = 90 } = options;
  const draws = drawsOf(input);
  const bins = binsOf(draws, options);
  const names = chosen(draws, options.variables).map((info) => info.name);
  const cells = gridOf(names.length, columns);
  const rows = rankOverlayData(draws, { variables: names, bins });
  const steps = rows.flatMap((row, k) => {
    const point = {
      ...cells[Math.floor(k / (draws.chains * bins))],
      chain: chainLabel(row.chain),
      count: row.count,
    };
    return [
      { ...point, rank: row.low },
      { ...point, rank: row.high },
    ];
  });
  const expected = cells.map((cell) => ({ ...cell, count: draws.iterations / bins }));
  const highest = rows.reduce((most, row) => Math.max(most, row.count), 0);
  return {
    ...gridOptions(cells, { width, panelHeight, gapX: 44, gapY: 30, left: 40, bottom: 34 }),
    x: { label: "rank among all draws", domain: [0, draws.size], ticks: 4 },
    y: { label: null, domain: [0, highest * 1.05], ticks: 3 },
    color: chainColors(draws.chains),
    marks: [
      Plot.ruleY(expected, {
        fx: "column",
        fy: "row",
        y: "count",
        stroke: "currentColor",
        strokeDasharray: "3,3",
      }),
      Plot.line(steps, {
        fx: "column",
        fy: "row",
        x: "rank",
        y: "count",
        z: "chain",
        stroke: "chain",
        strokeWidth: 1.2,
      }),
      titles(cells, names, titleLength(cells, width)),
    ],
  };
}
