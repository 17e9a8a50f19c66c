/**
 * The density of all rows of a group with its random effects integrated out: what leaving a whole group out needs.
 *
 * For level j of the group, with r = y − Xβ − (effects that other groups share) at one draw, Z the columns of the effects
 * that belong to the group alone (its own, and those of groups nested in it) and Λ the factor of their covariance,
 *
 *   log p(y_j | β, Σ, σ, rest) = −½ [Σ log(2π/v_i) + log|H| + r′Vr − u′H⁻¹u],
 *   v_i = w_i/σ²,  V = diag(v),  H = Λ′Z′VZΛ + I,  u = Λ′Z′Vr.
 *
 * @module
 */

import { ArgumentError, didYouMean, listOf, ModelError, show } from "../errors.ts";
import { choleskyInto, solveLowerInto } from "../linalg/cholesky.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName, sigmaNames } from "../model/variables.ts";
import { ln } from "../stats/special.ts";
import { covariancesOfDraws, type PredictionSource } from "./drawsOfRows.ts";

/** Levels of a group, and the log-likelihood of all rows of each at every draw. */
export interface GroupColumns {
  readonly levels: readonly string[];
  readonly columns: Generator<Float64Array>;
}

/**
 * Log-likelihoods of whole groups, one column of draws per level that has rows.
 *
 * @throws {ArgumentError} `unknown-group`; {ModelError} `no-closed-form` where residuals or the group's effects are Student-t
 */
export function groupColumns(source: PredictionSource, group: string): GroupColumns {
  const { model } = source;
  const own = model.random.find((term) => term.group === group);
  if (own === undefined) {
    const groups = [...new Set(model.random.map((term) => term.group))];
    const near = didYouMean(String(group), groups);
    throw new ArgumentError(
      "unknown-group",
      `The model has no group ${show(group)}.`,
      near === undefined ? `It has ${listOf(groups)}.` : `Did you mean ${show(near)}?`,
      { group },
    );
  }
  const rowsOf: number[][] = own.levels.map(() => []);
  own.codes.forEach((code, i) => {
    rowsOf[code].push(i);
  });
  const seen = [...own.levels.keys()].filter((level) => rowsOf[level].length > 0);
  return {
    levels: seen.map((level) => own.levels[level]),
    columns: columnsOf(
      source,
      seen.map((level) => rowsOf[level]),
      own.codes,
    ),
  };
}

/** Refuses what has no density in closed form once its random effects are integrated out. */
function checkClosedForm({ student, random }: LinearMixedModel, inside: readonly boolean[]): void {
  const t = random.findIndex((_, own) => inside[own] && student?.effects[own]);
  if (student === null || (student.residuals === null && t < 0)) return;
  throw new ModelError(
    "no-closed-form",
    `With Student-t ${student.residuals === null ? `effects of ${random[t].name}` : "residuals"} the density of a whole group has no closed form.`,
    "Leave single rows out: loo().",
  );
}

/** Whether every level of a term occurs with one level of the group only. */
function nestedIn(codes: Int32Array, groupCodes: Int32Array, levels: number): boolean {
  const parent = new Int32Array(levels).fill(-1);
  for (let i = 0; i < codes.length; i++) {
    if (parent[codes[i]] < 0) parent[codes[i]] = groupCodes[i];
    else if (parent[codes[i]] !== groupCodes[i]) return false;
  }
  return true;
}

function* columnsOf(
  source: PredictionSource,
  groups: readonly (readonly number[])[],
  groupCodes: Int32Array,
): Generator<Float64Array> {
  const { model, draws } = source;
  const inside = model.random.map(({ codes, levels }) => nestedIn(codes, groupCodes, levels.length));
  checkClosedForm(model, inside);
  const covariances = model.random.map((_, t) => covariancesOfDraws(model, t, draws));
  const sigmas = sigmaNames(model).map((name) => draws.get(name));
  for (const rows of groups) yield columnOf(source, rows, inside, covariances, sigmas);
}

/** Columns of the integrated effects over the rows of one group: where each effect stands, and its values. */
function ownColumns(model: LinearMixedModel, rows: readonly number[], inside: readonly boolean[]) {
  const blocks: { readonly t: number; readonly at: number; readonly k: number }[] = [];
  const columns: Float64Array[] = [];
  model.random.forEach(({ codes, z, columns: names }, t) => {
    if (!inside[t]) return;
    for (const level of new Set(rows.map((i) => codes[i]))) {
      blocks.push({ t, at: columns.length, k: names.length });
      for (let c = 0; c < names.length; c++) {
        columns.push(Float64Array.from(rows, (i) => (codes[i] === level ? z[c * model.n + i] : 0)));
      }
    }
  });
  return { blocks, columns };
}

function columnOf(
  source: PredictionSource,
  rows: readonly number[],
  inside: readonly boolean[],
  covariances: readonly ((S: Float64Array, draw: number) => void)[],
  sigmas: readonly Float64Array[],
): Float64Array {
  const { model, draws, effects } = source;
  const { n, strata, weights } = model;
  const { blocks, columns } = ownColumns(model, rows, inside);
  const q = columns.length;
  const m = rows.length;
  // The effects that other groups share with this one stay at their draws.
  const shared = model.random.flatMap((term, t) => (inside[t] ? [] : [{ term, t }]));
  const first = firstPlaces(model);
  const places = [
    ...new Set(
      shared.flatMap(({ term, t }) =>
        rows.flatMap((i) => term.columns.map((_, c) => first[t] + term.codes[i] * term.columns.length + c)),
      ),
    ),
  ];
  const b = places.length === 0 ? undefined : effects(places).values;
  const place = new Map(places.map((at, index) => [at, index]));
  const beta = model.fixed.names.map((name) => draws.get(`b_${shortName(name)}`));
  const out = new Float64Array(draws.size);
  const S = blocks.map(({ k }) => new Float64Array(k * k));
  const v = new Float64Array(m);
  const r = new Float64Array(m);
  const A = new Float64Array(m * q);
  const H = new Float64Array(q * q);
  const u = new Float64Array(q);
  for (let d = 0; d < draws.size; d++) {
    let total = 0;
    for (let a = 0; a < m; a++) {
      const i = rows[a];
      const sigma = sigmas[strata === null ? 0 : strata.codes[i]][d];
      v[a] = (weights?.[i] ?? 1) / (sigma * sigma);
      let residual = model.response.values[i] - (model.offset?.[i] ?? 0);
      for (let c = 0; c < beta.length; c++) residual -= model.fixed.values[c * n + i] * beta[c][d];
      for (const { term, t } of shared) {
        const k = term.columns.length;
        for (let c = 0; c < k; c++) {
          const at = place.get(first[t] + term.codes[i] * k + c)!;
          residual -= term.z[c * n + i] * b![at * draws.size + d];
        }
      }
      r[a] = residual;
      total += ln((2 * Math.PI) / v[a]) + v[a] * residual * residual;
    }
    blocks.forEach(({ t, at, k }, e) => {
      covariances[t](S[e], d);
      choleskyInto(S[e], k);
      for (let c = 0; c < k; c++) {
        for (let a = 0; a < m; a++) {
          let value = 0;
          for (let j = c; j < k; j++) value += columns[at + j][a] * S[e][j + c * k];
          A[(at + c) * m + a] = value;
        }
      }
    });
    for (let c = 0; c < q; c++) {
      u[c] = 0;
      for (let a = 0; a < m; a++) u[c] += A[c * m + a] * v[a] * r[a];
      for (let e = c; e < q; e++) {
        let sum = e === c ? 1 : 0;
        for (let a = 0; a < m; a++) sum += A[c * m + a] * v[a] * A[e * m + a];
        H[e + c * q] = sum;
      }
    }
    choleskyInto(H, q);
    solveLowerInto(u, 0, H, 0, q);
    for (let c = 0; c < q; c++) total += 2 * ln(H[c + c * q]) - u[c] * u[c];
    out[d] = -0.5 * total;
  }
  return out;
}

/** First place of each term among all random effects. */
function firstPlaces(model: LinearMixedModel): number[] {
  let next = 0;
  return model.random.map(({ levels, columns }) => {
    const here = next;
    next += levels.length * columns.length;
    return here;
  });
}
