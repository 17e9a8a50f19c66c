/**
 * The textbook Gibbs sampler: β, each factor's b, each Σ and σ in turn from their own full conditionals.
 *
 * Exact for every model and prior, and slow to mix where β and b, or b and Σ, hold each other in place; kept for
 * teaching and as a witness for the other schemes. Gelfand, Hills, Racine-Poon & Smith 1990.
 *
 * @module
 */

import { drawCovariance, drawEffects, drawFixedEffects, drawSigma, workspace } from "./conditionals.ts";
import type { Scheme } from "./scheme.ts";
import { firstState, savedState } from "./state.ts";
import { ownSetup } from "./weighing.ts";

export const fullConditionals: Scheme = {
  name: "full-conditionals",
  warmup: 1000,
  *prepare(shared) {
    return {
      tuning: {},
      start(stream, from) {
        const setup = ownSetup(shared);
        const state = firstState(setup, stream, from);
        const work = workspace(setup);
        return {
          state,
          save: () => savedState(state),
          step() {
            drawFixedEffects(setup, state, stream, work);
            for (let f = 0; f < setup.cross.factors.length; f++) drawEffects(setup, state, f, stream, work);
            for (let t = 0; t < setup.cross.places.length; t++) drawCovariance(setup, state, t, stream, work);
            drawSigma(setup, state, stream, work);
            setup.weigh(state);
          },
        };
      },
    };
  },
};
