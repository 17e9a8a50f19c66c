/**
 * What is worth knowing about data that do identify their model.
 *
 * @module
 */

import type { Table } from "../data/table.ts";
import { type Warning, warning } from "../errors.ts";
import { quoteName } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import type { ModelFrame } from "./modelFrame.ts";

/** The predictors that are plain columns of dates. */
export function dateRemarks(formula: Formula, table: Table, { rows }: ModelFrame): Warning[] {
  const nodes = [formula.fixed, ...formula.random.map(({ part }) => part)].flatMap((part) => part.variables);
  const names = new Set(nodes.flatMap((node) => (node.type === "name" ? [node.name] : [])));
  return [...names].flatMap((name) => {
    const column = table.columns.get(name);
    if (column?.kind !== "date") return [];
    const [first, last] = rangeOf(column.values, rows).map(dayOf);
    return datesAsDays(name, first, last);
  });
}

/** `dates-as-days`. */
export function datesAsDays(column: string, first: string, last: string): Warning {
  const label = quoteName(column);
  return warning(
    "dates-as-days",
    `${label} counts days since 1970-01-01 (here ${first} to ${last}): slopes are per day, and the intercept belongs to that day. ` +
      `center(${label}) moves it to the mean date.`,
    { column, first, last },
  );
}

function rangeOf(values: Float64Array, rows: Int32Array): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) {
    low = Math.min(low, values[row]);
    high = Math.max(high, values[row]);
  }
  return [low, high];
}

/** The day that a number of days since 1970-01-01 means, as text. */
export const dayOf = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);

/** Tables of fewer different rows may repeat each of them by chance. */
const FEWEST = 20;

/**
 * `repeated-rows`: a join that matched twice, or a file read twice, repeats every row of the table alike. Some rows that equal others
 * are no sign of it: replicates of rounded measurements do so.
 */
export function repeatedRows({ columns, rowCount }: Table): Warning[] {
  const cells = Array.from(columns.values(), (column) =>
    column.kind === "factor" ? column.codes : column.values,
  );
  const hasTwin = (row: number): boolean => {
    for (let i = 0; i < rowCount; i++)
      if (i !== row && cells.every((column) => Object.is(column[i], column[row]))) return true;
    return false;
  };
  // Nearly every table ends here: its first row has no twin.
  if (rowCount < 2 * FEWEST || ![0, 1, 2, 3].every(hasTwin)) return [];
  const counts = new Map<string, number>();
  for (let i = 0; i < rowCount; i++) {
    const key = JSON.stringify(cells.map((column) => column[i]));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const times = rowCount / counts.size;
  if (counts.size < FEWEST || [...counts.values()].some((count) => count !== times)) return [];
  return [
    warning(
      "repeated-rows",
      `Every row of the data is there ${times} times: ${counts.size} different rows of ${rowCount}. ` +
        "If a join or a file read twice repeated them, standard errors are too small; pass each row once.",
      { times, different: counts.size, rows: rowCount },
    ),
  ];
}
