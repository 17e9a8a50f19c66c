/**
 * Products of tall matrices, of many rows and some columns, a few rows at a time: every number that comes from memory is
 * used for all columns before it leaves the cache.
 *
 * @module
 */

/** Rows added up before their sum joins the total; near √n of the largest data. */
export const ROWS = 256;

/** The columns of a matrix with n rows, where they stand. */
export function columnsOf(matrix: Float64Array, n: number): Float64Array[] {
  return Array.from({ length: matrix.length / n }, (_, c) => matrix.subarray(c * n, (c + 1) * n));
}

/**
 * C ← A′B for columns of one length; C (a × b) column-major. Where A and B are the same list, the upper triangle alone.
 *
 * Eight sums at a time, each over its own run of rows.
 */
export function tallProductInto(
  C: Float64Array,
  A: readonly Float64Array[],
  B: readonly Float64Array[],
): void {
  const m = A.length;
  const k = B.length;
  const n = A[0]?.length ?? 0;
  C.fill(0);
  for (let start = 0; start < n; start += ROWS) {
    const end = Math.min(start + ROWS, n);
    for (let j = 0; j < k; j += 2) {
      const pair = j + 1 < k;
      const b0 = B[j];
      const b1 = pair ? B[j + 1] : b0;
      const most = A === B ? Math.min(j + 2, m) : m;
      for (let i = 0; i < most; i += 4) {
        const left = m - i;
        const a0 = A[i];
        const a1 = left > 1 ? A[i + 1] : a0;
        const a2 = left > 2 ? A[i + 2] : a0;
        const a3 = left > 3 ? A[i + 3] : a0;
        let s00 = 0;
        let s10 = 0;
        let s20 = 0;
        let s30 = 0;
        let s01 = 0;
        let s11 = 0;
        let s21 = 0;
        let s31 = 0;
        for (let r = start; r < end; r++) {
          const x = b0[r];
          const y = b1[r];
          s00 += a0[r] * x;
          s10 += a1[r] * x;
          s20 += a2[r] * x;
          s30 += a3[r] * x;
          s01 += a0[r] * y;
          s11 += a1[r] * y;
          s21 += a2[r] * y;
          s31 += a3[r] * y;
        }
        const at = i + j * m;
        C[at] += s00;
        if (left > 1) C[at + 1] += s10;
        if (left > 2) C[at + 2] += s20;
        if (left > 3) C[at + 3] += s30;
        if (!pair) continue;
        C[at + m] += s01;
        if (left > 1) C[at + m + 1] += s11;
        if (left > 2) C[at + m + 2] += s21;
        if (left > 3) C[at + m + 3] += s31;
      }
    }
  }
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
