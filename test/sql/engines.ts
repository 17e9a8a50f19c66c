/** Databases for tests, and tables put into them. */

import { DuckDBInstance } from "@duckdb/node-api";
import postgresClient from "postgres";
import { type TableLike, toTable } from "../../src/data/table.ts";
import { duckdb, postgres, type SqlSource } from "../../src/sql/index.ts";
import { postgresPrograms, startPostgres } from "./postgresServer.ts";

/** An engine that runs. */
export interface Engine {
  readonly name: string;
  /** Where a server listens. */
  readonly url?: string;
  source(table: string): SqlSource;
  /** The numbers i = 0, 1, …, to be read FROM. */
  series(count: number): string;
  run(text: string): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startDuckdb(): Promise<Engine> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  return {
    name: "duckdb",
    source: (table) => duckdb(connection, table),
    series: (count) => `range(${count}) AS r(i)`,
    run: (text) => connection.run(text),
    stop: async () => connection.closeSync(),
  };
}

/** A PostgreSQL; `null` where it is not installed. */
export async function startPostgresEngine(): Promise<Engine | null> {
  const programs = postgresPrograms();
  if (programs === undefined) return null;
  const server = await startPostgres(programs);
  const client = postgresClient(server.url, { max: 1, onnotice: () => {} });
  return {
    name: "postgres",
    url: server.url,
    source: (table) => postgres(client, table),
    series: (count) => `generate_series(0, ${count - 1}) AS r(i)`,
    run: (text) => client.unsafe(text),
    stop: async () => {
      await client.end({ timeout: 1 });
      server.stop();
    },
  };
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Makes a table of data; numbers become doubles, labels text. */
export async function fill(engine: Pick<Engine, "run">, name: string, data: TableLike): Promise<void> {
  const table = toTable(data);
  const double = "DOUBLE PRECISION";
  const cells = table.names.map((column) => {
    const own = table.columns.get(column);
    if (own === undefined) throw new Error(column);
    const at = (i: number): string => {
      if (own.kind === "factor") return own.codes[i] < 0 ? "NULL" : text(own.levels[own.codes[i]]);
      const value = own.values[i];
      if (value === null || Number.isNaN(value)) return "NULL";
      return typeof value === "string" ? text(value) : String(value);
    };
    const type = own.kind === "number" ? double : own.kind === "boolean" ? "BOOLEAN" : "TEXT";
    return { definition: `${identifier(column)} ${type}`, at };
  });
  await engine.run(`DROP TABLE IF EXISTS ${identifier(name)}`);
  await engine.run(
    `CREATE TABLE ${identifier(name)} (${cells.map(({ definition }) => definition).join(", ")})`,
  );
  for (let from = 0; from < table.rowCount; from += 500) {
    const rows = Array.from(
      { length: Math.min(500, table.rowCount - from) },
      (_, i) => `(${cells.map(({ at }) => at(from + i)).join(", ")})`,
    );
    await engine.run(`INSERT INTO ${identifier(name)} VALUES ${rows.join(", ")}`);
  }
}
