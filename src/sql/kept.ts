/**
 * The SQL that reads the table: every row typed and computed, and of these the rows that can be used.
 *
 * @module
 */

import { columnsUsed } from "../formula/functions.ts";
import type { Node } from "../formula/parser.ts";
import type { SqlDialect, SqlKind } from "./dialect.ts";
import { keyIsDouble, keySql, type SqlKey } from "./keys.ts";

const LARGEST = Number.MAX_VALUE;

/** The SQL of the rows. */
export interface KeptSql {
  /** CTEs up to `valued`: every row, its numbers, labels and computed values. */
  readonly valued: string;
  /** CTEs up to `kept`: the rows that can be used. */
  readonly kept: string;
  readonly complete: string;
  readonly usable: string;
}

/** A number computed in each row. */
export interface Computed {
  readonly label: string;
  readonly alias: string;
  readonly sql: string;
  readonly node: Node;
}

/** The common table expressions that read the table. */
export function keptSql(
  relation: string,
  dialect: SqlDialect,
  kinds: ReadonlyMap<string, SqlKind>,
  numberColumns: ReadonlyMap<string, string>,
  keys: readonly SqlKey[],
  values: readonly Computed[],
  weighted: boolean,
): KeptSql {
  const typed = [
    ...Array.from(
      numberColumns,
      ([name, alias]) => `${numberSql(name, kinds.get(name), dialect)} AS ${alias}`,
    ),
    ...keys.map(({ column, kind, alias }) => `${keySql(column, kind, dialect)} AS ${alias}`),
  ];
  const doubles = new Set([...numberColumns.values(), ...keys.filter(keyIsDouble).map(({ alias }) => alias)]);
  const inputs = [...numberColumns.values(), ...keys.map(({ alias }) => alias)];
  const clean = inputs.map((alias) =>
    doubles.has(alias) ? `CASE WHEN ${dialect.isNaN(alias)} THEN NULL ELSE ${alias} END AS ${alias}` : alias,
  );
  const complete = inputs.map((alias) => `${alias} IS NOT NULL`).join(" AND ");
  const usable = weighted ? `${complete} AND ${values[1].alias} <> 0` : complete;
  const computed = values.map(({ sql, alias }) => `${sql} AS ${alias}`);
  const valued =
    `typed AS (SELECT ${typed.join(",\n  ")}\n  FROM ${relation}),\n` +
    `clean AS (SELECT ${clean.join(",\n  ")}\n  FROM typed),\n` +
    `valued AS (SELECT ${[...inputs, ...computed].join(",\n  ")}\n  FROM clean)`;
  const outputs = [...keys.map(({ alias }) => alias), ...values.map(({ alias }) => alias)];
  const kept = `${valued},\nkept AS (SELECT ${outputs.join(", ")} FROM valued WHERE ${usable})`;
  return { valued, kept, complete, usable };
}

function numberSql(name: string, kind: SqlKind | undefined, dialect: SqlDialect): string {
  const quoted = dialect.quote(name);
  if (kind === "date" || kind === "timestamp") return dialect.days(quoted, kind);
  const { number } = dialect;
  if (kind === "boolean")
    return `CASE WHEN ${quoted} THEN ${number(1)} WHEN NOT ${quoted} THEN ${number(0)} END`;
  return `CAST(${quoted} AS ${dialect.types.double})`;
}

/** The combinations of labels that occur, as k0, k1, … */
export function combinationsSql({ kept }: KeptSql, aliases: readonly string[]): string {
  const columns = aliases.map((alias, j) => `${alias} AS k${j}`).join(", ");
  return `WITH ${kept}\nSELECT ${columns} FROM kept GROUP BY ${aliases.join(", ")}`;
}

/** One row of counts, sums and ranges. */
export function countsSql(
  dialect: SqlDialect,
  { complete, usable }: KeptSql,
  numberColumns: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, SqlKey>,
  values: readonly Computed[],
  kinds: ReadonlyMap<string, SqlKind>,
): string {
  const { double } = dialect.types;
  const largest = dialect.number(LARGEST);
  const tally = (condition: string, name: string): string =>
    `CAST(COALESCE(SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END), 0) AS ${double}) AS ${name}`;
  const when = (sql: string): string => `CASE WHEN ${usable} THEN ${sql} END`;
  const finite = (alias: string): string =>
    `CASE WHEN ${usable} AND ABS(${alias}) <= ${largest} THEN ${alias} END`;
  const items = [
    `CAST(COUNT(*) AS ${double}) AS input_rows`,
    tally(complete, "complete_rows"),
    tally(usable, "kept_rows"),
    ...Array.from(numberColumns.values(), (alias) => tally(`${alias} IS NULL`, `m_${alias}`)),
    ...Array.from(keys.values(), ({ alias }) => tally(`${alias} IS NULL`, `m_${alias}`)),
    ...[...numberColumns].flatMap(([name, alias]) =>
      kinds.get(name) === "integer"
        ? [tally(`ABS(${alias}) > ${dialect.number(Number.MAX_SAFE_INTEGER)}`, `big_${alias}`)]
        : [],
    ),
    ...values.flatMap(({ alias, node }) => {
      const inputs = columnsUsed(node).map((name) => `${numberColumns.get(name)} IS NOT NULL`);
      return [
        tally([...inputs, `${alias} IS NULL`].join(" AND "), `bad_${alias}`),
        tally(`${when(`ABS(${alias})`)} > ${largest}`, `inf_${alias}`),
        `COALESCE(SUM(${finite(alias)}), ${dialect.number(0)}) AS s_${alias}`,
        `COALESCE(MIN(${finite(alias)}), ${dialect.number(0)}) AS lo_${alias}`,
        `COALESCE(MAX(${finite(alias)}), ${dialect.number(0)}) AS hi_${alias}`,
      ];
    }),
    ...values.map(({ alias }) => tally(`${alias} < ${dialect.number(0)}`, `neg_${alias}`)),
  ];
  return `SELECT ${items.join(",\n  ")}\nFROM valued`;
}
