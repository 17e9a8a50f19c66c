import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { student } from "../../src/model/student.ts";
import { anova } from "../../src/reml/anova.ts";
import { reml } from "../../src/reml/fit.ts";
import { lmmFromSql } from "../../src/sql/index.ts";
import { type Engine, fill, startDuckdb } from "./engines.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startDuckdb();
});
afterAll(() => engine.stop());

const FORMULA = "Reaction ~ Days + (Days | Subject)";

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

  it("labels are told apart by their letters, whatever the collation, and may hold line breaks", async () => {
    await engine.run(
      "CREATE OR REPLACE TABLE folded (y DOUBLE, g VARCHAR COLLATE NOCASE, e ENUM(E'a\\n)', 'b'))",
    );
    await engine.run(
      "INSERT INTO folded SELECT i * i % 11, CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'A' ELSE 'b' END, CASE i % 2 WHEN 0 THEN 'b' ELSE E'a\\n)' END FROM range(90) r(i)",
    );
    const model = await lmmFromSql("y ~ e + (1 | g)", engine.source("folded"));
    expect(model.random[0].levels).toEqual(["A", "a", "b"]);
    expect(model.crossProducts.factors[0].ztz).toEqual(Float64Array.of(30, 30, 30));
    expect(model.fixed.names[1]).toBe("eb");
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
    expect(model.warnings.find(({ code }) => code === "dates-as-days")?.details).toEqual({
      column: "day",
      first: "2024-01-01",
      last: "2024-01-05",
    });
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
    await expect(refused("y ~ poly(huge, 2) + (1 | g)")).rejects.toMatchObject({
      code: "sql-cannot",
      message: expect.stringContaining("poly(huge, 2)"),
    });
    await expect(refused("y ~ scale(I(0 * huge)) + (1 | g)")).rejects.toMatchObject({
      code: "too-few-values",
    });
    await expect(
      lmmFromSql("y ~ 1 + (1 | g)", engine.source("SELECT * FROM types WHERE y < 0")),
    ).rejects.toMatchObject({
      code: "no-rows",
    });
  });

  it("what the columns of cs(…) have in common may not be there twice", async () => {
    await engine.run(
      "CREATE TABLE doses AS SELECT i * i % 11 AS y, 'd' || (i % 3) AS dose, 'e' || (i % 3) AS other, 2 AS two, i % 8 AS g FROM range(240) r(i)",
    );
    for (const twice of ["(1 | g)", "(0 + two | g)", "(0 + other | g)"])
      await expect(
        lmmFromSql(`y ~ 1 + cs(0 + dose | g) + ${twice}`, engine.source("doses")),
      ).rejects.toMatchObject({ code: "common-effect-twice" });
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
    for (const rows of [undefined, { rows: [] }, [null], [1]]) {
      const lying = { ...source, query: async () => rows as never };
      await expect(lmmFromSql(FORMULA, lying)).rejects.toMatchObject({ code: "bad-result" });
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
