/**
 * Mixed models of data that stay in a database: cross-products by SQL.
 *
 * @module
 */

export type { SqlDialect, SqlKind } from "./dialect.ts";
export { lmmFromSql } from "./lmmFromSql.ts";
export type { SqlOptions } from "./options.ts";
export type { SqlQuery } from "./passes.ts";
export type { SqlRows } from "./rows.ts";
export {
  type DuckdbConnection,
  type DuckdbWasmConnection,
  duckdb,
  type PostgresClient,
  postgres,
  type SqlEngine,
  type SqlSource,
} from "./source.ts";
export { type SqlPlan, type SqlSchema, sqlPlan } from "./sqlPlan.ts";
