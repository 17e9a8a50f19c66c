/**
 * Predictions from posterior draws: a row of estimates for each row of data, or matrices of draws × rows.
 *
 * @module
 */

import type { TableLike } from "../data/table.ts";
import {
  ArgumentError,
  knownOptions,
  listOf,
  oneOf,
  probabilityOf,
  type Warning,
  warning,
} from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { mean, quantileSorted, sd, sorted } from "../stats/descriptive.ts";
import {
  type EpredOptions,
  linearPredictors,
  logLikelihoodColumns,
  observations,
  type PredictionSource,
  rowsOf,
} from "./drawsOfRows.ts";

/** Options of `posterior.predict()`. */
export interface PosteriorPredictOptions extends EpredOptions {
  /** Interval of the mean, or of one new observation (adds noise of variance σ²/weight); defaults to `"mean"`. */
  readonly interval?: "mean" | "observation";
  /** Probability of the central interval; defaults to 0.95. */
  readonly level?: number;
}

/** Posterior of one predicted row, in the units of the response; `NaN` throughout where the row has missing cells. */
export interface PosteriorPredictionRow {
  /** Posterior mean. */
  readonly estimate: number;
  readonly sd: number;
  readonly lower: number;
  readonly upper: number;
}

/** Rows aligned with the rows of the data, with what there is to say about them. */
export type PosteriorPredictions = readonly PosteriorPredictionRow[] & {
  readonly warnings: readonly Warning[];
};

/** Numbers that a matrix of draws × rows may hold: 1 GB. */
const MOST = 134_217_728;

/** Posterior mean, sd and interval of every row. @throws as `LmmFit.predict` */
export function predictRows(
  source: PredictionSource,
  data: TableLike | undefined,
  options: PosteriorPredictOptions,
): PosteriorPredictions {
  knownOptions("predict()", options, ["groups", "terms", "interval", "level"]);
  const interval = oneOf("interval", options.interval ?? "mean", ["mean", "observation"]);
  const { level = 0.95 } = options;
  probabilityOf("level", level);
  const rows = rowsOf(source.model, data, options);
  const columns = interval === "mean" ? linearPredictors(source, rows) : observations(source, rows);
  const out: PosteriorPredictionRow[] = [];
  for (const values of columns) {
    const ascending = sorted(values);
    const [lower, upper] = [(1 - level) / 2, (1 + level) / 2].map((p) => quantileSorted(ascending, p));
    const estimate = mean(values);
    out.push(Number.isNaN(estimate) ? NOTHING : { estimate, sd: sd(values), lower, upper });
  }
  const gone = out.flatMap(({ estimate }, i) => (Number.isNaN(estimate) ? [i] : []));
  if (gone.length > 0) {
    const text = `${gone.length} of ${out.length} rows have missing cells and no prediction (rows ${listOf(gone)}, counting from 0).`;
    rows.warnings.push(warning("missing-rows", text, { rows: gone }));
  }
  const aligned = data === undefined ? spread(source.model, out, NOTHING) : out;
  return Object.defineProperty(aligned, "warnings", {
    value: rows.warnings,
  }) as unknown as PosteriorPredictions;
}

const NOTHING: PosteriorPredictionRow = {
  estimate: Number.NaN,
  sd: Number.NaN,
  lower: Number.NaN,
  upper: Number.NaN,
};

/**
 * A matrix of draws × rows (one array per draw, chain after chain) of means or of new observations.
 *
 * @throws as `LmmFit.predict`; {ArgumentError} `not-enough-memory` beyond 2²⁷ numbers
 */
export function drawsByRows(
  source: PredictionSource,
  data: TableLike | undefined,
  options: EpredOptions,
  what: "mean" | "observation",
): Float64Array[] {
  knownOptions(what === "mean" ? "epred()" : "predictive()", options, ["groups", "terms"]);
  const rows = rowsOf(source.model, data, options);
  const columns = what === "mean" ? linearPredictors(source, rows) : observations(source, rows);
  return transposed(source, data === undefined, rows.design.m, columns);
}

/** Log-likelihoods of the model's rows, draws × rows kept: log N(y; μ, σ²/w), or that of Student-t residuals. @throws `not-enough-memory` */
export function logLikelihoods(source: PredictionSource): Float64Array[] {
  const columns = logLikelihoodColumns(source);
  return transposed(source, false, source.model.n, columns);
}

function transposed(
  { model, draws }: PredictionSource,
  own: boolean,
  m: number,
  columns: Iterable<Float64Array>,
): Float64Array[] {
  const width = own ? model.inputRows : m;
  if (draws.size * width > MOST) {
    throw new ArgumentError(
      "not-enough-memory",
      `${draws.size} draws × ${width} rows are ${Math.ceil((draws.size * width * 8) / 1e6)} MB.`,
      "Pass fewer rows, or use predict(), which holds one row at a time.",
    );
  }
  const out = Array.from({ length: draws.size }, () => new Float64Array(width).fill(Number.NaN));
  let i = 0;
  for (const values of columns) {
    const at = own ? model.rows[i] : i;
    for (let d = 0; d < values.length; d++) out[d][at] = values[d];
    i++;
  }
  return out;
}

function spread<T>(model: LinearMixedModel, rows: readonly T[], nothing: T): T[] {
  const out: T[] = new Array(model.inputRows).fill(nothing);
  for (let i = 0; i < rows.length; i++) out[model.rows[i]] = rows[i];
  return out;
}
