import { describe, expect, it } from "vitest";
import { lmm } from "../../src/model/lmm.ts";
import { parameterVariables } from "../../src/model/variables.ts";
import { reml } from "../../src/reml/fit.ts";
import { henderson } from "../../src/reml/henderson.ts";
import { marginalCovariance } from "../../src/reml/marginal.ts";
import { models, oatsRows, sleepRows } from "./structureModels.ts";

describe("structures refuse what they cannot do", () => {
  const strata = models["sleepstudy-strata"]();
  const own = reml(strata);
  const cases: [string, () => unknown, string][] = [
    ["Kenward and Roger with strata", () => own.coefTable({ df: "kenward-roger" }), "one-sigma"],
    ["the marginal covariance with strata", () => marginalCovariance(own), "one-sigma"],
    ["Henderson's equations with strata", () => henderson(own), "one-sigma"],
    [
      "an observation of an unknown stratum",
      () => own.predict([{ Days: 1, Subject: "308", half: "x" }], { interval: "observation" }),
      "unseen-level",
    ],
    [
      "an observation without a stratum",
      () => own.predict([{ Days: 1, Subject: "308" }], { interval: "observation" }),
      "missing-column",
    ],
    [
      "a stratum of one row",
      () =>
        lmm(
          "y ~ 1 + (1 | g)",
          [1, 2, 3, 4, 6].map((y, i) => ({ y, g: `g${i % 2}`, s: i === 0 ? "a" : "b" })),
          { sigmaBy: "s" },
        ),
      "one-row-per-stratum",
    ],
    [
      "a stratum whose rows repeat each other",
      () => {
        const twice = Array.from({ length: 72 }, (_, i) => {
          const g = i % 12;
          const s = i < 48 ? "a" : "b";
          return { y: 4 * Math.sin(5 * g * g + 1) + (s === "a" ? 2 * Math.sin(17 * i) : 0), g: `g${g}`, s };
        });
        return reml(lmm("y ~ 1 + (1 | g)", twice, { sigmaBy: "s" }));
      },
      "stratum-without-residual",
    ],
    [
      "one stratum",
      () =>
        lmm(
          "y ~ 1 + (1 | g)",
          [1, 2, 3, 4, 6].map((y, i) => ({ y, g: `g${i % 2}`, s: "a" })),
          { sigmaBy: "s" },
        ),
      "one-level",
    ],
    [
      "a stratum that is no column",
      () => lmm("Reaction ~ 1 + (1 | Subject)", sleepRows, { sigmaBy: "nix" }),
      "unknown-column",
    ],
    [
      "an intercept beside the common part",
      () => lmm("yield ~ 1 + (1 | block) + cs(0 + variety | block)", oatsRows),
      "common-effect-twice",
    ],
    [
      "two common parts",
      () => lmm("yield ~ 1 + cs(0 + variety | block) + cs(0 + nitrogen | block)", oatsRows),
      "common-effect-twice",
    ],
    ["two bars in cs()", () => lmm("yield ~ 1 + cs(0 + variety || block)", oatsRows), "formula-syntax"],
    ["two terms in cs()", () => lmm("yield ~ 1 + cs(0 + variety | block, 1)", oatsRows), "formula-syntax"],
    [
      "a structure that is none",
      () => lmm("yield ~ 1 + ar1(0 + variety | block)", oatsRows),
      "misplaced-random-term",
    ],
  ];
  it.each(cases)("%s", (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});

describe("formulas with structures", () => {
  it("diag(x | g) is (x || g), us(x | g) is (x | g), and cs of one column is (1 | g)", () => {
    const criterionOfFormula = (term: string): number =>
      reml(lmm(`Reaction ~ Days + ${term}`, sleepRows)).criterion;
    expect(criterionOfFormula("diag(Days | Subject)")).toBe(criterionOfFormula("(Days || Subject)"));
    expect(criterionOfFormula("us(Days | Subject)")).toBe(criterionOfFormula("(Days | Subject)"));
    expect(criterionOfFormula("cs(1 | Subject)")).toBe(criterionOfFormula("(1 | Subject)"));
  });

  it("are printed, updated and taken away as written", () => {
    const model = models["oats-cs"]();
    expect(model.formula).toBe("yield ~ variety + nitro + cs(0 + variety | block)");
    expect(model.update(". ~ . - nitro").formula).toBe("yield ~ variety + cs(0 + variety | block)");
    const change = ". ~ . - cs(0 + variety | block) + (1 | block)";
    expect(model.update(change).formula).toBe("yield ~ variety + nitro + (1 | block)");
    expect(() => model.update(". ~ . - (0 + variety | block)")).toThrow(
      expect.objectContaining({ code: "term-not-found" }),
    );
  });

  it("name one SD and one correlation for each symmetric term of a group", () => {
    const rows = oatsRows.map((row, i) => ({ ...row, wave: Math.sin(i), other: Math.cos(i) }));
    const model = lmm("yield ~ 1 + cs(0 + variety | block) + cs(0 + wave + other | block)", rows);
    const names = parameterVariables(model).map(({ name }) => name);
    expect(names.slice(1)).toEqual([
      "sd_block__cs",
      "sd_block__cs.1",
      "cor_block__cs",
      "cor_block__cs.1",
      "sigma",
    ]);
  });
});
