import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { oats, sleepstudy, tablets, tabletsMissing } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { anova } from "../../src/reml/anova.ts";
import { ratioTest } from "../../src/reml/boundary.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { chiSquareUpper } from "../../src/stats/distributions.ts";
import { Margins } from "./margins.ts";
import { nearP } from "./testTables.ts";

type RatioReference = Readonly<
  Record<"npar" | "AIC" | "BIC" | "logLik" | "deviance" | "Chisq" | "Df" | "Pr(>Chisq)", number | null>
>;

const references = JSON.parse(
  readFileSync(new URL("../golden/tests-and-means.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly RatioReference[]>>;

const sleep = (formula: string): LmmFit => reml(lmm(`Reaction ~ ${formula}`, sleepstudy));
const full = sleep("Days + (Days | Subject)");
const intercepts = sleep("Days + (1 | Subject)");
const uncorrelated = sleep("Days + (Days || Subject)");
const oatsBy = (formula: string): LmmFit => reml(lmm(`yield ~ ${formula}`, oats));

describe("anova(fitA, fitB, …)", () => {
  const cases: readonly (readonly [string, string, () => readonly LmmFit[]])[] = [
    ["lrt_sleepstudy_Days", "a fixed effect, by ML", () => [full, full.update(". ~ . - Days")]],
    [
      "lrt_sleepstudy_ri_zc_rs",
      "random terms of ML fits",
      () => [intercepts, uncorrelated, full].map(({ model }) => ml(model)),
    ],
    ["lrt_sleepstudy_ri_zc_rs_noREfit", "random terms, by REML", () => [intercepts, uncorrelated, full]],
    [
      "lrt_oats_nested",
      "three fixed parts",
      () =>
        ["nitrogen", "variety + nitrogen", "variety * nitrogen"].map((f) =>
          oatsBy(`${f} + (1 | block/variety)`),
        ),
    ],
  ];
  for (const [id, title, fits] of cases) {
    it(`has lme4's table: ${title}`, () => {
      const { rows } = anova(...fits());
      const margins = new Margins();
      references[id].forEach((expected, i) => {
        const row = rows[i];
        // Sums of a criterion that is known to 1e-8.
        margins.near("npar", row.npar, Number(expected.npar), 1, 0);
        margins.near("AIC", row.aic, Number(expected.AIC), 1, 1e-7);
        margins.near("BIC", row.bic, Number(expected.BIC), 1, 1e-7);
        margins.near("logLik", row.logLik, Number(expected.logLik), 1, 1e-7);
        margins.near("deviance", row.deviance, Number(expected.deviance), 1, 1e-7);
        if (expected.Chisq === null) return;
        margins.near("Chisq", row.chisq, expected.Chisq, 1, 1e-7);
        margins.near("Df", row.df, Number(expected.Df), 1, 0);
        nearP(margins, "p", row.pNaive, Number(expected["Pr(>Chisq)"]));
      });
      margins.settle();
      expect(rows).toHaveLength(references[id].length);
    });
  }

  it("refits by ML when fixed effects differ, and says so", () => {
    const table = anova(full, full.update(". ~ . - Days"));
    expect(table.notes.map(({ code }) => code)).toEqual(["refitted-by-ml"]);
    expect(table.toString()).toBe(
      [
        "Likelihood-ratio tests by maximum likelihood",
        "1: Reaction ~ 1 + (Days | Subject)",
        "2: Reaction ~ Days + (Days | Subject)",
        "  npar    AIC    BIC  logLik deviance   Chisq Df Pr(>Chisq)",
        "1    5 1785.5 1801.4 -887.74   1775.5",
        "2    6 1763.9 1783.1 -875.97   1751.9 23.5365  1  1.226e-06 ***",
        "---",
        "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1",
        "The fits were refitted by maximum likelihood, because REML criteria of different fixed parts do not compare.",
      ].join("\n"),
    );
    // The same fixed part in other contrasts is no different fixed part.
    const coded = reml(lmm("yield ~ nitrogen + (1 | block)", oats, { contrasts: { nitrogen: "sum" } }));
    const nested = oatsBy("nitrogen + (1 | block) + (1 | block:variety)");
    expect(anova(coded, nested).notes.map(({ code }) => code)).toEqual(["boundary-corrected"]);
    expect(anova(full, ml(intercepts.model)).notes[0].message).toContain("one of the fits is by ML");
  });

  it("corrects the p-value when one variance is tested, and keeps the plain one beside it", () => {
    const { rows, notes } = anova(intercepts, full);
    const [, { chisq, p, pNaive, reference }] = rows;
    expect(reference).toBe("½χ²₁ + ½χ²₂");
    expect(p).toBeCloseTo((chiSquareUpper(chisq, 1) + chiSquareUpper(chisq, 2)) / 2, 14);
    expect(pNaive).toBe(chiSquareUpper(chisq, 2));
    expect(notes.map(({ code }) => code)).toEqual(["boundary-corrected"]);
    const steps = anova(intercepts, uncorrelated, full).rows;
    // A variance alone; then a covariance alone, which is inside its range.
    expect(steps.map((row) => row.reference)).toEqual(["", "½χ²₀ + ½χ²₁", "χ²₁"]);
    expect(steps[1].p).toBeCloseTo(steps[1].pNaive / 2, 20);
    expect(steps[2].p).toBe(steps[2].pNaive);
    expect(anova(intercepts, full).toString()).toContain("½χ²₁ + ½χ²₂");
  });

  it("says that χ² is conservative when several variances are added at once", () => {
    const one = oatsBy("nitrogen + (1 | block)");
    const three = oatsBy("nitrogen + (1 | block) + (1 | block:variety) + (1 | block:nitrogen)");
    const { rows, notes } = anova(one, three);
    expect(rows[1].p).toBe(rows[1].pNaive);
    expect(notes.map(({ code }) => code)).toEqual(["boundary-conservative"]);
  });

  it("refuses other rows, responses and weights", () => {
    const expectCode = (code: string, ...fits: LmmFit[]): void => {
      expect(() => anova(...fits)).toThrow(expect.objectContaining({ code }));
    };
    const all = reml(lmm("y ~ method + (1 | tablet)", tablets));
    const fewer = reml(lmm("y ~ 1 + (1 | tablet)", tablets.slice(0, 16)));
    expectCode("different-rows", all, fewer);
    expectCode("different-rows", all, reml(lmm("y ~ method + (1 | tablet)", tabletsMissing)));
    expect(() => anova(all, fewer)).toThrow(
      /4 rows are in one of them only \(16, 17, 18, 19, counting from 0\)/,
    );
    expectCode("different-response", all, reml(lmm("log(y) ~ method + (1 | tablet)", tablets)));
    const weighted = tablets.map((row, i) => ({ ...row, w: 1 + (i % 2) }));
    expectCode("different-weights", all, reml(lmm("y ~ method + (1 | tablet)", weighted, { weights: "w" })));
    expectCode("different-offset", all, reml(lmm("y ~ method + offset(w) + (1 | tablet)", weighted)));
    expectCode("invalid-argument", all);
  });

  it("refuses models that are not nested, naming the term that is missing", () => {
    const noDays = sleep("1 + (Days | Subject)");
    expect(() => anova(noDays, intercepts)).toThrow(
      expect.objectContaining({
        code: "not-nested",
        message:
          "Reaction ~ Days + (1 | Subject) is not contained in Reaction ~ 1 + (Days | Subject): Days is missing there. Compare them by AIC, or fit a model that contains both.",
      }),
    );
    const blocks = oatsBy("nitrogen + (1 | block)");
    const other = oatsBy("nitrogen + (1 | block:variety) + (1 | block:nitrogen)");
    expect(() => anova(blocks, other)).toThrow(/\(\(Intercept\) \| block\) is missing there/);
  });
});

describe("ratioTest()", () => {
  it("gives p = 1 at a ratio of zero, and half the plain p for one variance alone", () => {
    expect(ratioTest(0, 1, 0)).toEqual({ p: 1, pNaive: 1, reference: "½χ²₀ + ½χ²₁" });
    expect(ratioTest(2.5, 1, 0).p).toBe(chiSquareUpper(2.5, 1) / 2);
    expect(ratioTest(2.5, 3, null)).toEqual({
      p: chiSquareUpper(2.5, 3),
      pNaive: chiSquareUpper(2.5, 3),
      reference: "χ²₃",
    });
    expect(ratioTest(2.5, 12, 11).reference).toBe("½χ²₁₁ + ½χ²₁₂");
  });
});

describe("ranova()", () => {
  it("prints the mixture and names what it is", () => {
    expect(full.ranova().toString()).toBe(
      [
        "Single deletions of random terms, by REML",
        "Model: Reaction ~ Days + (Days | Subject)",
        "                         npar  logLik    AIC     LRT Df Reference   Pr(naive) Pr(>Chisq)",
        "<none>                      6 -871.81 1755.6",
        "Days in (Days | Subject)    4 -893.23 1794.5 42.8368  2 ½χ²₁ + ½χ²₂  4.99e-10  2.793e-10 ***",
        "---",
        "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1",
        "A variance of zero lies on the edge of its range: Pr(>Chisq) is from the mixture under Reference, Pr(naive) from χ² with Df.",
      ].join("\n"),
    );
  });

  it("agrees with the refit of the reduced formula, for terms of several columns and groups", () => {
    const fit = oatsBy("nitrogen + (variety | block)");
    const { rows, notes } = fit.ranova();
    expect(rows.map(({ term }) => term)).toEqual(["<none>", "variety in (variety | block)"]);
    // The same optimum from two parametrisations of the data.
    expect(rows[1].logLik).toBeCloseTo(oatsBy("nitrogen + (1 | block)").logLik, 7);
    expect(rows[1].df).toBe(5);
    expect(notes.map(({ code }) => code)).toEqual(["boundary-conservative"]);
    const two = ml(lmm("Reaction ~ Days + (0 + Days | Subject) + (1 | Subject)", sleepstudy)).ranova().rows;
    expect(two.map(({ term }) => term)).toEqual(["<none>", "Days in (0 + Days | Subject)", "(1 | Subject)"]);
    expect(two[1].logLik).toBeCloseTo(ml(intercepts.model).logLik, 7);
    expect(two[2].logLik).toBeCloseTo(
      ml(lmm("Reaction ~ Days + (0 + Days | Subject)", sleepstudy)).logLik,
      7,
    );
  });
});
