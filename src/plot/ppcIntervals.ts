/**
 * Predictive intervals of rows with their responses.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import {
  type Cell,
  gridOf,
  gridOptions,
  place,
  type Range,
  rangeOf,
  ticksX,
  ticksY,
  titles,
} from "./panels.ts";
import { type CheckPanelOptions, levelsOf, REPLICATED, sizesOf, titlesOf, yColors } from "./ppc.ts";

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

/**
 * The intervals of {@link ppcIntervals}: the rows of the check, for the levels wanted.
 *
 * @throws `unknown-level`
 */
export function ppcIntervalsData(check: PpcIntervalsLike, options: CheckPanelOptions = {}): PpcIntervalRow[] {
  const levels = levelsOf(check.rows, options.levels);
  return levels.flatMap((level) => check.rows.filter(({ group }) => group === level));
}

/**
 * Thick inner and thin outer predictive intervals with the responses, along `x`; one panel per level, all on the same
 * scales. bayesplot: `ppc_intervals`, `ppc_intervals_grouped`.
 *
 * @param check - `ppCheck(posterior, { type: "intervals" })`
 * @throws `unknown-level`
 * @example
 * ```ts
 * Plot.plot(ppcIntervals(ppCheck(posterior, { type: "intervals", group: "Subject", x: "Days" })));
 * ```
 */
export function ppcIntervals(check: PpcIntervalsLike, options: CheckPanelOptions = {}): Plot.PlotOptions {
  const rows = ppcIntervalsData(check, options);
  const levels = [...new Set(rows.map(({ group }) => group))];
  const size = sizesOf(levels, options);
  const cells = gridOf(levels.length, size.columns);
  const across = rangeOf(
    rows.map(({ x }) => x),
    size.columns > 1 ? 5 : 8,
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
    caption: `${check.response} by ${check.x ?? "row"}`,
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
      titles(cells, titlesOf(levels, check.response)),
    ],
  };
}
