/**
 * Panels with scales of their own. Facets of Observable Plot share their scales, so each panel's values are placed in
 * 0 … 1 of its own range, and its ticks are marks.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { formatNumbers } from "../data/format.ts";
import { integerIn } from "../errors.ts";
import { labelOf } from "./common.ts";

/** A labelled place on a panel's own scale. */
export interface Tick {
  readonly value: number;
  /** From 0 to 1 along the panel. */
  readonly position: number;
  readonly label: string;
}

/** A panel's own scale. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly Tick[];
}

/** A panel's place in the grid. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

/**
 * A range over all finite values, a little wider than they are, with ticks at round numbers.
 *
 * @param count ticks wanted, about; defaults to 4.
 * @param padding share of the width added at both ends; defaults to 0.04.
 */
export function rangeOf(values: ArrayLike<number>, count = 4, padding = 0.04): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  if (low > high) [low, high] = [0, 1];
  const margin = high > low ? (high - low) * padding : Math.abs(high) * 0.1 || 1;
  const range = { low: low - margin, high: high + margin, ticks: [] };
  const at = roundNumbers(range.low, range.high, count);
  const labels = formatNumbers(at, { digits: 6 });
  return {
    ...range,
    ticks: at.map((value, k) => ({
      value,
      position: place(range, value),
      label: labels[k].replace("-", "−"),
    })),
  };
}

/** Where a value lies in a range: 0 at its low end, 1 at its high end. */
export function place({ low, high }: Range, value: number): number {
  return (value - low) / (high - low);
}

/** Multiples of 1, 2 or 5 × 10ᵏ between two numbers, about `count` of them. */
export function roundNumbers(low: number, high: number, count: number): number[] {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const error = raw / power;
  const step =
    power * (error >= Math.sqrt(50) ? 10 : error >= Math.sqrt(10) ? 5 : error >= Math.SQRT2 ? 2 : 1);
  const numbers: number[] = [];
  // Twelve digits clear the multiple of its rounding error: 0.3, not 0.30000000000000004.
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    numbers.push(Number((k * step).toPrecision(12)));
  }
  return numbers;
}

/** Places panels row by row. */
export function gridOf(count: number, columns: number): Cell[] {
  integerIn("columns", columns, 1, 1000);
  return Array.from({ length: count }, (_, k) => ({ column: k % columns, row: Math.floor(k / columns) }));
}

/** The frame of a grid of panels: sizes, facet scales without axes, and nothing drawn yet. */
export function gridOptions(
  cells: readonly Cell[],
  size: { width: number; panelHeight: number; gapX: number; gapY: number; left: number; bottom: number },
): Plot.PlotOptions {
  const columns = 1 + Math.max(0, ...cells.map((cell) => cell.column));
  const rows = 1 + Math.max(0, ...cells.map((cell) => cell.row));
  const top = 26;
  const right = 14;
  const step = (size.width - size.left - right + size.gapX) / columns;
  // A band scale of one band keeps the padding it has no neighbour for.
  const [paddingX, paddingY] = [
    columns > 1 ? size.gapX / step : 0,
    rows > 1 ? size.gapY / (size.panelHeight + size.gapY) : 0,
  ];
  return {
    width: size.width,
    height: top + rows * size.panelHeight + (rows - 1) * size.gapY + size.bottom,
    marginLeft: size.left,
    marginRight: right,
    marginTop: top,
    marginBottom: size.bottom,
    fx: { axis: null, domain: [...Array(columns).keys()], paddingInner: paddingX, paddingOuter: 0 },
    fy: {
      axis: null,
      domain: [...Array(rows).keys()],
      paddingInner: paddingY,
      paddingOuter: 0,
    },
    style: { fontVariantNumeric: "tabular-nums" },
  };
}

const facet = { fx: "column", fy: "row" } as const;

/** Titles above the panels. @param most - characters of a title */
export function titles(cells: readonly Cell[], names: readonly string[], most?: number): Plot.Markish {
  return Plot.text(
    cells.map((cell, k) => ({ ...cell, name: labelOf(names[k], most) })),
    {
      ...facet,
      text: "name",
      frameAnchor: "top-left",
      lineAnchor: "bottom",
      dy: -5,
      fontSize: 11,
      fontWeight: 600,
    },
  );
}

/** Ticks and grid lines along the horizontal scale of each panel, labels below it. */
export function ticksX(cells: readonly Cell[], ranges: readonly Range[]): Plot.Markish[] {
  const rows = cells.flatMap((cell, k) => ranges[k].ticks.map((tick) => ({ ...cell, ...tick })));
  return [
    Plot.ruleX(rows, { ...facet, x: "position", stroke: "currentColor", strokeOpacity: 0.1 }),
    Plot.text(rows, {
      ...facet,
      x: "position",
      text: "label",
      frameAnchor: "bottom",
      lineAnchor: "top",
      dy: 5,
    }),
  ];
}

/** Ticks and grid lines along the vertical scale of each panel, labels left of it. */
export function ticksY(cells: readonly Cell[], ranges: readonly Range[]): Plot.Markish[] {
  const rows = cells.flatMap((cell, k) => ranges[k].ticks.map((tick) => ({ ...cell, ...tick })));
  return [
    Plot.ruleY(rows, { ...facet, y: "position", stroke: "currentColor", strokeOpacity: 0.1 }),
    Plot.text(rows, {
      ...facet,
      y: "position",
      text: "label",
      frameAnchor: "left",
      textAnchor: "end",
      dx: -5,
    }),
  ];
}

/** A line along the bottom of each panel. */
export function baseline(cells: readonly Cell[]): Plot.Markish {
  return Plot.ruleY(cells, { ...facet, y: 0, stroke: "currentColor", strokeOpacity: 0.4 });
}
