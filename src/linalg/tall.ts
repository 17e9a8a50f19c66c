/**
 * Products of tall matrices, of many rows and some columns, a few rows at a time: every number that comes from memory is
 * used for all columns before it leaves the cache.
 *
 * @module
 */

import { tileInto } from "./tiles.ts";

/** Rows added up before their sum joins the total; near √n of the largest data. */
export const ROWS = 256;

/** The columns of a matrix with n rows, where they stand. */
export function columnsOf(matrix: Float64Array, n: number): Float64Array[] {
  return Array.from({ length: matrix.length / n }, (_, c) => matrix.subarray(c * n, (c + 1) * n));
}

/**
 * C ← A′B for columns of one length; C (a × b) column-major. Where A and B are the same list, the upper triangle alone.
 *
 * By tiles of 4 × 2 sums over rows that are packed side by side, columns that the tiles want beyond the last being 0.
 */
export function tallProductInto(
  C: Float64Array,
  A: readonly Float64Array[],
  B: readonly Float64Array[],
): void {
  const m = A.length;
  const k = B.length;
  const n = A[0]?.length ?? 0;
  const left = new Float64Array(ROWS * (m + (-m & 3)));
  const right = A === B ? left : new Float64Array(ROWS * (k + (k & 1)));
  const sums = new Float64Array(8);
  C.fill(0);
  for (let start = 0; start < n; start += ROWS) {
    const end = Math.min(start + ROWS, n);
    packInto(left, A, start, end);
    if (A !== B) packInto(right, B, start, end);
    for (let j = 0; j < k; j += 2) {
      const most = A === B ? Math.min(j + 2, m) : m;
      for (let i = 0; i < most; i += 4) {
        tileInto(sums, left, i * ROWS, right, j * ROWS, ROWS, 0, end - start);
        for (let b = 0; b < 2 && j + b < k; b++) {
          for (let a = 0; a < 4 && i + a < m; a++) C[i + a + (j + b) * m] += sums[a + 4 * b];
        }
      }
    }
  }
}

function packInto(out: Float64Array, columns: readonly Float64Array[], start: number, end: number): void {
  for (let c = 0; c < columns.length; c++) out.set(columns[c].subarray(start, end), c * ROWS);
}

/** B ← B − AC for columns of one length; C (a × b) column-major. */
export function subtractTallInto(
  B: readonly Float64Array[],
  A: readonly Float64Array[],
  C: Float64Array,
): void {
  const m = A.length;
  const n = A[0]?.length ?? 0;
  for (let start = 0; start < n; start += ROWS) {
    const end = Math.min(start + ROWS, n);
    for (let j = 0; j < B.length; j++) {
      const b = B[j];
      let i = 0;
      for (; i + 3 < m; i += 4) {
        const [a0, a1, a2, a3] = [A[i], A[i + 1], A[i + 2], A[i + 3]];
        const at = i + j * m;
        const c0 = C[at];
        const c1 = C[at + 1];
        const c2 = C[at + 2];
        const c3 = C[at + 3];
        for (let r = start; r < end; r++) b[r] -= a0[r] * c0 + a1[r] * c1 + a2[r] * c2 + a3[r] * c3;
      }
      for (; i < m; i++) {
        const a = A[i];
        const c = C[i + j * m];
        for (let r = start; r < end; r++) b[r] -= a[r] * c;
      }
    }
  }
}
