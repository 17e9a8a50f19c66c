/**
 * The SQL that reads the table: every row typed and computed, and of these the rows that can be used.
 *
 * @module
 */

import { columnsUsed } from "../formula/functions.ts";
import type { Node } from "../formula/parser.ts";
import { type Aggregate, aggregateSql, PARTITION, rowCount, tally } from "./aggregate.ts";
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
  partition: string | undefined,
  weighted: boolean,
): KeptSql {
  const passed = partition === undefined ? [] : [PARTITION];
  const typed = [
    ...(partition === undefined ? [] : [`${dialect.quote(partition)} AS ${PARTITION}`]),
    ...Array.from(
      numberColumns,
      ([name, alias]) => `${numberSql(name, kinds.get(name), dialect)} AS ${alias}`,
    ),
    ...keys.map(({ column, kind, alias }) => `${keySql(column, kind, dialect)} AS ${alias}`),
  ];
  const doubles = new Set([...numberColumns.values(), ...keys.filter(keyIsDouble).map(({ alias }) => alias)]);
  const inputs = [...numberColumns.values(), ...keys.map(({ alias }) => alias)];
  const clean = [
    ...passed,
    ...inputs.map((alias) =>
      doubles.has(alias)
        ? `CASE WHEN ${dialect.isNaN(alias)} THEN NULL ELSE ${alias} END AS ${alias}`
        : alias,
    ),
  ];
  const complete = inputs.map((alias) => `${alias} IS NOT NULL`).join(" AND ");
  const usable = weighted ? `${complete} AND ${values[1].alias} <> 0` : complete;
  const computed = values.map(({ sql, alias }) => `${sql} AS ${alias}`);
  const valued =
    `typed AS (SELECT ${typed.join(",\n  ")}\n  FROM ${relation}),\n` +
    `clean AS (SELECT ${clean.join(",\n  ")}\n  FROM typed),\n` +
    `valued AS (SELECT ${[...passed, ...inputs, ...computed].join(",\n  ")}\n  FROM clean)`;
  const outputs = [...passed, ...keys.map(({ alias }) => alias), ...values.map(({ alias }) => alias)];
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

/** A number where it is finite. */
export function finiteSql(alias: string, dialect: SqlDialect): string {
  return `CASE WHEN ABS(${alias}) <= ${dialect.number(LARGEST)} THEN ${alias} END`;
}

/** The combinations of labels that occur, as l0, l1, …, and the rows of each as `n`. */
export function combinationsSql(
  { kept }: KeptSql,
  keys: readonly SqlKey[],
  partitioned: boolean,
  dialect: SqlDialect,
): string {
  const named = keys.map((key, j) => [key, `l${j}`] as const);
  return `WITH ${kept}\n${aggregateSql([rowCount], "kept", named, partitioned, dialect)}`;
}

/** The labels of a key as `k`, and how many of their rows can be used. */
export function levelsSql(
  { valued, usable }: KeptSql,
  key: SqlKey,
  partitioned: boolean,
  dialect: SqlDialect,
): string {
  const from = `valued WHERE ${key.alias} IS NOT NULL`;
  return `WITH ${valued}\n${aggregateSql([tally(usable, "used")], from, [[key, "k"]], partitioned, dialect)}`;
}

/** One row of counts, sums and ranges; NULL where there is nothing to sum. */
export function countsSql(
  dialect: SqlDialect,
  { valued, complete, usable }: KeptSql,
  numberColumns: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, SqlKey>,
  values: readonly Computed[],
  kinds: ReadonlyMap<string, SqlKind>,
  partitioned: boolean,
): string {
  const largest = dialect.number(LARGEST);
  const big = (alias: string): Aggregate =>
    tally(`ABS(${alias}) > ${dialect.number(Number.MAX_SAFE_INTEGER)}`, `big_${alias}`);
  const items: Aggregate[] = [
    { ...rowCount, name: "input_rows" },
    tally(complete, "complete_rows"),
    tally(usable, "kept_rows"),
    ...Array.from(numberColumns.values(), (alias) => tally(`${alias} IS NULL`, `m_${alias}`)),
    ...Array.from(keys.values(), ({ alias }) => tally(`${alias} IS NULL`, `m_${alias}`)),
    ...[...numberColumns].flatMap(([name, alias]) => (kinds.get(name) === "integer" ? [big(alias)] : [])),
    ...Array.from(keys.values()).flatMap((key) => (keyIsDouble(key) ? [big(key.alias)] : [])),
    ...values.flatMap(({ alias, node }): Aggregate[] => {
      const inputs = columnsUsed(node).map((name) => `${numberColumns.get(name)} IS NOT NULL`);
      const finite = `CASE WHEN ${usable} THEN ${finiteSql(alias, dialect)} END`;
      return [
        tally([...inputs, `${alias} IS NULL`].join(" AND "), `bad_${alias}`),
        tally(`${usable} AND ABS(${alias}) > ${largest}`, `inf_${alias}`),
        tally(`${alias} < ${dialect.number(0)}`, `neg_${alias}`),
        { take: "SUM", of: finite, name: `s_${alias}` },
        { take: "MIN", of: finite, name: `lo_${alias}` },
        { take: "MAX", of: finite, name: `hi_${alias}` },
      ];
    }),
  ];
  return `WITH ${valued}\n${aggregateSql(items, "valued", [], partitioned, dialect)}`;
}
