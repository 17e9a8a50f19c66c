/**
 * Contrasts: how k levels of a factor become k − 1 columns.
 *
 * @module
 */

/** The codings known. */
export type ContrastName = "treatment" | "sum" | "helmert" | "poly";

/** Their names, for checks and messages. */
export const contrastNames: readonly ContrastName[] = ["treatment", "sum", "helmert", "poly"];

/** A coding of a factor. */
export interface Coding {
  /** What is put behind the factor's name: `hplc` in `methodhplc`, `.L` in `dose.L`. */
  readonly suffixes: readonly string[];
  /** Levels × columns, column-major. */
  readonly values: Float64Array;
}

/** One 0/1 column for each level: what a factor gets where its margin is absent from the model. */
export function indicatorCoding(levels: readonly string[]): Coding {
  const k = levels.length;
  const values = new Float64Array(k * k);
  for (let i = 0; i < k; i++) values[i * k + i] = 1;
  return { suffixes: levels, values };
}

/**
 * The coding of a factor.
 *
 * - `treatment`: differences from the first level; named by level.
 * - `sum`: deviations from the mean of the level means, the last level being minus the sum; named 1, 2, …
 * - `helmert`: each level against the mean of those before it; named 1, 2, …
 * - `poly`: orthonormal polynomials over equally spaced levels; named .L, .Q, .C, ^4, …
 *
 * @returns levels × (levels − 1)
 * @see R's `contr.treatment()`, `contr.sum()`, `contr.helmert()`, `contr.poly()`
 */
export function contrastCoding(name: ContrastName, levels: readonly string[]): Coding {
  const k = levels.length;
  const m = Math.max(0, k - 1);
  const values = new Float64Array(k * m);
  const numbers = Array.from({ length: m }, (_, j) => String(j + 1));
  switch (name) {
    case "treatment":
      for (let j = 0; j < m; j++) values[j * k + j + 1] = 1;
      return { suffixes: levels.slice(1), values };
    case "sum":
      for (let j = 0; j < m; j++) {
        values[j * k + j] = 1;
        values[j * k + k - 1] = -1;
      }
      return { suffixes: numbers, values };
    case "helmert":
      for (let j = 0; j < m; j++) {
        values.fill(-1, j * k, j * k + j + 1);
        values[j * k + j + 1] = j + 1;
      }
      return { suffixes: numbers, values };
    case "poly":
      fillPolynomials(values, k);
      return { suffixes: numbers.map((n, j) => [".L", ".Q", ".C"][j] ?? `^${n}`), values };
  }
}

/** Powers of the centred scores, made orthonormal in order; signs such that the leading power is positive. */
function fillPolynomials(values: Float64Array, k: number): void {
  const column = new Float64Array(k);
  const basis = [new Float64Array(k).fill(1 / Math.sqrt(k))];
  for (let j = 1; j < k; j++) {
    // From the column before, times the score: better conditioned than powers, and the same span.
    const previous = basis[j - 1];
    for (let i = 0; i < k; i++) column[i] = previous[i] * (i - (k - 1) / 2);
    // Twice is enough: the second pass removes what rounding left in the first.
    for (let pass = 0; pass < 2; pass++) {
      for (const q of basis) {
        let dot = 0;
        for (let i = 0; i < k; i++) dot += q[i] * column[i];
        for (let i = 0; i < k; i++) column[i] -= dot * q[i];
      }
    }
    let square = 0;
    for (let i = 0; i < k; i++) square += column[i] * column[i];
    const norm = Math.sqrt(square);
    basis.push(column.map((v) => v / norm));
    values.set(basis[j], (j - 1) * k);
  }
}
