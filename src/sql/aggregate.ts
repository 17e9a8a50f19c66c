/**
 * Sums, counts and ranges by groups: over all rows at once, or within the partitions of the table first, where a database
 * over several servers leaves them to the servers.
 *
 * @module
 */

import type { SqlDialect } from "./dialect.ts";
import { keyText, type SqlKey } from "./keys.ts";

/** The name under which the column that partitions the table passes through a plan. */
export const PARTITION = "part";

/** What is taken over the rows of a group; it is returned as a double. */
export interface Aggregate {
  readonly take: "SUM" | "MIN" | "MAX" | "COUNT";
  readonly of: string;
  readonly name: string;
}

/** How many rows a group has, as `n`. */
export const rowCount: Aggregate = { take: "COUNT", of: "*", name: "n" };

/** A sum of products under the weights `w`; `null` among the factors is the intercept. */
export function productSum(factors: readonly (string | null)[], w: string | null, name: string): Aggregate {
  const all = [w, ...factors].filter((factor) => factor !== null);
  return all.length === 0 ? { ...rowCount, name } : { take: "SUM", of: all.join(" * "), name };
}

/** How many rows fulfil a condition. */
export function tally(condition: string, name: string): Aggregate {
  return { take: "SUM", of: `CASE WHEN ${condition} THEN 1 ELSE 0 END`, name };
}

/**
 * The SELECT of a query.
 *
 * @param from - a relation, with `WHERE` where it has one
 * @param keys - what to group by, with the names under which the labels are returned
 */
export function aggregateSql(
  items: readonly Aggregate[],
  from: string,
  keys: readonly (readonly [SqlKey, string])[],
  partitioned: boolean,
  dialect: SqlDialect,
): string {
  const aliases = [...new Set(keys.map(([{ alias }]) => alias))];
  const labels = keys.map(([key, name]) => `${keyText(key, dialect)} AS ${name}`);
  const results = items.map(({ take, of, name }) => {
    const all = !partitioned ? `${take}(${of})` : `${take === "COUNT" ? "SUM" : take}(${name})`;
    return `CAST(${all} AS ${dialect.types.double}) AS ${name}`;
  });
  const groupBy = (by: readonly string[]): string => (by.length === 0 ? "" : ` GROUP BY ${by.join(", ")}`);
  const select = (list: readonly string[], source: string, by: readonly string[]): string =>
    `SELECT ${list.join(",\n  ")}\nFROM ${source}${groupBy(by)}`;
  if (!partitioned) return select([...labels, ...results], from, aliases);
  const inner = [PARTITION, ...aliases];
  const parts = select(
    [...inner, ...items.map(({ take, of, name }) => `${take}(${of}) AS ${name}`)],
    from,
    inner,
  );
  return select([...labels, ...results], `(${parts}) AS parts`, aliases);
}
