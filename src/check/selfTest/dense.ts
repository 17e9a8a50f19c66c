/**
 * Plain algebra of small matrices by rows, which shares nothing with the library's kernels, and numbers to fill them.
 *
 * @module
 */

/** A matrix by rows. */
export type Rows = readonly (readonly number[])[];

/** Uniform numbers of 32 bits in [0, 1), by a congruential generator whose products are exact in doubles. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

/** A matrix from a formula for its entries. */
export function matrix(rows: number, columns: number, entry: (i: number, j: number) => number): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => entry(i, j)));
}

/** Σ x_i y_i. */
export function inner(x: readonly number[], y: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** A x. */
export function times(A: Rows, x: readonly number[]): number[] {
  return A.map((row) => inner(row, x));
}

/** A′. */
export function transposed(A: Rows): number[][] {
  return A[0].map((_, j) => A.map((row) => row[j]));
}

/** A B. */
export function product(A: Rows, B: Rows): number[][] {
  const columns = transposed(B);
  return A.map((row) => times(columns, row));
}

/** tr(A B). */
export function traceOf(A: Rows, B: Rows): number {
  return transposed(B).reduce((sum, column, i) => sum + inner(A[i], column), 0);
}

/** L with LL′ = A, by rows. */
export function choleskyOf(A: Rows): number[][] {
  const L = matrix(A.length, A.length, () => 0);
  for (let i = 0; i < A.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = A[i][j];
      for (let c = 0; c < j; c++) rest -= L[i][c] * L[j][c];
      L[i][j] = i === j ? Math.sqrt(rest) : rest / L[j][j];
    }
  }
  return L;
}

/** log|A| from L. */
export function logDeterminant(L: Rows): number {
  return 2 * L.reduce((sum, row, i) => sum + Math.log(row[i]), 0);
}

/** A⁻¹b from L. */
export function solved(L: Rows, b: readonly number[]): number[] {
  const x = [...b];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) x[i] -= L[i][j] * x[j];
    x[i] /= L[i][i];
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < x.length; j++) x[i] -= L[j][i] * x[j];
    x[i] /= L[i][i];
  }
  return x;
}

/** A⁻¹ from L. */
export function inverseFrom(L: Rows): number[][] {
  return L.map((_, j) =>
    solved(
      L,
      L.map((_, i) => +(i === j)),
    ),
  );
}
