/**
 * Bridge sampling: the integral of a density known up to its constant, from draws of it and of a proposal.
 *
 * @module
 */

import { exp, ln } from "../stats/special.ts";
import { essMean } from "./diagnostics.ts";

/** A logarithm with the standard deviation of its Monte Carlo error. */
export interface LogEstimate {
  readonly log: number;
  readonly mcse: number;
}

/**
 * log ∫ f by the optimal bridge between f and a normalised proposal q. With l = f/q, s₁ + s₂ = 1 the shares of
 * (effective) draws of f and q, the fixed point of
 *
 *   r = mean_q[l/(s₁l + s₂r)] / mean_f[1/(s₁l + s₂r)].
 *
 * Meng & Wong 1996, Statistica Sinica 6, 831; the error by Frühwirth-Schnatter 2004, Econometrics Journal 7, 143,
 * equation 16. R: `bridgesampling::bridge_sampler`.
 *
 * @param target - log f − log q at draws of f, in the order they were made
 * @param proposal - log f − log q at independent draws of q
 */
export function bridge(target: Float64Array, proposal: Float64Array): LogEstimate {
  // Everything relative to the median of log f − log q, which is near the answer.
  const origin = target.slice().sort()[target.length >> 1];
  const atTarget = target.map((value) => exp(value - origin));
  const atProposal = proposal.map((value) => exp(value - origin));
  const effective = Math.min(target.length, essMean([atTarget.map((l) => 1 / (1 + l))]) || 1);
  const share = effective / (effective + proposal.length);
  const up = (r: number): Float64Array => atProposal.map((l) => l / (share * l + (1 - share) * r));
  const down = (r: number): Float64Array => atTarget.map((l) => 1 / (share * l + (1 - share) * r));
  let r = 1;
  for (let step = 0; step < 1000; step++) {
    const next = meanOf(up(r)) / meanOf(down(r));
    const moved = Math.abs(next - r);
    r = next;
    if (moved <= 1e-12 * r) break;
  }
  const own = down(r);
  const variance =
    relativeVariance(up(r)) / proposal.length + relativeVariance(own) / (essMean([own]) || target.length);
  return { log: ln(r) + origin, mcse: Math.sqrt(variance) };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Variance over squared mean. */
function relativeVariance(values: Float64Array): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value / mean - 1) ** 2, 0) / (values.length - 1);
}
