import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lmmFromSql, postgres } from "../../src/sql/index.ts";
import { type Engine, startPostgresEngine } from "./engines.ts";
import { postgresPrograms } from "./postgresServer.ts";

const absent = postgresPrograms() === undefined;

describe.skipIf(absent)(`PostgreSQL's own types${absent ? " (not installed)" : ""}`, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = (await startPostgresEngine()) as Engine;
    await engine.run(`CREATE SCHEMA "the clinic"`);
    await engine.run(
      `CREATE TABLE "the clinic".v AS SELECT CAST(i * i % 11 AS NUMERIC(9, 2)) AS y, CAST(i % 7 AS REAL) AS x,
         DATE '2024-01-01' + i % 5 AS day, TIMESTAMPTZ '2024-01-01 06:00:00+00' AS stamp, i % 2 = 0 AS flag,
         9007199254740992 + i % 4 AS big, ARRAY[i] AS list, CAST(i % 3 AS VARCHAR(3)) || 'é\\' AS g, i
       FROM generate_series(0, 119) AS i`,
    );
  });
  afterAll(() => engine?.stop());

  it("enter as they do from rows", async () => {
    const source = engine.source("the clinic.v");
    const model = await lmmFromSql("y ~ day + flag + stamp:x + (1 | big) + (1 | g)", source);
    expect(model.fixed.names).toEqual(["(Intercept)", "day", "flagTRUE", "stamp:x"]);
    expect(model.summaries.ranges[1]).toEqual({ low: 19723, high: 19727 });
    expect(model.summaries.means.get("stamp")).toBe(19723.25);
    expect(model.random.map(({ levels }) => levels)).toEqual([
      ["9007199254740992", "9007199254740993", "9007199254740994", "9007199254740995"],
      ["0é\\", "1é\\", "2é\\"],
    ]);
    await expect(lmmFromSql("y ~ list + (1 | g)", source)).rejects.toMatchObject({
      code: "unsupported-column",
    });
    await expect(lmmFromSql("y ~ big + (1 | g)", source)).rejects.toMatchObject({ code: "inexact-integer" });
    await expect(lmmFromSql("y ~ z + (1 | g)", source)).rejects.toMatchObject({ code: "unknown-column" });
  });

  it("enumerations and domains are of the types below them", async () => {
    await engine.run(`CREATE TYPE "the mood" AS ENUM ('so', 'ill'); CREATE DOMAIN grams AS NUMERIC(9, 2)`);
    const table = `SELECT y, x::NUMERIC::grams AS oid, (CASE WHEN flag THEN 'so' ELSE 'ill' END)::"the mood" AS own, g
      FROM "the clinic".v`;
    const model = await lmmFromSql("y ~ oid + own + (1 | g)", engine.source(table));
    expect(model.fixed.names).toEqual(["(Intercept)", "oid", "ownso"]);
  });

  it("labels are text whatever the setting of backslashes", async () => {
    const labels = ["\\", "\\' OR TRUE --", "it's"];
    const cases = labels.map(
      (label, i) => `WHEN ${i} THEN U&'${label.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`,
    );
    await engine.run(
      `CREATE TABLE slashes AS SELECT y, i % 5 AS g, CASE i % 3 ${cases.join(" ")} END AS f FROM "the clinic".v`,
    );
    for (const setting of ["off", "on"]) {
      await engine.run(`SET standard_conforming_strings = ${setting}`);
      const model = await lmmFromSql("y ~ 0 + f + (1 | g)", engine.source("slashes"));
      expect(model.fixed.names).toEqual([...labels].sort().map((label) => `f${label}`));
    }
  });

  it("NULL and NaN are left out, infinity and what cannot be computed are refused", async () => {
    const table = (change: string): string =>
      `SELECT CASE WHEN i = 3 THEN ${change} ELSE x END AS x, y, g FROM "the clinic".v`;
    const count = async (change: string): Promise<number> =>
      (await lmmFromSql("y ~ x + (1 | g)", engine.source(table(change)))).n;
    expect(await count("NULL")).toBe(119);
    expect(await count("'NaN'::FLOAT8")).toBe(119);
    await expect(count("'Infinity'::FLOAT8")).rejects.toMatchObject({ code: "infinite-value" });
    await expect(count("nosuch")).rejects.toMatchObject({ code: "query-failed" });
    await expect(lmmFromSql("y ~ log(x) + (1 | g)", engine.source(table("-1")))).rejects.toMatchObject({
      code: "not-a-number",
    });
  });

  it("statement timeout and missing rights are query-failed, and the connection goes on", async () => {
    const source = engine.source("the clinic.v");
    await engine.run("SET statement_timeout = '200ms'");
    const slow = lmmFromSql("y ~ x + (1 | g)", engine.source('SELECT *, pg_sleep(0.02) FROM "the clinic".v'));
    await expect(slow).rejects.toMatchObject({
      code: "query-failed",
      message: expect.stringContaining("statement timeout"),
    });
    await engine.run("RESET statement_timeout; CREATE ROLE stranger; SET ROLE stranger");
    await expect(lmmFromSql("y ~ x + (1 | g)", source)).rejects.toMatchObject({
      code: "query-failed",
      message: expect.stringContaining("permission denied"),
    });
    await engine.run("RESET ROLE");
    expect((await lmmFromSql("y ~ x + (1 | g)", source)).n).toBe(120);
  });

  it("within a transaction a table is still, and a failed query leaves the rollback to its owner", async () => {
    const source = engine.source("the clinic.v");
    await engine.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
    expect((await lmmFromSql("y ~ x + (1 | g)", source)).n).toBe(120);
    const broken = engine.source('SELECT y, x, CAST(g AS INTEGER) AS g FROM "the clinic".v');
    await expect(lmmFromSql("y ~ x + (1 | g)", broken)).rejects.toMatchObject({ code: "query-failed" });
    await expect(lmmFromSql("y ~ x + (1 | g)", source)).rejects.toMatchObject({
      code: "query-failed",
      message: expect.stringContaining("transaction is aborted"),
    });
    await engine.run("ROLLBACK");
    expect((await lmmFromSql("y ~ x + (1 | g)", source)).n).toBe(120);
  });

  it("a server process that dies midway is query-failed", async () => {
    const client = new pg.Client(engine.url as string);
    client.on("error", () => {});
    await client.connect();
    const { query, ...rest } = postgres(client, "the clinic.v");
    let count = 0;
    const dying = {
      ...rest,
      query: (text: string) => query(++count === 4 ? "SELECT pg_terminate_backend(pg_backend_pid())" : text),
    };
    for (let again = 0; again < 2; again++)
      await expect(lmmFromSql("y ~ x + (1 | g)", dying)).rejects.toMatchObject({ code: "query-failed" });
  });

  it("a client or a pool of the package pg serves as well", async () => {
    const formula = "y ~ x + day + (1 | big)";
    const expected = (await lmmFromSql(formula, engine.source("the clinic.v"))).crossProducts;
    const client = new pg.Client(engine.url as string);
    const pool = new pg.Pool({ connectionString: engine.url as string });
    await client.connect();
    for (const one of [client, pool])
      expect((await lmmFromSql(formula, postgres(one, "the clinic.v"))).crossProducts).toEqual(expected);
    await expect(lmmFromSql(formula, postgres(client, "nosuch"))).rejects.toMatchObject({
      code: "query-failed",
    });
    await Promise.all([client.end(), pool.end()]);
  });

  it("a connection that is gone is query-failed", async () => {
    const gone = (await startPostgresEngine()) as Engine;
    const source = gone.source("SELECT 1 AS y, 2 AS g");
    await gone.stop();
    await expect(lmmFromSql("y ~ 1 + (1 | g)", source)).rejects.toMatchObject({ code: "query-failed" });
  });
});
