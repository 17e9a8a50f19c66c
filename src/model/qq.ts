/**
 * Quantiles of residuals and random effects against those of the normal distribution, with bands from simulation: what
 * fits and posteriors have in common.
 *
 * @module
 */

import { showAs, textTable, wordColumn } from "../data/format.ts";
import { integerIn, oneOf, probabilityOf } from "../errors.ts";
import { envelope } from "../stats/envelope.ts";
import { normalQuantile } from "../stats/normal.ts";
import { shortName } from "./variables.ts";

/** Options of `fit.qq()` and `posterior.qq()`. */
export interface QqOptions {
  /** `"simultaneous"` (default): whole curves lie inside with probability `level`; `"pointwise"`: each point does. */
  readonly band?: "simultaneous" | "pointwise";
  /** Probability of the bands; defaults to 0.95. */
  readonly level?: number;
  /** How many data sets are simulated; defaults to 500. */
  readonly simulations?: number;
}

/** A point of a QQ plot with the band there. */
export interface QqRow {
  /** `residuals`, or the random effects of a group and coefficient, as `r_Subject__Days`. */
  readonly panel: string;
  /** Row of the data (from 0) or level of the group. */
  readonly label: string;
  /** Quantile of the standard normal distribution at R's `ppoints`. */
  readonly theoretical: number;
  readonly value: number;
  readonly lower: number;
  /** Mean of the simulations. */
  readonly expected: number;
  readonly upper: number;
}

/** What `qq()` returns; prints as one line per panel. */
export interface Qq {
  readonly band: "simultaneous" | "pointwise";
  readonly level: number;
  readonly simulations: number;
  readonly seed: number;
  readonly rows: readonly QqRow[];
  readonly panels: readonly { readonly panel: string; readonly points: number; readonly outside: number }[];
}

/** The values of one panel and those of simulated data, each ascending at the ranks of {@link ranksOf}. */
export interface QqPanel {
  readonly panel: string;
  /** How many values the sample has, before ranks were chosen. */
  readonly size: number;
  readonly labels: readonly string[];
  readonly values: Float64Array;
  readonly simulated: readonly Float64Array[];
}

/** The name of the panel of one coefficient's random effects. */
export function effectsPanel(group: string, term: string): string {
  return `r_${group}__${shortName(term)}`;
}

/** Points of a panel at most. */
const MOST = 1000;

/** Ranks of a sample that are shown: all up to 1000, beyond that 1000 evenly spaced ones. */
export function ranksOf(size: number): number[] {
  const length = Math.min(size, MOST);
  return Array.from({ length }, (_, k) => (length === 1 ? 0 : Math.round((k * (size - 1)) / (length - 1))));
}

/** The values of a sample at its {@link ranksOf}. */
export function atRanks(values: Float64Array): Float64Array {
  const ascending = values.slice().sort();
  return Float64Array.from(ranksOf(values.length), (rank) => ascending[rank]);
}

/** Options with their defaults. @throws {ArgumentError} `invalid-argument` */
export function checkedQqOptions(options: QqOptions): Required<QqOptions> {
  const { level = 0.95 } = options;
  probabilityOf("level", level);
  const band = oneOf("band", options.band ?? "simultaneous", ["simultaneous", "pointwise"]);
  return { band, level, simulations: integerIn("simulations", options.simulations ?? 500, 20, 100_000) };
}

/** The result, with bands made of the simulations of every panel. */
export function qqOf(
  panels: readonly QqPanel[],
  { band, level }: Required<QqOptions>,
  simulations: number,
  seed: number,
): Qq {
  const rows = panels.flatMap(({ panel, size, labels, values, simulated }) => {
    const { lower, middle, upper } = envelope(simulated, level, band);
    return ranksOf(size).map(
      (rank, i): QqRow => ({
        panel,
        label: labels[i],
        theoretical: normalQuantile(plottingPosition(rank, size)),
        value: values[i],
        lower: lower[i],
        expected: middle[i],
        upper: upper[i],
      }),
    );
  });
  const counts = panels.map(({ panel }) => {
    const own = rows.filter((row) => row.panel === panel);
    const outside = own.filter(({ value, lower, upper }) => value < lower || value > upper);
    return { panel, points: own.length, outside: outside.length };
  });
  const result: Qq = { band, level, simulations, seed, rows, panels: counts };
  return showAs(result, () => print(result));
}

/** R: `ppoints(n)`. */
function plottingPosition(rank: number, n: number): number {
  const a = n <= 10 ? 3 / 8 : 1 / 2;
  return (rank + 1 - a) / (n + 1 - 2 * a);
}

function print({ band, level, simulations, panels }: Qq): string {
  const percent = Number((100 * level).toPrecision(12));
  const table = textTable(
    [
      wordColumn(
        "",
        panels.map(({ panel }) => panel),
      ),
      { header: "points", cells: panels.map(({ points }) => String(points)) },
      { header: "outside", cells: panels.map(({ outside }) => String(outside)) },
    ],
    { gap: "  " },
  );
  return `Normal quantiles with ${band} ${percent}% bands from ${simulations} simulated data sets\n${table}`;
}
