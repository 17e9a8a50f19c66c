/**
 * Small dense kernels on flat column-major Float64Arrays: entry (i, j) of an m × n matrix stands at
 * `i + j * m`. Nothing here allocates; the caller owns every buffer.
 *
 * @module
 */

/** Σ x_i y_i over `n` entries from the given offsets. */
export function dot(n: number, x: Float64Array, xo: number, y: Float64Array, yo: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += x[xo + i] * y[yo + i];
  return sum;
}

/**
 * C ← A′ B for A (k × m), B (k × n), C (m × n); `add` keeps what C held.
 * Offsets let blocks live inside larger buffers.
 */
export function transposedProductInto(
  C: Float64Array,
  co: number,
  A: Float64Array,
  ao: number,
  B: Float64Array,
  bo: number,
  m: number,
  n: number,
  k: number,
  add = false,
): void {
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      let sum = add ? C[co + i + j * m] : 0;
      const a = ao + i * k;
      const b = bo + j * k;
      for (let l = 0; l < k; l++) sum += A[a + l] * B[b + l];
      C[co + i + j * m] = sum;
    }
  }
}

/** C ← A B for A (m × k), B (k × n), C (m × n); `add` keeps what C held. */
export function productInto(
  C: Float64Array,
  co: number,
  A: Float64Array,
  ao: number,
  B: Float64Array,
  bo: number,
  m: number,
  n: number,
  k: number,
  add = false,
): void {
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      let sum = add ? C[co + i + j * m] : 0;
      for (let l = 0; l < k; l++) sum += A[ao + i + l * m] * B[bo + l + j * k];
      C[co + i + j * m] = sum;
    }
  }
}

/** Copies the lower triangle of a square matrix onto its upper one. */
export function mirrorLower(A: Float64Array, n: number, ao = 0): void {
  for (let j = 0; j < n; j++) {
    for (let i = j + 1; i < n; i++) A[ao + j + i * n] = A[ao + i + j * n];
  }
}

/** Largest power of two not above |x|; exact, so scaling by it changes no digit. 1 for 0, NaN and ±∞. */
export function powerOfTwoBelow(x: number): number {
  if (!(Math.abs(x) > 0) || !Number.isFinite(x)) return 1;
  let power = 1;
  const size = Math.abs(x);
  while (power > size) power /= 2;
  while (power * 2 <= size) power *= 2;
  return power;
}
