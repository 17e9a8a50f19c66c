/**
 * The cross-products of a list of columns, in as many queries as their number needs.
 *
 * @module
 */

import { type Aggregate, aggregateSql, productSum, rowCount, tally } from "./aggregate.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlFrame } from "./frame.ts";
import type { SqlQuery } from "./passes.ts";
import { dataChanged, type ResultRows } from "./rows.ts";

/** Sums in one query: PostgreSQL takes no more than 1664 columns. */
const MOST_SUMS = 1000;

/**
 * Queries of all sums of products of two columns, with the number of rows and of new labels.
 *
 * @param body - the common table expressions up to `from`
 * @param names - the columns; `null` is the intercept
 * @param extras - taken along in the first query
 */
export function productQueries(
  name: string,
  body: string,
  from: string,
  names: readonly (string | null)[],
  extras: readonly Aggregate[],
  frame: SqlFrame,
  dialect: SqlDialect,
): SqlQuery[] {
  const w = frame.weights?.alias ?? null;
  const sums = names.flatMap((right, j) =>
    names.slice(0, j + 1).map((left, i) => productSum([left, right], w, `s_${i}_${j}`)),
  );
  const queries: SqlQuery[] = [];
  for (let at = 0; at < sums.length; at += MOST_SUMS) {
    const items = [rowCount, strays(frame), ...(at === 0 ? extras : []), ...sums.slice(at, at + MOST_SUMS)];
    queries.push({
      name: at === 0 ? name : `${name} (${queries.length + 1})`,
      text: `${body}\n${aggregateSql(items, from, [], frame.partitioned, dialect)}`,
    });
  }
  return queries;
}

/**
 * The matrix of the sums, `size` × `size`.
 *
 * @throws {DataError} `data-changed` where rows or labels are not what they were
 */
export function readProducts(results: readonly ResultRows[], size: number, n: number): Float64Array {
  for (const rows of results) {
    const now = rows.length === 1 ? rows.number(0, "n") : 0;
    if (now !== n) throw dataChanged(`there were ${n} rows, then ${now}`);
    const count = rows.number(0, "strays");
    if (count > 0) throw dataChanged(`${count} rows have a new label`);
  }
  const A = new Float64Array(size * size);
  let next = 0;
  for (let j = 0; j < size; j++) {
    for (let i = 0; i <= j; i++, next++) {
      const value = results[Math.floor(next / MOST_SUMS)].number(0, `s_${i}_${j}`);
      A[i + j * size] = value;
      A[j + i * size] = value;
    }
  }
  return A;
}

/** How many rows have a label of the fixed part or of slopes that was not there before. */
function strays(frame: SqlFrame): Aggregate {
  const used = new Set(frame.variables.map((own) => (own.kind === "factor" ? own.column : "")));
  const keys = Array.from(frame.keys.values()).filter(({ column }) => used.has(column));
  const conditions = keys.map(({ alias, literals }) => `${alias} NOT IN (${literals.join(", ")})`);
  return tally(conditions.length === 0 ? "1 = 0" : conditions.join(" OR "), "strays");
}
