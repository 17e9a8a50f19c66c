/**
 * The collapsed sampler: the variance parameters with β and b integrated out, by independence Metropolis, then
 * (β, b) exactly.
 *
 * One iteration, with t the relative coordinates of all terms (log s_i = log τ_i/σ, atanh z_ij) and g = ρ(t)/(2σ²):
 *  1. t′ ~ q and g′ ~ Gamma(a₀), which is σ′² ~ IG(a₀, ½ρ(t′)); accepted with min(1, w′ / w). After
 *     a refusal once more, accepted with min(1, (w″ − w′)⁺/(w − w′)): delayed rejection, Tierney & Mira 1999;
 *  2. β and b from their exact joint conditional.
 *
 * w is the marginal posterior of (t, σ) over q(t) IG(σ²; a₀, ½ρ(t)). q is fitted at the mode, then to trial
 * runs, and frozen before any chain starts. Where σ is fixed, or where some term is fixed while σ is free, or where the
 * gamma proposal for σ does badly, log σ becomes a coordinate of t.
 *
 * @module
 */

import type { RandomStream } from "../random/stream.ts";
import { exp } from "../stats/special.ts";
import { CollapsedChain } from "./collapsedChain.ts";
import { blockMarginal, type Marginal } from "./marginal.ts";
import { modeOf } from "./mode.ts";
import { oneFactorMarginal } from "./oneFactor.ts";
import { fittedProposal, type Proposal, symmetricProposal } from "./proposal.ts";
import { layoutOf, type SigmaMove } from "./relative.ts";
import { scalarFactorsMarginal } from "./scalarFactors.ts";
import type { Prepared, Scheme, Tuning } from "./scheme.ts";
import type { Setup } from "./state.ts";

/** Acceptance below which the scheme gives way to another. */
export const LOWEST_ACCEPTANCE = 0.3;
/** Acceptance below which log σ is tried as a coordinate. */
const LOW_ACCEPTANCE = 0.5;
/**
 * Iterations of the trial runs. The first starts from the curvature alone and is used once; the later ones are pooled.
 * The last is left out beyond so many random effects, where the curvature says it all.
 */
const PILOTS = [500, 1000, 1000] as const;
const MANY_EFFECTS = 2000;
/** Trial iterations between two moments at which others may work. */
const LOOK = 16;

export const collapsed: Scheme = {
  name: "collapsed",
  warmup: 50,
  *prepare(setup, pilot, tuning) {
    const { priors } = setup;
    const marginal = marginalOf(setup);
    yield;
    if (tuning !== undefined) return prepared(setup, marginal, tuning as CollapsedTuning);
    const someFixed = priors.terms.some(({ kind }) => kind === "fixed");
    const first: SigmaMove = priors.sigma.type === "fixed" ? "fixed" : someFixed ? "coordinate" : "gamma";
    let found = yield* adapt(setup, marginal, first, pilot);
    if (first === "gamma" && found.acceptance < LOW_ACCEPTANCE) {
      const other = yield* adapt(setup, marginal, "coordinate", pilot);
      if (other.acceptance > found.acceptance) found = other;
    }
    return prepared(setup, marginal, found);
  },
};

/** The fastest marginal that suits a design. */
export function marginalOf(setup: Setup): Marginal {
  return oneFactorMarginal(setup) ?? scalarFactorsMarginal(setup) ?? blockMarginal(setup);
}

/** The fitted proposal, how σ moves, and how often the last trial run moved, or how even its weights were if less. */
export type CollapsedTuning = Tuning & {
  readonly sigma: SigmaMove;
  readonly acceptance: number;
} & { readonly [part in Exclude<keyof Proposal, "d">]: readonly number[] };

/** The proposal that a tuning wrote down. */
export function proposalOf({ centre, axes, split, below, above }: CollapsedTuning): Proposal {
  return {
    d: centre.length,
    centre: Float64Array.from(centre),
    axes: Float64Array.from(axes),
    split: Float64Array.from(split),
    below: Float64Array.from(below),
    above: Float64Array.from(above),
  };
}

function prepared(setup: Setup, marginal: Marginal, tuning: CollapsedTuning): Prepared {
  const layout = layoutOf(setup, tuning.sigma);
  const proposal = proposalOf(tuning);
  return {
    tuning,
    acceptance: tuning.acceptance,
    start: (stream, from) => new CollapsedChain(setup, marginal, layout, proposal, stream, from),
  };
}

function tuningOf(
  sigma: SigmaMove,
  { centre, axes, split, below, above }: Proposal,
  acceptance: number,
): CollapsedTuning {
  return {
    sigma,
    acceptance,
    centre: Array.from(centre),
    axes: Array.from(axes),
    split: Array.from(split),
    below: Array.from(below),
    above: Array.from(above),
  };
}

/** Fits the proposal at the mode, then to the trial runs. */
export function* adapt(
  setup: Setup,
  marginal: Marginal,
  sigma: SigmaMove,
  pilot: RandomStream,
): Generator<void, CollapsedTuning, void> {
  const layout = layoutOf(setup, sigma);
  if (layout.length === 0) {
    return tuningOf(sigma, symmetricProposal(new Float64Array(0), new Float64Array(0)), 1);
  }
  const { x, covariance } = yield* modeOf(setup, layout);
  let proposal = symmetricProposal(x, covariance);
  let acceptance = 0;
  const d = layout.length;
  const pilots: readonly number[] = setup.effects > MANY_EFFECTS ? PILOTS.slice(0, 2) : PILOTS;
  const sample = new Float64Array(d * pilots.reduce((sum, length) => sum + length, 0));
  let done = 0;
  for (const length of pilots) {
    const run = new CollapsedChain(setup, marginal, layout, proposal, pilot);
    const weights = new Float64Array(length);
    for (let s = 0; s < length; s++) {
      run.move();
      if (s % LOOK === 0) yield;
      const position = run.position;
      for (let i = 0; i < d; i++) sample[(done + s) * d + i] = position[i];
      weights[s] = run.tried;
    }
    acceptance = Math.min(run.accepted / length, evenness(weights));
    const first: number = done === 0 ? 0 : PILOTS[0];
    done += length;
    if (acceptance > 0.02) proposal = fittedProposal(sample.subarray(first * d, done * d), d);
  }
  return tuningOf(sigma, proposal, acceptance);
}

/**
 * (Σw)²/(N Σw²) of weights given as logarithms, at most 1. A proposal that misses a part of the posterior shows here
 * before it shows in the acceptance: a few weights then outdo all others.
 */
function evenness(logWeights: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const log of logWeights) if (!(log <= most)) most = log;
  if (!Number.isFinite(most)) return 0;
  let sum = 0;
  let squares = 0;
  for (const log of logWeights) {
    const weight = exp(log - most);
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum) / (squares * logWeights.length);
}
