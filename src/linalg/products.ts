/**
 * Products of dense column-major matrices that allocate their result: for computations done once per fit.
 *
 * @module
 */

import { choleskyInto, solveLowerInto, solveLowerTransposedInto } from "./cholesky.ts";

/** sign · A′B for A (q × p) and B (q × columns). */
export function gram(
  A: Float64Array,
  B: Float64Array,
  q: number,
  p: number,
  sign: number,
  columns: number = p,
): Float64Array {
  const out = new Float64Array(p * columns);
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < p; i++) {
      let sum = 0;
      for (let l = 0; l < q; l++) sum += A[l + i * q] * B[l + j * q];
      out[i + j * p] = sign * sum;
    }
  }
  return out;
}

/** A B for A (m × k) and B (k × n). */
export function multiply(A: Float64Array, m: number, k: number, B: Float64Array, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let j = 0; j < n; j++) {
    for (let l = 0; l < k; l++) {
      const b = B[l + j * k];
      if (b === 0) continue;
      for (let i = 0; i < m; i++) out[i + j * m] += A[i + l * m] * b;
    }
  }
  return out;
}

/** A′ for A (n × n). */
export function transposed(A: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) out[j + i * n] = A[i + j * n];
  return out;
}

/** A ← (A + A′)/2 for A (n × n). */
export function symmetrise(A: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < j; i++) A[i + j * n] = A[j + i * n] = (A[i + j * n] + A[j + i * n]) / 2;
  }
}

/** R⁻¹ C for upper triangular R and C, p × p. */
export function solveUpper(R: Float64Array, C: Float64Array, p: number): Float64Array {
  const out = C.slice();
  for (let c = 0; c < p; c++) {
    for (let j = p - 1; j >= 0; j--) {
      let value = out[j + c * p];
      for (let a = j + 1; a < p; a++) value -= R[j + a * p] * out[a + c * p];
      out[j + c * p] = value / R[j + j * p];
    }
  }
  return out;
}

/** A⁻¹ B for symmetric positive definite A (n × n) and B (n × columns), by Cholesky; NaN where A is not. */
export function solveSymmetric(A: Float64Array, B: Float64Array, n: number, columns: number): Float64Array {
  const L = A.slice(0, n * n);
  const out = B.slice(0, n * columns);
  if (choleskyInto(L, n) >= 0) return out.fill(Number.NaN);
  solveLowerInto(out, 0, L, 0, n, columns);
  solveLowerTransposedInto(out, 0, L, 0, n, columns);
  return out;
}
