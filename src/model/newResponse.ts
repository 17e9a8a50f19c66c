/**
 * Another response for a model that stays as it is.
 *
 * @module
 */

import { counted, DataError, listOf, show } from "../errors.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import { checkFinite, checkSize, checkVaries } from "./usableRows.ts";

/**
 * The values of a new response on the rows that a model keeps.
 *
 * @param y - one number per row of the data, or one per row kept
 * @throws {DataError} `wrong-length`, `not-a-number`, `infinite-value`, `extreme-size`, `constant-response`
 */
export function responseOfRows(
  y: ArrayLike<number>,
  { n, inputRows, rows, response }: LinearMixedModel,
): Float64Array {
  const got: unknown = typeof y === "object" ? y?.length : undefined;
  if (typeof got !== "number") {
    throw new DataError(
      "not-a-number",
      `The response must be an array of numbers, got ${show(y)}.`,
      "Pass one number per row of the data.",
    );
  }
  // Text and arrays would become numbers below.
  const odd = Array.isArray(y) ? y.find((value) => value != null && typeof value !== "number") : undefined;
  if (odd !== undefined) {
    throw new DataError(
      "not-a-number",
      `The response must be an array of numbers, but holds ${show(odd)}.`,
      typeof odd === "object" && odd.length > 1
        ? "Pass one of the responses: simulations[0]."
        : "Pass one number per row of the data.",
    );
  }
  if (got !== inputRows && got !== n) {
    const kept = n === inputRows ? "" : `, ${n} of them used`;
    throw new DataError(
      "wrong-length",
      `The response has ${counted(y.length, "value")}, but the data have ${inputRows} rows${kept}.`,
      "Pass one number per row of the data.",
      { got: y.length, expected: inputRows },
    );
  }
  const values = Float64Array.from(rows, (row, i) => y[y.length === inputRows ? row : i]);
  const absent = Array.from(rows).filter((_, i) => Number.isNaN(values[i]));
  if (absent.length > 0) {
    throw new DataError(
      "not-a-number",
      `The new ${response.name} is missing in rows ${listOf(absent)}, counting from 0, which the model uses.`,
      "Pass a number for every row used, or make a new model with lmm().",
      { rows: absent },
    );
  }
  checkFinite(response.name, values, rows);
  checkSize(response.name, values);
  checkVaries(response.name, values);
  return values;
}
