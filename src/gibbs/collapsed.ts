/**
 * The collapsed sampler: the variance parameters with β and b integrated out, by independence Metropolis, then
 * (β, b) exactly.
 *
 * One iteration, with t the relative coordinates of all terms (log s_i = log τ_i/σ, atanh z_ij):
 *  1. (t′, σ′) ~ q(t′) IG(a₀, ½ρ(t′)) for σ′², accepted with min(1, w′ / w);
 *  2. σ again from IG(a₀, ½ρ(t)) at the current t, accepted against the same weight, every time;
 *  3. β and b from their exact joint conditional.
 *
 * w is the marginal posterior over the proposal density. q is fitted once, at the mode and then to two pilot
 * runs, and frozen before any chain starts. Where σ is fixed, where some term is fixed while σ is free, or where the
 * gamma proposal for σ does badly, log σ becomes a coordinate of t and step 2 falls away.
 *
 * @module
 */

import type { RandomStream } from "../random/stream.ts";
import { exp, ln } from "../stats/special.ts";
import { blockMarginal, type Marginal, type Slot } from "./marginal.ts";
import { modeOf } from "./mode.ts";
import { oneFactorMarginal } from "./oneFactor.ts";
import { fittedProposal, type Proposal, proposer, symmetricProposal } from "./proposal.ts";
import { type Layout, layoutOf, relativeLambdaInto, type SigmaMove } from "./relative.ts";
import type { Chain, Prepared, Scheme, Tuning } from "./scheme.ts";
import type { Setup, State } from "./state.ts";
import { conjugateExtra, sigmaShape, type TermPart, target, termPart, termPartInto } from "./target.ts";

/** Acceptance below which the scheme gives way to another. */
export const LOWEST_ACCEPTANCE = 0.3;
const LOWEST_SIGMA_ACCEPTANCE = 0.5;
const PILOTS = [500, 1000] as const;

export const collapsed: Scheme = {
  name: "collapsed",
  warmup: 50,
  prepare(setup, pilot, tuning) {
    const { priors } = setup;
    const marginal: Marginal = oneFactorMarginal(setup) ?? blockMarginal(setup);
    if (tuning !== undefined) return prepared(setup, marginal, tuning as CollapsedTuning);
    const someFixed = priors.terms.some(({ kind }) => kind === "fixed");
    const first: SigmaMove = priors.sigma.type === "fixed" ? "fixed" : someFixed ? "coordinate" : "gamma";
    let found = adapt(setup, marginal, first, pilot);
    if (first === "gamma" && found.sigmaAcceptance < LOWEST_SIGMA_ACCEPTANCE) {
      found = adapt(setup, marginal, "coordinate", pilot);
    }
    return prepared(setup, marginal, found);
  },
};

/** The fitted proposal, how σ moves, and how often the last trial run moved. */
type CollapsedTuning = Tuning & {
  readonly sigma: SigmaMove;
  readonly acceptance: number;
  readonly sigmaAcceptance: number;
} & { readonly [part in Exclude<keyof Proposal, "d">]: readonly number[] };

function prepared(setup: Setup, marginal: Marginal, tuning: CollapsedTuning): Prepared {
  const layout = layoutOf(setup, tuning.sigma);
  const proposal: Proposal = {
    d: layout.length,
    centre: Float64Array.from(tuning.centre),
    axes: Float64Array.from(tuning.axes),
    split: Float64Array.from(tuning.split),
    below: Float64Array.from(tuning.below),
    above: Float64Array.from(tuning.above),
  };
  return {
    tuning,
    acceptance: tuning.acceptance,
    start: (stream, saved) => chain(setup, marginal, layout, proposal, stream, saved),
  };
}

function tuningOf(
  sigma: SigmaMove,
  { centre, axes, split, below, above }: Proposal,
  acceptance: number,
  sigmaAcceptance: number,
): CollapsedTuning {
  return {
    sigma,
    acceptance,
    sigmaAcceptance,
    centre: Array.from(centre),
    axes: Array.from(axes),
    split: Array.from(split),
    below: Array.from(below),
    above: Array.from(above),
  };
}

/** Fits the proposal at the mode and to two pilot runs. */
function adapt(setup: Setup, marginal: Marginal, sigma: SigmaMove, pilot: RandomStream): CollapsedTuning {
  const layout = layoutOf(setup, sigma);
  if (layout.length === 0) {
    return tuningOf(sigma, symmetricProposal(new Float64Array(0), new Float64Array(0)), 1, 1);
  }
  const { x, covariance } = modeOf(setup, layout);
  let proposal = symmetricProposal(x, covariance);
  let acceptance = 0;
  let sigmaAcceptance = 0;
  for (const length of PILOTS) {
    const run = chain(setup, marginal, layout, proposal, pilot);
    const sample = new Float64Array(length * layout.length);
    for (let s = 0; s < length; s++) {
      run.move();
      sample.set(run.position(), s * layout.length);
    }
    acceptance = run.accepted() / length;
    sigmaAcceptance = run.sigmaAccepted() / length;
    if (acceptance > 0.02) proposal = fittedProposal(sample, layout.length);
  }
  return tuningOf(sigma, proposal, acceptance, sigmaAcceptance);
}

interface CollapsedChain extends Chain {
  /** Steps 1 and 2 alone. */
  move(): void;
  position(): Float64Array;
  accepted(): number;
  sigmaAccepted(): number;
}

function chain<S extends Slot>(
  setup: Setup,
  marginal: Marginal<S>,
  layout: Layout,
  proposal: Proposal,
  stream: RandomStream,
  saved?: Float64Array,
): CollapsedChain {
  const { cross, priors } = setup;
  const state: State = {
    beta: new Float64Array(cross.p),
    lambda: cross.places.map((place) => new Float64Array(place.k * place.k)),
    sigma: 0,
    b: new Float64Array(setup.effects),
  };
  const propose = proposer(proposal);
  const { logDensity } = target(cross.n, cross.p, priors);
  const shape = sigmaShape(cross.n, cross.p, priors);
  const k = cross.places.reduce((most, place) => Math.max(most, place.k), 1);
  const scratch = new Float64Array(k * k);
  const make = () => ({
    x: new Float64Array(layout.length),
    logQ: 0,
    lambda: cross.places.map((place) => new Float64Array(place.k * place.k)),
    parts: cross.places.map((place): TermPart => termPart(place.k)),
    slot: marginal.slot(),
    /** ρ(t), and log a₀-th power of its half: what the gamma proposal of σ² needs. */
    rho: 0,
    logRho: 0,
    sigma: 0,
  });
  let current = make();
  let candidate = make();
  let weight = Number.NEGATIVE_INFINITY;
  let accepted = 0;
  let sigmaAccepted = 0;

  /** Draws x, evaluates it, and draws σ where it is not a coordinate. */
  function proposeInto(point: typeof current): void {
    point.logQ = propose.draw(point.x, stream);
    evaluate(point);
    if (layout.sigma === "gamma") point.sigma = Math.sqrt((0.5 * point.rho) / stream.gamma(shape, 1));
  }

  /** What x makes of the data and the priors; σ too where x holds it. */
  function evaluate(point: typeof current): void {
    const sigma = relativeLambdaInto(point.lambda, setup, layout, point.x);
    marginal.evaluate(point.slot, point.lambda);
    cross.places.forEach((place, t) => {
      termPartInto(point.parts[t], priors.terms[t], point.x, layout.at[t], point.lambda[t], place.k, scratch);
    });
    if (layout.sigma !== "gamma") {
      point.sigma = sigma;
      return;
    }
    point.rho = point.slot.data.pwrss + conjugateExtra(priors, point.parts, exp);
    point.logRho = shape * ln(0.5 * point.rho);
  }

  /** log of target over the proposal of σ, at this point and σ. */
  function sigmaWeight(point: typeof current, sigma: number): number {
    const logSigma = ln(sigma);
    const density = logDensity(point.slot.data, point.parts, sigma, logSigma);
    if (layout.sigma === "fixed") return density;
    if (layout.sigma === "coordinate") return density + logSigma;
    return density - point.logRho + (2 * shape + 1) * logSigma + (0.5 * point.rho) / (sigma * sigma);
  }

  /** Whether a step of this log weight ratio is taken. */
  function accepts(ratio: number): boolean {
    return ratio >= 0 || ratio > ln(1 - stream.uniform());
  }

  function move(): void {
    proposeInto(candidate);
    const proposed = sigmaWeight(candidate, candidate.sigma) - candidate.logQ;
    if (accepts(proposed - weight)) {
      const left = current;
      current = candidate;
      candidate = left;
      weight = proposed;
      accepted++;
    }
    if (layout.sigma !== "gamma") return;
    const sigma = Math.sqrt((0.5 * current.rho) / stream.gamma(shape, 1));
    const refreshed = sigmaWeight(current, sigma) - current.logQ;
    if (accepts(refreshed - weight)) {
      current.sigma = sigma;
      weight = refreshed;
      sigmaAccepted++;
    }
  }

  if (saved !== undefined) {
    current.x.set(saved.subarray(2));
    evaluate(current);
    [current.sigma, current.logQ] = saved;
    weight = sigmaWeight(current, current.sigma) - current.logQ;
  }
  // The first point: a draw from the proposal that the target does not exclude.
  for (let tries = 0; saved === undefined && !Number.isFinite(weight) && tries < 100; tries++) {
    proposeInto(current);
    weight = sigmaWeight(current, current.sigma) - current.logQ;
  }
  return {
    state,
    move,
    step() {
      move();
      state.sigma = current.sigma;
      state.lambda.forEach((L, t) => {
        for (let i = 0; i < L.length; i++) L[i] = current.sigma * current.lambda[t][i];
      });
      marginal.draw(current.slot, current.sigma, state, stream);
    },
    save: () => Float64Array.of(current.sigma, current.logQ, ...current.x),
    position: () => current.x,
    accepted: () => accepted,
    sigmaAccepted: () => sigmaAccepted,
  };
}
