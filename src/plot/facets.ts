/**
 * One panel for each level of a group: its observations and its lines.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { choiceOf, type PredictedRow, type Predicting, predictedRows, type RowChoice } from "./byRow.ts";
import { CHAIN_COLORS, labelOf, plotOptions } from "./common.ts";
import { ownTicks } from "./panels.ts";
import { levelsOf } from "./ppc.ts";

/** Options of {@link facets}. */
export interface FacetsOptions extends RowChoice {
  /** Levels, in the order wanted; defaults to the first 60. */
  readonly levels?: readonly string[];
  /** Panels in a row; defaults to 6. */
  readonly columns?: number;
  /** Width of the whole plot in pixels; defaults to 720. */
  readonly width?: number;
  /** Height of one panel in pixels; defaults to 110. */
  readonly panelHeight?: number;
}

const MOST = 60;

/** The rows of {@link facets}, by level and ascending x. @throws as {@link facets} */
export function facetsData(source: Predicting, options: FacetsOptions = {}): PredictedRow[] {
  const rows = predictedRows(source, options);
  const shown =
    options.levels === undefined
      ? [...new Set(rows.map(({ level }) => level))].slice(0, MOST)
      : levelsOf(
          rows.map(({ level }) => ({ group: level })),
          options.levels,
        );
  return shown.flatMap((level) => rows.filter((row) => row.level === level));
}

/**
 * Observations of every level with its own line and, dashed, that of the population; all panels on one scale. lattice:
 * `xyplot(y ~ x | g)`.
 *
 * @param source - a fit or a posterior
 * @throws {DataError} as `spaghetti`; {ArgumentError} `unknown-level`
 * @example
 * ```ts
 * Plot.plot(facets(fit, { x: "Days" }));
 * ```
 */
export function facets(source: Predicting, options: FacetsOptions = {}): Plot.PlotOptions {
  plotOptions("facets()", options, ["x", "group", "levels", "columns", "width", "panelHeight"]);
  const { columns = 6, width = 720, panelHeight = 110 } = options;
  const { x, group } = choiceOf(source, options);
  const rows = facetsData(source, options);
  const levels = [...new Set(rows.map(({ level }) => level))];
  const place = new Map(levels.map((level, k) => [level, k]));
  const cell = (level: string): { column: number; row: number } => {
    const k = place.get(level) ?? 0;
    return { column: k % columns, row: Math.floor(k / columns) };
  };
  const points = rows.map((row) => ({ ...row, ...cell(row.level) }));
  const panel = { fx: "column", fy: "row", x: "x" } as const;
  const down = Math.ceil(levels.length / columns);
  const { length: all } = source.model.random.find((term) => term.group === group)!.levels;
  const across = ownTicks(rows.map((row) => row.x));
  // Of long numbers a narrow panel holds one.
  const long = across.ticks?.ticks;
  const middle = long === undefined ? {} : { ticks: [long[Math.floor(long.length / 2)]] };
  const up = ownTicks(
    rows.flatMap(({ observed, predicted, population }) => [observed, predicted, population]),
    50,
  );
  return {
    width,
    height: 30 + down * (panelHeight + 22) + 36,
    marginLeft: up.room,
    marginTop: 30,
    marginBottom: 40,
    style: { fontVariantNumeric: "tabular-nums" },
    fx: { axis: null, padding: 0.08 },
    fy: { axis: null, padding: 22 / (panelHeight + 22) },
    x: { label: labelOf(x), ticks: 3, grid: true, ...across.ticks, ...middle },
    y: { label: labelOf(source.model.response.name), ticks: 4, grid: true, nice: true, ...up.ticks },
    ...(options.levels === undefined && all > MOST ? { caption: `the first ${MOST} of ${all} levels` } : {}),
    marks: [
      Plot.frame({ strokeOpacity: 0.25 }),
      Plot.line(points, {
        ...panel,
        y: "population",
        stroke: "currentColor",
        strokeDasharray: "3,3",
        strokeOpacity: 0.7,
      }),
      Plot.line(points, { ...panel, y: "predicted", stroke: CHAIN_COLORS[5], strokeWidth: 1.8 }),
      Plot.dot(points, { ...panel, y: "observed", r: 2, fill: CHAIN_COLORS[0] }),
      Plot.text(
        levels.map((level) => ({ ...cell(level), level: labelOf(level, Math.floor(width / columns / 7.5)) })),
        {
          fx: "column",
          fy: "row",
          text: "level",
          frameAnchor: "top",
          lineAnchor: "bottom",
          dy: -4,
          fontWeight: 600,
        },
      ),
    ],
  };
}
