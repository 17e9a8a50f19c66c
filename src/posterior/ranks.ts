/**
 * Rank normalisation and folding (Vehtari et al. 2021, eq. 14 and section 4.2).
 *
 * @module
 */

import { medianSorted } from "../stats/descriptive.ts";
import { normalQuantile } from "../stats/normal.ts";
import { orderOf } from "../stats/order.ts";
import { type Chains, withValues } from "./chains.ts";

/** Draws with their ascending order, so that ranks, folding and quantiles share one sort. */
export interface OrderedChains {
  readonly chains: Chains;
  /** Positions in `chains.values`, ascending by value. */
  readonly order: Int32Array;
  /** The values in ascending order. */
  readonly ascending: Float64Array;
  readonly median: number;
}

/** Sorts the draws of all chains once. */
export function orderChains(chains: Chains): OrderedChains {
  const { order, ascending } = orderOf(chains.values);
  // NaN has no rank: a plain sort moves it to the end, where everything that reads `ascending` looks for it.
  if (hasNaN(chains.values)) ascending.sort();
  return { chains, order, ascending, median: medianSorted(ascending) };
}

/**
 * Normal scores z = Φ⁻¹((r − 3/8) / (S + 1/4)) of the average ranks r among the S draws of `chains`.
 * `order` may hold positions outside `chains` (the middle draw that splitting leaves out): they are skipped.
 */
export function rankNormalize(chains: Chains, values: Float64Array, order: Int32Array): Chains {
  const inside = chains.starts.length * chains.length;
  const ranked = inside === order.length ? order : order.filter(insideOf(chains));
  const table = normalScores(inside);
  const scores = new Float64Array(values.length);
  for (let first = 0; first < inside; ) {
    let last = first;
    while (last + 1 < inside && values[ranked[last + 1]] === values[ranked[first]]) last++;
    // Twice the average of the ranks first + 1 … last + 1.
    const doubled = first + last + 2;
    let score = table[doubled];
    if (Number.isNaN(score)) {
      score = normalQuantile((doubled / 2 - 3 / 8) / (inside + 1 / 4));
      table[doubled] = score;
    }
    for (let i = first; i <= last; i++) scores[ranked[i]] = score;
    first = last + 1;
  }
  return withValues(chains, scores);
}

function hasNaN(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** |x − median(x)|, its order and itself in order, merged from the order of x without sorting again. */
export interface Folded {
  readonly values: Float64Array;
  readonly order: Int32Array;
  readonly ascending: Float64Array;
}

/** Folds draws about their median. */
export function fold(draws: OrderedChains): Folded {
  const { chains, order, ascending, median } = draws;
  const total = order.length;
  const values = new Float64Array(total);
  for (let i = 0; i < total; i++) values[i] = Math.abs(chains.values[i] - median);
  const folded = new Int32Array(total);
  const distances = new Float64Array(total);
  let right = 0;
  while (right < total && ascending[right] < median) right++;
  let left = right - 1;
  for (let k = 0; k < total; k++) {
    const below = left >= 0 ? median - ascending[left] : Number.POSITIVE_INFINITY;
    const takeLeft = left >= 0 && (right >= total || below <= ascending[right] - median);
    folded[k] = takeLeft ? order[left--] : order[right++];
    distances[k] = values[folded[k]];
  }
  return { values, order: folded, ascending: distances };
}

function insideOf({ values, starts, length }: Chains): (position: number) => boolean {
  const inside = new Uint8Array(values.length);
  for (const start of starts) inside.fill(1, start, start + length);
  return (position) => inside[position] === 1;
}

// Normal scores by twice the rank for the latest number of draws: a summary of many variables asks for the same.
let scoresOf = 0;
let scoreTable: Float64Array = new Float64Array(0);

function normalScores(total: number): Float64Array {
  if (scoresOf !== total) {
    scoreTable = new Float64Array(2 * total + 1).fill(Number.NaN);
    scoresOf = total;
  }
  return scoreTable;
}
