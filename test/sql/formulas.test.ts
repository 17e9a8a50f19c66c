import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { lmmFromSql } from "../../src/sql/index.ts";
import { deviation } from "./deviation.ts";
import { type Engine, fill, startDuckdb, startPostgresEngine } from "./engines.ts";
import { postgresPrograms } from "./postgresServer.ts";

/** 240 rows with everything in them: a far-away zero, hostile names, labels of every kind. */
function sample(): Record<string, unknown>[] {
  let state = 12345;
  const uniform = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const hostile = ["a", "b'; DROP TABLE t; --", 'c"', "d\\", "é ö", "", "NULL", " x "];
  return Array.from({ length: 240 }, (_, i) => {
    const x = uniform() * 4;
    const group = i % 8;
    const item = Math.floor(i / 8) % 6;
    return {
      y: 1e4 + 3 * x + group + 2 * item + uniform() * 5,
      x,
      year: 2000 + Math.floor(uniform() * 20),
      'weird "name"; --': hostile[group],
      item: `i${item}`,
      batch: item * 10 + (i % 2),
      dose: ["low", "mid", "high"][Math.floor(uniform() * 3)],
      flag: uniform() < 0.4,
      w: i === 7 ? 0 : 0.5 + uniform(),
      known: uniform(),
      gap: i === 3 ? null : uniform(),
    };
  });
}

const odd = '`weird "name"; --`';
const formulas: readonly (readonly [
  string,
  Pick<LmmOptions, "weights" | "contrasts" | "levels" | "effects">,
])[] = [
  [`y ~ x + year + (x | ${odd})`, {}],
  [`y ~ x * dose + (1 | ${odd}) + (1 | item)`, { contrasts: { dose: "sum" } }],
  [`y ~ x:dose + dose + (x | ${odd}) + (0 + x | item) + (1 | item)`, { contrasts: { dose: "helmert" } }],
  ["y ~ 0 + dose + year + (1 + dose | item)", { levels: { dose: ["low", "mid", "high"] } }],
  [`y ~ log(year) + sqrt(x) + I(x^2) + exp(x) + log2(known + 1) + (x || ${odd})`, { weights: "w" }],
  [`log(y) ~ x + flag + offset(known) + (1 | item/batch)`, {}],
  [`y ~ gap + factor(batch) + (1 | ${odd}:dose)`, {}],
  [`y ~ x + (year | item) + (1 | ${odd}) + (1 | dose)`, {}],
  [`y ~ ${odd} * x + (1 | batch)`, { weights: "w" }],
  [`y ~ x + cs(0 + dose | ${odd})`, {}],
  [`y ~ x + cs(0 + dose | ${odd}) + (0 + x | ${odd})`, { weights: "w" }],
  [`I(y - 1e4) ~ I(x / 3) + (1 | item)`, {}],
  [`y ~ scale(year) + center(x) * dose + log1p(gap) + (scale(x) | ${odd}) + offset(scale(known))`, {}],
  ["y ~ log1p(gap / 1e9) + (1 | item)", {}],
  ["scale(y) ~ scale(log(scale(year) + 5), center = FALSE) + scale(x, 2, 3) + (1 | item)", { weights: "w" }],
];

const engines: readonly (readonly [string, () => Promise<Engine | null>])[] = [
  ["DuckDB", startDuckdb],
  ["PostgreSQL", startPostgresEngine],
];

for (const [engineName, start] of engines) {
  const absent = engineName === "PostgreSQL" && postgresPrograms() === undefined;
  describe.skipIf(absent)(`${engineName}${absent ? " (not installed)" : ""}`, () => {
    const data = sample();
    let engine: Engine;
    beforeAll(async () => {
      engine = (await start()) as Engine;
      await fill(engine, 'hostile" table', data);
    });
    afterAll(() => engine?.stop());

    it.each(formulas)("%s", async (formula, options) => {
      const rows = lmm(formula, data, options);
      const model = await lmmFromSql(formula, engine.source('hostile" table'), options);
      expect(model.n).toBe(rows.n);
      expect(model.fixed.names).toEqual(rows.fixed.names);
      expect(model.random.map(({ name, levels }) => [name, levels])).toEqual(
        rows.random.map(({ name, levels }) => [name, levels]),
      );
      // Columns 100 times their spread away from zero, where there is no intercept to centre them by, cost 2 digits.
      const gap = deviation(model.crossProducts, rows.crossProducts);
      if (process.env["SQL_FIGURES"]) console.log(engineName, formula, gap);
      expect(gap).toBeLessThanOrEqual(1e-12);
      expect(Math.abs(reml(model).criterion - reml(rows).criterion)).toBeLessThanOrEqual(1e-8);
      const prediction = [model, rows].map((own) =>
        reml(own)
          .predict(data.slice(20, 25))
          .map((row) => row.estimate),
      );
      prediction[0].forEach((value, i) => {
        // Both optima are within 1e-6 standard errors of the same one.
        expect(Math.abs(value / prediction[1][i] - 1)).toBeLessThanOrEqual(1e-5);
      });
      const [a, b] = [model.summaries, rows.summaries];
      expect(a.response.sd / b.response.sd).toBeCloseTo(1, 12);
      a.terms.forEach(({ rms, levelsSeen }, t) => {
        expect(levelsSeen).toEqual(b.terms[t].levelsSeen);
        rms.forEach((value, c) => {
          expect(value / b.terms[t].rms[c]).toBeCloseTo(1, 12);
        });
      });
    });
  });
}
