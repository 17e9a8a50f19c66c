import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oats, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { lmmFromSums, type Sums, sums, sumsFromJson } from "../../src/model/takeSums.ts";
import { lmmFromSql } from "../../src/sql/index.ts";
import { expectSame, type Row, rowsOf } from "../model/parts.ts";
import { type Engine, fill, startDuckdb } from "./engines.ts";

const weighted = rowsOf(oats).map((row, i) => ({ ...row, w: 0.5 + (i % 7), dose: i % 4 }));
const cases: readonly (readonly [string, readonly Row[], number, Pick<LmmOptions, "weights">])[] = [
  ["Reaction ~ Days + (Days | Subject)", rowsOf(sleepstudy), 90, {}],
  ["yield ~ factor(nitrogen) * variety + (1 | block/variety)", rowsOf(oats), 24, {}],
  ["diameter ~ 1 + (1 | plate) + (1 | sample)", rowsOf(Penicillin), 72, {}],
  ["yield ~ dose + variety + (1 + variety | block) + (0 + dose | block)", weighted, 36, { weights: "w" }],
];

describe("sums of models of databases", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startDuckdb();
  });
  afterAll(() => engine.stop());

  async function summed(formula: string, rows: readonly Row[], options = {}): Promise<Sums> {
    await fill(engine, "t", rows);
    return sums(await lmmFromSql(formula, engine.source("t"), options));
  }

  it.each(cases)("are those of rows: %s", async (formula, rows, _, options) => {
    const own = (await summed(formula, rows, options)).data;
    const other = sums(lmm(formula, rows, options)).data;
    // What is counted, named or copied is the same to the bit.
    for (const name of ["formula", "weights", "inputRows", "n", "labels", "groups", "kept", "cells"] as const)
      expect(own[name]).toEqual(other[name]);
    for (const name of ["groups", "pairs", "cells", "constants"] as const)
      expect(own.tallies[name]).toEqual(other.tallies[name]);
    // Sums of at most 180 products in another order.
    own.tallies.squares.forEach((squares, f) => {
      squares.forEach((value, e) => {
        expect(value).toBeCloseTo(other.tallies.squares[f][e], 9);
      });
    });
    own.variables.forEach((variable) => {
      const same = other.variables.find(({ label }) => label === variable.label);
      const mean = variable.kind === "numeric" ? { mean: expect.closeTo(variable.mean ?? 0, 12) } : {};
      expect(same).toEqual({ ...variable, ...mean });
    });
  });

  it.each(cases)("add, with each other and with those of rows: %s", async (formula, rows, at, options) => {
    const [first, second] = [rows.slice(0, at), rows.slice(at)];
    const north = await summed(formula, first, options);
    const south = await summed(formula, second, options);
    const whole = lmm(formula, rows, options);
    const model = lmmFromSums(north.add(sumsFromJson(JSON.stringify(south))));
    expectSame(model, whole);
    expectSame(lmmFromSums(sums(formula, first, options).add(south)), whole);
    const [a, b] = [whole, model].map((one) => gibbsSync(one, { seed: 3, chains: 1, warmup: 50, draws: 10 }));
    // Rounding of 1e-13 in the sums, as the chain passes it on.
    a.draws.values.forEach((value, i) => {
      expect(Math.abs(b.draws.values[i] - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    });
  });

  it.each(cases)("are taken away from, by sums of either kind: %s", async (formula, rows, at, options) => {
    const [first, second] = [rows.slice(0, at), rows.slice(at)];
    const whole = await summed(formula, rows, options);
    const south = await summed(formula, second, options);
    const left = lmm(formula, first, options);
    for (const gone of [south, sums(formula, second, options)]) {
      const own = whole.subtract(gone);
      expectSame(lmmFromSums(own), left);
      for (const name of ["groups", "pairs", "cells"] as const)
        expect(own.data.tallies[name]).toEqual(sums(left).data.tallies[name]);
    }
  });

  it("refuse a slope that is constant within the groups left", async () => {
    const formula = "Reaction ~ Days + age + (age | Subject)";
    const rows = rowsOf(sleepstudy).map(
      (row, i): Row => ({
        ...row,
        age: row.Subject === 308 ? 40 + (i % 3) : 20 + (Number(row.Subject) % 9),
      }),
    );
    const whole = await summed(formula, rows);
    const told = lmmFromSums(whole.add(whole)).warnings.map(({ details }) => details["varying"]);
    expect(told).toEqual([1]);
    const gone = rows.filter((row) => row.Subject === 308);
    const left = whole.subtract(sums(formula, gone));
    expect(() => lmmFromSums(left)).toThrow(
      expect.objectContaining({ code: "slope-constant-within-groups" }),
    );
  });
});
