/**
 * Rows at every draw: means, new observations and log-likelihoods, one row after the other, so that memory does not grow
 * with the rows.
 *
 * @module
 */

import { asFactor, columnOf, type Table, type TableLike, toTable } from "../data/table.ts";
import { DataError, listOf, oneOf, show, type Warning } from "../errors.ts";
import { choleskyInto } from "../linalg/cholesky.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { countingTerms, newRows, ownRows, type PredictionDesign } from "../model/predictionRows.ts";
import { shortName, sigmaNames, symmetricName } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import { RandomStream } from "../random/stream.ts";
import { ln } from "../stats/special.ts";
import { effectDfs, logStudentConstants, residualDfs, spreadOfStudent } from "./studentDraws.ts";

/** Options of `posterior.epred()` and `posterior.linpred()`. */
export interface EpredOptions {
  /** Which random effects count; defaults to `"known"`. */
  readonly groups?: "known" | "new" | "population";
  /** The random terms that count, as in `fit.predict()`; defaults to all. */
  readonly terms?: readonly string[];
}

/** What predictions are made from. */
export interface PredictionSource {
  readonly model: LinearMixedModel;
  /** β, SDs, correlations and σ at least. */
  readonly draws: Draws;
  readonly seed: number;
  /** Draws of random effects, by place among all of them. */
  readonly effects: (chosen: readonly number[]) => Draws;
}

/** Numbers of random effects held at a time: 128 MB. */
const BLOCK = 16_777_216;

/** Rows to predict. */
export interface Rows {
  readonly design: PredictionDesign;
  readonly table: Table | undefined;
  readonly warnings: Warning[];
}

/** Means x′β + z′b of the model's rows, one column of draws per row kept. */
export function meansOfRows(
  source: PredictionSource,
  groups: "known" | "population",
): Generator<Float64Array> {
  return linearPredictors(source, rowsOf(source.model, undefined, { groups }));
}

/** New observations at the model's rows, one column of draws per row kept. */
export function observationsOfRows(source: PredictionSource): Generator<Float64Array> {
  return observations(source, rowsOf(source.model, undefined, {}));
}

/** Log-likelihoods of the model's rows, log N(y; μ, σ²/w) or that of Student-t residuals, one column of draws per row kept. */
export function* logLikelihoodColumns(source: PredictionSource): Generator<Float64Array> {
  const { model } = source;
  const rows = rowsOf(model, undefined, {});
  const sigmas = sigmaOfRows(source, rows);
  const dfs = residualDfs(model, source.draws);
  const constants = dfs === null ? null : logStudentConstants(dfs);
  let i = 0;
  for (const values of linearPredictors(source, rows)) {
    const sigma = sigmas(i);
    const weight = model.weights?.[i] ?? 1;
    const y = model.response.values[i];
    for (let d = 0; d < values.length; d++) {
      const z = (y - values[d]) / sigma[d];
      if (dfs === null || constants === null) {
        values[d] = 0.5 * ln(weight / (2 * Math.PI)) - ln(sigma[d]) - 0.5 * weight * z * z;
        continue;
      }
      const tail = 0.5 * (dfs[d] + 1) * ln(1 + (weight * z * z) / dfs[d]);
      values[d] = constants[d] + 0.5 * ln(weight) - ln(sigma[d]) - tail;
    }
    yield values;
    i++;
  }
}

/** The rows of data, or those of the model. @throws as `LmmFit.predict` */
export function rowsOf(model: LinearMixedModel, data: TableLike | undefined, options: EpredOptions): Rows {
  const groups = oneOf("groups", options.groups ?? "known", ["known", "new", "population"]);
  const counts = countingTerms(model, options.terms).map((counted) => counted && groups !== "population");
  const warnings: Warning[] = [];
  if (data === undefined)
    return { design: ownRows(model, counts, model.weights), table: undefined, warnings };
  const table = toTable(data);
  return { design: newRows(model, table, counts, groups, warnings), table, warnings };
}

/**
 * x′β + z′b (+ offset) of each row at all draws. An unseen label has b ~ N(0, Σ) (or Student-t) afresh at every draw, from numbers
 * that belong to the label: rows that share it share them, in this call and in the next.
 */
export function* linearPredictors(source: PredictionSource, { design }: Rows): Generator<Float64Array> {
  const { model, draws, effects } = source;
  const { m, X, offset, terms } = design;
  const beta = model.fixed.names.map((name) => draws.get(`b_${shortName(name)}`));
  const first: number[] = [];
  let places = 0;
  for (const { levels, columns } of model.random) {
    first.push(places);
    places += levels.length * columns.length;
  }
  const fresh = newcomers(source);
  const most = Math.max(1, Math.floor(BLOCK / draws.size));
  for (let start = 0; start < m; ) {
    // As many rows as their effects can be held.
    const wanted = new Map<number, number>();
    let end = start;
    for (; end < m && (end === start || wanted.size < most); end++) {
      terms.forEach((term, t) => {
        if (term === null || term.codes[end] < 0) return;
        const k = model.random[t].columns.length;
        for (let c = 0; c < k; c++) {
          const place = first[t] + term.codes[end] * k + c;
          if (!wanted.has(place)) wanted.set(place, wanted.size);
        }
      });
    }
    const b = effects([...wanted.keys()]).values;
    for (let i = start; i < end; i++) {
      const values = new Float64Array(draws.size).fill(offset?.[i] ?? 0);
      beta.forEach((own, c) => {
        addTimes(values, X[c * m + i], own, 0);
      });
      terms.forEach((term, t) => {
        if (term === null) return;
        const k = model.random[t].columns.length;
        const code = term.codes[i];
        const own = code < 0 ? fresh(t, term.labels?.[i] ?? null, i) : b;
        for (let c = 0; c < k; c++) {
          const at = code < 0 ? c : wanted.get(first[t] + code * k + c)!;
          addTimes(values, term.z[c * m + i], own, at * draws.size);
        }
      });
      yield values;
    }
    start = end;
  }
}

function addTimes(sum: Float64Array, factor: number, values: Float64Array, from: number): void {
  for (let d = 0; d < sum.length; d++) sum[d] += factor * values[from + d];
}

/** Effects of labels that the model has never seen: k × draws, made once per label; a missing one is its row's own. */
function newcomers({ model, draws, seed }: PredictionSource) {
  const made = new Map<string, Float64Array>();
  return (t: number, label: string | null, row: number): Float64Array => {
    const key = JSON.stringify(label === null ? [t, null, row] : [t, label]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const k = model.random[t].columns.length;
    const values = new Float64Array(k * draws.size);
    const stream = new RandomStream(hashOf(seed, key));
    const covariance = covariancesOfDraws(model, t, draws);
    const dfs = effectDfs(model, t, draws);
    const L = new Float64Array(k * k);
    const z = new Float64Array(k);
    for (let d = 0; d < draws.size; d++) {
      covariance(L, d);
      choleskyInto(L, k);
      stream.normalsInto(z);
      const spread = dfs === null ? 1 : spreadOfStudent(dfs[d], stream);
      for (let i = 0; i < k; i++) {
        for (let c = 0; c <= i; c++) values[i * draws.size + d] += spread * L[i + c * k] * z[c];
      }
    }
    made.set(key, values);
    return values;
  };
}

/** Writes Σ of term t at a draw, k × k, in the units of the data; the scale of Student-t effects. */
export function covariancesOfDraws(
  model: LinearMixedModel,
  t: number,
  draws: Draws,
): (S: Float64Array, draw: number) => void {
  const { group, columns, structure } = model.random[t];
  const k = columns.length;
  const one = structure === "cs" ? symmetricName(model, t) : undefined;
  const names = columns.map((name) => one ?? shortName(name));
  const sds = names.map((name) => draws.get(`sd_${group}__${name}`));
  const cors = names.map((name, i) =>
    names
      .slice(0, i)
      .map((earlier) =>
        draws.get(one === undefined ? `cor_${group}__${earlier}__${name}` : `cor_${group}__${one}`),
      ),
  );
  return (S, draw) => {
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++) {
        const correlation = i === j ? 1 : cors[i][j][draw];
        S[i + j * k] = correlation * sds[i][draw] * sds[j][draw];
        S[j + i * k] = S[i + j * k];
      }
    }
  };
}

/** Rows with noise of variance σ²/w (Student-t: of scale σ/√w) added. */
export function* observations(source: PredictionSource, rows: Rows): Generator<Float64Array> {
  const sigmas = sigmaOfRows(source, rows);
  const stream = new RandomStream(hashOf(source.seed, "observations"));
  const noise = new Float64Array(source.draws.size);
  const dfs = residualDfs(source.model, source.draws);
  let i = 0;
  for (const values of linearPredictors(source, rows)) {
    stream.normalsInto(noise);
    if (dfs !== null) for (let d = 0; d < noise.length; d++) noise[d] *= spreadOfStudent(dfs[d], stream);
    const sigma = sigmas(i);
    const scale = 1 / Math.sqrt(rows.design.weights?.[i] ?? 1);
    for (let d = 0; d < values.length; d++) values[d] += scale * sigma[d] * noise[d];
    yield values;
    i++;
  }
}

/**
 * Draws of σ for each row: one for all, or that of its stratum.
 *
 * @throws {DataError} `missing-column`, `unseen-level` where new rows do not say their stratum
 */
function sigmaOfRows({ model, draws }: PredictionSource, { table }: Rows): (row: number) => Float64Array {
  const sigmas = sigmaNames(model).map((name) => draws.get(name));
  const { strata } = model;
  if (strata === null) return () => sigmas[0];
  if (table === undefined) return (row) => sigmas[strata.codes[row]];
  const { name, levels } = strata;
  if (!table.columns.has(name)) {
    throw new DataError(
      "missing-column",
      `The residual standard deviation differs by ${name}, which the new data do not have.`,
      'Add it to every row, or ask for interval: "mean".',
      { columns: [name] },
    );
  }
  const given = asFactor(columnOf(table, name));
  const missing = new Float64Array(draws.size).fill(Number.NaN);
  return (row) => {
    const code = given.codes[row];
    if (code < 0) return missing;
    const stratum = levels.indexOf(given.levels[code]);
    if (stratum >= 0) return sigmas[stratum];
    throw new DataError(
      "unseen-level",
      `${show(given.levels[code])} was not seen in ${name} (${listOf(levels)}), so its residual standard deviation is not known.`,
      'Ask for interval: "mean".',
      { column: name, level: given.levels[code], row },
    );
  };
}

/** A seed that belongs to a text: 32 bits of a multiplicative hash. */
export function hashOf(seed: number, text: string): number {
  let hash = seed | 0;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
