import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Penicillin } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { sqlPlan } from "../../src/sql/index.ts";
import { type Engine, fill, startDuckdb } from "../sql/engines.ts";
import { blmm, folder } from "./pretend.ts";

const FORMULA = "diameter ~ 1 + (1 | plate) + (1 | sample)";
const columns = { diameter: "DOUBLE", plate: "VARCHAR(10)", sample: "text", price: "NUMERIC(10, 2)" };
const inline = Object.entries(columns).map(([name, type]) => `${name}:${type}`).join(","); // biome-ignore format: one line
const plan = (...more: string[]) => ["sql-plan", FORMULA, "--dialect=duckdb", "--table=Penicillin", ...more];

describe("blmm sql-plan", () => {
  let files: string;
  let engine: Engine;
  beforeAll(async () => {
    files = folder();
    engine = await startDuckdb();
    await fill(engine, "Penicillin", Penicillin);
  });
  afterAll(async () => {
    rmSync(files, { recursive: true });
    await engine.stop();
  });

  it("prints the first round, from a schema on the line or in a file", async () => {
    const schema = join(files, "schema.json");
    writeFileSync(schema, JSON.stringify(columns));
    const script = String(sqlPlan(FORMULA, { table: "Penicillin", columns }, "duckdb"));
    expect((await blmm(plan("--schema", inline))).out).toBe(`${script}\n`);
    expect((await blmm(plan("--schema", schema))).out).toBe(`${script}\n`);
  });

  it("takes the results of each round until there is a model, and fits it", async () => {
    const { query } = engine.source("Penicillin");
    const results: string[] = [];
    for (let round = 1; round <= 3; round++) {
      const { out } = await blmm(plan("--schema", inline, "--json", ...results));
      const document = JSON.parse(out);
      expect(document.round).toBe(round);
      const rows = [];
      for (const { text } of document.queries) rows.push(await query(text));
      const file = join(files, `round${round}.json`);
      writeFileSync(file, JSON.stringify(rows));
      results.push("--results", file);
    }
    const { out, code } = await blmm(plan("--schema", inline, "--reml", ...results));
    const printed = String(reml(lmm(FORMULA, Penicillin)));
    expect(code).toBe(0);
    // What is printed of residuals needs rows; all else agrees in every digit.
    expect(out).toBe(`${printed.replace(/Scaled residuals:[\s\S]*?\n\n/, "")}\n`);
    const more = await blmm(plan("--schema", inline, ...results, ...results.slice(-2)));
    expect(more).toMatchObject({ code: 2, out: "" });
    expect(more.err).toContain("takes the results of 3 rounds");
  });

  it("refuses what is no schema, no results, and names a terminal would obey", async () => {
    const list = join(files, "list.json");
    writeFileSync(list, "[1, 2]");
    for (const schema of ["diameter", "diameter:", ":DOUBLE", list])
      expect(await blmm(plan("--schema", schema))).toMatchObject({ code: 2, out: "" });
    const bad = await blmm(plan("--schema", inline, "--results", list));
    expect(bad).toMatchObject({ code: 1, out: "" });
    expect(bad.err).toContain("error [bad-result]");
    const evil = [
      "sql-plan",
      "`y\u001b[2J` ~ 1 + (1 | g)",
      "--dialect=duckdb",
      "--table=t",
      "--schema",
      "y\u001b[2J:INT,g:TEXT",
    ];
    expect((await blmm(evil)).err).toContain("error [unsafe-name]");
    expect(JSON.parse((await blmm([...evil, "--json"])).out).queries[0].text).toContain("\u001b");
  });
});
