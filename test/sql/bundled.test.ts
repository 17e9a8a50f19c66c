import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Rows } from "../../src/data/table.ts";
import * as datasets from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { fixed } from "../../src/gibbs/priors.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { lmmFromSql } from "../../src/sql/index.ts";
import { deviation } from "./deviation.ts";
import { type Engine, fill, startDuckdb, startPostgresEngine } from "./engines.ts";
import { postgresPrograms } from "./postgresServer.ts";

const folder = new URL("../golden/models/", import.meta.url);
const byFile = new Map<string, Rows>(Object.entries(datasets));
byFile.set("tablets_missing", datasets.tabletsMissing);

interface Case {
  readonly title: string;
  readonly name: string;
  readonly data: Rows;
  readonly formula: string;
}

const cases: Case[] = readdirSync(folder).map((file) => {
  const { data, formula } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  const name = data.replace(".csv", "");
  return { title: `${file}: ${formula}`, name, data: byFile.get(name) as Rows, formula };
});
/** What a table of a database does not say: levels in an order of their own, and which are ordered. */
function saidOf(data: Rows, formula: string): Pick<LmmOptions, "levels" | "contrasts"> {
  const fixed = formula.replace(/\([^)]*\|[^)]*\)/g, "");
  const ordered = (data.ordered ?? []).filter((column) => fixed.includes(column));
  return {
    levels: data.levels ?? {},
    contrasts: Object.fromEntries(ordered.map((column) => [column, "poly" as const])),
  };
}

const engines: readonly (readonly [string, () => Promise<Engine | null>])[] = [
  ["DuckDB", startDuckdb],
  ["PostgreSQL", startPostgresEngine],
];

for (const [engineName, start] of engines) {
  const absent = engineName === "PostgreSQL" && postgresPrograms() === undefined;
  describe.skipIf(absent)(`${engineName}${absent ? " (not installed)" : ""}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = (await start()) as Engine;
    });
    afterAll(() => engine?.stop());

    it.each(cases)("$title", async ({ name, data, formula }) => {
      await fill(engine, name, data);
      const all = saidOf(data, formula);
      const model = await lmmFromSql(formula, engine.source(name), all);
      const rows = lmm(formula, data, all);
      expect(model.n).toBe(rows.n);
      expect(model.inputRows).toBe(rows.inputRows);
      expect(model.fixed.names).toEqual(rows.fixed.names);
      expect(model.random.map(({ name: own, levels, columns }) => ({ own, levels, columns }))).toEqual(
        rows.random.map(({ name: own, levels, columns }) => ({ own, levels, columns })),
      );
      // A database does not number its rows.
      const others = (own: typeof rows): unknown[] =>
        own.warnings.filter(({ code }) => code !== "missing-rows");
      expect(model.warnings.length).toBe(rows.warnings.length);
      expect(others(model)).toEqual(others(rows));
      // Sums of n ≤ 600 products in another order: √n roundings of 1e-16, times the condition of X.
      const gap = deviation(model.crossProducts, rows.crossProducts);
      expect(gap).toBeLessThanOrEqual(1e-12);
      for (const estimate of [reml, ml]) {
        const [a, b] = [estimate(model), estimate(rows)];
        expect(Math.abs(a.criterion - b.criterion)).toBeLessThanOrEqual(1e-8);
        const tests = [a, b].map((fit) => fit.anova({ type: "III" }).rows);
        tests[0].forEach(({ term, numDf, f }, i) => {
          expect([term, numDf]).toEqual([tests[1][i].term, tests[1][i].numDf]);
          // Both optima are within 1e-6 standard errors of the same one.
          expect(Math.abs(f / tests[1][i].f - 1)).toBeLessThanOrEqual(1e-5);
        });
      }
      const settings = { seed: 1, chains: 1, draws: 20, warmup: 20 };
      const [a, b] = [gibbsSync(model, settings), gibbsSync(rows, settings)];
      expect(a.draws.variables).toEqual(b.draws.variables);
      let worst = 0;
      for (const variable of a.draws.variables) {
        const [x, y] = [a.draws.get(variable), b.draws.get(variable)];
        const size = Math.max(...y.map(Math.abs));
        x.forEach((value, i) => {
          worst = Math.max(worst, Math.abs(value - y[i]) / size);
        });
      }
      expect(worst).toBeLessThanOrEqual(1e-6);
    });

    it("crossed blocks that never meet", async () => {
      const labs = Array.from({ length: 54 }, (_, i) => {
        const lab = Math.floor(i / 18);
        return {
          y: (i * i) % 11,
          lab: `l${lab}`,
          day: `${lab}${Math.floor(i / 6) % 3}`,
          kit: `${lab}${i % 3}`,
        };
      });
      await fill(engine, "labs", labs);
      for (const formula of ["y ~ 1 + (1 | day) + (1 | kit)", "y ~ lab + (1 | day) + (1 | kit)"]) {
        const { warnings } = await lmmFromSql(formula, engine.source("labs"));
        expect(warnings).toEqual(lmm(formula, labs).warnings);
        expect(warnings).toHaveLength(formula.includes("lab") ? 0 : 1);
      }
    });

    it("eightSchools, whose variances are known", async () => {
      await fill(engine, "schools", datasets.eightSchools);
      const formula = "effect ~ 1 + (1 | school)";
      const model = await lmmFromSql(formula, engine.source("schools"), { weights: "weight" });
      const rows = lmm(formula, datasets.eightSchools, { weights: "weight" });
      expect(deviation(model.crossProducts, rows.crossProducts)).toBeLessThanOrEqual(1e-12);
      const [a, b] = [model, rows].map((own) => reml(own, { sigma: 1 }));
      expect(Math.abs(a.criterion - b.criterion)).toBeLessThanOrEqual(1e-8);
      const settings = { seed: 1, chains: 1, draws: 20, warmup: 20, priors: { sigma: fixed(1) } };
      const [x, y] = [model, rows].map((own) => gibbsSync(own, settings).draws.get("sd_school__Intercept"));
      expect(x.every((value, i) => Math.abs(value / y[i] - 1) <= 1e-6)).toBe(true);
    });
  });
}
