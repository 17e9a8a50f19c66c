/**
 * Rows of intervals, one row per variable, each on a scale of its own or all on one.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { labelOf } from "./common.ts";
import { place, type Range, rangeOf } from "./panels.ts";

/** Options of plots with one row per variable. */
export interface RowOptions {
  /** `"free"` (default): each row has its own horizontal scale; `"shared"`: one scale for all. */
  readonly scales?: "free" | "shared";
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
  /** Height of a row's panel in pixels, without its tick labels; defaults to 14, in `compareIntervals` to 30. */
  readonly rowHeight?: number;
}

/** An interval to draw; ends that are not finite are left out. */
export interface IntervalMark {
  readonly variable: string;
  readonly centre: number;
  readonly low: number;
  readonly high: number;
  readonly innerLow?: number;
  readonly innerHigh?: number;
  /** A colour, or a name in the colour scale of `extra`. */
  readonly color: string;
  /** Pixels below the middle of the row. */
  readonly offset: number;
}

/** Plot options for rows of intervals in the order of first appearance; `extra` is merged in. */
export function intervalRows(
  marks: readonly IntervalMark[],
  options: RowOptions,
  extra: Plot.PlotOptions = {},
): Plot.PlotOptions {
  const { scales = "free", width = 720, rowHeight = 26 } = options;
  const names = [...new Set(marks.map((mark) => mark.variable))];
  const free = scales === "free";
  const ends = (of: readonly IntervalMark[]): number[] =>
    of.flatMap(({ low, centre, high }) => [low, centre, high]);
  const longest = Math.max(4, ...names.map((name) => name.length));
  const left = Math.min(0.45 * width, 14 + 6.6 * longest);
  // Fewer ticks where their labels would touch.
  const rangeIn = (of: readonly IntervalMark[]): Range => {
    const range = rangeOf(ends(of), 6);
    const letters = range.ticks.reduce((sum, { label }) => sum + label.length + 1, 0);
    return 6.2 * letters > width - left ? rangeOf(ends(of), 3) : range;
  };
  const shared = rangeIn(marks);
  const ranges = new Map<string, Range>(
    names.map((name) => [name, free ? rangeIn(marks.filter((mark) => mark.variable === name)) : shared]),
  );
  const at = (name: string, value: number | undefined): number => {
    const range = ranges.get(name);
    return range === undefined || value === undefined || !Number.isFinite(value)
      ? Number.NaN
      : place(range, value);
  };
  const placed = marks.map((mark) => ({
    ...mark,
    low: at(mark.variable, mark.low),
    high: at(mark.variable, mark.high),
    innerLow: at(mark.variable, mark.innerLow),
    innerHigh: at(mark.variable, mark.innerHigh),
    centre: at(mark.variable, mark.centre),
  }));
  const ticks = names.flatMap((variable) =>
    (ranges.get(variable)?.ticks ?? []).map((tick) => ({ ...tick, variable })),
  );
  const labelled = free ? ticks : ticks.filter((tick) => tick.variable === names[names.length - 1]);
  const zeros = names
    .map((variable) => ({ variable, x: at(variable, 0) }))
    .filter(({ x }) => x >= 0 && x <= 1);
  const gap = names.length < 2 ? 0 : free ? 26 : 2;
  const offsets = [...new Set(marks.map((mark) => mark.offset))];
  return {
    width,
    height: 12 + names.length * rowHeight + (names.length - 1) * gap + 24,
    marginTop: 12,
    marginBottom: 24,
    marginLeft: left,
    marginRight: 20,
    x: { axis: null, domain: [0, 1] },
    fy: { axis: null, domain: names, paddingInner: gap / (rowHeight + gap), paddingOuter: 0 },
    style: { fontVariantNumeric: "tabular-nums" },
    ...extra,
    marks: [
      Plot.ruleX(ticks, { fy: "variable", x: "position", stroke: "currentColor", strokeOpacity: 0.1 }),
      Plot.ruleX(zeros, {
        fy: "variable",
        x: "x",
        stroke: "currentColor",
        strokeDasharray: "2,2",
        strokeOpacity: 0.6,
      }),
      Plot.text(labelled, {
        fy: "variable",
        x: "position",
        text: "label",
        frameAnchor: "bottom",
        lineAnchor: "top",
        dy: 5,
      }),
      Plot.text(names, {
        fy: (name: string) => name,
        text: (name: string) => labelOf(name, 50),
        frameAnchor: "left",
        textAnchor: "end",
        dx: -10,
        fontSize: 11,
      }),
      ...offsets.flatMap((dy) => {
        const these = placed.filter((mark) => mark.offset === dy);
        const common = { fy: "variable", dy } as const;
        const line = { ...common, stroke: "color", strokeLinecap: "round", insetLeft: 0 } as const;
        return [
          Plot.link(these, { ...line, x1: "low", x2: "high", y1: 0.5, y2: 0.5, strokeWidth: 1.5 }),
          Plot.link(these, { ...line, x1: "innerLow", x2: "innerHigh", y1: 0.5, y2: 0.5, strokeWidth: 5 }),
          Plot.dot(these, { ...common, x: "centre", y: 0.5, r: 4, fill: "color", stroke: "white" }),
        ];
      }),
    ],
    y: { axis: null, domain: [0, 1] },
  };
}
