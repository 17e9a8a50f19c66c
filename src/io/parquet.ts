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
    // Of this file, not of those that its name would match as a pattern.
    const reader = await connection.runAndReadAll("FROM read_parquet($1)", [path.replace(/[*?[]/g, "[$&]")]);
    const names = reader.deduplicatedColumnNames();
    const columns = reader.getColumnsJS();
    // Not an object of columns, which would lose one called __proto__.
    return toTable({ columnNames: () => names, array: (name) => columns[names.indexOf(name)] });
  } catch (cause) {
    if (cause instanceof DataError) {
      if (cause.code !== "unsupported-column") throw cause;
      throw new DataError(
        "unsupported-column",
        cause.reason,
        `${cause.remedy} Write the file without it, or use lmmFromSql(), which reads the columns of its formula alone.`,
        cause.details,
      );
    }
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
