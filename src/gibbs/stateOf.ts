/**
 * A draw put back into the working units of a sampler: the inverse of `recorder`.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables } from "../model/variables.ts";
import { factorsOf } from "./simulate.ts";
import type { Setup, State } from "./state.ts";

/**
 * The state at a draw.
 *
 * @param draw - β, SDs, correlations, σ and random effects, in the units of the data
 * @throws {ArgumentError} `invalid-argument` as {@link factorsOf}
 */
export function stateOf(
  model: LinearMixedModel,
  { cross, starts, effects }: Setup,
  draw: Float64Array,
): State {
  const { p, R, betaOls, yScale, places, zScale, strata } = cross;
  const beta = new Float64Array(p);
  for (let i = 0; i < p; i++) {
    let value = -betaOls[i];
    for (let c = i; c < p; c++) value += R[i + c * p] * draw[c];
    beta[i] = value / yScale;
  }
  const units = places.map(({ factor, offset, k }) =>
    Array.from({ length: k }, (_, i) => zScale[factor][offset + i] / yScale),
  );
  const lambda = factorsOf(model, draw);
  lambda.forEach((L, t) => {
    const k = units[t].length;
    for (let j = 0; j < k; j++) for (let i = j; i < k; i++) L[i + j * k] *= units[t][i];
  });
  const b = new Float64Array(effects);
  let at = draw.length - effects;
  const first = parameterVariables(model).findIndex(({ kind }) => kind === "sigma");
  const sigmas = draw.subarray(first, first + (strata?.counts.length ?? 1));
  places.forEach(({ factor, offset, k }, t) => {
    const { levels, k: size } = cross.factors[factor];
    for (let level = 0; level < levels; level++) {
      for (let i = 0; i < k; i++) b[starts[factor] + level * size + offset + i] = units[t][i] * draw[at++];
    }
  });
  const state = { beta, lambda, sigma: sigmas[0] / yScale, b };
  return strata === null ? state : { ...state, ratios: sigmas.map((sigma) => sigma / sigmas[0]) };
}
