/**
 * Bands around a curve, from simulations of it.
 *
 * @module
 */

import { mean, quantileSorted, sorted } from "./descriptive.ts";

/** A band, its ends and its middle at every point of the curve. */
export interface Envelope {
  readonly lower: Float64Array;
  /** Mean of the simulations. */
  readonly middle: Float64Array;
  readonly upper: Float64Array;
}

/**
 * A band that holds a share `level` of simulated curves: point by point, or as whole curves.
 *
 * The simultaneous band widens the pointwise one by a common factor, the `level` quantile over the simulations of the
 * largest distance from the middle in units of the pointwise band's half on that side ("directional quantiles").
 * Myllymäki, Grabarnik, Seijo & Stoyan 2015, Spatial Statistics 11, 19.
 *
 * @param curves - simulations, all of one length
 * @param level - probability
 */
export function envelope(
  curves: readonly Float64Array[],
  level: number,
  kind: "pointwise" | "simultaneous",
): Envelope {
  const n = curves[0].length;
  const lower = new Float64Array(n);
  const middle = new Float64Array(n);
  const upper = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const ascending = sorted(curves.map((curve) => curve[i]));
    middle[i] = mean(ascending);
    lower[i] = quantileSorted(ascending, (1 - level) / 2);
    upper[i] = quantileSorted(ascending, (1 + level) / 2);
  }
  if (kind === "pointwise") return { lower, middle, upper };
  const farthest = curves.map((curve) => {
    let most = 0;
    for (let i = 0; i < n; i++) {
      const off = curve[i] - middle[i];
      const half = off > 0 ? upper[i] - middle[i] : lower[i] - middle[i];
      if (half !== 0) most = Math.max(most, off / half);
    }
    return most;
  });
  const factor = quantileSorted(sorted(farthest), level);
  return {
    lower: lower.map((value, i) => middle[i] + factor * (value - middle[i])),
    middle,
    upper: upper.map((value, i) => middle[i] + factor * (value - middle[i])),
  };
}
