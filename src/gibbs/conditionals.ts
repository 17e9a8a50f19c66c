/**
 * The full conditionals of y = Xβ + Zb + ε in working units, one function each.
 *
 *   β | b, σ, y       N(C⁻¹(Q′W(ỹ − Zb)/σ² + Pm), C⁻¹),  C = Q′WQ/σ² + P
 *   b_j | rest        N(V⁻¹Z_j′W(ỹ − Qβ − other Zb)/σ², V⁻¹),  V = Z_j′WZ_j/σ² + Σ⁻¹
 *   Σ | b             by its prior, E = Σ_j b_j b_j′
 *   σ | β, b, y       by its prior, SS = residual sum of squares
 *
 * Each is tested alone against an independent density.
 *
 * @module
 */

import type { BlockSystem } from "../linalg/blocks.ts";
import { choleskyInto, solveLowerInto, solveLowerTransposedInto } from "../linalg/cholesky.ts";
import { fixedResidualProductsInto, residualProductsInto, residualSumOfSquares } from "../linalg/residual.ts";
import { symmetricFactorInto } from "../model/structures.ts";
import {
  inverseWishartFactorInto,
  slice,
  type WishartScratch,
  wishartScratch,
} from "../random/distributions.ts";
import type { RandomStream } from "../random/stream.ts";
import { exp, ln } from "../stats/special.ts";
import {
  coordinateCount,
  coordinatesFromLambdaInto,
  inverseOfLowerInto,
  lambdaFromCoordinatesInto,
  logOneMinusSquare,
  logTermPrior,
  traceWithPrecision,
} from "./coordinates.ts";
import type { SdPrior } from "./priors.ts";
import { logSdPrior } from "./sdPrior.ts";
import type { Setup, State } from "./state.ts";
import { drawSymmetricInto, symmetricCoordinatesInto } from "./symmetric.ts";

/** Buffers shared by the conditionals of one chain. */
export interface Workspace {
  /** Z′W residual and Q′W residual. */
  readonly e: Float64Array;
  readonly g: Float64Array;
  /** p × p. */
  readonly precision: Float64Array;
  /** Squares up to the largest k × k. */
  readonly small: readonly Float64Array[];
  readonly coordinates: Float64Array;
  readonly normals: Float64Array;
  readonly wishart: WishartScratch;
}

/** Allocates the buffers for a setup. */
export function workspace({ cross, effects }: Setup): Workspace {
  const k = cross.factors.reduce((most, factor) => Math.max(most, factor.k), 1);
  return {
    e: new Float64Array(effects),
    g: new Float64Array(cross.p),
    precision: new Float64Array(cross.p * cross.p),
    small: Array.from({ length: 4 }, () => new Float64Array(k * k)),
    coordinates: new Float64Array(Math.max(2, coordinateCount(k))),
    normals: new Float64Array(Math.max(k, cross.p)),
    wishart: wishartScratch(k),
  };
}

/** Draws β from its full conditional given b and σ. */
export function drawFixedEffects(setup: Setup, state: State, stream: RandomStream, work: Workspace): void {
  const { cross, priors } = setup;
  const { p, q, xtx } = cross;
  const { g, precision, normals } = work;
  const weight = 1 / (state.sigma * state.sigma);
  state.beta.fill(0);
  fixedResidualProductsInto(g, cross, state.beta, state.b);
  for (let j = 0; j < p; j++) {
    g[j] = g[j] * weight + priors.betaShift[j];
    for (let i = j; i < p; i++) {
      precision[i + j * p] =
        xtx[i + j * q] * weight + (priors.betaPrecision === null ? 0 : priors.betaPrecision[i + j * p]);
    }
  }
  choleskyInto(precision, p);
  solveLowerInto(g, 0, precision, 0, p);
  stream.normalsInto(normals, 0, p);
  for (let j = 0; j < p; j++) state.beta[j] = g[j] + normals[j];
  solveLowerTransposedInto(state.beta, 0, precision, 0, p);
}

/** Draws all b of factor `f` from their full conditionals; levels are independent given the other factors. */
export function drawEffects(
  setup: Setup,
  state: State,
  f: number,
  stream: RandomStream,
  work: Workspace,
): void {
  const { cross, starts } = setup;
  const { levels, k, ztz } = cross.factors[f];
  const { e, small, normals } = work;
  const [precision, inverse, V] = small;
  const weight = 1 / (state.sigma * state.sigma);
  precision.fill(0, 0, k * k);
  cross.places.forEach(({ factor, offset, k: own }, t) => {
    if (factor !== f) return;
    // Σ⁻¹ = T′T of each term, on its diagonal block.
    inverseOfLowerInto(inverse, state.lambda[t], own);
    for (let j = 0; j < own; j++) {
      for (let i = 0; i < own; i++) {
        let sum = 0;
        for (let r = Math.max(i, j); r < own; r++) sum += inverse[r + i * own] * inverse[r + j * own];
        precision[offset + i + (offset + j) * k] = sum;
      }
    }
  });
  state.b.fill(0, starts[f], starts[f] + levels * k);
  residualProductsInto(e, cross, state.beta, state.b);
  for (let level = 0; level < levels; level++) {
    const at = starts[f] + level * k;
    for (let i = 0; i < k * k; i++) V[i] = ztz[level * k * k + i] * weight + precision[i];
    choleskyInto(V, k);
    stream.normalsInto(normals, 0, k);
    for (let i = 0; i < k; i++) state.b[at + i] = e[at + i] * weight;
    solveLowerInto(state.b, at, V, 0, k);
    for (let i = 0; i < k; i++) state.b[at + i] += normals[i];
    solveLowerTransposedInto(state.b, at, V, 0, k);
  }
}

/**
 * Draws Σ of term `t` from its full conditional given b, with E = Σ_j b_j b_j′ over G levels:
 *
 *   inverse-Wishart(ν, S)  IW(ν + G, S + E)
 *   Huang–Wand             a_i ~ IG(½(ν + k), ν (Σ⁻¹)_ii + A_i⁻²), then IW(ν + k − 1 + G, 2ν diag(1/a) + E)
 *   one SD                 as {@link drawSd} with N = G, SS = E
 *   compound symmetry      as {@link drawSymmetricInto}
 *   SDs and correlations   slices along the coordinates of `coordinates.ts`
 */
export function drawCovariance(
  setup: Setup,
  state: State,
  t: number,
  stream: RandomStream,
  work: Workspace,
): void {
  const { cross, priors } = setup;
  const prior = priors.terms[t];
  if (prior.kind === "fixed") return;
  const { factor, k } = cross.places[t];
  const { levels } = cross.factors[factor];
  const [E, inverse] = work.small;
  crossProductOfEffects(E, setup, state.b, t);
  const L = state.lambda[t];
  if (prior.kind === "inverseWishart") {
    for (let i = 0; i < k * k; i++) E[i] += prior.scale[i];
    inverseWishartFactorInto(L, stream, prior.df + levels, E, k, work.wishart);
  } else if (prior.kind === "huangWand") {
    inverseOfLowerInto(inverse, L, k);
    for (let i = 0; i < k; i++) {
      let precision = 0;
      for (let r = i; r < k; r++) precision += inverse[r + i * k] * inverse[r + i * k];
      const rate = prior.df * precision + 1 / (prior.scale[i] * prior.scale[i]);
      const a = stream.inverseGamma(0.5 * (prior.df + k), rate);
      E[i + i * k] += (2 * prior.df) / a;
    }
    inverseWishartFactorInto(L, stream, prior.df + k - 1 + levels, E, k, work.wishart);
  } else if (prior.kind === "symmetric") {
    const { coordinates } = work;
    symmetricCoordinatesInto(coordinates, L, k);
    drawSymmetricInto(coordinates, prior.sd, E, k, levels, stream);
    symmetricFactorInto(L, k, exp(coordinates[0]), exp(coordinates[1]));
  } else if (k === 1) {
    L[0] = drawSd(prior.sds[0], L[0], levels, E[0], stream);
  } else {
    sliceCovariance(setup, state, t, E, stream, work);
  }
}

/** E ← Σ_j b_j b_j′ over the levels of term t, k × k. */
export function crossProductOfEffects(
  E: Float64Array,
  { cross, starts }: Setup,
  b: Float64Array,
  t: number,
): void {
  const { factor, offset, k } = cross.places[t];
  const { levels, k: size } = cross.factors[factor];
  E.fill(0, 0, k * k);
  for (let level = 0; level < levels; level++) {
    const at = starts[factor] + level * size + offset;
    for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) E[i + j * k] += b[at + i] * b[at + j];
  }
}

/** −G log|Λ| − ½ tr(E Σ⁻¹) + log prior, one slice per coordinate. */
function sliceCovariance(
  { cross, priors }: Setup,
  state: State,
  t: number,
  E: Float64Array,
  stream: RandomStream,
  work: Workspace,
): void {
  const { factor, k } = cross.places[t];
  const { levels } = cross.factors[factor];
  const L = state.lambda[t];
  const { coordinates, small } = work;
  const [, inverse] = small;
  coordinatesFromLambdaInto(coordinates, L, k);
  for (let c = 0; c < coordinateCount(k); c++) {
    const density = (value: number): number => {
      coordinates[c] = value;
      lambdaFromCoordinatesInto(L, coordinates, k);
      const logPrior = logTermPrior(priors.terms[t], coordinates, L, k, inverse);
      inverseOfLowerInto(inverse, L, k);
      let logDiagonal = 0;
      for (let i = 0; i < k; i++) logDiagonal += coordinates[i];
      for (let i = k; i < coordinateCount(k); i++) logDiagonal += 0.5 * logOneMinusSquare(coordinates[i]);
      return logPrior - levels * logDiagonal - 0.5 * traceWithPrecision(E, inverse, k);
    };
    coordinates[c] = slice(stream, coordinates[c], 1, density);
    lambdaFromCoordinatesInto(L, coordinates, k);
  }
}

/**
 * Draws a standard deviation s given N zero-mean normals with sum of squares SS:
 *
 *   inverse-gamma(a, b)  s² ~ IG(a + N/2, b + SS/2)
 *   half-t(ν, A)         a ~ IG(½(ν + 1), ν/s² + A⁻²), then s² ~ IG(½(ν + N), ν/a + SS/2)
 *   any other            slice on u = log s: −(N − 1)u − ½ SS e^(−2u) + log p(e^u)
 *
 * @param current - its present value
 */
export function drawSd(prior: SdPrior, current: number, N: number, SS: number, stream: RandomStream): number {
  if (prior.type === "inverseGamma")
    return Math.sqrt(stream.inverseGamma(prior.shape + N / 2, prior.scale + SS / 2));
  if (prior.type === "halfT") {
    const rate = prior.df / (current * current) + 1 / (prior.scale * prior.scale);
    const a = stream.inverseGamma(0.5 * (prior.df + 1), rate);
    return Math.sqrt(stream.inverseGamma(0.5 * (prior.df + N), prior.df / a + SS / 2));
  }
  const density = (u: number): number => -(N - 1) * u - 0.5 * SS * exp(-2 * u) + logSdPrior(prior, u);
  return exp(slice(stream, ln(current), 1, density));
}

/**
 * Draws σ from its full conditional given β and b; with strata every σ_c, with N = n_c and SS = RSS_c, whereupon the
 * cross-products must be weighed anew.
 */
export function drawSigma(setup: Setup, state: State, stream: RandomStream, work: Workspace): void {
  const { cross, priors } = setup;
  const { sigma: prior } = priors;
  if (prior.type === "fixed") return;
  const draw = (system: BlockSystem, current: number, count: number): number => {
    residualProductsInto(work.e, system, state.beta, state.b);
    fixedResidualProductsInto(work.g, system, state.beta, state.b);
    const rss = residualSumOfSquares(system, state.beta, state.b, work.e, work.g);
    return drawSd(prior, current, count, rss, stream);
  };
  if (cross.strata === null || state.ratios === undefined) {
    state.sigma = draw(cross, state.sigma, cross.n);
    return;
  }
  const { counts, systems } = cross.strata;
  const { ratios } = state;
  for (let c = 0; c < counts.length; c++) ratios[c] = draw(systems[c], state.sigma * ratios[c], counts[c]);
  state.sigma = ratios[0];
  for (let c = 0; c < counts.length; c++) ratios[c] /= state.sigma;
}
