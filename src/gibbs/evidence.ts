/**
 * The marginal likelihood p(y): β and b integrated out in closed form, the variance parameters by bridge sampling.
 *
 * @module
 */

import { bridge, type LogEstimate } from "../posterior/bridge.ts";
import { RandomStream } from "../random/stream.ts";
import { ln } from "../stats/special.ts";
import { adapt, marginalOf, proposalOf } from "./collapsed.ts";
import { CollapsedChain } from "./collapsedChain.ts";
import type { Marginal } from "./marginal.ts";
import { logSdConstant, logTermConstant } from "./priorConstants.ts";
import type { BetaPrior } from "./priors.ts";
import { logProposalConstant, Proposer } from "./proposal.ts";
import { type Layout, layoutOf, relativeLambdaInto } from "./relative.ts";
import { type Setup, termMatrices } from "./state.ts";
import { Target } from "./target.ts";
import { termPartInto, termParts } from "./termPart.ts";

const LN_2PI = 1.8378770664093453;
/** Iterations before the first one that counts, and between two moments at which others may work. */
const WARMUP = 50;
const LOOK = 16;

/**
 * log p(y), flat coefficients counting with density 1 in the units of the data; yields every few milliseconds.
 *
 * The chain moves (t, log σ) of `relative.ts`; its proposal, fitted on trial runs of their own, is the other end of the
 * bridge.
 *
 * @param beta - priors of the coefficients, in the order of the columns of X
 * @param draws - of either end
 */
export function* evidenceOf(
  setup: Setup,
  beta: readonly BetaPrior[],
  draws: number,
  seed: number,
): Generator<void, LogEstimate, void> {
  const marginal = marginalOf(setup);
  const layout = layoutOf(setup, setup.priors.sigma.type === "fixed" ? "fixed" : "coordinate");
  const density = logJoint(setup, marginal, layout);
  const constant = logConstant(setup, beta);
  const x = new Float64Array(layout.length);
  if (layout.length === 0) return { log: density(x) + constant, mcse: 0 };
  const tuning = yield* adapt(setup, marginal, layout.sigma, new RandomStream(seed, 0));
  const proposal = proposalOf(tuning);
  const propose = new Proposer(proposal);
  const ratio = (at: Float64Array, q: number): number => density(at) - ln(q);
  const chain = new CollapsedChain(setup, marginal, layout, proposal, new RandomStream(seed, 1));
  const atTarget = new Float64Array(draws);
  for (let s = -WARMUP; s < draws; s++) {
    chain.move();
    if (s >= 0) atTarget[s] = ratio(chain.position, propose.density(chain.position));
    if (s % LOOK === 0) yield;
  }
  const atProposal = new Float64Array(draws);
  const stream = new RandomStream(seed, 2);
  const q = new Float64Array(1);
  for (let s = 0; s < draws; s++) {
    propose.drawInto([x], q, stream);
    const value = ratio(x, q[0]);
    // Where rounding took over, far out in the tails, the posterior is taken to be 0.
    atProposal[s] = Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
    if (s % LOOK === 0) yield;
  }
  const { log, mcse } = bridge(atTarget, atProposal);
  return { log: log - logProposalConstant(proposal) + constant, mcse };
}

/** log of likelihood times priors at (t, log σ), β and b integrated out, up to {@link logConstant}. */
function logJoint(setup: Setup, marginal: Marginal, layout: Layout): (x: Float64Array) => number {
  const { cross, priors } = setup;
  const { places } = cross;
  const slot = marginal.slot();
  const lambda = termMatrices(places);
  const parts = termParts(places);
  const k = places.reduce((most, place) => Math.max(most, place.k), 1);
  const scratch = new Float64Array(k * k);
  const target = new Target(cross.n, cross.p, priors, layout.sigma === "coordinate" ? 1 : 0);
  return (x) => {
    const sigma = relativeLambdaInto(lambda, setup, layout, x);
    marginal.evaluate(slot, lambda);
    places.forEach((place, t) => {
      termPartInto(parts[t], priors.terms[t], x, layout.at[t], lambda[t], place.k, scratch);
    });
    return target.logDensity(slot.data, parts, sigma, ln(sigma));
  };
}

/**
 * What {@link logJoint} leaves out: with y = Qβ_w + … in working units, β = R⁻¹(yScale β_w + β_ols) and o = R⁻¹β_ols,
 *
 *   −½(n − p) log 2π − (n − p) log yScale + ½ Σ log w_i − log|R|
 *   + Σ_l over normal priors [−½ log 2π − log s_l − ½ (m_l − o_l)²/s_l²] + the constants of the other priors.
 */
function logConstant({ cross, priors }: Setup, beta: readonly BetaPrior[]): number {
  const { n, p, R, betaOls, yScale, sumLogWeights, places } = cross;
  const origin = betaOls.slice();
  let sum = -0.5 * (n - p) * LN_2PI - (n - p) * ln(yScale) + 0.5 * sumLogWeights;
  for (let i = p - 1; i >= 0; i--) {
    for (let l = i + 1; l < p; l++) origin[i] -= R[i + l * p] * origin[l];
    origin[i] /= R[i + i * p];
    sum -= ln(Math.abs(R[i + i * p]));
  }
  beta.forEach((prior, l) => {
    if (prior.type !== "normal") return;
    const z = (prior.mean - origin[l]) / prior.sd;
    sum -= 0.5 * LN_2PI + ln(prior.sd) + 0.5 * z * z;
  });
  if (priors.sigma.type !== "fixed") sum += logSdConstant(priors.sigma);
  priors.terms.forEach((prior, t) => {
    if (prior.kind !== "symmetric") sum += logTermConstant(prior, places[t].k);
  });
  return sum;
}
