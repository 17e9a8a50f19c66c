/**
 * Minimiser for smooth functions of a few variables with an analytic gradient.
 *
 * @module
 */

import { invertInto, symmetricEigen } from "./symmetric.ts";

/** Writes the gradient at x into `gradient` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/**
 * A search that asks for the value at x, the gradient there written into `gradient`, and is told: whoever drives it
 * may do other things in between.
 */
export type Search<T> = Generator<{ readonly x: Float64Array; readonly gradient: Float64Array }, T, number>;

/** A minimum with its certificate. */
export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** Hessian by differences of the analytic gradient, d × d. */
  readonly hessian: Float64Array;
  /** g′H⁺g, twice the fall that a Newton step still promises. */
  readonly decrement: number;
  /** Evaluations of value and gradient. */
  readonly evaluations: number;
}

/** How to minimise. */
export interface MinimizeOptions {
  /** On g′H⁺g; defaults to 1e-13. */
  readonly tolerance?: number;
  /**
   * An approximate Hessian at the point evaluated last, d × d; quasi-Newton steps start from it and return to it
   * while far from the minimum. Defaults to none.
   */
  readonly curvature?: () => Float64Array;
  /**
   * Whether to finish with Newton steps on a Hessian by differences, d evaluations each. Defaults to true; without
   * them the quasi-Newton phase goes on to the tolerance, and `hessian` is its approximation.
   */
  readonly newton?: boolean;
  /** Starts to try once a minimum is found, such as one that looks like a trap; the lowest end counts. None by default. */
  readonly others?: (found: Minimum) => readonly Float64Array[];
}

/**
 * Minimises by BFGS and finishes with Newton steps on a Hessian taken by differences of the gradient.
 *
 * The quasi-Newton phase (Nocedal & Wright 2006, algorithm 6.1, backtracking with the Armijo rule) ends when
 * its own decrement is below 1e-6; the Newton phase ends when g′H⁺g is far below `tolerance` (its square root by
 * 1e-4) or, once below, stops falling. Directions in which H vanishes are left alone. A point where the gradient
 * vanishes but H has a negative eigenvalue is a saddle: the search goes on from either side of it.
 */
export function minimize(objective: Objective, start: Float64Array, options: MinimizeOptions = {}): Minimum {
  return answered(minimizing(start, options), objective);
}

/** Drives a search to its end. */
function answered<T>(search: Search<T>, objective: Objective): T {
  let asked = search.next();
  while (!asked.done) asked = search.next(objective(asked.value.x, asked.value.gradient));
  return asked.value;
}

/** As {@link minimize}, one evaluation at a time. */
export function* minimizing(start: Float64Array, options: MinimizeOptions = {}): Search<Minimum> {
  const first = yield* approach(start, options);
  if (options.newton === false) return finished(first);
  let best = yield* settle(first, options);
  let { evaluations } = best;
  for (const other of options.others?.(best) ?? []) {
    const near = yield* approach(other, options);
    evaluations += near.evaluations;
    // The same end again, or a higher one: 1e-6 is what the first phase leaves to the second.
    const lower = near.value < best.value - 1e-6;
    if (!lower && !(near.value < best.value + 1e-6 && best.decrement > SETTLED)) continue;
    const end = yield* settle({ ...near, evaluations: 0 }, options);
    evaluations += end.evaluations;
    if (end.value < best.value - 1e-9 || end.decrement < best.decrement) best = end;
  }
  return { ...best, evaluations };
}

/** Newton steps from where the quasi-Newton phase ended, and on from every saddle they end in. */
function* settle(near: Approach, options: MinimizeOptions): Search<Minimum> {
  let best = yield* refine(near, options);
  let { evaluations } = best;
  // Each saddle left lowers the value; a handful is more than a few variables can have in a row.
  for (let attempt = 0; attempt < 5; attempt++) {
    const way = yield* offSaddle(best);
    evaluations += way.evaluations;
    if (way.x === undefined) break;
    best = yield* refine(yield* approach(way.x, options), options);
    evaluations += best.evaluations;
  }
  return { ...best, evaluations };
}

/** A lower point along the direction of most negative curvature, if there is one. */
function* offSaddle({
  x,
  value,
  hessian,
}: Minimum): Search<{ x: Float64Array | undefined; evaluations: number }> {
  const d = x.length;
  const { values, vectors } = symmetricEigen(hessian, d);
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const e = values.reduce((least, v, i) => (v < values[least] ? i : least), 0);
  // 1e-5: above the error of the differences, so that a flat direction is not taken for a saddle.
  if (d === 0 || !(values[e] < -1e-5 * largest)) return { x: undefined, evaluations: 0 };
  const gradient = new Float64Array(d);
  let evaluations = 0;
  for (const t of [0.1, -0.1, 0.01, -0.01, 0.001, -0.001]) {
    const trial = x.map((xi, i) => xi + t * vectors[i + e * d]);
    evaluations++;
    // Half of the fall that the curvature promises.
    const fallen: number = yield { x: trial, gradient };
    if (fallen < value + 0.25 * t * t * values[e]) return { x: trial, evaluations };
  }
  return { x: undefined, evaluations };
}

/** Predicted fall above which the given curvature is taken afresh at every step. */
const FAR = 0.5;

/** Decrement at which no reported number moves by more than 1e-6 of its standard error. */
const SETTLED = 2e-12;

/** Where the quasi-Newton phase ended. */
interface Approach extends Omit<Minimum, "hessian" | "decrement"> {
  /** Approximate inverse Hessian. */
  readonly inverse: Float64Array;
  /** Fall that it still promises. */
  readonly predicted: number;
}

/** Quasi-Newton steps until they promise little. */
function* approach(
  start: Float64Array,
  { tolerance = 1e-13, curvature, newton = true }: MinimizeOptions,
): Search<Approach> {
  const d = start.length;
  let x: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(d);
  let value: number = yield { x, gradient };
  let evaluations = 1;
  const inverse = new Float64Array(d * d);
  const enough = newton ? 1e-12 : tolerance;
  let fresh = true;
  let useful = true;
  let predicted = d === 0 ? 0 : Number.POSITIVE_INFINITY;
  // With Newton steps to follow, a crawl is left to them.
  for (let iteration = 0; d > 0 && iteration < (newton ? 60 : 200); iteration++) {
    if (curvature !== undefined && (fresh || (useful && predicted > FAR))) {
      invertInto(inverse, curvature(), d);
    } else if (fresh) {
      inverse.fill(0);
      const scale = 1 / Math.max(norm(gradient), 1e-300);
      for (let i = 0; i < d; i++) inverse[i + i * d] = Math.min(1, 0.5 * scale);
    }
    const step = times(inverse, gradient, -1);
    const slope = inner(step, gradient);
    predicted = -slope;
    if (!(slope < 0)) {
      if (fresh) break;
      fresh = true;
      continue;
    }
    if (!(fresh && curvature === undefined) && predicted < enough) break;
    const longest = step.reduce((most, v, i) => Math.max(most, Math.abs(v) / (1 + Math.abs(x[i]))), 0);
    // So near the minimum a fall drowns in the rounding of the value: the gradient decides.
    const slack = predicted < 1e-6 ? 1e-12 * Math.abs(value) : 0;
    const moved = yield* backtrack(x, value, gradient, step, slope, slack, Math.min(1, 1 / longest));
    evaluations += moved.evaluations;
    if (moved.x === undefined) {
      if (fresh) break;
      fresh = true;
      continue;
    }
    updateInverse(inverse, moved.x, x, moved.gradient, gradient, fresh && curvature === undefined);
    fresh = false;
    // A curvature whose promise was not kept zigzags; what the steps have learnt since does better.
    useful = value - moved.value > 0.05 * predicted;
    x = moved.x;
    value = moved.value;
    gradient = moved.gradient;
  }
  return { x, value, gradient, inverse, predicted, evaluations };
}

/** A minimum by quasi-Newton steps alone. */
function finished({ inverse, predicted, ...at }: Approach): Minimum {
  const hessian = new Float64Array(inverse.length);
  invertInto(hessian, inverse, at.x.length);
  return { ...at, hessian, decrement: Math.max(0, predicted) };
}

/** Newton steps on a Hessian by differences of the gradient. */
function* refine(near: Approach, { tolerance = 1e-13 }: MinimizeOptions): Search<Minimum> {
  const d = near.x.length;
  let { x, gradient, value, evaluations } = near;
  let hessian: Float64Array = new Float64Array(d * d);
  if (d === 0) return { x, value, gradient, hessian, decrement: 0, evaluations };
  let decrement = Number.POSITIVE_INFINITY;
  for (let iteration = 0; iteration < 100; iteration++) {
    // One at the start, one next to the minimum, more only where the steps do not get there.
    if (
      iteration < 1 ||
      (iteration < 2 && decrement > 1e-10) ||
      (!(decrement <= tolerance) && (iteration % 3 === 0 || decrement > 1e-9))
    ) {
      hessian = yield* hessianAt(x, gradient);
      evaluations += d;
    }
    const { step, drop } = newtonStep(hessian, gradient);
    const settled = iteration > 0 && drop <= tolerance;
    if (settled && decrement <= tolerance && !(drop < 0.25 * decrement)) break;
    decrement = drop;
    if (settled && drop <= 1e-8 * tolerance) break;
    const moved = yield* backtrack(x, value, gradient, step, -drop, 1e-12 * Math.abs(value));
    evaluations += moved.evaluations;
    if (moved.x === undefined) break;
    x = moved.x;
    value = moved.value;
    gradient = moved.gradient;
  }
  return { x, value, gradient, hessian, decrement, evaluations };
}

/** Tries x + t·step for t = `first`, half of that, a quarter, … until the value falls enough. */
function* backtrack(
  x: Float64Array,
  value: number,
  gradient: Float64Array,
  step: Float64Array,
  slope: number,
  slack = 0,
  first = 1,
): Search<{ x: Float64Array | undefined; value: number; gradient: Float64Array; evaluations: number }> {
  let t = first;
  const trialGradient = new Float64Array(x.length);
  for (let evaluations = 1; evaluations <= 40; evaluations++) {
    const trial = x.map((xi, i) => xi + t * step[i]);
    const trialValue: number = yield { x: trial, gradient: trialGradient };
    if (trialValue <= value + 1e-4 * t * slope + slack) {
      return { x: trial, value: trialValue, gradient: trialGradient, evaluations };
    }
    const parabola = (-slope * t * t) / (2 * (trialValue - value - slope * t));
    t = parabola > 0.1 * t ? Math.min(parabola, 0.5 * t) : 0.1 * t;
  }
  return { x: undefined, value, gradient, evaluations: 40 };
}

/** BFGS update of the inverse Hessian; the first one is scaled by s′y / y′y. */
function updateInverse(
  inverse: Float64Array,
  xNew: Float64Array,
  x: Float64Array,
  gNew: Float64Array,
  g: Float64Array,
  first: boolean,
): void {
  const d = x.length;
  const s = xNew.map((v, i) => v - x[i]);
  const y = gNew.map((v, i) => v - g[i]);
  const sy = inner(s, y);
  if (!(sy > 1e-12 * norm(s) * norm(y))) return;
  if (first) {
    inverse.fill(0);
    const scale = sy / inner(y, y);
    for (let i = 0; i < d; i++) inverse[i + i * d] = scale;
  }
  const Hy = times(inverse, y, 1);
  const factor = (1 + inner(y, Hy) / sy) / sy;
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < d; i++)
      inverse[i + j * d] += factor * s[i] * s[j] - (Hy[i] * s[j] + s[i] * Hy[j]) / sy;
  }
}

/** The Hessian at x by forward differences of the gradient, d evaluations. */
export function differenceHessian(
  objective: Objective,
  x: Float64Array,
  gradient: Float64Array,
): Float64Array {
  return answered(hessianAt(x, gradient), objective);
}

function* hessianAt(x: Float64Array, gradient: Float64Array): Search<Float64Array> {
  const d = x.length;
  const hessian = new Float64Array(d * d);
  const shifted = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    // Gradients carry 12 digits or more: at 1e-6 rounding and curvature of the gradient cost about as much.
    const h = 1e-6 * Math.max(Math.abs(x[j]), 0.1);
    const at = x.slice();
    at[j] += h;
    yield { x: at, gradient: shifted };
    for (let i = 0; i < d; i++) hessian[i + j * d] = (shifted[i] - gradient[i]) / (at[j] - x[j]);
  }
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < j; i++) {
      const mean = (hessian[i + j * d] + hessian[j + i * d]) / 2;
      hessian[i + j * d] = mean;
      hessian[j + i * d] = mean;
    }
  }
  return hessian;
}

/** −H⁺g with negative curvature turned round, and the fall g′|H|⁺g it promises. */
function newtonStep(hessian: Float64Array, gradient: Float64Array): { step: Float64Array; drop: number } {
  const d = gradient.length;
  const { values, vectors } = symmetricEigen(hessian, d);
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const step = new Float64Array(d);
  let drop = 0;
  for (let e = 0; e < d; e++) {
    const curvature = Math.abs(values[e]);
    if (!(curvature > 1e-9 * largest)) continue;
    let along = 0;
    for (let i = 0; i < d; i++) along += vectors[i + e * d] * gradient[i];
    drop += (along * along) / curvature;
    for (let i = 0; i < d; i++) step[i] -= (along / curvature) * vectors[i + e * d];
  }
  return { step, drop };
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(inner(a, a));
}

function times(A: Float64Array, x: Float64Array, sign: number): Float64Array {
  const d = x.length;
  const out = new Float64Array(d);
  for (let j = 0; j < d; j++) for (let i = 0; i < d; i++) out[i] += sign * A[i + j * d] * x[j];
  return out;
}
