/**
 * What the counts of the first round say: which rows are left out, and what cannot be used.
 *
 * @module
 */

import { DataError, listOf, type Warning, warning } from "../errors.ts";
import { infiniteValue } from "../model/usableRows.ts";
import type { SqlKind } from "./dialect.ts";
import type { Computed } from "./kept.ts";
import type { SqlKey } from "./keys.ts";
import type { SqlOptions } from "./options.ts";

/**
 * Reads the counts.
 *
 * @throws {DataError} `no-rows`, `missing-rows`, `infinite-value`, `not-a-number`, `negative-weight`, `inexact-integer`
 */
export function checkCounts(
  count: (name: string) => number,
  numberColumns: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, SqlKey>,
  values: readonly Computed[],
  { weights, missing = "drop" }: SqlOptions,
  kinds: ReadonlyMap<string, SqlKind>,
  warnings: Warning[],
): { n: number; inputRows: number } {
  const n = count("kept_rows");
  const inputRows = count("input_rows");
  const gone = inputRows - count("complete_rows");
  const weightless = count("complete_rows") - n;
  const inputs = [
    ...numberColumns,
    ...Array.from(keys.values(), ({ column, alias }) => [column, alias] as const),
  ];
  const columns = [...new Set(inputs.filter(([, alias]) => count(`m_${alias}`) > 0).map(([name]) => name))];
  for (const { label, alias } of values) {
    const bad = count(`bad_${alias}`);
    if (bad > 0) {
      throw new DataError(
        "not-a-number",
        `${label} cannot be computed in ${bad} rows.`,
        "Leave those rows out, or transform differently.",
        { variable: label, count: bad },
      );
    }
  }
  if (weights !== undefined && count(`neg_${values[1].alias}`) > 0) {
    throw new DataError(
      "negative-weight",
      `Weights must be positive, but ${weights} is negative in ${count(`neg_${values[1].alias}`)} rows.`,
      "Correct them, or leave those rows out.",
      { column: weights },
    );
  }
  const where = `missing values in ${listOf(columns, 12)}`;
  if (n === 0) {
    throw new DataError(
      "no-rows",
      inputRows === 0
        ? "The data have no rows."
        : `No rows left after leaving out ${gone} with ${where}${weightless > 0 ? ` and ${weightless} with zero weight` : ""}.`,
      "Pass data with at least a few complete rows.",
      { inputRows, columns },
    );
  }
  if (gone > 0) {
    if (missing === "error") {
      throw new DataError(
        "missing-rows",
        `${gone} of ${inputRows} rows have ${where}.`,
        'Fill them in, or leave such rows out with missing: "drop".',
        { count: gone, columns },
      );
    }
    const text = `${gone} of ${inputRows} rows left out because of ${where}.`;
    warnings.push(warning("missing-rows", text, { count: gone, columns }));
  }
  if (weightless > 0) {
    const text = `${weightless} of ${inputRows} rows left out because ${weights} is 0.`;
    warnings.push(warning("zero-weight", text, { count: weightless, column: weights }));
  }
  for (const { label, alias } of values) {
    const infinite = count(`inf_${alias}`);
    if (infinite > 0) throw infiniteRows(label, infinite);
  }
  for (const [name, alias] of inputs) {
    const isLabel = keys.get(name)?.alias === alias;
    if (kinds.get(name) !== (isLabel ? "number" : "integer") || count(`big_${alias}`) === 0) continue;
    throw new DataError(
      "inexact-integer",
      `${name} holds integers beyond 2^53, which no number can hold exactly.`,
      isLabel
        ? "As labels they are exact when the column is cast to text in a query."
        : `Write factor(${name}) if they are labels, or cast the column to a double in a query.`,
      { column: name },
    );
  }
  return { n, inputRows };
}

function infiniteRows(label: string, count: number): DataError {
  const { remedy } = infiniteValue(label, []);
  return new DataError("infinite-value", `${label} is infinite in ${count} rows.`, remedy, {
    variable: label,
    count,
  });
}
