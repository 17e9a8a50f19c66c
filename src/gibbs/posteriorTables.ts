/**
 * Tables of a posterior's effects and variances.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName, sigmaNames, symmetricName } from "../model/variables.ts";
import type { Draws, VariableInfo } from "../posterior/draws.ts";
import { mean, quantileSorted, sd, sorted } from "../stats/descriptive.ts";

/** Posterior of one effect of one level: mean, sd and central 95% interval. */
export interface EffectRow {
  readonly group: string;
  readonly level: string;
  readonly term: string;
  readonly mean: number;
  readonly sd: number;
  readonly lower: number;
  readonly upper: number;
}

/** Posterior means of one variance (`term2` null) or covariance. */
export interface PosteriorVarCorrRow {
  /** Grouping factor, or `Residual`. */
  readonly group: string;
  readonly term1: string | null;
  readonly term2: string | null;
  readonly covariance: number;
  readonly sdCorrelation: number;
}

/** What the tables are made from. */
interface Source {
  readonly model: LinearMixedModel;
  readonly draws: Draws;
  readonly effectInfo: readonly VariableInfo[];
  readonly effects: (chosen: readonly number[]) => Draws;
}

/** Numbers of random effects held at a time: 128 MB. */
const BLOCK = 16_777_216;

/** Random effects of every level. */
export function effectRows(source: Source): EffectRow[] {
  const rows: EffectRow[] = [];
  eachEffect(source, ({ group, level, term }, values) => {
    rows.push(effectRow(group!, level!, term!, values));
  });
  return rows;
}

/** Fixed plus random effects of every level. */
export function coefficientRows(source: Source): EffectRow[] {
  const { draws, model } = source;
  const found = new Map<string, EffectRow>();
  const key = (group: string, level: string, term: string): string => JSON.stringify([group, level, term]);
  eachEffect(source, ({ group, level, term }, values) => {
    const sum = values.slice();
    if (model.fixed.names.includes(term!)) add(sum, draws.get(`b_${shortName(term!)}`));
    found.set(key(group!, level!, term!), effectRow(group!, level!, term!, sum));
  });
  const rows: EffectRow[] = [];
  for (const group of new Set(model.random.map((term) => term.group))) {
    const terms = model.random.filter((term) => term.group === group);
    const names = new Set([...model.fixed.names, ...terms.flatMap(({ columns }) => columns)]);
    for (const level of terms[0].levels) {
      for (const name of names) {
        const fixed = (): EffectRow => effectRow(group, level, name, draws.get(`b_${shortName(name)}`));
        rows.push(found.get(key(group, level, name)) ?? fixed());
      }
    }
  }
  return rows;
}

/** Calls back with the draws of every random effect, holding only so many of them at a time. */
function eachEffect(
  { draws, effectInfo, effects }: Source,
  visit: (info: VariableInfo, values: Float64Array) => void,
): void {
  const most = Math.max(1, Math.floor(BLOCK / draws.size));
  for (let first = 0; first < effectInfo.length; first += most) {
    const count = Math.min(most, effectInfo.length - first);
    const block = effects(Array.from({ length: count }, (_, i) => first + i));
    for (const info of block.info) visit(info, block.get(info.name));
  }
}

/** Posterior means of variances and SDs, covariances and correlations; the residual last. brms: `VarCorr`. */
export function varianceRows({ model, draws }: Source): PosteriorVarCorrRow[] {
  const square = (x: Float64Array): number => x.reduce((sum, v) => sum + v * v, 0) / x.length;
  const rows: PosteriorVarCorrRow[] = [];
  model.random.forEach(({ group, columns, structure }, t) => {
    const one = structure === "cs" ? symmetricName(model, t) : undefined;
    const sds = columns.map((term) => draws.get(`sd_${group}__${one ?? shortName(term)}`));
    columns.forEach((term1, i) => {
      rows.push({ group, term1, term2: null, covariance: square(sds[i]), sdCorrelation: mean(sds[i]) });
    });
    for (let j = 0; j < columns.length; j++) {
      for (let i = j + 1; i < columns.length; i++) {
        const cor = draws.get(`cor_${group}__${one ?? `${shortName(columns[j])}__${shortName(columns[i])}`}`);
        const covariance = mean(cor.map((value, d) => value * sds[i][d] * sds[j][d]));
        rows.push({ group, term1: columns[j], term2: columns[i], covariance, sdCorrelation: mean(cor) });
      }
    }
  });
  sigmaNames(model).forEach((name, c) => {
    const sigma = draws.get(name);
    rows.push({
      group: "Residual",
      term1: model.strata?.levels[c] ?? null,
      term2: null,
      covariance: square(sigma),
      sdCorrelation: mean(sigma),
    });
  });
  return rows;
}

function add(sum: Float64Array, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

function effectRow(group: string, level: string, term: string, values: Float64Array): EffectRow {
  const ascending = sorted(values);
  return {
    group,
    level,
    term,
    mean: mean(values),
    sd: sd(values),
    lower: quantileSorted(ascending, 0.025),
    upper: quantileSorted(ascending, 0.975),
  };
}
