/**
 * Blocked Gibbs: (β, b) jointly, then every Σ twice, non-centred with β integrated out and centred.
 *
 * One iteration:
 *  1. (β, b) | Σ, σ from their joint normal, through the same blocked factor as REML, b = Λη;
 *  2. Λ | η, σ with β integrated out (the redundant-scale move: η is held, so scales and correlations move
 *     without the drag of b), then β | η, Λ, σ;
 *  3. Σ | b from its full conditional (the centred half of the interweaving, Yu & Meng 2011);
 *  4. σ | β, b from its full conditional;
 *  5. with Student-t parts their degrees of freedom and scales; then the cross-products are weighed anew.
 *
 * @module
 */

import { blockFactor, factorize } from "../linalg/blockCholesky.ts";
import { solveInto } from "../linalg/blockSolve.ts";
import type { RandomStream } from "../random/stream.ts";
import { drawCovariance, drawFixedEffects, drawSigma, type Workspace, workspace } from "./conditionals.ts";
import { pseudoRows } from "./marginal.ts";
import { noncentredMove } from "./noncentred.ts";
import type { Scheme } from "./scheme.ts";
import { factorLambdaInto, firstState, type Setup, type State, savedState } from "./state.ts";
import { studentMove } from "./student.ts";
import { ownSetup } from "./weighing.ts";

export const blocked: Scheme = {
  name: "blocked",
  warmup: 500,
  *prepare(shared) {
    return {
      tuning: {},
      start(stream, from) {
        const setup = ownSetup(shared);
        const state = firstState(setup, stream, from);
        const work = workspace(setup);
        const joint = jointDraw(setup);
        const move = noncentredMove(setup);
        const scales = studentMove(setup);
        return {
          state,
          save: () => savedState(state),
          step() {
            joint(state, stream);
            for (let f = 0; f < setup.cross.factors.length; f++) move(state, joint.eta, f, stream);
            finish(setup, state, stream, work);
            if (state.student === undefined) setup.weigh(state);
            else scales(state, stream);
          },
        };
      },
    };
  },
};

/** β after the non-centred moves, then the centred half and σ. */
function finish(setup: Setup, state: State, stream: RandomStream, work: Workspace): void {
  drawFixedEffects(setup, state, stream, work);
  for (let t = 0; t < setup.cross.places.length; t++) drawCovariance(setup, state, t, stream, work);
  // That of Student-t residuals is drawn with their scales.
  if (setup.cross.student?.residuals == null) drawSigma(setup, state, stream, work);
}

/** A function that draws (β, b) | Σ, σ and leaves the standardised effects in its `eta`. */
export interface JointDraw {
  (state: State, stream: RandomStream): void;
  /** η with b = Λη, as drawn last. */
  readonly eta: Float64Array;
}

/**
 * The joint normal of (β, b): with Λ_r = Λ/σ and H = [Λ_r′Z′WZΛ_r + I, …; …, Q′WQ + σ²P],
 * (u, β) ~ N(H⁻¹(Λ_r′Z′Wỹ, Q′Wỹ + σ²Pm), σ²H⁻¹), b = Λ_r u, η = u/σ.
 */
export function jointDraw(setup: Setup): JointDraw {
  const { cross, priors, starts, effects } = setup;
  const { p } = cross;
  const factor = blockFactor(cross);
  const lambda = cross.factors.map(({ k }) => new Float64Array(k * k));
  const eta = new Float64Array(effects);
  const noise = new Float64Array(effects + p);
  const draw = (state: State, stream: RandomStream): void => {
    const { sigma } = state;
    factorLambdaInto(lambda, cross.places, state.lambda, cross, 1 / sigma);
    factorize(factor, lambda, pseudoRows(p, priors, sigma * sigma));
    stream.normalsInto(noise);
    for (let i = 0; i < noise.length; i++) noise[i] *= sigma;
    solveInto(eta, state.beta, factor, noise);
    cross.factors.forEach(({ levels, k }, f) => {
      const L = lambda[f];
      for (let at = starts[f]; at < starts[f] + levels * k; at += k) {
        for (let i = 0; i < k; i++) {
          let value = 0;
          for (let c = 0; c <= i; c++) value += L[i + c * k] * eta[at + c];
          state.b[at + i] = value;
        }
      }
    });
    for (let i = 0; i < effects; i++) eta[i] /= sigma;
  };
  return Object.assign(draw, { eta });
}
