/**
 * Predictive intervals of rows with their responses.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import type { Posterior } from "../gibbs/posterior.ts";
import { ppCheck } from "../gibbs/ppCheck.ts";
import { plotOptions } from "./common.ts";
import {
  type Cell,
  gridOf,
  gridOptions,
  place,
  type Range,
  rangeOf,
  ticksX,
  ticksY,
  titleLength,
  titles,
} from "./panels.ts";
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

/** Predictive intervals of one row, in the units of the response. */
export interface PpcIntervalRow {
  readonly group: string | null;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly innerLow: number;
  readonly median: number;
  readonly innerHigh: number;
  readonly high: number;
}

/** What `ppCheck()` of type `"intervals"` returns, as far as the plot reads it. */
export interface PpcIntervalsLike {
  readonly response: string;
  readonly x: string | null;
  readonly rows: readonly PpcIntervalRow[];
}

/** Options of {@link ppcIntervals}. */
export interface PpcIntervalsOptions extends CheckPanelOptions {
  /**
   * Of a posterior: a numeric column along the horizontal axis; defaults to the numbers of the rows, which each panel
   * counts from 0 where there are several.
   */
  readonly x?: string;
}

const intervalsOf = (
  input: PpcIntervalsLike | Posterior,
  { group, x }: PpcIntervalsOptions,
): PpcIntervalsLike =>
  checkOf(input, "intervals", "innerLow", (posterior) =>
    ppCheck(posterior, {
      type: "intervals",
      ...(group === undefined ? {} : { group }),
      ...(x === undefined ? {} : { x }),
    }),
  );

/**
 * The intervals of {@link ppcIntervals}: the rows of the check, for the levels wanted.
 *
 * @throws `unknown-level`
 */
export function ppcIntervalsData(
  input: PpcIntervalsLike | Posterior,
  options: PpcIntervalsOptions = {},
): PpcIntervalRow[] {
  const check = intervalsOf(input, options);
  const levels = levelsOf(check.rows, options.levels);
  return levels.flatMap((level) => check.rows.filter(({ group }) => group === level));
}

/**
 * Thick inner and thin outer predictive intervals with the responses, along `x`; one panel per level, all on the same
 * scales. bayesplot: `ppc_intervals`, `ppc_intervals_grouped`.
 *
 * @param input - a posterior, or `ppCheck(posterior, { type: "intervals" })` with options of its own
 * @throws `unknown-level`; as `ppCheck`
 * @example
 * ```ts
 * Plot.plot(ppcIntervals(posterior, { group: "Subject", x: "Days" }));
 * ```
 */
export function ppcIntervals(
  input: PpcIntervalsLike | Posterior,
  options: PpcIntervalsOptions = {},
): Plot.PlotOptions {
  plotOptions("ppcIntervals()", options, [...CHECK, "x"]);
  const check = intervalsOf(input, options);
  const all = ppcIntervalsData(check, options);
  const levels = [...new Set(all.map(({ group }) => group))];
  // Numbers of all rows would leave each level a small part of its panel.
  const counted = check.x === null && levels.length > 1;
  const rows = counted
    ? levels.flatMap((level) => all.filter(({ group }) => group === level).map((row, x) => ({ ...row, x })))
    : all;
  const size = sizesOf(levels, options);
  const cells = gridOf(levels.length, size.columns);
  const across = rangeOf(
    rows.map(({ x }) => x),
    // Rows have whole numbers.
    Math.min(size.columns > 1 ? 5 : 8, check.x === null ? Math.max(...rows.map(({ x }) => x)) : 8),
  );
  const up = rangeOf(
    rows.flatMap(({ low, high, y }) => [low, high, y]),
    size.columns > 1 ? 3 : 5,
  );
  const index = new Map(levels.map((level, k) => [level, k]));
  const marks = rows.map((row) => ({
    ...cells[index.get(row.group) ?? 0],
    x: place(across, row.x),
    y: place(up, row.y),
    low: place(up, row.low),
    innerLow: place(up, row.innerLow),
    innerHigh: place(up, row.innerHigh),
    high: place(up, row.high),
  }));
  const panel = { fx: "column", fy: "row", x: "x" } as const;
  const bar = { ...panel, stroke: () => REPLICATED } as const;
  const longest = Math.max(...up.ticks.map(({ label }) => label.length));
  // One scale for all: labels stand under the last panel of a column and left of the first of a row.
  const bare = (range: Range): Range => ({
    ...range,
    ticks: range.ticks.map((tick) => ({ ...tick, label: "" })),
  });
  const isLast = ({ column, row }: Cell): boolean =>
    !cells.some((one) => one.column === column && one.row > row);
  return {
    ...gridOptions(cells, { ...size, gapX: 14, gapY: 24, left: 14 + 6.6 * longest, bottom: 26 }),
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, 1] },
    color: yColors,
    caption: `${check.response} by ${check.x ?? (counted ? "row of each level" : "row")}`,
    marks: [
      ...ticksX(
        cells,
        cells.map((cell) => (isLast(cell) ? across : bare(across))),
      ),
      ...ticksY(
        cells,
        cells.map(({ column }) => (column === 0 ? up : bare(up))),
      ),
      Plot.ruleX(marks, { ...bar, y1: "low", y2: "high", strokeWidth: 1 }),
      Plot.ruleX(marks, { ...bar, y1: "innerLow", y2: "innerHigh", strokeWidth: 3 }),
      Plot.dot(marks, { ...panel, y: "y", r: 2, fill: () => "y" }),
      titles(cells, titlesOf(levels, check.response), titleLength(cells, size.width)),
    ],
  };
}
