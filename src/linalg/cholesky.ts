/**
 * Dense Cholesky factors in place, triangular solves and inverses.
 *
 * Matrices are column-major with leading dimension `n`; only lower triangles are read and written.
 *
 * @module
 */

/**
 * A ← L with A = L L′, lower triangle, in place.
 *
 * Left-looking: column j loses the multiples of the columns before it, four at a time, so that the inner
 * loop runs down contiguous memory. Golub & Van Loan 2013, algorithm 4.2.1.
 *
 * @returns -1, or the index of the first pivot that is not positive (the factor is then incomplete)
 */
export function choleskyInto(A: Float64Array, n: number, offset = 0): number {
  for (let j = 0; j < n; j++) {
    const cj = offset + j * n;
    let k = 0;
    for (; k + 3 < j; k += 4) {
      const c0 = offset + k * n;
      const c1 = c0 + n;
      const c2 = c1 + n;
      const c3 = c2 + n;
      const l0 = A[c0 + j];
      const l1 = A[c1 + j];
      const l2 = A[c2 + j];
      const l3 = A[c3 + j];
      for (let i = j; i < n; i++) {
        A[cj + i] -= l0 * A[c0 + i] + l1 * A[c1 + i] + l2 * A[c2 + i] + l3 * A[c3 + i];
      }
    }
    for (; k < j; k++) {
      const ck = offset + k * n;
      const l = A[ck + j];
      for (let i = j; i < n; i++) A[cj + i] -= l * A[ck + i];
    }
    const pivot = A[cj + j];
    if (!(pivot > 0)) return j;
    const root = Math.sqrt(pivot);
    A[cj + j] = root;
    const inverse = 1 / root;
    for (let i = j + 1; i < n; i++) A[cj + i] *= inverse;
  }
  return -1;
}

/** X ← L⁻¹ X for X (n × columns), starting at `xo`. */
export function solveLowerInto(
  X: Float64Array,
  xo: number,
  L: Float64Array,
  lo: number,
  n: number,
  columns = 1,
): void {
  for (let c = 0; c < columns; c++) {
    const x = xo + c * n;
    for (let j = 0; j < n; j++) {
      const value = X[x + j] / L[lo + j + j * n];
      X[x + j] = value;
      for (let i = j + 1; i < n; i++) X[x + i] -= L[lo + i + j * n] * value;
    }
  }
}

/** X ← L′⁻¹ X for X (n × columns), starting at `xo`. */
export function solveLowerTransposedInto(
  X: Float64Array,
  xo: number,
  L: Float64Array,
  lo: number,
  n: number,
  columns = 1,
): void {
  for (let c = 0; c < columns; c++) {
    const x = xo + c * n;
    for (let j = n - 1; j >= 0; j--) {
      let value = X[x + j];
      for (let i = j + 1; i < n; i++) value -= L[lo + i + j * n] * X[x + i];
      X[x + j] = value / L[lo + j + j * n];
    }
  }
}

/**
 * M ← (L L′)⁻¹ as a full symmetric n × n matrix, from the lower factor L with leading dimension `ld`.
 *
 * First L⁻¹ column by column, then its cross-product.
 */
export function inverseFromCholeskyInto(
  M: Float64Array,
  L: Float64Array,
  n: number,
  ld: number,
  lo = 0,
): void {
  for (let j = 0; j < n; j++) {
    const mj = j * n;
    for (let i = 0; i < j; i++) M[mj + i] = 0;
    M[mj + j] = 1;
    for (let i = j + 1; i < n; i++) M[mj + i] = 0;
    for (let k = j; k < n; k++) {
      const value = M[mj + k] / L[lo + k + k * ld];
      M[mj + k] = value;
      if (value === 0) continue;
      const lk = lo + k * ld;
      for (let i = k + 1; i < n; i++) M[mj + i] -= L[lk + i] * value;
    }
  }
  // M holds T = L⁻¹ in its lower triangle; (T′T)_ij for i ≥ j needs rows i and below only.
  for (let j = 0; j < n; j++) {
    for (let i = n - 1; i >= j; i--) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += M[i * n + k] * M[j * n + k];
      M[i * n + j] = sum;
    }
  }
  for (let j = 0; j < n; j++) for (let i = j + 1; i < n; i++) M[j * n + i] = M[i * n + j];
}
