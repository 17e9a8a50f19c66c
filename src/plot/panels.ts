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
 * A range over all finite values, a little wider than they are, with ticks at round numbers, fewer where their labels are
 * long.
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
  const numbers = labelled(ticksOf(range, count));
  const few = numbers.some(({ label }) => label.length > 8) && count > 2;
  const ticks = few ? labelled(ticksOf(range, 2)) : numbers;
  return { ...range, ticks: ticks.map((tick) => ({ ...tick, position: place(range, tick.value) })) };
}

/** Round numbers in a range, two at least where that takes no more than twice as many: one alone gives no scale. */
function ticksOf({ low, high }: { low: number; high: number }, count: number): number[] {
  for (let wanted = count; ; wanted++) {
    const numbers = roundNumbers(low, high, wanted);
    if (numbers.length > 1 || wanted >= 2 * count) return numbers;
  }
}

/** Numbers with six digits, or as many as tell them apart. */
function labelled(numbers: readonly number[]): { value: number; label: string }[] {
  let labels = formatNumbers(numbers, { digits: 6 });
  for (let digits = 7; digits < 16 && new Set(labels).size < labels.length; digits++)
    labels = formatNumbers(numbers, { digits });
  return numbers.map((value, k) => ({ value, label: labels[k].replace(/^-/, "−") }));
}

/** Pixels that the labels of vertical scales take beside a panel, from `least`. */
export function gutterOf(ranges: readonly Range[], least: number): number {
  const lengths = ranges.flatMap(({ ticks }) => ticks.map(({ label }) => label.length));
  return Math.max(least, 14 + 6.6 * Math.max(0, ...lengths));
}

/** Ticks of a scale of Observable Plot that would write numbers too long by itself, and the room left of the frame. */
export interface OwnTicks {
  readonly ticks?: { readonly ticks: number[]; readonly tickFormat: (value: number) => string };
  readonly room: number;
}

/**
 * Ticks for numbers like 0.00000042 or 1,700,000,000; none where the axis of Observable Plot is short enough.
 *
 * @param least - room for other numbers
 */
export function ownTicks(values: ArrayLike<number>, least = 56): OwnTicks {
  const range = rangeOf(values, 4, 0);
  const [first, second] = range.ticks;
  const step = second === undefined ? range.high - range.low : second.value - first.value;
  const whole = Math.max(1, Math.ceil(Math.log10(Math.max(Math.abs(range.low), Math.abs(range.high)))));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  // "1,000,000" and "0.000001" just fit; a comma is half a digit.
  if (whole + Math.floor((whole - 1) / 3) / 2 + (decimals > 0 ? decimals + 1 : 0) <= 8)
    return { room: least };
  const labels = new Map(range.ticks.map(({ value, label }) => [value, label]));
  const tickFormat = (value: number): string => labels.get(value) ?? String(value);
  return { ticks: { ticks: [...labels.keys()], tickFormat }, room: gutterOf([range], least) };
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

/** Characters that fit above a panel. @param width - of the whole plot */
export function titleLength(cells: readonly Cell[], width: number): number {
  const columns = 1 + Math.max(0, ...cells.map(({ column }) => column));
  return Math.max(4, Math.floor(((width - 36) / columns - 14) / 7.4));
}

/** Titles above the panels. @param most - characters of a title */
export function titles(cells: readonly Cell[], names: readonly string[], most: number): Plot.Markish {
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

/** Ticks and grid lines along the horizontal scale of each panel, labels below it unless the edge would cut them. */
export function ticksX(cells: readonly Cell[], ranges: readonly Range[]): Plot.Markish[] {
  const rows = cells.flatMap((cell, k) => ranges[k].ticks.map((tick) => ({ ...cell, ...tick })));
  return [
    Plot.ruleX(rows, { ...facet, x: "position", stroke: "currentColor", strokeOpacity: 0.1 }),
    Plot.text(rows, {
      ...facet,
      x: "position",
      text: ({ position, label }: Tick) => (position > 0.97 && label.length > 5 ? "" : label),
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
