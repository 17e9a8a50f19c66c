import { describe, expect, it } from "vitest";
import { lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { base, withColumn } from "../model/sample.ts";

/** Two groups, one treated: what differs between them may be either. */
const arms = withColumn((_, i) => ({ arm: i % 2, site: i % 2 === 0 ? "a" : "b", four: `c${i % 4}` }));

describe("a variance of which the fixed part leaves nothing", () => {
  it.each([
    ["a treatment with one group in each arm", "y ~ arm + (1 | site)"],
    ["beside other predictors", "y ~ x + arm + h + (1 | site)"],
    ["the group under another name", "y ~ I(arm - 7) * x + (1 | site)"],
    ["slopes", "y ~ x * arm + (0 + x | site)"],
  ])("is refused by REML: %s", (_, formula) => {
    const model = lmm(formula, arms);
    expect(() => reml(model)).toThrow(expect.objectContaining({ code: "group-in-fixed" }));
    // By ML it is zero, which is said.
    expect(ml(model).warnings.map(({ code }) => code)).toContain("singular-fit");
  });

  it.each([
    ["two arms of two groups", "y ~ arm + (1 | four)"],
    ["no treatment", "y ~ x + h + (1 | site)"],
    ["a slope that differs", "y ~ x + arm + (0 + x | site)"],
    ["many groups", "y ~ x * h + (1 | g)"],
  ])("is estimated elsewhere: %s", (_, formula) => {
    expect(reml(lmm(formula, formula.includes("| g") ? base : arms)).convergence.ok).toBe(true);
  });
});
