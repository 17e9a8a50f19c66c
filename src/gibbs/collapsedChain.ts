/**
 * One chain of the collapsed scheme: what `collapsed.ts` describes, step by step.
 *
 * @module
 */

import type { RandomStream } from "../random/stream.ts";
import { exp, ln, lnInto } from "../stats/special.ts";
import type { Marginal, Slot } from "./marginal.ts";
import { type Proposal, proposer } from "./proposal.ts";
import { coordinatesOfStateInto, type Layout, relativeLambdaInto } from "./relative.ts";
import type { Chain } from "./scheme.ts";
import type { Setup, State } from "./state.ts";
import { conjugateExtra, sigmaShape, type TermPart, target, termPart, termPartInto } from "./target.ts";

/** A chain of the collapsed scheme, and what trial runs look at. */
export interface CollapsedChain extends Chain {
  /** Steps 1 and 2 alone. */
  move(): void;
  position(): Float64Array;
  /** log weight of the last first try. */
  tried(): number;
  accepted(): number;
  sigmaAccepted(): number;
}

/** A point of the chain and all that has been computed there. */
interface Point<S extends Slot> {
  readonly x: Float64Array;
  readonly lambda: readonly Float64Array[];
  readonly ones: readonly Float64Array[];
  readonly parts: readonly TermPart[];
  readonly slot: S;
  /** ρ(t), twice the scale of the inverse-gamma that σ² is proposed from. */
  rho: number;
  logRho: number;
  /** ρ/(2σ²); of no meaning where σ is a coordinate or fixed. */
  g: number;
  logG: number;
  /** The proposal's density at x, and −log of it and of (ρ/2)^shape. */
  density: number;
  minusLogQ: number;
  sigma: number;
  logSigma: number;
  /** log of target over proposal at (x, σ). */
  weight: number;
}

/**
 * Starts a chain, or goes on with one.
 *
 * @param twice - does step 2 of the scheme twice
 * @param from - from `save`, or a state to stand at
 */
export function collapsedChain<S extends Slot>(
  setup: Setup,
  marginal: Marginal<S>,
  layout: Layout,
  proposal: Proposal,
  twice: boolean,
  stream: RandomStream,
  from?: Float64Array | State,
): CollapsedChain {
  const { cross, priors } = setup;
  const { places } = cross;
  const state: State = {
    beta: new Float64Array(cross.p),
    lambda: places.map((place) => new Float64Array(place.k * place.k)),
    sigma: 0,
    b: new Float64Array(setup.effects),
  };
  const propose = proposer(proposal);
  const shape = sigmaShape(cross.n, cross.p, priors);
  const gamma = layout.sigma === "gamma";
  // σ² ~ IG(shape, ρ/2) has density ∝ ρ^shape σ^(−2·shape−1) e^(−ρ/(2σ²)) in σ; log σ as a coordinate a Jacobian σ.
  const power = gamma ? 2 * shape + 1 : layout.sigma === "coordinate" ? 1 : 0;
  const { logDensity } = target(cross.n, cross.p, priors, power);
  const k = places.reduce((most, place) => Math.max(most, place.k), 1);
  const scratch = new Float64Array(k * k);
  const logs = new Float64Array(2);
  const make = (): Point<S> => ({
    x: new Float64Array(layout.length),
    lambda: places.map((place) => new Float64Array(place.k * place.k)),
    ones: places.map((place) => new Float64Array(place.k * place.k)),
    parts: places.map((place): TermPart => termPart(place.k)),
    slot: marginal.slot(),
    rho: Number.NaN,
    logRho: Number.NaN,
    g: 0,
    logG: 0,
    density: Number.NaN,
    minusLogQ: Number.NaN,
    sigma: Number.NaN,
    logSigma: Number.NaN,
    weight: Number.NEGATIVE_INFINITY,
  });
  let current = make();
  let candidate = make();
  let second = make();
  const firstTry = new Float64Array(1);
  let accepted = 0;
  let sigmaAccepted = 0;

  /** What x and its density make of the data and the priors; σ too where x holds it. */
  function evaluate(point: Point<S>): void {
    const { x, lambda, ones, parts } = point;
    const sigma = relativeLambdaInto(lambda, setup, layout, x, ones);
    marginal.evaluate(point.slot, lambda);
    for (let t = 0; t < places.length; t++) {
      termPartInto(parts[t], priors.terms[t], x, layout.at[t], lambda[t], places[t].k, scratch, ones[t]);
    }
    logs[0] = point.density;
    if (gamma) {
      point.rho = point.slot.data.pwrss + conjugateExtra(priors, parts);
      logs[1] = 0.5 * point.rho;
      lnInto(logs, 0, 2);
      point.minusLogQ = -logs[0] - shape * logs[1];
      point.logRho = logs[1];
    } else {
      logs[1] = sigma;
      lnInto(logs, 0, 2);
      point.minusLogQ = -logs[0];
      point.sigma = sigma;
      point.logSigma = logs[1];
    }
  }

  /** Sets σ by g where it is not a coordinate, and the weight there. */
  function weigh(point: Point<S>, g: number, logG: number): void {
    let weight = point.minusLogQ;
    if (gamma) {
      point.g = g;
      point.logG = logG;
      point.sigma = Math.sqrt((0.5 * point.rho) / g);
      point.logSigma = 0.5 * (point.logRho - logG);
      weight += g;
    }
    weight += logDensity(point.slot.data, point.parts, point.sigma, point.logSigma);
    // Where rounding took over, far out in the tails, the posterior is taken to be 0.
    point.weight = Number.isNaN(weight) ? Number.NEGATIVE_INFINITY : weight;
  }

  /** Draws x and weighs it with the g of the current point. */
  function proposeInto(point: Point<S>): void {
    point.density = propose.draw(point.x, stream);
    evaluate(point);
    weigh(point, current.g, current.logG);
  }

  function refresh(): void {
    const { g, logG, sigma, logSigma, weight } = current;
    const next = stream.gamma(shape, 1);
    weigh(current, next, ln(next));
    const gain = current.weight - weight;
    if (gain >= 0 || gain > ln(1 - stream.uniform())) sigmaAccepted++;
    else {
      current.g = g;
      current.logG = logG;
      current.sigma = sigma;
      current.logSigma = logSigma;
      current.weight = weight;
    }
  }

  function move(): void {
    proposeInto(candidate);
    firstTry[0] = candidate.weight;
    const gain = candidate.weight - current.weight;
    if (gain >= 0 || gain > ln(1 - stream.uniform())) {
      const left = current;
      current = candidate;
      candidate = left;
      accepted++;
    } else {
      // A second try of the same kind. 1 − min(1, w₁/w) has to be the same seen from t₂: (w₂ − w₁)⁺/(w − w₁).
      proposeInto(second);
      const refused = exp(gain);
      if (stream.uniform() * (1 - refused) < exp(second.weight - current.weight) - refused) {
        const left = current;
        current = second;
        second = left;
      }
    }
    if (!gamma) return;
    refresh();
    if (twice) refresh();
  }

  /** Sets the current point to x; g of no meaning where σ is a coordinate or fixed. */
  function standAt(density: number, g: (rho: number) => number): void {
    current.density = density;
    evaluate(current);
    const here = g(current.rho);
    weigh(current, here, ln(here));
  }

  if (from instanceof Float64Array) {
    current.x.set(from.subarray(2));
    standAt(from[1], () => from[0]);
  } else if (from !== undefined) {
    coordinatesOfStateInto(current.x, from, setup, layout);
    standAt(propose.density(current.x), (rho) => (gamma ? (0.5 * rho) / (from.sigma * from.sigma) : 1));
  }
  // The first point: a draw from the proposal that the target does not exclude.
  for (let tries = 0; from === undefined && !Number.isFinite(current.weight) && tries < 100; tries++) {
    current.g = gamma ? stream.gamma(shape, 1) : 1;
    current.logG = ln(current.g);
    proposeInto(current);
  }
  return {
    state,
    move,
    step() {
      move();
      const { sigma } = current;
      state.sigma = sigma;
      for (let t = 0; t < places.length; t++) {
        const own = current.lambda[t];
        const L = state.lambda[t];
        for (let i = 0; i < L.length; i++) L[i] = sigma * own[i];
      }
      marginal.draw(current.slot, sigma, state, stream);
    },
    save: () => Float64Array.of(current.g, current.density, ...current.x),
    position: () => current.x,
    tried: () => firstTry[0],
    accepted: () => accepted,
    sigmaAccepted: () => sigmaAccepted,
  };
}
