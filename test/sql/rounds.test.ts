import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import { lmmFromSql, type SqlSource } from "../../src/sql/index.ts";
import { type Engine, fill, startDuckdb, startPostgresEngine } from "./engines.ts";
import { postgresPrograms } from "./postgresServer.ts";

const FORMULA = "Reaction ~ Days + (Days | Subject)";
const engines: readonly (readonly [string, () => Promise<Engine | null>])[] = [
  ["DuckDB", startDuckdb],
  ["PostgreSQL", startPostgresEngine],
];

for (const [engineName, start] of engines) {
  const absent = engineName === "PostgreSQL" && postgresPrograms() === undefined;
  describe.skipIf(absent)(`${engineName}${absent ? " (not installed)" : ""}: between the rounds`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = (await start()) as Engine;
    });
    afterAll(() => engine?.stop());

    /** A source that does something before the query with the number `at`. */
    function disturbed(at: number, act: () => Promise<unknown>, table = "t"): SqlSource {
      const source = engine.source(table);
      let count = 0;
      return {
        ...source,
        query: async (text) => {
          if (count++ === at) await act();
          return source.query(text);
        },
      };
    }

    async function queriesOf(formula: string): Promise<number> {
      let count = 0;
      const source = engine.source("t");
      const counted = {
        ...source,
        query: (text: string) => {
          count++;
          return source.query(text);
        },
      };
      await lmmFromSql(formula, counted);
      return count;
    }

    const fresh = (): Promise<void> => fill(engine, "t", sleepstudy);

    it("a connection that drops is query-failed, whenever it drops", async () => {
      await fresh();
      const total = await queriesOf(FORMULA);
      expect(total).toBe(7);
      for (let at = 0; at < total; at++) {
        const dropped = disturbed(at, () => Promise.reject(new Error("Connection terminated")));
        await expect(lmmFromSql(FORMULA, dropped)).rejects.toMatchObject({
          code: "query-failed",
          message: expect.stringContaining("Connection terminated"),
        });
      }
    });

    it("a column that vanishes is query-failed", async () => {
      for (const at of [1, 2, 3, 4, 5, 6]) {
        await fresh();
        const source = disturbed(at, () => engine.run('ALTER TABLE t DROP COLUMN "Days"'));
        await expect(lmmFromSql(FORMULA, source)).rejects.toMatchObject({ code: "query-failed" });
      }
    });

    const changes: readonly (readonly [string, string])[] = [
      ["a row with a new level", `INSERT INTO t VALUES (250, 3, '999')`],
      ["a row of a known level", `INSERT INTO t VALUES (250, 3, '308')`],
      ["a row less", `DELETE FROM t WHERE "Days" = 3 AND "Subject" = '308'`],
      ["a row of another level", `UPDATE t SET "Subject" = '999' WHERE "Days" = 3 AND "Subject" = '308'`],
      ["another value of x", `UPDATE t SET "Days" = 3.001 WHERE "Days" = 3 AND "Subject" = '308'`],
      [
        "another response",
        `UPDATE t SET "Reaction" = "Reaction" + 0.01 WHERE "Days" = 3 AND "Subject" = '308'`,
      ],
    ];
    it.each(changes)("%s is data-changed", async (_, change) => {
      // From before the moments to before the blocks; before the counts it is merely other data.
      for (const at of [4, 5, 6]) {
        // What x and y are worth is first summed by query 4.
        if (at === 4 && change.startsWith("UPDATE") && !change.includes("999")) continue;
        await fresh();
        await expect(
          lmmFromSql(
            FORMULA,
            disturbed(at, () => engine.run(change)),
          ),
        ).rejects.toMatchObject({
          code: "data-changed",
        });
      }
    });

    it("a new label of a fixed factor is data-changed", async () => {
      await engine.run(
        `CREATE TABLE f AS SELECT CAST(i * i % 7 AS DOUBLE PRECISION) AS y, 'f' || (i % 3) AS f, 'g' || (i % 5) AS g FROM ${engine.series(60)}`,
      );
      for (const at of [5, 6]) {
        const source = disturbed(at, () => engine.run("UPDATE f SET f = 'f9' WHERE f = 'f2'"), "f");
        await expect(lmmFromSql("y ~ f + (1 | g)", source)).rejects.toMatchObject({ code: "data-changed" });
        await engine.run("UPDATE f SET f = 'f2' WHERE f = 'f9'");
      }
    });

    it("another value of what scale() has learnt from is data-changed", async () => {
      const formula = "Reaction ~ scale(Days) + (1 | Subject)";
      const change = (): Promise<unknown> =>
        engine.run(`UPDATE t SET "Days" = 3.1 WHERE "Days" = 3 AND "Subject" = '308'`);
      for (const at of [3, 4, 5]) {
        await fresh();
        const call = lmmFromSql(formula, disturbed(at, change));
        // Before the squares are taken a mean that is a little off does no harm: they make it good.
        if (at === 3) expect((await call).n).toBe(180);
        else await expect(call).rejects.toMatchObject({ code: "data-changed" });
      }
    });

    it("after all this the connection is as good as before", async () => {
      await fresh();
      expect((await lmmFromSql(FORMULA, engine.source("t"))).n).toBe(180);
    });
  });
}
