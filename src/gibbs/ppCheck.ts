/**
 * Posterior predictive checks: could the model have made data like these?
 *
 * @module
 */

import { asFactor, columnOf } from "../data/table.ts";
import { ArgumentError, checkKind, DataError, integerIn, knownOptions, oneOf, show } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { tableOf } from "../model/withoutRows.ts";
import { bandwidth, density } from "../stats/density.ts";
import { mean, median, quantileSorted, sd, sorted } from "../stats/descriptive.ts";
import { byDraw, evenly, sourceAt } from "./byDraw.ts";
import { observationsOfRows } from "./drawsOfRows.ts";
import type { Posterior } from "./posterior.ts";
import {
  type PpCheck,
  type PpDensity,
  type PpDensityRow,
  type PpIntervalRow,
  type PpIntervals,
  type PpStat,
  type PpStatRow,
  shownCheck,
} from "./ppCheckResult.ts";

/** A statistic of a response. */
export type Statistic = "mean" | "sd" | "min" | "max" | "median" | ((y: Float64Array) => number);

/** Options of {@link ppCheck}. */
export interface PpCheckOptions {
  /**
   * `"density"` (default): densities of y and of replicated responses; `"stat"`: a statistic of y among those of
   * replicated responses; `"intervals"`: central predictive intervals of every row.
   */
  readonly type?: "density" | "stat" | "intervals";
  /** A column of the data, or a group of the model, to check for each of its levels; defaults to all rows together. */
  readonly group?: string;
  /** How many draws have a replicated response; defaults to 50 for `"density"` and to all for `"stat"`. */
  readonly draws?: number;
  /** For `"stat"`; defaults to `"mean"`. */
  readonly statistic?: Statistic;
  /** For `"intervals"`: a numeric column of the data that goes along with each row; defaults to the number of the row. */
  readonly x?: string;
  /** Probabilities of the inner and outer interval of `"intervals"`; default to 0.5 and 0.9. */
  readonly prob?: number;
  readonly probOuter?: number;
}

const POINTS = 128;
const KNOWN = {
  density: ["type", "group", "draws"],
  stat: ["type", "group", "draws", "statistic"],
  intervals: ["type", "group", "x", "prob", "probOuter"],
} as const;
const STATISTICS = {
  mean,
  sd,
  min: (y: Float64Array) => y.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  max: (y: Float64Array) => y.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  median,
} as const;

/**
 * Compares the response with replicated ones, y_rep = Xβ + Zb + ε with the parameters of one draw, the groups those of
 * the data and ε new. Data to read, print or plot (`ppcDensityOverlay`, `ppcStat`, `ppcIntervals` of `blmm/plot`).
 * brms: `pp_check`; bayesplot: `ppc_dens_overlay`, `ppc_stat`, `ppc_intervals` and their `_grouped` kind.
 *
 * The same posterior has the same replications every time. Rows or draws are held a block at a time. Because the
 * replications know the groups' effects, they show what the rows do that the model cannot; how well the model foresees
 * a new group is a question for `posterior.loo({ group })`.
 *
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @throws {DataError} `unknown-column`, `missing-group-label`; {ModelError} `needs-rows`
 * @see Gelman, Meng & Stern 1996, Statistica Sinica 6, 733
 *
 * @example
 * ppCheck(posterior, { type: "stat", statistic: "max" }).rows[0].probability; // 0.578
 */
export function ppCheck(posterior: Posterior, options?: PpCheckOptions & { type?: "density" }): PpDensity;
export function ppCheck(posterior: Posterior, options: PpCheckOptions & { type: "stat" }): PpStat;
export function ppCheck(posterior: Posterior, options: PpCheckOptions & { type: "intervals" }): PpIntervals;
export function ppCheck(posterior: Posterior, options: PpCheckOptions = {}): PpCheck {
  checkKind("ppCheck()", posterior, ["draws", "model", "effects"], "a posterior", "Pass that of gibbs().");
  checkKind("ppCheck()", options, [], "options as an object", 'Pass { type: "stat" }, or nothing.');
  const type = oneOf("type", options.type ?? "density", ["density", "stat", "intervals"]);
  knownOptions(`ppCheck() of type "${type}"`, options, KNOWN[type]);
  const parts = partsOf(posterior.model, options.group);
  const common = { response: posterior.model.response.name, group: options.group ?? null };
  if (type === "stat") return shownCheck({ type, ...common, ...statistics(posterior, parts, options) });
  if (type === "intervals") return shownCheck({ type, ...common, ...intervals(posterior, parts, options) });
  return shownCheck({ type, ...common, rows: densities(posterior, parts, options) });
}

/** Rows that are checked together. */
interface Part {
  /** The level of the group; `null` where there is none. */
  readonly level: string | null;
  /** Rows kept, ascending. */
  readonly rows: readonly number[];
}

/** @throws {DataError} `unknown-column`, `missing-group-label`; {ModelError} `needs-rows` */
function partsOf(model: LinearMixedModel, group: string | undefined): Part[] {
  if (group === undefined) return [{ level: null, rows: [...model.rows.keys()] }];
  const term = model.random.find((one) => one.group === group);
  const { levels, codes } = term ?? asFactor(columnOf(tableOf(model), group));
  const rows: number[][] = levels.map(() => []);
  model.rows.forEach((row, i) => {
    const code = codes[term === undefined ? row : i];
    if (code >= 0) rows[code].push(i);
    else {
      throw new DataError(
        "missing-group-label",
        `Row ${row} (counting from 0) has no ${group}.`,
        "Check by a column without missing cells.",
        { group, row },
      );
    }
  });
  return levels.map((level, j) => ({ level, rows: rows[j] })).filter((part) => part.rows.length > 0);
}

/** The response of the rows of a part. */
function take(y: Float64Array, { rows }: Part): Float64Array {
  return Float64Array.from(rows, (i) => y[i]);
}

/** Chooses iterations of every chain for so many draws, and says which of those draws count. */
function chosenDraws(posterior: Posterior, count: number) {
  const { chains, size } = posterior.draws;
  const wanted = integerIn("draws", count, 1, size);
  const iterations = evenly(posterior, Math.ceil(wanted / chains));
  const counts = (draw: number): boolean =>
    (draw % iterations.length) * chains + Math.floor(draw / iterations.length) < wanted;
  return { iterations, counts };
}

function densities(posterior: Posterior, parts: readonly Part[], { draws }: PpCheckOptions): PpDensityRow[] {
  const small = parts.find(({ rows }) => rows.length < 2);
  if (small !== undefined) {
    throw new ArgumentError(
      "invalid-argument",
      `${show(small.level)} has one row, and one row has no density.`,
      'Choose a "group" of fewer levels, or type: "intervals".',
      { level: small.level },
    );
  }
  const { iterations, counts } = chosenDraws(posterior, draws ?? Math.min(50, posterior.draws.size));
  const responses = [{ draw: null as number | null, values: posterior.model.response.values }];
  for (const one of byDraw(posterior, iterations, posterior.model.n, observationsOfRows)) {
    if (counts(one.draw)) responses.push(one);
  }
  return parts.flatMap((part) => {
    const all = responses.map(({ values }) => take(values, part));
    const widths = all.map(bandwidth);
    const from = Math.min(...all.map((y, k) => STATISTICS.min(y) - 3 * widths[k]));
    const to = Math.max(...all.map((y, k) => STATISTICS.max(y) + 3 * widths[k]));
    return all.flatMap((y, k) => {
      const curve = density(y, { from, to, points: POINTS, bandwidth: widths[k] });
      const own = { group: part.level, draw: k === 0 ? null : k - 1 };
      return Array.from(curve.x, (value, i) => ({ ...own, value, density: curve.density[i] }));
    });
  });
}

function statistics(posterior: Posterior, parts: readonly Part[], options: PpCheckOptions) {
  const { statistic = "mean" } = options;
  const T =
    typeof statistic === "function"
      ? statistic
      : STATISTICS[oneOf("statistic", statistic, ["mean", "sd", "min", "max", "median"])];
  const name = typeof statistic === "string" ? statistic : statistic.name || "statistic";
  const at = (y: Float64Array, part: Part): number => {
    const value: unknown = T(take(y, part));
    if (typeof value === "number" && !Number.isNaN(value)) return value;
    throw new ArgumentError(
      "invalid-argument",
      `The statistic ${name} of ${part.level === null ? "the response" : show(part.level)} is ${show(value)}.`,
      "Take one that is a number for every response of so many rows.",
    );
  };
  const { iterations, counts } = chosenDraws(posterior, options.draws ?? posterior.draws.size);
  const replicated: number[][] = parts.map(() => []);
  for (const { draw, values } of byDraw(posterior, iterations, posterior.model.n, observationsOfRows)) {
    if (!counts(draw)) continue;
    parts.forEach((part, k) => {
      replicated[k].push(at(values, part));
    });
  }
  const rows = parts.map((part, k): PpStatRow => {
    const observed = at(posterior.model.response.values, part);
    const ascending = sorted(replicated[k]);
    const beyond = replicated[k].filter((value) => value >= observed).length;
    return {
      group: part.level,
      observed,
      mean: mean(ascending),
      sd: sd(ascending),
      lower: quantileSorted(ascending, 0.025),
      upper: quantileSorted(ascending, 0.975),
      probability: beyond / ascending.length,
      replicated: Float64Array.from(replicated[k]),
    };
  });
  return { statistic: name, rows };
}

function intervals(posterior: Posterior, parts: readonly Part[], options: PpCheckOptions) {
  const { prob = 0.5, probOuter = 0.9 } = options;
  if (!(prob > 0 && prob < probOuter && probOuter < 1)) {
    throw new ArgumentError(
      "invalid-argument",
      `"prob" and "probOuter" must be probabilities, the first the smaller, got ${show(prob)} and ${show(probOuter)}.`,
      "Pass numbers between 0 and 1.",
    );
  }
  const { model, draws } = posterior;
  const x = abscissae(model, options.x);
  const levelOf = new Map(parts.flatMap(({ level, rows }) => rows.map((i) => [i, level])));
  const rows: PpIntervalRow[] = [];
  for (const column of observationsOfRows(sourceAt(posterior, evenly(posterior, draws.iterations)))) {
    const i = rows.length;
    const ascending = sorted(column);
    const quantile = (p: number): number => quantileSorted(ascending, p);
    rows.push({
      row: model.rows[i],
      group: levelOf.get(i) ?? null,
      x: x[i],
      y: model.response.values[i],
      low: quantile((1 - probOuter) / 2),
      innerLow: quantile((1 - prob) / 2),
      median: quantile(0.5),
      innerHigh: quantile((1 + prob) / 2),
      high: quantile((1 + probOuter) / 2),
    });
  }
  const coverage = parts.map(({ level, rows: own }) => {
    const share = (inside: (row: PpIntervalRow) => boolean): number =>
      own.filter((i) => inside(rows[i])).length / own.length;
    return {
      group: level,
      rows: own.length,
      inner: share(({ y, innerLow, innerHigh }) => y >= innerLow && y <= innerHigh),
      outer: share(({ y, low, high }) => y >= low && y <= high),
    };
  });
  return { x: options.x ?? null, prob, probOuter, rows, coverage };
}

/** Values of a numeric column at the rows kept; the rows' numbers without one. */
function abscissae(model: LinearMixedModel, name: string | undefined): number[] {
  if (name === undefined) return Array.from(model.rows);
  const column = columnOf(tableOf(model), name);
  if (column.kind !== "number") {
    throw new ArgumentError(
      "invalid-argument",
      `"x" is ${name}, a column of kind ${column.kind}.`,
      "Name a column of numbers; labels go into group.",
    );
  }
  return Array.from(model.rows, (row) => column.values[row]);
}
