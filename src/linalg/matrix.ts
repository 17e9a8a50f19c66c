/**
 * `blmm/matrix`: matrices of models and fits as ml-matrix matrices, for QR, SVD and the like. The only door to
 * ml-matrix, and an entry of its own: fitting and sampling never load it.
 *
 * @module
 */

import { Matrix } from "ml-matrix";
import { ArgumentError } from "../errors.ts";

/** Rows of numbers: alone, as `fit.vcov()`, or with names, as `model.X()`. */
export type MatrixRows =
  | readonly (readonly number[])[]
  | { readonly rows: readonly (readonly number[])[]; readonly names: readonly string[] };

/**
 * Copies the rows of a matrix into an ml-matrix `Matrix`.
 *
 * @throws {ArgumentError} `invalid-argument` for rows of different lengths or no rows at all
 *
 * @example
 * ```ts
 * import { SingularValueDecomposition } from "ml-matrix";
 * new SingularValueDecomposition(toMatrix(model.X())).condition;
 * ```
 */
export function toMatrix(matrix: MatrixRows): Matrix {
  const rows = "rows" in matrix ? matrix.rows : matrix;
  const width = rows[0]?.length ?? 0;
  if (width === 0 || rows.some((row) => row.length !== width)) {
    throw new ArgumentError(
      "invalid-argument",
      "A matrix needs rows of one length, of at least one number each.",
      "Pass what model.X() or fit.vcov() returns.",
    );
  }
  return new Matrix(rows.map((row) => [...row]));
}
