import { describe, expect, it } from "vitest";
import { Dyestuff, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { againstRefits, type Case } from "../gibbs/groupRefits.ts";

const drawn = { runs: 16, draws: 2000, refitDraws: 8000 };
const CASES: readonly Case[] = [
  { formula: "Yield ~ 1 + (1 | Batch)", rows: Dyestuff, group: "Batch", inside: ["Batch"], ...drawn },
  { formula: "Reaction ~ Days + (1 | Subject)", rows: sleepstudy, group: "Subject", inside: ["Subject"], ...drawn }, // biome-ignore format: a table
  { formula: "Reaction ~ Days + (Days | Subject)", rows: sleepstudy, group: "Subject", inside: ["Subject"], ...drawn }, // biome-ignore format: a table
  { formula: "strength ~ 1 + (1 | batch / cask)", rows: Pastes, group: "batch", inside: ["batch", "cask:batch"], ...drawn }, // biome-ignore format: a table
  { formula: "diameter ~ 1 + (1 | plate) + (1 | sample)", rows: Penicillin, group: "plate", inside: ["plate"], ...drawn }, // biome-ignore format: a table
];

/*
 * Every group of five models left out by importance sampling and by a refit. The rule of Monte Carlo errors: at least
 * 93% of the differences within 2 of them, none beyond 5. The errors
 * are about 0.002 to 0.02 of a unit of log density.
 */
describe("leaving every group out", () => {
  const results = CASES.map((one) => ({ formula: one.formula, ...againstRefits(one) }));
  const groups = results.flatMap((result) => result.groups.map((group) => ({ ...result, ...group })));
  const good = groups.filter(({ paretoK }) => paretoK <= 0.7);

  it("agrees with refits, group by group", () => {
    const z = good.map(({ difference, error }) => Math.abs(difference / error));
    expect(Math.max(...z)).toBeLessThan(5);
    expect(z.filter((value) => value <= 2).length / z.length).toBeGreaterThanOrEqual(0.93);
    expect(Math.max(...good.map(({ error }) => error))).toBeLessThan(0.03);
  });

  it.each(results)("agrees in sum: $formula", ({ total }) => {
    expect(Math.abs(total.difference)).toBeLessThan(4 * total.error);
    expect(total.error).toBeLessThan(0.06);
  });

  it("knows the one group that importance sampling cannot follow", () => {
    const high = groups.filter(({ paretoK }) => paretoK > 0.7);
    expect(high.map(({ formula, level }) => `${formula}: ${level}`)).toEqual([
      "Reaction ~ Days + (Days | Subject): 332",
    ]);
    // Too few draws lie where the posterior without the subject does: the estimate is too high, here by 0.2.
    expect(high[0].difference).toBeGreaterThan(0);
    expect(high[0].difference).toBeLessThan(1);
  });
});
