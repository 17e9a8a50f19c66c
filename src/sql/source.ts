/**
 * Where the sums come from: a database behind a function that runs a query.
 *
 * @module
 */

import { BlmmError, checkKind, DataError, oneOf, show } from "../errors.ts";
import type { SqlDialect } from "./dialect.ts";
import { bigqueryDialect } from "./dialects/bigquery.ts";
import { duckdbDialect } from "./dialects/duckdb.ts";
import { postgresDialect } from "./dialects/postgres.ts";
import { snowflakeDialect } from "./dialects/snowflake.ts";
import { sparkDialect } from "./dialects/spark.ts";
import { trinoDialect } from "./dialects/trino.ts";
import type { SqlQuery } from "./passes.ts";
import type { SqlRows } from "./rows.ts";

const dialects: Readonly<Record<SqlEngine, SqlDialect>> = {
  duckdb: duckdbDialect,
  postgres: postgresDialect,
  bigquery: bigqueryDialect,
  snowflake: snowflakeDialect,
  spark: sparkDialect,
  trino: trinoDialect,
};

/** Engines by name. */
export type SqlEngine = "duckdb" | "postgres" | "bigquery" | "snowflake" | "spark" | "trino";

/** A database and the table or query in it that holds the data. */
export interface SqlSource {
  /** Runs one query and returns its rows as objects. */
  query(text: string): PromiseLike<SqlRows>;
  /** The engine (`"duckdb"`, `"postgres"`; the others take `sqlPlan`), or what it needs written differently. */
  readonly dialect: SqlEngine | SqlDialect;
  /** The name of a table, `schema.table` too, or a query that begins with SELECT, WITH, FROM or VALUES. */
  readonly table: string;
}

/** A connection of `@duckdb/node-api`, by what is used of it. */
export interface DuckdbConnection {
  runAndReadAll(text: string): Promise<{ getRowObjectsJS(): SqlRows }>;
}

/** A connection of DuckDB-WASM, by what is used of it; of its blocking build too. */
export interface DuckdbWasmConnection {
  query(text: string): Arrow | Promise<Arrow>;
}
interface Arrow {
  toArray(): readonly unknown[];
}

/** A client of the package `postgres` (a function with `unsafe`) or of `pg` (an object with `query`). */
export type PostgresClient =
  | { unsafe(text: string): PromiseLike<SqlRows> }
  | { query(text: string): Promise<{ readonly rows: SqlRows }> };

/**
 * A table or query of DuckDB.
 *
 * @param connection - of `@duckdb/node-api`, or of DuckDB-WASM
 * @param tableOrQuery - a table's name, or a query that begins with SELECT, WITH, FROM or VALUES
 * @example
 * await lmmFromSql("y ~ x + (x | g)", duckdb(connection, "SELECT * FROM 'trials.parquet'"));
 */
export function duckdb(connection: DuckdbConnection | DuckdbWasmConnection, tableOrQuery: string): SqlSource {
  checkKind("duckdb()", connection, [], "a connection", "Pass await instance.connect().");
  const query = async (text: string): Promise<SqlRows> => {
    if ("runAndReadAll" in connection) return (await connection.runAndReadAll(text)).getRowObjectsJS();
    const rows = (await connection.query(text)).toArray();
    return rows.map((row) => ({ ...(row as Record<string, unknown>) }));
  };
  return { query, dialect: "duckdb", table: tableOrQuery };
}

/**
 * A table or query of PostgreSQL.
 *
 * @param client - `postgres(url)` of the package `postgres`, or a connected client or pool of `pg`
 * @param tableOrQuery - a table's name, `schema.table` too, or a query that begins with SELECT, WITH or VALUES
 * @example
 * await lmmFromSql("y ~ x + (x | g)", postgres(sql, "trials"));
 */
export function postgres(client: PostgresClient, tableOrQuery: string): SqlSource {
  const query = async (text: string): Promise<SqlRows> =>
    "unsafe" in client ? [...(await client.unsafe(text))] : (await client.query(text)).rows;
  return { query, dialect: "postgres", table: tableOrQuery };
}

/**
 * The dialect of a source or a plan.
 *
 * @throws {ArgumentError} `invalid-argument`
 */
export function dialectOf(dialect: unknown): SqlDialect {
  if (typeof dialect === "object" && dialect !== null && "literal" in dialect) return dialect as SqlDialect;
  return dialects[oneOf("dialect", dialect, Object.keys(dialects) as SqlEngine[])];
}

/** How queries begin, after comments and within parentheses too. */
const QUERY = /^(?:[\s(]|--.*\n|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*(?:select|with|from|values)[\s('"*]/i;

/** A table's name, quoted part by part, or a query in parentheses, to be read FROM. */
export function relationOf(table: string, { quote }: SqlDialect): string {
  if (typeof table !== "string" || table.trim() === "" || table.includes("\0")) {
    throw new DataError(
      "not-a-table",
      `The table is ${show(table)}.`,
      "Pass the name of a table or a query.",
    );
  }
  if (QUERY.test(table)) return `(${table.replace(/[;\s]+$/, "")}\n) AS source`;
  return table.split(".").map(quote).join(".");
}

/**
 * Runs a query of a plan.
 *
 * @throws {DataError} `query-failed`, with the engine's own words
 */
export async function run(source: SqlSource, { name, text }: SqlQuery): Promise<SqlRows> {
  try {
    return await source.query(text);
  } catch (error) {
    if (error instanceof BlmmError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new DataError(
      "query-failed",
      `The query for ${name} failed: ${withoutSecrets(said.trim().split("\n")[0], source.table)}`,
      "Nothing was loaded. Check the connection and the table, and ask again.",
      { query: text, cause: error },
    );
  }
}

/** What an engine said, without literals of the query that may be connection strings or signed addresses. */
function withoutSecrets(said: string, table: string): string {
  const literals = Array.from(table.matchAll(/'((?:[^']|'')+)'/g), ([, literal]) =>
    literal.replaceAll("''", "'"),
  );
  return literals
    .filter((literal) => /[=?@]/.test(literal))
    .reduce((text, literal) => text.replaceAll(literal, "…"), said);
}
