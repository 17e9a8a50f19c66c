import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lmm } from "../../src/model/lmm.ts";
import { lmmFromSql } from "../../src/sql/index.ts";
import { deviation } from "./deviation.ts";
import { type Engine, startDuckdb, startPostgresEngine } from "./engines.ts";
import { postgresPrograms } from "./postgresServer.ts";

const engines: readonly (readonly [string, () => Promise<Engine | null>])[] = [
  ["DuckDB", startDuckdb],
  ["PostgreSQL", startPostgresEngine],
];

for (const [engineName, start] of engines) {
  const absent = engineName === "PostgreSQL" && postgresPrograms() === undefined;
  describe.skipIf(absent)(`${engineName}${absent ? " (not installed)" : ""}: tables and queries`, () => {
    let engine: Engine;
    const code = async (formula: string, table: string): Promise<{ code: string; message: string }> =>
      lmmFromSql(formula, engine.source(table)).then(
        () => ({ code: "none", message: "" }),
        (error: { code: string; message: string }) => error,
      );
    beforeAll(async () => {
      engine = (await start()) as Engine;
      await engine.run(
        `CREATE TABLE t AS SELECT CAST(i * i % 11 AS DOUBLE PRECISION) AS y, i % 5 AS g, CAST(i % 7 AS DOUBLE PRECISION) AS x,
           i, 9007199254740992 + i % 4 AS big, CAST(9007199254740992 + i % 4 AS DECIMAL(20, 0)) AS exact
         FROM ${engine.series(80)}`,
      );
    });
    afterAll(() => engine?.stop());

    it("a view and a query are read as a table is", async () => {
      await engine.run("CREATE VIEW v AS SELECT y, g, x FROM t WHERE x > 0");
      const rows = Array.from({ length: 80 }, (_, i) => ({ y: (i * i) % 11, g: i % 5, x: i % 7 }));
      const expected = lmm(
        "y ~ x + (1 | g)",
        rows.filter(({ x }) => x > 0),
      ).crossProducts;
      for (const table of [
        "v",
        "SELECT * FROM t WHERE x > 0;\n",
        "WITH w AS (SELECT * FROM t WHERE x > 0) SELECT * FROM w",
        "-- of x\n/* above zero */ SELECT * FROM t WHERE x > 0",
        "(SELECT * FROM t WHERE x > 0)",
      ]) {
        const model = await lmmFromSql("y ~ x + (1 | g)", engine.source(table));
        // √68 roundings of 1e-16, and room for the conditions of X.
        expect(deviation(model.crossProducts, expected)).toBeLessThanOrEqual(1e-12);
      }
    });

    it("sums by partitions first are those over all rows", async () => {
      const formula = "y ~ x + factor(g) + (x | big) + (1 | i)";
      const one = await lmmFromSql(formula, engine.source("SELECT y, x, g, big, i % 10 AS i FROM t"));
      for (const partition of ["big", "g", "x"]) {
        const source = engine.source("SELECT y, x, g, big, i % 10 AS i FROM t");
        const two = await lmmFromSql(formula, source, { partition });
        // The same 80 numbers, added up in another order.
        expect(deviation(two.crossProducts, one.crossProducts)).toBeLessThanOrEqual(1e-12);
      }
      await expect(lmmFromSql(formula, engine.source("t"), { partition: "nosuch" })).rejects.toMatchObject({
        code: "unknown-column",
      });
    });

    it("keys of 2^53 + 1 are told apart or refused, never taken for their neighbours", async () => {
      const labels = ["9007199254740992", "9007199254740993", "9007199254740994", "9007199254740995"];
      for (const table of ["t", "SELECT y, CAST(exact AS VARCHAR(20)) AS big FROM t"]) {
        const model = await lmmFromSql("y ~ 1 + (1 | big)", engine.source(table));
        expect(model.random[0].levels).toEqual(labels);
        expect(model.crossProducts.factors[0].ztz).toEqual(Float64Array.of(20, 20, 20, 20));
      }
      expect(await code("y ~ 1 + (1 | exact)", "t")).toMatchObject({ code: "inexact-integer" });
      expect(await code("y ~ big + (1 | g)", "t")).toMatchObject({ code: "inexact-integer" });
    });

    it("a table without rows is no-rows", async () => {
      await engine.run("CREATE TABLE empty AS SELECT * FROM t WHERE y < 0");
      expect(await code("y ~ x + (1 | g)", "empty")).toMatchObject({ code: "no-rows" });
      expect(await code("y ~ x + (1 | g)", "SELECT * FROM t WHERE y < 0")).toMatchObject({ code: "no-rows" });
      const empty = await code("y ~ x + (1 | g)", "SELECT y, g, CAST(NULL AS DOUBLE PRECISION) AS x FROM t");
      expect(empty).toMatchObject({
        code: "no-rows",
        message: expect.stringContaining("missing values in x. "),
      });
    });

    it("a name that a query has twice is refused where it is used", async () => {
      expect(await code("y ~ 1 + (1 | g)", "SELECT y, g, x AS g FROM t")).toMatchObject({
        code: "ambiguous-column",
        message: expect.stringContaining("2 columns of the name g"),
      });
      expect(await code("y ~ 1 + (1 | g)", "SELECT y, g, x, x FROM t")).toMatchObject({ code: "none" });
    });

    it("columns may be called as what a plan calls its own", async () => {
      const names = ["r", "k", "o", "t", "own", "oid", "x0", "typed"];
      const table = `SELECT y, g, x, ${names.map((name) => `x AS "${name}"`).join(", ")} FROM t`;
      expect((await lmmFromSql("y ~ r + (1 | g)", engine.source(table))).fixed.names[1]).toBe("r");
      for (const name of names)
        expect(await code(`y ~ x + (1 | ${name})`, table)).toMatchObject({ code: "none" });
    });

    it("moments within one millisecond are one label", async () => {
      const moment = "TIMESTAMP '2024-01-01 08:56:00.000100'";
      const table = `SELECT y, ${moment} + g * INTERVAL '1 hour' + i % 2 * INTERVAL '1 microsecond' AS at FROM t`;
      const { levels } = (await lmmFromSql("y ~ 1 + (1 | at)", engine.source(table))).random[0];
      expect(levels).toHaveLength(5);
      expect(levels[0]).toBe("2024-01-01T08:56:00.000Z");
    });

    it("levels and contrasts of columns that are not there are refused, as by rows", async () => {
      for (const options of [{ levels: { gg: [1, 2] } }, { contrasts: { gg: "sum" } }])
        await expect(
          lmmFromSql("y ~ x + (1 | g)", engine.source("t"), options as object),
        ).rejects.toMatchObject({ code: "unknown-column", message: expect.stringContaining('"g"') });
      for (const options of [{ levels: null }, { contrasts: "sum" }])
        await expect(
          lmmFromSql("y ~ x + (1 | g)", engine.source("t"), options as object),
        ).rejects.toMatchObject({ code: "invalid-argument" });
    });

    it("errors do not repeat connection strings and signatures of the query", async () => {
      const { code: own, message } = await code(
        "y ~ q + (1 | g)",
        "SELECT *, CAST('host=a password=it''s' AS INTEGER) AS q FROM t",
      );
      expect(own).toBe("query-failed");
      expect(message).not.toContain("password");
      expect(message).toContain("…");
    });

    it("NULL, NaN and infinity", async () => {
      const table = (column: string, value: string): string => {
        const names = ["y", "g", "x"].map((name) =>
          name === column ? `CASE WHEN i = 17 THEN ${value} ELSE ${name} END AS ${name}` : name,
        );
        return `SELECT ${names.join(", ")} FROM (SELECT y, CAST(g AS DOUBLE PRECISION) AS g, x, i FROM t) AS numbers`;
      };
      const double = (word: string): string => `CAST('${word}' AS DOUBLE PRECISION)`;
      for (const column of ["y", "g", "x"]) {
        for (const value of ["NULL", double("NaN")]) {
          const model = await lmmFromSql("y ~ x + (1 | g)", engine.source(table(column, value)));
          expect([column, value, model.n]).toEqual([column, value, 79]);
        }
      }
      for (const column of ["y", "x"])
        for (const word of ["Infinity", "-Infinity"])
          expect(await code("y ~ x + (1 | g)", table(column, double(word)))).toMatchObject({
            code: "infinite-value",
          });
    });
  });
}
