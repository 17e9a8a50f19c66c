/**
 * The free coordinates of the collapsed sampler: covariance matrices relative to σ, and σ itself where it is one.
 *
 * @module
 */

import { exp, ln } from "../stats/special.ts";
import { coordinateCount, coordinatesFromLambdaInto, lambdaFromCoordinatesInto } from "./coordinates.ts";
import type { Setup, State } from "./state.ts";

/** How σ is moved: by its inverse-gamma, as a coordinate, or not at all. */
export type SigmaMove = "gamma" | "coordinate" | "fixed";

/** Where the coordinates of the free terms stand. */
export interface Layout {
  readonly sigma: SigmaMove;
  /** First coordinate of each term; −1 for a fixed one. */
  readonly at: readonly number[];
  /** Coordinates of the terms, and of all with log σ. */
  readonly terms: number;
  readonly length: number;
}

/** Lays the coordinates out. */
export function layoutOf({ cross, priors }: Setup, sigma: SigmaMove): Layout {
  let terms = 0;
  const at = Array.from(cross.places, ({ k }, t) => {
    if (priors.terms[t].kind === "fixed") return -1;
    const here = terms;
    terms += coordinateCount(k);
    return here;
  });
  return { sigma, at, terms, length: terms + (sigma === "coordinate" ? 1 : 0) };
}

/**
 * Λ of every term at x, relative to σ; returns σ, or NaN when x does not hold it.
 *
 * @param ones - per term, for `termPartInto`
 */
export function relativeLambdaInto(
  lambda: readonly Float64Array[],
  { cross, priors }: Setup,
  layout: Layout,
  x: Float64Array,
  ones?: readonly Float64Array[],
): number {
  const sigma =
    layout.sigma === "coordinate"
      ? exp(x[layout.terms])
      : priors.sigma.type === "fixed"
        ? priors.sigma.value
        : Number.NaN;
  for (let t = 0; t < lambda.length; t++) {
    const prior = priors.terms[t];
    const { k } = cross.places[t];
    if (prior.kind === "fixed") for (let i = 0; i < k * k; i++) lambda[t][i] = prior.lambda[i] / sigma;
    else lambdaFromCoordinatesInto(lambda[t], x, k, layout.at[t], ones?.[t]);
  }
  return sigma;
}

/** The coordinates at which {@link relativeLambdaInto} gives the Λ and σ of a state. */
export function coordinatesOfStateInto(
  x: Float64Array,
  { lambda, sigma }: State,
  { cross }: Setup,
  layout: Layout,
): void {
  cross.places.forEach(({ k }, t) => {
    if (layout.at[t] < 0) return;
    const own = x.subarray(layout.at[t], layout.at[t] + coordinateCount(k));
    coordinatesFromLambdaInto(
      own,
      lambda[t].map((entry) => entry / sigma),
      k,
    );
  });
  if (layout.sigma === "coordinate") x[layout.terms] = ln(sigma);
}
