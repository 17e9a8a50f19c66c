import { describe, expect, it } from "vitest";
import { compare } from "../../src/compare.ts";
import { sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { looCompare } from "../../src/posterior/looCompare.ts";
import { reml } from "../../src/reml/fit.ts";

const slopes = gibbsSync(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), { seed: 1, draws: 300 });
const intercepts = gibbsSync(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy), { seed: 2, draws: 300 });
const comparison = compare(intercepts, slopes);

/** A posterior of other rows or another response. */
function of(rows: readonly object[], formula = "Reaction ~ Days + (1 | Subject)") {
  return gibbsSync(lmm(formula, rows), { seed: 3, draws: 10, warmup: 5 });
}

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "nothing";
}

describe("compare(a, b)", () => {
  it("has every variable of either, with both summaries and their difference", () => {
    expect(comparison.rows.map(({ variable }) => variable)).toEqual([
      "b_Intercept",
      "b_Days",
      "sd_Subject__Intercept",
      "sd_Subject__Days",
      "cor_Subject__Intercept__Days",
      "sigma",
    ]);
    const [a, b] = [intercepts, slopes].map((one) =>
      one.summary().find(({ variable }) => variable === "sigma"),
    );
    const sigma = comparison.rows[5];
    expect(sigma.posteriors).toEqual(
      [a!, b!].map((row) => ({ mean: row.mean, sd: row.sd, low: row["q2.5"], high: row["q97.5"] })),
    );
    expect(sigma.differences[0]).toBe(0);
    expect(sigma.differences[1]).toBeCloseTo((b!.mean - a!.mean) / Math.hypot(a!.sd, b!.sd), 12);
    // Only one of them has slopes.
    expect(comparison.rows[3].posteriors[0]).toBeNull();
    expect(comparison.rows[3].differences).toEqual([null, null]);
  });

  it("compares by leave-one-out", () => {
    const expected = looCompare({ 1: intercepts.loo(), 2: slopes.loo() });
    expect(comparison.loo).toEqual(expected);
    expect(comparison.loo[0].name).toBe("2");
  });

  it("takes three", () => {
    const { rows, formulas, loo } = compare(slopes, intercepts, slopes);
    expect(formulas).toHaveLength(3);
    expect(loo).toHaveLength(3);
    expect(rows[0].differences[2]).toBe(0);
  });

  it("prints a table, and keeps its rows in JSON", () => {
    const lines = String(comparison).split("\n");
    expect(lines[0]).toBe("Posteriors of Reaction, 180 rows");
    expect(lines[2]).toBe("2: Reaction ~ Days + (Days | Subject) (collapsed, seed 1)");
    expect(lines[3]).toMatch(/1: mean +sd +95% CI +2: mean +sd +95% CI +2-1$/);
    expect(lines).toContain("Leave-one-out");
    expect(JSON.parse(JSON.stringify(comparison)).rows).toHaveLength(6);
  });

  it("notes a shared seed", () => {
    expect(comparison.warnings.map(({ code }) => code)).not.toContain("same-seed");
    const { warnings } = compare(slopes, intercepts, slopes);
    expect(warnings.find(({ code }) => code === "same-seed")).toMatchObject({
      message: "Posteriors 1 and 3 have seed 1: their Monte Carlo errors are not independent.",
      details: { seed: 1, posteriors: [1, 3] },
    });
  });

  it("refuses other rows by which they are, and other responses, by code", () => {
    const without = (left: number) =>
      of(sleepstudy.map((row, i) => ({ ...row, Days: i === left ? null : row.Days })));
    // As many rows, but not the same ones.
    expect(codeOf(() => compare(without(3), without(4)))).toBe("different-rows");
    expect(() => compare(without(3), without(4))).toThrow(/\(4, 3, counting from 0\)/);
    expect(codeOf(() => compare(slopes, of(sleepstudy.slice(0, 170))))).toBe("different-rows");
    expect(codeOf(() => compare(slopes, of(sleepstudy, "log(Reaction) ~ Days + (1 | Subject)")))).toBe(
      "different-response",
    );
    expect(codeOf(() => compare(slopes, intercepts, reml(slopes.model) as never))).toBe("invalid-argument");
    expect(codeOf(() => compare(reml(slopes.model) as never, slopes))).toBe("invalid-argument");
    expect(codeOf(() => compare(slopes, undefined as never))).toBe("invalid-argument");
  });
});
