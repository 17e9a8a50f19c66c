import { createRequire } from "node:module";
import { createDuckDB, type DuckDBConnection, NODE_RUNTIME, VoidLogger } from "@duckdb/duckdb-wasm/blocking";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { duckdb, lmmFromSql } from "../../src/sql/index.ts";
import { deviation } from "./deviation.ts";
import { fill } from "./engines.ts";

let connection: DuckDBConnection;
beforeAll(async () => {
  const { resolve } = createRequire(import.meta.url);
  const mainModule = resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm");
  const bundle = { mainModule, mainWorker: "" };
  const database = await createDuckDB({ mvp: bundle, eh: bundle }, new VoidLogger(), NODE_RUNTIME);
  await database.instantiate(() => {});
  connection = database.connect();
});
afterAll(() => connection?.close());

it.each([
  ["sleepstudy", "Reaction ~ Days + (Days | Subject)", sleepstudy],
  ["Penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin],
] as const)("DuckDB-WASM: %s", async (name, formula, data) => {
  await fill({ run: async (text) => connection.query(text) }, name, data);
  const model = await lmmFromSql(formula, duckdb(connection, name));
  const rows = lmm(formula, data);
  expect(model.random.map(({ levels }) => levels)).toEqual(rows.random.map(({ levels }) => levels));
  // √180 roundings of 1e-16, times the condition of X.
  expect(deviation(model.crossProducts, rows.crossProducts)).toBeLessThanOrEqual(1e-12);
});

it("integers of 64 bits and dates, and a table that is not there", async () => {
  connection.query(
    `CREATE TABLE visits AS SELECT i * i % 11 AS y, 9007199254740992 + i % 4 AS g, DATE '2024-01-01' + CAST(i % 5 AS INTEGER) AS day
     FROM range(80) AS r(i)`,
  );
  const model = await lmmFromSql("y ~ day + (1 | g)", duckdb(connection, "visits"));
  expect(model.random[0].levels[1]).toBe("9007199254740993");
  expect(model.summaries.ranges[1]).toEqual({ low: 19723, high: 19727 });
  await expect(lmmFromSql("y ~ 1 + (1 | g)", duckdb(connection, "nosuch"))).rejects.toMatchObject({
    code: "query-failed",
  });
});
