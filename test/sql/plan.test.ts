import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Penicillin } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { type SqlEngine, sqlPlan } from "../../src/sql/index.ts";
import { deviation } from "./deviation.ts";
import { type Engine, fill, startDuckdb } from "./engines.ts";

const schema = {
  table: "lab.Penicillin",
  columns: { diameter: "DOUBLE", plate: "VARCHAR(10)", sample: "text", 'it\'s "odd" `x` \\': "FLOAT64" },
};
const FORMULA = "diameter ~ 1 + (1 | plate) + (1 | sample)";

describe("sqlPlan()", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startDuckdb();
    await fill(engine, "Penicillin", Penicillin);
  });
  afterAll(() => engine.stop());

  it("round by round gives the model, from results that went through JSON and capitals", async () => {
    let step = sqlPlan(FORMULA, { ...schema, table: "Penicillin" }, "duckdb") as ReturnType<typeof sqlPlan>;
    const names: string[][] = [];
    const { query } = engine.source("Penicillin");
    for (;;) {
      names.push(step.queries.map(({ name }) => name));
      const results: Record<string, unknown>[][] = [];
      for (const { text } of step.queries) {
        const rows = JSON.parse(JSON.stringify(await query(text))) as Record<string, unknown>[];
        results.push(
          rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k.toUpperCase(), v]))),
        );
      }
      const next = step.load(results);
      expect(() => step.load(results)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
      if (!("queries" in next)) {
        expect(deviation(next.crossProducts, lmm(FORMULA, Penicillin).crossProducts)).toBeLessThanOrEqual(
          1e-12,
        );
        break;
      }
      step = next;
    }
    expect(names).toEqual([
      ["counts", "levels of plate", "levels of sample"],
      ["cross-products of the fixed part"],
      [
        "cross-products of the fixed part, orthogonal",
        "cross-products by plate",
        "cross-products by sample",
        "pairs of plate and sample",
      ],
    ]);
  });

  const quoted: readonly (readonly [SqlEngine, string, string])[] = [
    ["duckdb", '"lab"."Penicillin"', '"it\'s ""odd"" `x` \\"'],
    ["postgres", '"lab"."Penicillin"', '"it\'s ""odd"" `x` \\"'],
    ["snowflake", '"lab"."Penicillin"', '"it\'s ""odd"" `x` \\"'],
    ["trino", '"lab"."Penicillin"', '"it\'s ""odd"" `x` \\"'],
    ["bigquery", "`lab`.`Penicillin`", '`it\'s "odd" \\`x\\` \\\\`'],
    ["spark", "`lab`.`Penicillin`", '`it\'s "odd" ``x`` \\`'],
  ];
  it.each(quoted)("quotes names as %s does", (engineName, table, column) => {
    const plan = sqlPlan('diameter ~ `it\'s "odd" \\`x\\` \\\\` + (1 | plate)', schema, engineName);
    const text = String(plan);
    expect(text).toContain(`FROM ${table}`);
    expect(text).toContain(`CAST(${column} AS `);
    expect(text.startsWith("-- counts\nWITH typed AS (")).toBe(true);
  });

  it("counts days from moments with all their digits, in UTC", () => {
    const moments = { table: "t", columns: { y: "DOUBLE", at: "TIMESTAMP", g: "VARCHAR" } };
    const text = (engineName: SqlEngine): string => String(sqlPlan("y ~ at + (1 | g)", moments, engineName));
    // Whole numbers divided by whole numbers have six decimals in Snowflake.
    expect(text("snowflake")).toContain('(CAST(DATE_PART(EPOCH_MICROSECOND, "at") AS DOUBLE) / 86400000000)');
    // A cast to TIMESTAMP would take the clock of the moment's own time zone.
    expect(text("trino")).toContain('(to_unixtime("at") / 86400)');
  });

  it("refuses what is not a plan", () => {
    const plan = sqlPlan(FORMULA, schema, "bigquery");
    expect(() => plan.load([])).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    expect(() => sqlPlan(FORMULA, schema, "oracle" as "duckdb")).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
    expect(() => sqlPlan("diamete ~ 1 + (1 | plate)", schema, "spark")).toThrow(
      expect.objectContaining({ code: "unknown-column" }),
    );
    for (const bad of [null, {}, { table: "t", columns: null }])
      expect(() => sqlPlan(FORMULA, bad as never, "spark")).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
  });
});
