import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/linearMixedModel.ts";
import { student } from "../../src/model/student.ts";
import { anova } from "../../src/reml/anova.ts";
import { reml } from "../../src/reml/fit.ts";
import { lmmFromSql, type SqlSource } from "../../src/sql/index.ts";
import { type Engine, fill, startDuckdb } from "./engines.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDuckdb();
});
afterAll(() => engine.stop());

const FORMULA = "Reaction ~ Days + (Days | Subject)";

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

describe("between the rounds", () => {
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
    ["a row with a new level", `INSERT INTO t VALUES (250, 3, 999)`],
    ["a row of a known level", `INSERT INTO t VALUES (250, 3, 308)`],
    ["a row less", `DELETE FROM t WHERE "Days" = 3 AND "Subject" = 308`],
    ["a row of another level", `UPDATE t SET "Subject" = 999 WHERE "Days" = 3 AND "Subject" = 308`],
    ["another value of x", `UPDATE t SET "Days" = 3.001 WHERE "Days" = 3 AND "Subject" = 308`],
    ["another response", `UPDATE t SET "Reaction" = "Reaction" + 0.01 WHERE "Days" = 3 AND "Subject" = 308`],
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
      "CREATE OR REPLACE TABLE f AS SELECT i * i % 7 AS y, 'f' || (i % 3) AS f, 'g' || (i % 5) AS g FROM range(60) r(i)",
    );
    for (const at of [5, 6]) {
      const source = disturbed(at, () => engine.run("UPDATE f SET f = 'f9' WHERE f = 'f2'"), "f");
      await expect(lmmFromSql("y ~ f + (1 | g)", source)).rejects.toMatchObject({ code: "data-changed" });
      await engine.run("UPDATE f SET f = 'f2' WHERE f = 'f9'");
    }
  });
});

describe("values", () => {
  it("NULL and NaN are left out and counted, infinity is refused, in numbers and in labels", async () => {
    await engine.run(
      `CREATE OR REPLACE TABLE v AS SELECT CAST(i * i % 11 AS DOUBLE) AS y, CAST(i % 7 AS DOUBLE) AS x, i % 6 AS g,
        CAST(i % 6 AS DOUBLE) / 2 AS d FROM range(90) r(i)`,
    );
    await engine.run("UPDATE v SET x = 'NaN' WHERE rowid = 3");
    await engine.run("UPDATE v SET y = NULL WHERE rowid = 4");
    await engine.run("UPDATE v SET g = NULL WHERE rowid = 5");
    await engine.run("UPDATE v SET d = 'NaN' WHERE rowid = 6");
    const model = await lmmFromSql("y ~ x + (1 | g) + (1 | d)", engine.source("v"));
    expect([model.n, model.inputRows]).toEqual([86, 90]);
    expect(model.random[1].levels).toEqual(["0", "0.5", "1", "1.5", "2", "2.5"]);
    const [missing] = model.warnings;
    expect(missing.code).toBe("missing-rows");
    expect(missing.details["columns"]).toEqual(["y", "x", "g", "d"]);
    await expect(
      lmmFromSql("y ~ x + (1 | g)", engine.source("v"), { missing: "error" }),
    ).rejects.toMatchObject({ code: "missing-rows" });
    await engine.run("UPDATE v SET x = 'Infinity' WHERE rowid = 7");
    await expect(lmmFromSql("y ~ x + (1 | g)", engine.source("v"))).rejects.toMatchObject({
      code: "infinite-value",
    });
    await expect(lmmFromSql("log(y) ~ 1 + (1 | g)", engine.source("v"))).rejects.toMatchObject({
      code: "not-a-number",
    });
    await expect(lmmFromSql("y ~ I(1 / g) + (1 | g)", engine.source("v"))).rejects.toMatchObject({
      code: "not-a-number",
    });
  });

  it("integers beyond 2^53 are exact labels, and refused as numbers", async () => {
    await engine.run(
      "CREATE OR REPLACE TABLE big AS SELECT i * i % 11 AS y, 9007199254740992 + i % 4 AS g FROM range(80) r(i)",
    );
    const model = await lmmFromSql("y ~ 1 + (1 | g)", engine.source("big"));
    expect(model.random[0].levels).toEqual([
      "9007199254740992",
      "9007199254740993",
      "9007199254740994",
      "9007199254740995",
    ]);
    expect(model.crossProducts.factors[0].ztz).toEqual(Float64Array.of(20, 20, 20, 20));
    await expect(lmmFromSql("y ~ g + (1 | g)", engine.source("big"))).rejects.toMatchObject({
      code: "inexact-integer",
    });
  });

  it("columns of every type enter as they do from rows", async () => {
    await engine.run(
      `CREATE OR REPLACE TABLE types AS SELECT CAST(i * i % 11 AS DECIMAL(9, 2)) AS y, DATE '2024-01-01' + CAST(i % 5 AS INTEGER) AS day,
        i % 2 = 0 AS flag, CAST(i % 9 AS HUGEINT) AS huge, TIMESTAMP '2024-01-01 06:00:00' AS stamp,
        CAST(i % 4 AS UTINYINT) AS g, [1, 2] AS list, '7' AS digits FROM range(120) r(i)`,
    );
    const model = await lmmFromSql("y ~ day + flag + huge + (1 | g) + (1 | day)", engine.source("types"));
    expect(model.fixed.names).toEqual(["(Intercept)", "day", "flagTRUE", "huge"]);
    expect(model.random[0].levels).toEqual([
      "2024-01-01",
      "2024-01-02",
      "2024-01-03",
      "2024-01-04",
      "2024-01-05",
    ]);
    expect(model.summaries.ranges[1]).toEqual({ low: 19723, high: 19727 });
    const refused = (formula: string): Promise<unknown> => lmmFromSql(formula, engine.source("types"));
    await expect(refused("y ~ list + (1 | g)")).rejects.toMatchObject({ code: "unsupported-column" });
    await expect(refused("y ~ digits + (1 | g)")).rejects.toMatchObject({ code: "numbers-as-text" });
    await expect(refused("flag ~ huge + (1 | g)")).rejects.toMatchObject({ code: "boolean-response" });
    await expect(refused("digits ~ huge + (1 | g)")).rejects.toMatchObject({ code: "text-response" });
    await expect(refused("y ~ hug + (1 | g)")).rejects.toMatchObject({
      code: "unknown-column",
      message: expect.stringContaining('Did you mean "huge"?'),
    });
    await expect(refused("y ~ huge + I(2 * huge) + (1 | g)")).rejects.toMatchObject({
      code: "collinear-columns",
    });
    for (const part of ["poly(huge, 2)", "scale(huge)", "center(huge)", "log1p(huge)"])
      await expect(refused(`y ~ ${part} + (1 | g)`)).rejects.toMatchObject({
        code: "sql-cannot",
        message: expect.stringContaining(part),
      });
    await expect(
      lmmFromSql("y ~ 1 + (1 | g)", engine.source("SELECT * FROM types WHERE y < 0")),
    ).rejects.toMatchObject({
      code: "no-rows",
    });
  });

  it("what a database should not return is refused", async () => {
    await fill(engine, "t", sleepstudy);
    const source = engine.source("t");
    for (const [bad, code] of [
      ["abc", "bad-result"],
      [null, "bad-result"],
      [Number.NaN, "infinite-sum"],
    ] as const) {
      const lying = {
        ...source,
        query: async (text: string) =>
          (await source.query(text)).map((row) => ("s_0_1" in row ? { ...row, s_0_1: bad } : row)),
      };
      await expect(lmmFromSql(FORMULA, lying)).rejects.toMatchObject({ code });
    }
  });
});

describe("a model made of sums", () => {
  it("refuses with needs-rows what reads rows, and does the rest", async () => {
    await fill(engine, "t", sleepstudy);
    const source = engine.source("t");
    const model = await lmmFromSql(FORMULA, source);
    const fit = reml(model);
    const posterior = gibbsSync(model, { seed: 1, chains: 1, draws: 20 });
    const smaller = reml(await lmmFromSql("Reaction ~ Days + (1 | Subject)", source));
    const refused: Record<string, () => unknown> = {
      fitted: () => fit.fitted(),
      residuals: () => fit.residuals(),
      predict: () => fit.predict(),
      simulate: () => fit.simulate({ seed: 1 }),
      refit: () => fit.refit(sleepstudy.map(({ Reaction }) => Reaction)),
      update: () => fit.update(". ~ . - Days"),
      cooks: () => fit.cooksDistance(),
      bootstrap: () => fit.confint({ method: "bootstrap" }),
      loo: () => posterior.loo(),
      logLik: () => posterior.logLik(),
      own: () => posterior.predict(),
      X: () => model.X(),
      Z: () => model.Z(),
      rows: () => model.rows,
      response: () => model.response.values,
    };
    for (const [name, call] of Object.entries(refused))
      expect(call, name).toThrow(expect.objectContaining({ code: "needs-rows" }));
    for (const options of [{ sigmaBy: "Subject" }, { residuals: student() }])
      await expect(lmmFromSql(FORMULA, source, options as object)).rejects.toMatchObject({
        code: "needs-rows",
      });
    const data = [{ Days: 3, Subject: "308" }];
    const [byRows] = reml(lmm(FORMULA, sleepstudy)).predict(data);
    expect(fit.predict(data)[0].estimate).toBeCloseTo(byRows.estimate, 6);
    expect(posterior.predict(data)).toHaveLength(1);
    expect(fit.ranef()).toHaveLength(36);
    expect(fit.coefTable({ df: "kenward-roger" })[1].df).toBeCloseTo(17, 1);
    // The REML criteria are 1786.4650 and 1743.6283 (lme4).
    expect(anova(smaller, fit).rows[1].chisq).toBeCloseTo(42.837, 2);
    expect(String(fit)).not.toContain("Scaled residuals");
  });
});
