/**
 * The passes over the levels of a block's big factor, with kernels for one column, two columns, and any number.
 *
 * With Λ relative to σ, M_j = Λ′A_jΛ + I = N_jN_j′ and C_j = N_j⁻¹Λ′ (k × k), so that C_j′C_j = V_j⁻¹/σ², V_j the
 * precision of b_j.
 *
 * @module
 */

import { NumericalError } from "../../errors.ts";
import { choleskyInto, solveLowerInto } from "../../linalg/cholesky.ts";
import { gatherSubtractInto } from "../../linalg/gather.ts";
import type { Block, Patterns } from "./blocks.ts";
import { productInto } from "./density.ts";

/**
 * C ← N⁻¹Λ′ of every pattern, k × k each.
 *
 * @throws {NumericalError} `not-positive-definite` when Λ²A is beyond the reach of double precision
 */
export function factorPatternsInto(
  C: Float64Array,
  { count, A }: Patterns,
  L: Float64Array,
  k: number,
  scratch: Float64Array,
): void {
  if (k === 1) {
    const l = L[0];
    for (let u = 0; u < count; u++) C[u] = l / Math.sqrt(1 + l * l * A[u]);
    return;
  }
  if (k === 2) {
    factorPairsInto(C, count, A, L);
    return;
  }
  const size = k * k;
  for (let u = 0; u < count; u++) {
    productInto(scratch, L, A, u * size, k);
    if (choleskyInto(scratch, k) >= 0) {
      throw new NumericalError(
        "not-positive-definite",
        "A covariance matrix of random effects grew so large beside the residual variance that rounding took over.",
        "Give the random terms a prior with a scale nearer to the data.",
      );
    }
    const at = u * size;
    for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) C[at + i + j * k] = i <= j ? L[j + i * k] : 0;
    solveLowerInto(C, at, scratch, 0, k, k);
  }
}

function factorPairsInto(C: Float64Array, count: number, A: Float64Array, L: Float64Array): void {
  const [l0, l1, , l3] = L;
  for (let at = 0; at < 4 * count; at += 4) {
    const v0 = A[at] * l0 + A[at + 1] * l1;
    const v1 = A[at + 1] * l0 + A[at + 3] * l1;
    const n0 = Math.sqrt(1 + l0 * v0 + l1 * v1);
    const n1 = (l3 * v1) / n0;
    // M ≥ I, so its last pivot is at least 1 whatever rounding says.
    const n3 = Math.sqrt(Math.max(1, 1 + l3 * l3 * A[at + 3] - n1 * n1));
    C[at] = l0 / n0;
    C[at + 1] = (-n1 * C[at]) / n3;
    C[at + 2] = l1 / n0;
    C[at + 3] = (l3 - n1 * C[at + 2]) / n3;
  }
}

/** g_j ← C_j′C_jr_j, J × k. */
export function shrinkInto(
  g: Float64Array,
  { levels, k, patterns }: Block,
  C: Float64Array,
  r: Float64Array,
): void {
  const { of } = patterns;
  if (k === 1) {
    for (let j = 0; j < levels; j++) {
      const c = C[of[j]];
      g[j] = c * c * r[j];
    }
    return;
  }
  for (let j = 0; j < levels; j++) {
    const u = of[j] * k * k;
    const at = j * k;
    for (let i = 0; i < k; i++) g[at + i] = 0;
    for (let i = 0; i < k; i++) {
      let t = 0;
      for (let a = 0; a < k; a++) t += C[u + i + a * k] * r[at + a];
      for (let a = 0; a < k; a++) g[at + a] += C[u + i + a * k] * t;
    }
  }
}

/** s ← s − T′WZ_f g: the products of g (J × k) with the fixed columns and with the core factors. */
export function subtractAcross(
  s: Float64Array,
  { fixed, down, levels, k }: Block,
  p: number,
  segments: readonly Float64Array[],
  g: Float64Array,
): void {
  const length = levels * k;
  for (let c = 0; c < p; c++) {
    const at = c * length;
    let s0 = 0;
    let s1 = 0;
    let i = 0;
    for (; i + 1 < length; i += 2) {
      s0 += fixed[at + i] * g[i];
      s1 += fixed[at + i + 1] * g[i + 1];
    }
    for (; i < length; i++) s0 += fixed[at + i] * g[i];
    s[c] -= s0 + s1;
  }
  for (let c = 0; c < down.length; c++) gatherSubtractInto(segments[c], down[c], g);
}

/**
 * r_j ← r_j − w_j · core.
 *
 * @param core - m; its part of each core factor is given once more in `segments`
 */
export function subtractCore(
  r: Float64Array,
  { fixed, across }: Block,
  p: number,
  core: Float64Array,
  segments: readonly Float64Array[],
): void {
  const { length } = r;
  for (let c = 0; c < p; c++) {
    const value = core[c];
    const at = c * length;
    for (let i = 0; i < length; i++) r[i] -= fixed[at + i] * value;
  }
  for (let c = 0; c < across.length; c++) gatherSubtractInto(r, across[c], segments[c]);
}

/** R ← Σ_j r_jr_j′ of every pattern, k × k, lower triangle. */
export function patternSquaresInto(R: Float64Array, { levels, k, patterns }: Block, r: Float64Array): void {
  const { of } = patterns;
  R.fill(0);
  if (k === 1) {
    for (let j = 0; j < levels; j++) R[of[j]] += r[j] * r[j];
    return;
  }
  for (let j = 0; j < levels; j++) {
    const at = j * k;
    const u = of[j] * k * k;
    for (let b = 0; b < k; b++) for (let a = b; a < k; a++) R[u + a + b * k] += r[at + a] * r[at + b];
  }
}

/**
 * b_j ← C_j′(C_jr_j + σz_j), the exact draw given the core.
 *
 * @param z - standard normals, J × k
 * @returns Σ_j b_j′A_jb_j − 2 b_j′r_j
 */
export function drawLevelsInto(
  b: Float64Array,
  { levels, k, patterns }: Block,
  C: Float64Array,
  r: Float64Array,
  z: Float64Array,
  sigma: number,
): number {
  const { of, A } = patterns;
  let quadratic = 0;
  if (k === 1) {
    for (let j = 0; j < levels; j++) {
      const u = of[j];
      const value = C[u] * (C[u] * r[j] + sigma * z[j]);
      b[j] = value;
      quadratic += value * (A[u] * value - 2 * r[j]);
    }
    return quadratic;
  }
  for (let j = 0; j < levels; j++) {
    const u = of[j] * k * k;
    const at = j * k;
    for (let i = 0; i < k; i++) b[at + i] = 0;
    for (let i = 0; i < k; i++) {
      let t = sigma * z[at + i];
      for (let a = 0; a < k; a++) t += C[u + i + a * k] * r[at + a];
      for (let a = 0; a < k; a++) b[at + a] += C[u + i + a * k] * t;
    }
    quadratic += quadraticOf(A, u, b, r, at, k);
  }
  return quadratic;
}

/** b_j′A_jb_j − 2 b_j′r_j. */
function quadraticOf(
  A: Float64Array,
  u: number,
  b: Float64Array,
  r: Float64Array,
  at: number,
  k: number,
): number {
  let sum = 0;
  for (let i = 0; i < k; i++) {
    let product = 0;
    for (let a = 0; a < k; a++) product += A[u + i + a * k] * b[at + a];
    sum += b[at + i] * (product - 2 * r[at + i]);
  }
  return sum;
}

/** Σ_j b_j′A_jb_j − 2 b_j′r_j over all levels. */
export function levelsQuadratic({ levels, k, patterns }: Block, r: Float64Array, b: Float64Array): number {
  const { of, A } = patterns;
  let sum = 0;
  if (k === 1) {
    for (let j = 0; j < levels; j++) sum += b[j] * (A[of[j]] * b[j] - 2 * r[j]);
    return sum;
  }
  for (let j = 0; j < levels; j++) sum += quadraticOf(A, of[j] * k * k, b, r, j * k, k);
  return sum;
}
