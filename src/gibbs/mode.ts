/**
 * The mode of the marginal posterior of the variance parameters, and the covariance its curvature implies.
 *
 * @module
 */

import { minimizing, type Search } from "../stats/optimize.ts";
import { ln } from "../stats/special.ts";
import { symmetricEigen } from "../stats/symmetric.ts";
import { MinusLogPosterior } from "./minusLogPosterior.ts";
import { type Layout, layoutOf } from "./relative.ts";
import type { Setup } from "./state.ts";

/** On g′H⁻¹g: 1e-10 standard deviations, so that data in other units have the same draws but for the last digits. */
const TOLERANCE = 1e-20;
/** Of the differences of the gradient; of one size and large, as that of the log prior's in minusLogPosterior.ts. */
const HESSIAN_STEP = 1e-2;

/** Mode and covariance in the coordinates of a layout. */
export interface Mode {
  readonly x: Float64Array;
  /** d × d. */
  readonly covariance: Float64Array;
}

/**
 * Maximises log p(t, log σ | y) (or of t alone, σ being fixed) by quasi-Newton and Newton steps; yields after every
 * evaluation.
 *
 * The curvature is taken by central differences of the gradient at the mode, which a last Newton step then corrects.
 */
export function* modeOf(setup: Setup, layout: Layout): Generator<void, Mode, void> {
  const { n, places, xtx } = setup.cross;
  const d = layout.terms;
  const free = layout.sigma !== "fixed";
  const size = d + (free ? 1 : 0);
  // All coordinates, log σ last; a layout that holds σ as a coordinate reads it from there.
  const whole = free ? layoutOf(setup, "coordinate") : layout;
  const objective = new MinusLogPosterior(setup, whole);
  yield;
  const start = new Float64Array(size);
  places.forEach(({ k }, t) => {
    if (layout.at[t] >= 0) start.fill(-Math.LN2, layout.at[t], layout.at[t] + k);
  });
  if (free) start[d] = 0.5 * ln(xtx[xtx.length - 1] / n) - 0.2;
  function* answered<T>(search: Search<T>): Generator<void, T, void> {
    let asked = search.next();
    while (!asked.done) {
      asked = search.next(objective.at(asked.value.x, asked.value.gradient));
      yield;
    }
    return asked.value;
  }
  let found = yield* answered(minimizing(start, { tolerance: TOLERANCE, newton: false }));
  let hessian = yield* answered(centralHessian(found.x));
  if (symmetricEigen(hessian, size).values.some((value) => value < 0)) {
    // Not a maximum: a search that knows saddles goes on from there.
    found = yield* answered(minimizing(found.x));
    hessian = yield* answered(centralHessian(found.x));
  }
  const covariance = inverseOf(hessian, size);
  const x = found.x.map((value, i) => {
    let step = 0;
    for (let j = 0; j < size; j++) step += covariance[i + j * size] * found.gradient[j];
    return value - step;
  });
  const kept = layout.length;
  const out = new Float64Array(kept * kept);
  for (let j = 0; j < kept; j++) for (let i = 0; i < kept; i++) out[i + j * kept] = covariance[i + j * size];
  return { x: x.slice(0, kept), covariance: out };
}

/** Central differences of the gradient, 2d evaluations. */
function* centralHessian(x: Float64Array): Search<Float64Array> {
  const d = x.length;
  const H = new Float64Array(d * d);
  const [above, below] = [new Float64Array(d), new Float64Array(d)];
  const at = x.slice();
  for (let j = 0; j < d; j++) {
    at[j] = x[j] + HESSIAN_STEP;
    yield { x: at, gradient: above };
    at[j] = x[j] - HESSIAN_STEP;
    yield { x: at, gradient: below };
    at[j] = x[j];
    for (let i = 0; i < d; i++) {
      const slope = (above[i] - below[i]) / (4 * HESSIAN_STEP);
      H[i + j * d] += slope;
      H[j + i * d] += slope;
    }
  }
  return H;
}

/** |H|⁻¹ with eigenvalues below a thousandth raised to it: no axis wider than about 30 units. */
function inverseOf(hessian: Float64Array, d: number): Float64Array {
  const { values, vectors } = symmetricEigen(hessian, d);
  const out = new Float64Array(d * d);
  for (let e = 0; e < d; e++) {
    const size = Math.max(Math.abs(values[e]), 1e-3);
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++) out[i + j * d] += (vectors[i + e * d] * vectors[j + e * d]) / size;
    }
  }
  return out;
}
