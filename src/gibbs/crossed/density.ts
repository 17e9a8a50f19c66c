/**
 * The density of a big factor's Λ with its effects integrated out, level by level or pattern by pattern: kernels for
 * one, two and three columns, and for any number.
 *
 * @module
 */

import { choleskyInto, solveLowerInto } from "../../linalg/cholesky.ts";
import { ln } from "../../stats/special.ts";
import type { Patterns } from "./blocks.ts";

/** out ← Λ′AΛ + I, lower triangle, A symmetric k × k at `at`. */
export function productInto(
  out: Float64Array,
  L: Float64Array,
  A: Float64Array,
  at: number,
  k: number,
): void {
  for (let j = 0; j < k; j++) {
    for (let i = j; i < k; i++) {
      let sum = i === j ? 1 : 0;
      for (let b = j; b < k; b++) {
        let left = 0;
        for (let a = i; a < k; a++) left += L[a + i * k] * A[at + a + b * k];
        sum += left * L[b + j * k];
      }
      out[i + j * k] = sum;
    }
  }
}

/**
 * Log density of Λ with b_f integrated out: Σ_u −N_u log|N| + ½ tr(C R C′)/σ² over the patterns.
 *
 * @param L - Λ relative to σ, k × k lower
 * @param variance - σ²
 * @param scratch - at least 2 k²
 */
export function levelsLogDensity(
  { count, sizes, A }: Patterns,
  R: Float64Array,
  L: Float64Array,
  k: number,
  variance: number,
  scratch: Float64Array,
): number {
  if (k === 3) return triplesLogDensity(count, sizes, A, R, L, variance);
  let logs = 0;
  let quadratic = 0;
  // One logarithm for many patterns with equally many levels: their determinants are multiplied up.
  let product = 1;
  let size = 0;
  const square = k * k;
  const l0 = L[0];
  const l1 = L[1];
  const l3 = L[3];
  for (let u = 0; u < count; u++) {
    let determinant = 1;
    if (k === 1) {
      determinant = 1 + l0 * l0 * A[u];
      quadratic += (l0 * l0 * R[u]) / determinant;
    } else if (k === 2) {
      const at = 4 * u;
      const m00 = 1 + l0 * (l0 * A[at] + 2 * l1 * A[at + 1]) + l1 * l1 * A[at + 3];
      const m10 = l3 * (l0 * A[at + 1] + l1 * A[at + 3]);
      const m11 = 1 + l3 * l3 * A[at + 3];
      const f00 = l0 * (l0 * R[at] + 2 * l1 * R[at + 1]) + l1 * l1 * R[at + 3];
      const f10 = l3 * (l0 * R[at + 1] + l1 * R[at + 3]);
      determinant = Math.max(m00, m00 * m11 - m10 * m10);
      quadratic += (m11 * f00 - 2 * m10 * f10 + m00 * l3 * l3 * R[at + 3]) / determinant;
    } else {
      productInto(scratch, L, A, u * square, k);
      choleskyInto(scratch, k);
      for (let i = 0; i < k; i++) determinant *= scratch[i + i * k] * scratch[i + i * k];
      quadratic += traceOf(scratch, L, R, u * square, k);
    }
    if (sizes[u] !== size || product > 1e150) {
      if (size > 0) logs += size * ln(product);
      product = 1;
      size = sizes[u];
    }
    product *= determinant;
  }
  if (size > 0) logs += size * ln(product);
  return -0.5 * logs + (0.5 * quadratic) / variance;
}

/** The same for three columns: M = UDU′ with U unit lower, tr(C R C′) = Σ (U⁻¹Λ′RΛU′⁻¹)_ii/d_i. */
function triplesLogDensity(
  count: number,
  sizes: Float64Array,
  A: Float64Array,
  R: Float64Array,
  L: Float64Array,
  variance: number,
): number {
  const [l0, l1, l2, , l4, l5, , , l8] = L;
  let logs = 0;
  let quadratic = 0;
  let product = 1;
  let size = 0;
  for (let u = 0, at = 0; u < count; u++, at += 9) {
    // Columns of AΛ and RΛ where they are needed; both are symmetric with their lower triangles at hand.
    let x0 = A[at] * l0 + A[at + 1] * l1 + A[at + 2] * l2;
    let x1 = A[at + 1] * l0 + A[at + 4] * l1 + A[at + 5] * l2;
    let x2 = A[at + 2] * l0 + A[at + 5] * l1 + A[at + 8] * l2;
    let y1 = A[at + 4] * l4 + A[at + 5] * l5;
    let y2 = A[at + 5] * l4 + A[at + 8] * l5;
    const d0 = 1 + l0 * x0 + l1 * x1 + l2 * x2;
    const m10 = l4 * x1 + l5 * x2;
    const m20 = l8 * x2;
    const u10 = m10 / d0;
    const u20 = m20 / d0;
    const d1 = Math.max(1, 1 + l4 * y1 + l5 * y2 - u10 * m10);
    const m21 = l8 * y2 - u10 * m20;
    const u21 = m21 / d1;
    const d2 = Math.max(1, 1 + l8 * l8 * A[at + 8] - u20 * m20 - u21 * m21);
    x0 = R[at] * l0 + R[at + 1] * l1 + R[at + 2] * l2;
    x1 = R[at + 1] * l0 + R[at + 4] * l1 + R[at + 5] * l2;
    x2 = R[at + 2] * l0 + R[at + 5] * l1 + R[at + 8] * l2;
    y1 = R[at + 4] * l4 + R[at + 5] * l5;
    y2 = R[at + 5] * l4 + R[at + 8] * l5;
    const f00 = l0 * x0 + l1 * x1 + l2 * x2;
    const f10 = l4 * x1 + l5 * x2;
    const f20 = l8 * x2;
    const f11 = l4 * y1 + l5 * y2;
    const f21 = l8 * y2;
    const w = u20 - u21 * u10;
    quadratic += f00 / d0 + (f11 - u10 * (2 * f10 - u10 * f00)) / d1;
    quadratic +=
      (l8 * l8 * R[at + 8] + u21 * (u21 * f11 - 2 * f21) + w * (w * f00 - 2 * f20) + 2 * u21 * w * f10) / d2;
    if (sizes[u] !== size || product > 1e150) {
      if (size > 0) logs += size * ln(product);
      product = 1;
      size = sizes[u];
    }
    product *= d0 * d1 * d2;
  }
  if (size > 0) logs += size * ln(product);
  return -0.5 * logs + (0.5 * quadratic) / variance;
}

/** tr(C R C′), C = N⁻¹Λ′, N lower in the first k² of `scratch`, R symmetric with its lower triangle at `at`. */
function traceOf(scratch: Float64Array, L: Float64Array, R: Float64Array, at: number, k: number): number {
  const C = k * k;
  for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) scratch[C + i + j * k] = i <= j ? L[j + i * k] : 0;
  solveLowerInto(scratch, C, scratch, 0, k, k);
  let trace = 0;
  for (let b = 0; b < k; b++) {
    for (let a = b; a < k; a++) {
      let product = 0;
      for (let i = 0; i < k; i++) product += scratch[C + i + a * k] * scratch[C + i + b * k];
      trace += (a === b ? 1 : 2) * product * R[at + a + b * k];
    }
  }
  return trace;
}
