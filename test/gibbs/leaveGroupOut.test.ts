import { describe, expect, it } from "vitest";
import { Dyestuff, oats, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { logSumExp } from "../../src/posterior/psis.ts";
import { againstRefits, densityOfRows, rowsOf } from "./groupRefits.ts";
import { crossedRows, partsOf } from "./harness.ts";

describe("the density of a whole group", () => {
  it.each<[string, LinearMixedModel, string, string[]]>([
    ["slopes", lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), "Subject", ["Subject"]],
    ["nested", lmm("strength ~ 1 + (1 | batch/cask)", Pastes), "batch", ["batch", "cask:batch"]],
    ["crossed", lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin), "sample", ["sample"]],
    ["weights", lmm("y ~ x + offset(x) + (x | g) + (1 | h)", crossedRows(), { weights: "w" }), "g", ["g"]],
    ["strata", lmm("yield ~ nitrogen + (1 | block)", oats, { sigmaBy: "variety" }), "block", ["block"]],
  ])("is that of dense algebra: %s", (_, model, group, inside) => {
    const posterior = gibbsSync(model, { seed: 3, chains: 1, draws: 12, warmup: 40 });
    const { pointwise } = posterior.loo({ group });
    const draws = Array.from({ length: 12 }, (_unused, d) =>
      posterior.draws.variables.map((name) => posterior.draws.get(name)[d]),
    );
    pointwise.forEach(({ level, elpdLoo, pLoo }) => {
      const rows = rowsOf(model, group, level!);
      const exact = draws.map((draw) => densityOfRows(model, rows, inside, partsOf(model, draw)));
      // lpd, which importance weights do not touch.
      expect(elpdLoo + pLoo).toBeCloseTo(logSumExp(exact) - Math.log(12), 8);
    });
  });

  it("names levels, and groups that are not there", () => {
    const posterior = gibbsSync(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), {
      seed: 3,
      draws: 300,
    });
    const { pointwise, elpdLoo } = posterior.loo({ group: "Subject" });
    expect(pointwise.map(({ level }) => level)).toEqual(posterior.model.random[0].levels);
    // A new subject is harder to foresee than a new day of a known one.
    expect(elpdLoo).toBeLessThan(posterior.loo().elpdLoo);
    expect(() => posterior.loo({ group: "subject" })).toThrow(/Did you mean "Subject"/);
  });
});

describe("leaving a group out", () => {
  it("agrees with the fits that have not seen it, for every batch of Dyestuff", () => {
    const { groups, total } = againstRefits({
      formula: "Yield ~ 1 + (1 | Batch)",
      rows: Dyestuff,
      group: "Batch",
      inside: ["Batch"],
      runs: 16,
      draws: 500,
      refitDraws: 2000,
    });
    for (const { level, paretoK, difference, error } of groups) {
      expect(paretoK).toBeLessThan(0.7);
      // Far below what matters between models, and beyond 4 errors once in 10 000 times.
      expect(error, level).toBeLessThan(0.05);
      expect(Math.abs(difference), level).toBeLessThan(4 * error);
    }
    expect(Math.abs(total.difference)).toBeLessThan(4 * total.error);
  });
});
