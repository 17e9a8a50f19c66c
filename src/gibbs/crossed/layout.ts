/**
 * Where the cross-products of a core stand.
 *
 * T = [Q, Z_h …] of a block. When the big factor is nested in the last core factor, the *outer* one, no level of the
 * big factor ties two levels of the outer one together: the core's precision is then an arrow, dense over the other
 * columns, with one small block and one row block per outer level, and the outer factor may have any number of levels.
 *
 * @module
 */

/** Dense columns first (n × n, column-major), then per outer level its rows (k × n) and its own block (k × k). */
export interface CoreLayout {
  /** Columns of T. */
  readonly m: number;
  /** n, columns in the dense part. */
  readonly dense: number;
  /** Columns per level of the outer factor; 0 without one. */
  readonly k: number;
  /** Numbers in all. */
  readonly length: number;
}

/** Lays out a core of m columns, the last `outer` of them in levels of k. */
export function coreLayout(m: number, outer: number, k: number): CoreLayout {
  const dense = m - outer;
  return { m, dense, k: outer === 0 ? 0 : k, length: dense * dense + outer * (dense + k) };
}

/** Where entry (row, column) stands, row ≥ column. */
export function positionOf({ dense, k }: CoreLayout, row: number, column: number): number {
  if (row < dense) return row + column * dense;
  const i = (row - dense) % k;
  const start = dense * dense + (row - dense - i) * (dense + k);
  return start + i + (column < dense ? column : dense + ((column - dense) % k)) * k;
}

/** c′Ac − 2c′v for A in this layout, with both triangles filled in. */
export function quadraticOf(
  { m, dense, k }: CoreLayout,
  A: Float64Array,
  c: Float64Array,
  v: Float64Array,
): number {
  let sum = 0;
  for (let j = 0; j < dense; j++) {
    let product = 0;
    for (let i = 0; i < dense; i++) product += A[i + j * dense] * c[i];
    sum += c[j] * (product - 2 * v[j]);
  }
  for (let row = dense, at = dense * dense; row < m; row += k, at += k * (dense + k)) {
    for (let i = 0; i < k; i++) {
      let twice = 0;
      for (let j = 0; j < dense; j++) twice += A[at + i + j * k] * c[j];
      let product = 0;
      for (let j = 0; j < k; j++) product += A[at + i + (dense + j) * k] * c[row + j];
      sum += c[row + i] * (2 * twice + product - 2 * v[row + i]);
    }
  }
  return sum;
}
