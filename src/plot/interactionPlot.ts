/**
 * Interaction plots: means of a response over two factors.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { asFactor, columnOf, type TableLike, toTable } from "../data/table.ts";
import { checkKind, DataError } from "../errors.ts";
import { CHAIN_COLORS, labelOf, plotOptions } from "./common.ts";
import { ownTicks } from "./panels.ts";

/** Options of {@link interactionPlot}. */
export interface InteractionOptions {
  /** The factor along the horizontal axis. */
  readonly x: string;
  /** The factor with a line for each level. */
  readonly trace: string;
  /** The response, a column of numbers. */
  readonly y: string;
  /** Width of the plot in pixels; defaults to 640. */
  readonly width?: number;
}

/** Mean of the response where two levels meet. */
export interface InteractionRow {
  readonly x: string;
  readonly trace: string;
  readonly mean: number;
  /** Rows that went into it. */
  readonly n: number;
}

/**
 * Means of {@link interactionPlot}, in the order of the levels; cells without rows are left out, and so are rows with
 * anything missing. R: `tapply(y, list(x, trace), mean)`.
 *
 * @throws {DataError} `unknown-column`, `not-a-number`
 */
export function interactionPlotData(data: TableLike, options: InteractionOptions): InteractionRow[] {
  checkKind("interactionPlot()", options, [], "options second", "Write { x: …, trace: …, y: … }.");
  plotOptions("interactionPlot()", options, ["x", "trace", "y", "width"]);
  const table = toTable(data);
  const across = asFactor(columnOf(table, options.x));
  const lines = asFactor(columnOf(table, options.trace));
  const response = columnOf(table, options.y);
  if (response.kind !== "number") {
    throw new DataError(
      "not-a-number",
      `${options.y} is a column of ${response.kind === "factor" ? "labels" : response.kind}, not of numbers.`,
      "Name a numeric column as y.",
      { column: options.y },
    );
  }
  const wide = across.levels.length;
  const sums = new Float64Array(wide * lines.levels.length);
  const counts = new Float64Array(sums.length);
  response.values.forEach((value, row) => {
    const [i, j] = [across.codes[row], lines.codes[row]];
    if (i < 0 || j < 0 || Number.isNaN(value)) return;
    sums[j * wide + i] += value;
    counts[j * wide + i]++;
  });
  return lines.levels.flatMap((trace, j) =>
    across.levels.flatMap((x, i) => {
      const n = counts[j * wide + i];
      return n === 0 ? [] : [{ x, trace, mean: sums[j * wide + i] / n, n }];
    }),
  );
}

/**
 * Means of the response over the levels of one factor, a line for each level of another: parallel lines mean no
 * interaction. R: `interaction.plot(x, trace, y)`.
 *
 * @throws {DataError} as {@link interactionPlotData}
 * @example
 * ```ts
 * Plot.plot(interactionPlot(oats, { x: "nitrogen", trace: "variety", y: "yield" }));
 * ```
 */
export function interactionPlot(data: TableLike, options: InteractionOptions): Plot.PlotOptions {
  const rows = interactionPlotData(data, options);
  const across = [...new Set(asFactor(columnOf(toTable(data), options.x)).levels)];
  const lines = [...new Set(rows.map(({ trace }) => trace))];
  // More lines than colours are told apart by their labels, and a colour would only repeat.
  const few = lines.length <= CHAIN_COLORS.length;
  const height = few ? 340 : Math.max(400, 14 * lines.length + 80);
  const last = few ? [] : labelsOf(rows, 12 / (height - 80));
  const longest = Math.max(...lines.map((line) => line.length));
  const stroke = few ? { stroke: "trace" } : { stroke: "currentColor", strokeOpacity: 0.55 };
  const up = ownTicks(rows.map(({ mean }) => mean));
  return {
    width: options.width ?? 640,
    height,
    marginLeft: up.room,
    marginTop: 26,
    marginRight: few ? 20 : 24 + 6.6 * Math.min(36, longest),
    style: { fontVariantNumeric: "tabular-nums" },
    caption: `a line for each ${options.trace}`,
    x: { type: "point", domain: across, label: labelOf(options.x) },
    y: { label: labelOf(`mean of ${options.y}`), grid: true, nice: true, ...up.ticks },
    ...(few ? { color: { domain: lines, range: CHAIN_COLORS.slice(0, lines.length), legend: true } } : {}),
    marks: [
      Plot.line(rows, { x: "x", y: "mean", z: "trace", ...stroke, strokeWidth: 1.6 }),
      Plot.dot(rows, {
        x: "x",
        y: "mean",
        ...(few ? { fill: "trace" } : { fill: "currentColor", fillOpacity: 0.55 }),
        r: 3,
        tip: true,
        title: ({ x, trace, mean, n }: InteractionRow) =>
          `${options.x} ${x}, ${options.trace} ${trace}: ${mean.toPrecision(5)} (${n} rows)`,
      }),
      ...(few
        ? []
        : [
            Plot.text(last, {
              y: "at",
              text: ({ trace }: { trace: string }) => labelOf(trace, 36),
              x: () => across.at(-1),
              textAnchor: "start",
              dx: 8,
              fontSize: 10,
            }),
          ]),
    ],
  };
}

/** Labels at the ends of the lines, a share of the height apart: those that would touch spread around their mean. */
function labelsOf(rows: readonly InteractionRow[], share: number): { trace: string; at: number }[] {
  const means = rows.map(({ mean }) => mean);
  const gap = share * (Math.max(...means) - Math.min(...means));
  const ends = [...new Map(rows.map(({ trace, mean }) => [trace, mean]))].sort((a, b) => a[1] - b[1]);
  const blocks: { count: number; sum: number; traces: string[] }[] = [];
  const low = ({ count, sum }: (typeof blocks)[number]): number => sum / count - (gap * (count - 1)) / 2;
  for (const [trace, mean] of ends) {
    blocks.push({ count: 1, sum: mean, traces: [trace] });
    for (let last = blocks.length - 1; last > 0; last--) {
      const [one, two] = [blocks[last - 1], blocks[last]];
      if (low(one) + gap * one.count <= low(two)) break;
      const traces = [...one.traces, ...two.traces];
      blocks.splice(last - 1, 2, { count: traces.length, sum: one.sum + two.sum, traces });
    }
  }
  return blocks.flatMap((block) => block.traces.map((trace, k) => ({ trace, at: low(block) + gap * k })));
}
