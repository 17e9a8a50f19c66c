/**
 * The few numbers beside the cross-products that estimators and predictions take from the rows.
 *
 * @module
 */

import { mean, sd } from "../stats/descriptive.ts";
import type { Variable } from "./evaluate.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import type { RandomTerm } from "./randomTerms.ts";

/** Means over the rows kept, weights not counted. */
export interface RowMeans {
  /** 0 without an offset. */
  readonly offsetMean: number;
  /** Of numeric variables of one column, by label. */
  readonly means: ReadonlyMap<string, number>;
}

/** Summaries of the rows kept, weights not counted. */
export interface RowSummaries extends RowMeans {
  /** In the user's units, offset not taken away. */
  readonly response: { readonly mean: number; readonly sd: number };
  /** Smallest and largest value of each column of X. */
  readonly ranges: readonly { readonly low: number; readonly high: number }[];
  /** One entry per random term. */
  readonly terms: readonly TermSummary[];
}

/** Of each column of a random term: */
export interface TermSummary {
  /** its root mean square, */
  readonly rms: readonly number[];
  /** and the levels in which it is not zero throughout. */
  readonly levelsSeen: readonly number[];
}

/** The summaries of a model that holds its rows. */
export function rowSummaries(model: LinearMixedModel): RowSummaries {
  const { n, fixed, offset, variables, random, response } = model;
  return {
    ...rowMeans(variables, offset),
    response: { mean: mean(response.values), sd: sd(response.values) },
    ranges: fixed.names.map((_, j) => rangeOf(fixed.values.subarray(j * n, (j + 1) * n))),
    terms: random.map((term) => termSummary(term, n)),
  };
}

/** Means of variables and of the offset. */
export function rowMeans(variables: ReadonlyMap<string, Variable>, offset: Float64Array | null): RowMeans {
  const means = new Map<string, number>();
  for (const [label, variable] of variables) {
    if (variable.kind === "numeric" && variable.columns.length === 1)
      means.set(label, mean(variable.columns[0]));
  }
  return { means, offsetMean: offset === null ? 0 : mean(offset) };
}

function rangeOf(values: Float64Array): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

function termSummary({ codes, columns, levels, z }: RandomTerm, n: number): TermSummary {
  const rms: number[] = [];
  const levelsSeen = columns.map((_, c) => {
    const seen = new Uint8Array(levels.length);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const value = z[c * n + i];
      sum += value * value;
      if (value !== 0) seen[codes[i]] = 1;
    }
    rms.push(Math.sqrt(sum / n));
    return seen.reduce((count, one) => count + one, 0);
  });
  return { rms, levelsSeen };
}
