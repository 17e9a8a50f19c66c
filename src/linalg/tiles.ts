/**
 * Dense kernels for the core of large crossed designs: Cholesky factor and inverse by tiles of dot products.
 *
 * Matrices are n × n, column-major. The factor is the upper one, A = U′U, so that both operands of every dot
 * product run down contiguous columns. A tile of 4 × 2 dot products keeps its eight sums in registers and is the
 * fastest shape for scalar double arithmetic (about twice the speed of column updates); columns are taken in
 * panels of 16 so that they stay in the cache while the rest streams by.
 *
 * @module
 */

const PANEL = 16;

/** Eight dot products of columns i … i+3 of A with columns j, j+1 of B over rows `from` … `to` − 1. */
export function tileInto(
  out: Float64Array,
  A: Float64Array,
  a0: number,
  B: Float64Array,
  b0: number,
  n: number,
  from: number,
  to: number,
): void {
  const a1 = a0 + n;
  const a2 = a1 + n;
  const a3 = a2 + n;
  const b1 = b0 + n;
  let s00 = 0;
  let s10 = 0;
  let s20 = 0;
  let s30 = 0;
  let s01 = 0;
  let s11 = 0;
  let s21 = 0;
  let s31 = 0;
  for (let k = from; k < to; k++) {
    const y0 = B[b0 + k];
    const y1 = B[b1 + k];
    let x = A[a0 + k];
    s00 += x * y0;
    s01 += x * y1;
    x = A[a1 + k];
    s10 += x * y0;
    s11 += x * y1;
    x = A[a2 + k];
    s20 += x * y0;
    s21 += x * y1;
    x = A[a3 + k];
    s30 += x * y0;
    s31 += x * y1;
  }
  out[0] = s00;
  out[1] = s10;
  out[2] = s20;
  out[3] = s30;
  out[4] = s01;
  out[5] = s11;
  out[6] = s21;
  out[7] = s31;
}

function dot(A: Float64Array, a: number, B: Float64Array, b: number, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += A[a + k] * B[b + k];
  return sum;
}

/**
 * A ← U with A = U′U, upper triangle, in place; only the upper triangle is read and written.
 *
 * @returns −1, or the index of the first pivot that is not positive (the factor is then incomplete)
 */
export function choleskyUpperInto(A: Float64Array, n: number): number {
  const sums = new Float64Array(8);
  for (let first = 0; first < n; first += PANEL) {
    const last = Math.min(first + PANEL, n);
    // Rows above the panel, four at a time; `first` is a multiple of four.
    for (let i = 0; i < first; i += 4) {
      let j = first;
      for (; j + 1 < last; j += 2) {
        tileInto(sums, A, i * n, A, j * n, n, 0, i);
        finishRows(A, n, i, j, sums, 0);
        finishRows(A, n, i, j + 1, sums, 4);
      }
      for (; j < last; j++) {
        for (let r = 0; r < 4; r++) sums[r] = dot(A, (i + r) * n, A, j * n, 0, i);
        finishRows(A, n, i, j, sums, 0);
      }
    }
    for (let j = first; j < last; j++) {
      for (let i = first; i < j; i++) {
        A[i + j * n] = (A[i + j * n] - dot(A, i * n, A, j * n, 0, i)) / A[i + i * n];
      }
      const pivot = A[j + j * n] - dot(A, j * n, A, j * n, 0, j);
      if (!(pivot > 0)) return j;
      A[j + j * n] = Math.sqrt(pivot);
    }
  }
  return -1;
}

/** Entries i … i+3 of column j from their sums over the rows above i: the 4 × 4 triangle left. */
function finishRows(A: Float64Array, n: number, i: number, j: number, sums: Float64Array, at: number): void {
  for (let r = 0; r < 4; r++) {
    let value = A[i + r + j * n] - sums[at + r];
    for (let q = 0; q < r; q++) value -= A[i + q + (i + r) * n] * A[i + q + j * n];
    A[i + r + j * n] = value / A[i + r + (i + r) * n];
  }
}

/**
 * M ← (U′U)⁻¹ for the leading m × m part of an n × n upper factor, as a full symmetric m × m matrix:
 * W = U′⁻¹ column by column, then M = W′W.
 */
export function inverseFromUpperInto(M: Float64Array, m: number, U: Float64Array, n: number): void {
  const W = inverseOfTransposed(m, U, n);
  const sums = new Float64Array(8);
  for (let first = 0; first < m; first += PANEL) {
    const last = Math.min(first + PANEL, m);
    for (let i = first; i < m; i += 4) {
      let j = first;
      if (i + 3 < m) {
        for (; j + 1 < last; j += 2) {
          // Columns of W start at their diagonal and hold zeros above it, so row i is early enough for all four.
          tileInto(sums, W, i * m, W, j * m, m, i, m);
          for (let r = 0; r < 4; r++) {
            M[i + r + j * m] = sums[r];
            M[i + r + (j + 1) * m] = sums[4 + r];
          }
        }
      }
      for (; j < last; j++) {
        for (let r = i; r < Math.min(i + 4, m); r++)
          M[r + j * m] = dot(W, r * m, W, j * m, Math.max(r, j), m);
      }
    }
  }
  for (let j = 0; j < m; j++) for (let i = j + 1; i < m; i++) M[j + i * m] = M[i + j * m];
}

/** W = U′⁻¹, m × m lower, zeros above the diagonal. */
function inverseOfTransposed(m: number, U: Float64Array, n: number): Float64Array {
  const W = new Float64Array(m * m);
  const sums = new Float64Array(8);
  const padded = n === m ? U : leading(U, m, n);
  for (let first = 0; first < m; first += PANEL) {
    const last = Math.min(first + PANEL, m);
    for (let j = first; j < last; j++) {
      W[j + j * m] = 1 / padded[j + j * m];
      for (let i = j + 1; i < last; i++) {
        W[i + j * m] = -dot(padded, i * m, W, j * m, j, i) / padded[i + i * m];
      }
    }
    let i = last;
    for (; i + 3 < m; i += 4) {
      let j = first;
      for (; j + 1 < last; j += 2) {
        tileInto(sums, padded, i * m, W, j * m, m, first, i);
        finishInverse(W, padded, m, i, j, sums, 0);
        finishInverse(W, padded, m, i, j + 1, sums, 4);
      }
      for (; j < last; j++) {
        for (let r = 0; r < 4; r++) sums[r] = dot(padded, (i + r) * m, W, j * m, first, i);
        finishInverse(W, padded, m, i, j, sums, 0);
      }
    }
    for (; i < m; i++) {
      for (let j = first; j < last; j++) {
        W[i + j * m] = -dot(padded, i * m, W, j * m, first, i) / padded[i + i * m];
      }
    }
  }
  return W;
}

function finishInverse(
  W: Float64Array,
  U: Float64Array,
  m: number,
  i: number,
  j: number,
  sums: Float64Array,
  at: number,
): void {
  for (let r = 0; r < 4; r++) {
    let value = sums[at + r];
    for (let q = 0; q < r; q++) value += U[i + q + (i + r) * m] * W[i + q + j * m];
    W[i + r + j * m] = -value / U[i + r + (i + r) * m];
  }
}

/** The leading m × m part of an n × n matrix, upper triangle. */
function leading(U: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(m * m);
  for (let j = 0; j < m; j++) for (let i = 0; i <= j; i++) out[i + j * m] = U[i + j * n];
  return out;
}
