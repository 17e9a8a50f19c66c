/**
 * Where the search for θ begins, and where it begins again.
 *
 * @module
 */

import { parameterCount } from "../model/structures.ts";
import type { Minimum } from "../stats/optimize.ts";
import { pseudoInverse } from "../stats/symmetric.ts";
import type { Criterion } from "./criterion.ts";

/** Work of an evaluation, roughly in operations, up to which further starts are tried: some milliseconds. */
const CHEAP = 1e6;

/** Work from which starting near the end pays; small designs always start alike. */
const DEAR = 5e5;

/** Working θ to start from. */
export function firstStart(problem: Criterion): Float64Array {
  return work(problem) > DEAR ? momentStart(problem) : identityStart(problem);
}

/** Working θ of Λ = I and equal residual variances. */
export function identityStart({ cross, length }: Criterion): Float64Array {
  const start = new Float64Array(length);
  let at = 0;
  for (const { k, structure } of cross.places) {
    if (structure === "cs") start.fill(1, at, at + 2);
    else for (let j = 0, of = at; j < k; of += k - j, j++) start[of] = 1;
    at += parameterCount({ structure, k });
  }
  return start;
}

/**
 * Working θ by moments, column by column as if the others were noise: with a_l = z_l′z_l and t_l = z_l′ỹ over the rows of
 * level l, Σ t_l²/a_l is expected to be τ² Σ a_l + J v and ỹ′ỹ to be τ² Σ a_l + n v (Henderson 1953, method 1). Saves two
 * or three of ten evaluations; correlations start at zero, structured terms at one.
 */
function momentStart(problem: Criterion): Float64Array {
  const { cross } = problem;
  const { n, p, q, xtx, factors, places } = cross;
  const start = identityStart(problem);
  const total = xtx[p + p * q];
  const found: { readonly at: number; readonly tau2: number }[] = [];
  let explained = 0;
  let at = 0;
  for (const { factor, offset, k, structure } of places) {
    const { levels, k: size, ztz, ztx } = factors[factor];
    if (structure === "cs") {
      at += 2;
      continue;
    }
    for (let j = 0; j < k; at += k - j, j++) {
      const c = offset + j;
      let squares = 0;
      let weight = 0;
      let seen = 0;
      for (let level = 0; level < levels; level++) {
        const a = ztz[level * size * size + c + c * size];
        if (!(a > 0)) continue;
        const t = ztx[level * size * q + c + p * size];
        squares += (t * t) / a;
        weight += a;
        seen++;
      }
      if (!(n > seen && weight > 0)) continue;
      const noise = (total - squares) / (n - seen);
      const tau2 = Math.max(0, squares - seen * noise) / weight;
      explained += tau2 * weight;
      found.push({ at, tau2 });
    }
  }
  // Terms that share what they explain may add up to more than there is.
  const residual = Math.max(total - explained, 0.2 * total) / n;
  for (const { at, tau2 } of found) start[at] = Math.min(Math.max(Math.sqrt(tau2 / residual), 0.2), 3);
  return start;
}

/** Operations of an evaluation, to an order of magnitude. */
function work({ factor: { plan } }: Criterion): number {
  return 30 * plan.rowLength + plan.core ** 3;
}

/** Where θ of each term holds the diagonal of Λ, or the roots of a structure. */
function diagonalPlaces({ places }: Criterion["cross"]): number[][] {
  let first = 0;
  return places.map(({ k, structure }) => {
    const at: number[] = [];
    if (structure === "cs") at.push(first, first + 1);
    else for (let j = 0, next = first; j < k; next += k - j, j++) at.push(next);
    first += parameterCount({ structure, k });
    return at;
  });
}

/**
 * Starts from which a fit of few data may find a lower minimum than the one it is in.
 *
 * On the edge, or not settled: every term large, then each term large with the others small. For every variance that
 * the curvature does not hold away from zero: the end without it. Of 1500 small random models 8 ended above the
 * lowest known minimum without these starts, none with them; of 2000 others 2 did.
 */
export function otherStarts(problem: Criterion, { x, hessian, decrement }: Minimum): Float64Array[] {
  const { cross, length } = problem;
  if (work(problem) > CHEAP) return [];
  const diagonals = diagonalPlaces(cross);
  const starts: Float64Array[] = [];
  const edge = diagonals.flat().some((at) => Math.abs(x[at]) < 1e-3);
  if (edge || decrement > 2e-12) {
    for (let large = diagonals.length === 1 ? 1 : 0; large <= diagonals.length; large++) {
      const start = new Float64Array(length);
      diagonals.forEach((places, t) => {
        for (const at of places) start[at] = large === 0 || large === t + 1 ? 3 : 0.3;
      });
      starts.push(start);
    }
  }
  const spread = pseudoInverse(hessian, length);
  diagonals.forEach((places, t) => {
    const { k, structure } = cross.places[t];
    places.forEach((at, j) => {
      // Rise that the curvature promises when this entry goes to zero and the others follow.
      const rise = (x[at] * x[at]) / (2 * spread[at + at * length]);
      if (Math.abs(x[at]) < 1e-3 || rise > 4) return;
      starts.push(x.slice().fill(0, at, structure === "cs" ? at + 1 : at + k - j));
    });
  });
  return starts;
}
