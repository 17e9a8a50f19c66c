/**
 * Parquet files. The only door to @duckdb/node-api, which users install when they need it.
 *
 * @module
 */

import { type Table, toTable } from "../data/table.ts";
import { DataError } from "../errors.ts";
import { optionalPackage } from "./optional.ts";

/** The table in a Parquet file. @throws `missing-package`, `bad-parquet` */
export async function parquetTable(path: string): Promise<Table> {
  const { DuckDBInstance } = await optionalPackage(
    "@duckdb/node-api",
    "Parquet files are read",
    () => import("@duckdb/node-api"),
  );
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  try {
    const reader = await connection.runAndReadAll("FROM read_parquet($1)", [path]);
    return toTable(reader.getColumnsObjectJS() as Record<string, unknown[]>);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      "bad-parquet",
      `"${path}" cannot be read: ${(cause as Error).message}.`,
      "It may have been cut short; write it again.",
      { path },
    );
  } finally {
    connection.closeSync();
  }
}
