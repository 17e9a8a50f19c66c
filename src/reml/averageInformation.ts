/**
 * The average-information approximation to the Hessian of the profiled criterion: one product and one forward
 * substitution per parameter, with the factor at hand.
 *
 * @module
 */

import { forwardInto } from "../linalg/blockSolve.ts";
import { effectStarts, residualProductsInto } from "../linalg/residual.ts";
import { movedEntries } from "../model/structures.ts";
import {
  type Criterion,
  effectsOf,
  residualRatios,
  residualsByStratum,
  residualVariance,
} from "./criterion.ts";

/**
 * AI_ij = y′P V_i P V_j P y with V_i = ∂V/∂θ_i, profiled over log σ² where σ is not known, at the θ evaluated last (with gradient).
 *
 * With e = Z′W(y − Xβ − ZΛu) and u the spherical effects, V_i P y = Z a_i, a_i = ∂Λ_i u + Λ ∂Λ_i′ e, so that
 *
 *   AI_ij = (a_i′Z′WZ a_j − h_i′H⁻¹h_j)/σ²,  h_i = [ZΛ X]′WZ a_i,   AI_iλ = a_i′e/σ²,   AI_λλ = df.
 *
 * For log δ_c, V_c P y = 2 r_c is the residual over the rows of stratum c, twice; W-products with it come from A_c/δ_c².
 *
 * The diagonal gets max(0, g_i/θ_i) of the curvature of V itself, exact for scalar terms; without it the
 * approximation vanishes at a variance of zero. Gilmour, Thompson & Cullis 1995, Biometrics 51.
 *
 * @param gradient - of the profiled criterion at θ
 * @returns d × d, positive semidefinite up to rounding
 */
export function averageInformation(
  problem: Criterion,
  theta: Float64Array,
  gradient: Float64Array,
): Float64Array {
  const { cross, factor, lambda, u, beta, df } = problem;
  const { factors, places, p, q } = cross;
  const d = theta.length;
  const starts = effectStarts(cross);
  const none = new Float64Array(p);
  const zero = new Float64Array(u.length);
  const b = effectsOf(problem);
  const e = new Float64Array(u.length);
  residualProductsInto(e, cross, beta, b);
  const zy = new Float64Array(u.length);
  residualProductsInto(zy, cross, none, zero);
  const last = factor.core[factor.core.length - 1];
  const variance = residualVariance(problem, last * last);

  // One of a parameter's V_i P y: Z a over all rows, or 2r over those of one stratum.
  const directions: { readonly a: Float64Array | null; readonly rr: number; readonly own: number }[] = [];
  const products: Float64Array[] = [];
  const forwards: { readonly u: Float64Array; readonly beta: Float64Array }[] = [];
  const push = (direction: (typeof directions)[number], za: Float64Array, xa: Float64Array): void => {
    const h = sphericalTransposed(problem, za);
    forwardInto(h, xa, factor);
    directions.push(direction);
    products.push(za);
    forwards.push({ u: h, beta: xa });
  };
  let first = 0;
  for (const place of places) {
    const { factor: f, offset, k } = place;
    const { levels, k: size, ztx } = factors[f];
    const all = movedEntries(place, theta, first);
    first += all.length;
    for (const entries of all) {
      const a = new Float64Array(u.length);
      for (const { row: i, column: j, rate } of entries) {
        for (let level = 0; level < levels; level++) {
          const at = starts[f] + level * size;
          a[at + offset + i] += rate * u[at + offset + j];
          for (let r = j; r < k; r++) {
            a[at + offset + r] += rate * lambda[f][offset + r + (offset + j) * size] * e[at + offset + i];
          }
        }
      }
      const za = new Float64Array(u.length);
      residualProductsInto(za, cross, none, a);
      for (let x = 0; x < za.length; x++) za[x] = zy[x] - za[x];
      const xa = new Float64Array(p);
      for (let level = 0; level < levels; level++) {
        const at = starts[f] + level * size;
        for (let c = 0; c < p; c++) {
          for (let r = 0; r < size; r++) xa[c] += ztx[level * size * q + r + c * size] * a[at + r];
        }
      }
      push({ a, rr: inner(a, e), own: 0 }, za, xa);
    }
  }
  const ratios = residualRatios(problem, theta);
  residualsByStratum(problem).forEach(({ e: ze, g, rss }, c) => {
    if (c === 0) return;
    const twice = 2 / (ratios[c] * ratios[c]);
    const za = ze.map((value) => twice * value);
    push(
      { a: null, rr: twice * rss, own: 2 * twice * rss },
      za,
      g.map((value) => twice * value),
    );
  });
  const out = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i <= j; i++) {
      const through = inner(forwards[i].u, forwards[j].u) + inner(forwards[i].beta, forwards[j].beta);
      const { a } = directions[i];
      const direct = a !== null ? inner(a, products[j]) : i === j ? directions[i].own : 0;
      const profiled =
        problem.variance === null ? (directions[i].rr * directions[j].rr) / (variance * variance * df) : 0;
      let value = (direct - through) / variance - profiled;
      if (i === j && a !== null && theta[i] !== 0) value += Math.max(0, gradient[i] / theta[i]);
      out[i + j * d] = value;
      out[j + i * d] = value;
    }
  }
  return out;
}

/** Λ′v, level by level. */
function sphericalTransposed({ cross, lambda }: Criterion, v: Float64Array): Float64Array {
  const out = new Float64Array(v.length);
  let at = 0;
  cross.factors.forEach(({ levels, k }, f) => {
    for (let level = 0; level < levels; level++, at += k) {
      for (let c = 0; c < k; c++) for (let i = c; i < k; i++) out[at + c] += lambda[f][i + c * k] * v[at + i];
    }
  });
  return out;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
