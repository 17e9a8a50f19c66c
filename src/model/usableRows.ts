/**
 * Which rows of a table can be used, and what is wrong with the others.
 *
 * @module
 */

import type { FactorColumn } from "../data/factor.ts";
import { significant } from "../data/format.ts";
import type { Table } from "../data/table.ts";
import { DataError, listOf, ModelError, show, type Warning, warning } from "../errors.ts";
import { numbersOf } from "./evaluate.ts";

/** Rows where a piece of the frame cannot be used, by the columns to blame. */
export interface Blame {
  readonly columns: readonly string[];
  readonly missing: Uint8Array;
}

/** The column of weights; its missing rows are added to `blames`. */
export function weightsOf(table: Table, name: string, blames: Blame[]): Float64Array {
  const weights = numbersOf(table, name, name);
  const bad: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i] < 0) bad.push(i);
  if (bad.length > 0) {
    throw new DataError(
      "negative-weight",
      `Weights must be positive, but ${name} is ${listOf(bad.map((row) => weights[row]))} in rows ${listOf(bad)}, counting from 0.`,
      "Correct them, or leave those rows out.",
      { column: name, rows: bad },
    );
  }
  weights.forEach((w, i) => {
    if (w === Infinity) throw infiniteValue(name, [i]);
  });
  blames.push({ columns: [name], missing: missingIn(weights) });
  return weights;
}

/** The rows that can be used, and warnings about the others. */
export function keptRows(
  inputRows: number,
  blames: readonly Blame[],
  weights: Float64Array | null,
  options: { readonly missing?: "drop" | "error"; readonly weights?: string },
): { rows: Int32Array; warnings: Warning[] } {
  const kept = new Int32Array(inputRows);
  let count = 0;
  const missing: number[] = [];
  const weightless: number[] = [];
  for (let i = 0; i < inputRows; i++) {
    if (blames.some((blame) => blame.missing[i] === 1)) missing.push(i);
    else if (weights !== null && weights[i] === 0) weightless.push(i);
    else kept[count++] = i;
  }
  const warnings: Warning[] = [];
  const guilty = blames.filter((blame) => missing.some((row) => blame.missing[row] === 1));
  const columns = [...new Set(guilty.flatMap((blame) => blame.columns))];
  const where = `missing values in ${listOf(columns, 12)}`;
  if (count === 0) {
    const cause =
      inputRows === 0
        ? "The data have no rows."
        : `No rows left after leaving out ${missing.length} with ${missing.length > 0 ? where : "missing values"}` +
          `${weightless.length > 0 ? ` and ${weightless.length} with zero weight` : ""}.`;
    throw new DataError("no-rows", cause, "Pass data with at least a few complete rows.", {
      inputRows,
      columns,
    });
  }
  if (missing.length > 0) {
    const list = `rows ${listOf(missing)}, counting from 0`;
    const details = { rows: missing, columns };
    if (options.missing === "error") {
      throw new DataError(
        "missing-rows",
        `${missing.length} of ${inputRows} rows have ${where} (${list}).`,
        'Fill them in, or leave such rows out with missing: "drop".',
        details,
      );
    }
    const text = `${missing.length} of ${inputRows} rows left out because of ${where} (${list}).`;
    warnings.push(warning("missing-rows", text, details));
  }
  if (weightless.length > 0) {
    const text = `${weightless.length} of ${inputRows} rows left out because ${options.weights} is 0 (rows ${listOf(weightless)}, counting from 0).`;
    warnings.push(warning("zero-weight", text, { rows: weightless, column: options.weights }));
  }
  return { rows: kept.slice(0, count), warnings };
}

/** Refuses infinite values. */
export function checkFinite(label: string, values: Float64Array, rows: Int32Array): void {
  const bad: number[] = [];
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) bad.push(rows[i]);
  if (bad.length > 0) throw infiniteValue(label, bad);
}

/** The error for infinite values. */
export function infiniteValue(label: string, rows: readonly number[]): DataError {
  return new DataError(
    "infinite-value",
    `${label} is infinite in rows ${listOf(rows)}, counting from 0.`,
    "Correct those values, or leave the rows out.",
    { variable: label, rows },
  );
}

/** Sizes within which squares, and squares of ratios, of numbers stay far from the ends of what doubles hold. */
const SMALLEST = 1e-75;
const LARGEST = 1e75;

/** Refuses a column whose squares a double cannot hold. @throws {DataError} `extreme-size` */
export function checkSize(label: string, values: Float64Array): void {
  let size = 0;
  for (const value of values) size = Math.max(size, Math.abs(value));
  if (size === 0 || (size >= SMALLEST && size <= LARGEST)) return;
  throw new DataError(
    "extreme-size",
    `The largest number in ${label} is ${significant(size)} in size, and its square is beyond what can be computed with.`,
    "Express it in another unit.",
    { variable: label, size },
  );
}

/** Refuses a constant response. */
export function checkVaries(label: string, values: Float64Array): void {
  if (values.length < 2 || values.some((v) => v !== values[0])) return;
  throw new DataError(
    "constant-response",
    `${label} is ${values[0]} in every row; there is nothing to explain.`,
    "Check that this is the column meant.",
    { variable: label, value: values[0] },
  );
}

/** Refuses a factor with a single level. */
export function checkLevels(label: string, { levels }: Pick<FactorColumn, "levels">): void {
  if (levels.length >= 2) return;
  throw new ModelError(
    "one-level",
    `${label} has one level (${show(levels[0])}) in the rows used, so it has no effect to estimate.`,
    "Remove it from the formula.",
    { variable: label, levels },
  );
}

/** Warns of levels that no row has. */
export function noteUnused(warnings: Warning[], label: string, unused: readonly string[]): void {
  if (unused.length === 0) return;
  const text = `Levels of ${label} without rows: ${listOf(unused)}.`;
  warnings.push(warning("unused-levels", text, { variable: label, levels: unused }));
}

/** 1 where a value is `NaN`. */
export function missingIn(values: Float64Array): Uint8Array {
  const missing = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) missing[i] = 1;
  return missing;
}
