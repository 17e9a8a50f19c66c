/**
 * Dense linear systems without symmetry: Gaussian elimination with partial pivoting.
 *
 * @module
 */

/** A pivot below this share of the largest entry of its column of A counts as zero: rounding leaves some 1e-14. */
const SINGULAR = 1e-11;

/**
 * Solves A x = b.
 *
 * @param A - n × n column-major; kept
 * @param b - n numbers; kept
 * @returns x, or `null` when A is singular to working accuracy
 * @see Golub & Van Loan 2013, algorithm 3.4.1
 */
export function solveGeneral(A: Float64Array, b: Float64Array, n: number): Float64Array | null {
  const M = A.slice();
  const x = b.slice();
  for (let j = 0; j < n; j++) {
    let size = 0;
    for (let i = 0; i < n; i++) size = Math.max(size, Math.abs(A[i + j * n]));
    let pivot = j;
    for (let i = j + 1; i < n; i++) if (Math.abs(M[i + j * n]) > Math.abs(M[pivot + j * n])) pivot = i;
    if (!(Math.abs(M[pivot + j * n]) > SINGULAR * size)) return null;
    if (pivot !== j) {
      for (let c = j; c < n; c++) {
        const held = M[j + c * n];
        M[j + c * n] = M[pivot + c * n];
        M[pivot + c * n] = held;
      }
      const held = x[j];
      x[j] = x[pivot];
      x[pivot] = held;
    }
    for (let i = j + 1; i < n; i++) M[i + j * n] /= M[j + j * n];
    for (let i = j + 1; i < n; i++) x[i] -= M[i + j * n] * x[j];
    for (let c = j + 1; c < n; c++) {
      const value = M[j + c * n];
      if (value !== 0) for (let i = j + 1; i < n; i++) M[i + c * n] -= M[i + j * n] * value;
    }
  }
  for (let j = n - 1; j >= 0; j--) {
    x[j] /= M[j + j * n];
    for (let i = 0; i < j; i++) x[i] -= M[i + j * n] * x[j];
  }
  return x;
}
