import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oats, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/linearMixedModel.ts";
import { lmmFromSums, sums, sumsFromJson } from "../../src/model/takeSums.ts";
import { lmmFromSql } from "../../src/sql/index.ts";
import { expectSame, rowsOf } from "../model/parts.ts";
import { type Engine, fill, startDuckdb } from "./engines.ts";

describe("sums of models of databases", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startDuckdb();
  });
  afterAll(() => engine.stop());

  it.each([
    ["Reaction ~ Days + (Days | Subject)", rowsOf(sleepstudy), 90],
    ["yield ~ factor(nitrogen) * variety + (1 | block/variety)", rowsOf(oats), 24],
    ["diameter ~ 1 + (1 | plate) + (1 | sample)", rowsOf(Penicillin), 72],
  ])("add, with each other and with those of rows: %s", async (formula, rows, at) => {
    const [first, second] = [rows.slice(0, at), rows.slice(at)];
    await fill(engine, "north", first);
    await fill(engine, "south", second);
    const [north, south] = await Promise.all(
      ["north", "south"].map(async (table) => sums(await lmmFromSql(formula, engine.source(table)))),
    );
    const whole = lmm(formula, rows);
    const model = lmmFromSums(north.add(sumsFromJson(JSON.stringify(south))));
    expectSame(model, whole);
    expectSame(lmmFromSums(sums(formula, first).add(south)), whole);
    const [a, b] = [whole, model].map((one) => gibbsSync(one, { seed: 3, chains: 1, warmup: 50, draws: 10 }));
    // Rounding of 1e-13 in the sums, as the chain passes it on.
    a.draws.values.forEach((value, i) => {
      expect(Math.abs(b.draws.values[i] - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    });
    expect(() => north.add(south).subtract(south)).toThrow(
      expect.objectContaining({ code: "uncounted-rows" }),
    );
  });
});
