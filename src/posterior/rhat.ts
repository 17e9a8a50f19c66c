/**
 * Potential scale reduction over chains (Vehtari et al. 2021, section 3.1), on the flat layout.
 *
 * @module
 */

import { type Chains, isDefined, splitChains } from "./chains.ts";
import { effectiveSize } from "./ess.ts";
import { fold, type OrderedChains, rankNormalize } from "./ranks.ts";

/**
 * R̂ = √((B/W + n − 1) / n) of `chains` as they are, B = n · var(chain means), W = mean of the chain variances
 * (eq. 1–4). NaN for one chain, for non-finite draws and for constant ones.
 */
export function scaleReduction(chains: Chains): number {
  const { values, starts, length: n } = chains;
  const count = starts.length;
  if (count < 2 || n < 2 || !isDefined(chains)) return Number.NaN;
  const means = starts.map((start) => meanOf(values, start, n));
  const grand = means.reduce((sum, mean) => sum + mean, 0) / count;
  let between = 0;
  let within = 0;
  for (let c = 0; c < count; c++) {
    between += (means[c] - grand) ** 2;
    let squares = 0;
    for (let i = starts[c]; i < starts[c] + n; i++) squares += (values[i] - means[c]) ** 2;
    within += squares / (n - 1);
  }
  const ratio = (n * between) / (count - 1) / (within / count);
  return Math.sqrt((ratio + n - 1) / n);
}

function meanOf(values: Float64Array, start: number, n: number): number {
  let sum = 0;
  for (let i = start; i < start + n; i++) sum += values[i];
  const first = sum / n;
  let rest = 0;
  for (let i = start; i < start + n; i++) rest += values[i] - first;
  return first + rest / n;
}

/** Rank-normalised R-hat, the larger of bulk and tail, and bulk ESS, from one sort of the draws. */
export interface BulkDiagnostics {
  readonly rhat: number;
  readonly essBulk: number;
  /** |x − median(x)|, whose median is the unscaled MAD, in ascending order. */
  readonly foldedAscending: Float64Array;
}

/** Computes {@link BulkDiagnostics}; the folded draws come from the same sort. */
export function bulkDiagnostics(draws: OrderedChains): BulkDiagnostics {
  const split = splitChains(draws.chains);
  const folded = fold(draws);
  const foldedAscending = folded.ascending;
  if (Number.isNaN(draws.median)) return { rhat: Number.NaN, essBulk: Number.NaN, foldedAscending };
  const bulk = rankNormalize(split, draws.chains.values, draws.order);
  // About an infinite median no distance is defined, and so no tail.
  const tail = Number.isFinite(draws.median)
    ? scaleReduction(rankNormalize(split, folded.values, folded.order))
    : Number.NaN;
  return {
    rhat: Math.max(scaleReduction(bulk), tail),
    essBulk: effectiveSize(bulk),
    foldedAscending,
  };
}
