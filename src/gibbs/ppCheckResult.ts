/**
 * What posterior predictive checks return, and how it prints.
 *
 * @module
 */

import { fixed, numberColumn, type PrintedColumn, showAs, textTable, wordColumn } from "../data/format.ts";
import { quantileSorted, sorted } from "../stats/descriptive.ts";

/** One point of a density, in the units of the response. */
export interface PpDensityRow {
  /** Level of the group checked by; `null` without one. */
  readonly group: string | null;
  /** Which replicated response, from 0; `null` for the response itself. */
  readonly draw: number | null;
  readonly value: number;
  readonly density: number;
}

/** Gaussian kernel densities (R's `bw.nrd0`) of y and of replicated responses, on one grid per group. */
export interface PpDensity {
  readonly type: "density";
  readonly response: string;
  readonly group: string | null;
  readonly rows: readonly PpDensityRow[];
}

/** A statistic of the response among those of replicated ones. */
export interface PpStatRow {
  readonly group: string | null;
  /** T(y). */
  readonly observed: number;
  /** Mean, sd and central 95% interval of T(y_rep). */
  readonly mean: number;
  readonly sd: number;
  readonly lower: number;
  readonly upper: number;
  /** Share of draws with T(y_rep) ≥ T(y): near 0 or 1 where the model does not have what the statistic measures. */
  readonly probability: number;
  /** T(y_rep), one per draw. */
  readonly replicated: Float64Array;
}

/** What {@link ppCheck} of type `"stat"` returns, one row per group. */
export interface PpStat {
  readonly type: "stat";
  readonly response: string;
  readonly group: string | null;
  readonly statistic: string;
  readonly rows: readonly PpStatRow[];
}

/** Predictive intervals of one row, in the units of the response. */
export interface PpIntervalRow {
  /** Row of the data, from 0. */
  readonly row: number;
  readonly group: string | null;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly innerLow: number;
  readonly median: number;
  readonly innerHigh: number;
  readonly high: number;
}

/** Shares of responses inside their intervals. */
export interface PpCoverage {
  readonly group: string | null;
  readonly rows: number;
  readonly inner: number;
  readonly outer: number;
}

/** What {@link ppCheck} of type `"intervals"` returns, one row per row kept. */
export interface PpIntervals {
  readonly type: "intervals";
  readonly response: string;
  readonly group: string | null;
  /** The column of `x`; `null` for the number of the row. */
  readonly x: string | null;
  readonly prob: number;
  readonly probOuter: number;
  readonly rows: readonly PpIntervalRow[];
  /** One per group. */
  readonly coverage: readonly PpCoverage[];
}

export type PpCheck = PpDensity | PpStat | PpIntervals;

/** The check, which shows itself as a table. */
export function shownCheck<T extends PpCheck>(check: T): T {
  return showAs(check, () => {
    const [heading, columns] = tableOf(check);
    return `${heading}\n${textTable(columns, { gap: "  " })}`;
  });
}

function tableOf(check: PpCheck): [string, PrintedColumn[]] {
  if (check.type === "density") return densityTable(check);
  return check.type === "stat" ? statTable(check) : coverageTable(check);
}

/** Levels as the first column; none where the rows are checked together. */
function groupColumn(group: string | null, rows: readonly { readonly group: string | null }[]) {
  if (group === null) return [];
  return [
    wordColumn(
      group,
      rows.map((row) => String(row.group)),
    ),
  ];
}

/** Lines of a printed density. */
const LINES = 9;

function densityTable({ response, group, rows }: PpDensity): [string, PrintedColumn[]] {
  const replicates = 1 + rows.reduce((most, { draw }) => Math.max(most, draw ?? 0), 0);
  const levels = [...new Set(rows.map((row) => row.group))];
  const lines = levels.flatMap((level) => {
    const own = rows.filter((row) => row.group === level);
    const observed = own.filter(({ draw }) => draw === null);
    const densities = new Map<number, number[]>(observed.map(({ value }) => [value, []]));
    for (const { draw, value, density } of own) if (draw !== null) densities.get(value)!.push(density);
    return Array.from({ length: LINES }, (_, k) => {
      const { value, density } = observed[Math.round(((k + 1) * (observed.length - 1)) / (LINES + 1))];
      const ascending = sorted(densities.get(value)!);
      const [low, middle, high] = [0.05, 0.5, 0.95].map((p) => quantileSorted(ascending, p));
      return { group: level, value, density, low, middle, high };
    });
  });
  const column = (header: string, pick: (line: (typeof lines)[number]) => number, digits = 3) =>
    numberColumn(header, lines.map(pick), { digits });
  return [
    `Density of ${response} and of ${replicates} replicated responses`,
    [
      ...groupColumn(group, lines),
      column(response, ({ value }) => value, 4),
      column("y", ({ density }) => density),
      column("y_rep 5%", ({ low }) => low),
      column("50%", ({ middle }) => middle),
      column("95%", ({ high }) => high),
    ],
  ];
}

function statTable({ response, group, statistic, rows }: PpStat): [string, PrintedColumn[]] {
  const column = (header: string, pick: (row: PpStatRow) => number) =>
    numberColumn(header, rows.map(pick), { digits: 5 });
  return [
    `T = ${statistic} of ${response} and of ${rows[0].replicated.length} replicated responses`,
    [
      ...groupColumn(group, rows),
      column("T(y)", ({ observed }) => observed),
      column("T(y_rep)", (row) => row.mean),
      column("2.5%", ({ lower }) => lower),
      column("97.5%", ({ upper }) => upper),
      {
        header: "Pr(T(y_rep) >= T(y))",
        cells: rows.map(({ probability }) => fixed(probability, 3)),
      },
    ],
  ];
}

function coverageTable({
  response,
  group,
  prob,
  probOuter,
  coverage,
}: PpIntervals): [string, PrintedColumn[]] {
  const inside = (p: number, pick: (row: PpCoverage) => number) => ({
    header: `inside ${Number((100 * p).toPrecision(12))}%`,
    cells: coverage.map((row) => `${fixed(100 * pick(row), 1)}%`),
  });
  return [
    `Share of ${response} inside its predictive intervals`,
    [
      ...groupColumn(group, coverage),
      { header: "rows", cells: coverage.map(({ rows }) => String(rows)) },
      inside(prob, ({ inner }) => inner),
      inside(probOuter, ({ outer }) => outer),
    ],
  ];
}
