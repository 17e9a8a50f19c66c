import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cake, oats, sleepstudy, tablets } from "../../src/datasets/index.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { numbers, spread } from "../linalg/numbers.ts";
import { Margins } from "./margins.ts";
import { METHODS, referenceCases } from "./references.ts";
import { type AnovaReference, type CoefReference, nearAnova, nearP, RELATIVE } from "./testTables.ts";

interface Block {
  readonly coefficients: Readonly<Record<string, CoefReference>>;
  readonly anova_typeI?: AnovaReference;
  readonly anova_typeII?: AnovaReference;
  readonly anova_typeIII?: AnovaReference;
  readonly vcov_adj?: readonly (readonly number[])[];
  readonly ranova?: Readonly<Record<string, readonly (number | string | null)[]>>;
}

interface Tested {
  readonly isSingular: boolean;
  readonly satterthwaite: Block;
  readonly kenward_roger?: Block;
}

const TYPES = ["I", "II", "III"] as const;

function expectSameTests(fit: LmmFit, df: "satterthwaite" | "kenward-roger", block: Block): void {
  const margins = new Margins();
  const rows = fit.coefTable({ df });
  expect(rows.map(({ term }) => term)).toEqual(Object.keys(block.coefficients));
  for (const row of rows) {
    const expected = block.coefficients[row.term];
    const se = expected["Std. Error"];
    margins.near(`${row.term} estimate`, row.estimate, expected.Estimate, se, RELATIVE);
    margins.near(`${row.term} se`, row.se, se, se, RELATIVE);
    margins.near(`${row.term} df`, row.df, expected.df, expected.df, RELATIVE);
    // t moves by 1 when the estimate moves by its SE.
    margins.near(`${row.term} t`, row.t, expected["t value"], 1 + Math.abs(row.t), RELATIVE);
    nearP(margins, `${row.term} p`, row.p, expected["Pr(>|t|)"]);
  }
  for (const type of TYPES) {
    const table = block[`anova_type${type}`];
    if (table !== undefined) nearAnova(margins, `type ${type}`, fit.anova({ type, df }).rows, table);
  }
  margins.settle();
}

for (const { id, files, reference, data } of referenceCases) {
  describe.skipIf(!files.available)(files.title(`the tests of ${id}`), () => {
    for (const method of METHODS) {
      const tested = (): Tested => reference()[method] as unknown as Tested;
      const fitted = (): LmmFit => (method === "REML" ? reml : ml)(lmm(reference().formula, data()));
      it(`are lmerTest's by Satterthwaite, ${method}: coefficients, types I, II and III`, () => {
        const { isSingular, satterthwaite } = tested();
        // At a singular fit the degrees of freedom are a matter of the implementation.
        if (!isSingular) expectSameTests(fitted(), "satterthwaite", satterthwaite);
      });
      it(`are lmerTest's ranova, ${method}: log-likelihoods, parameters, and its p-values as pNaive`, () => {
        const { ranova } = tested().satterthwaite;
        if (ranova === undefined) throw new Error(`${id} has no ranova`);
        const { rows } = fitted().ranova();
        expect(rows.map(({ term }) => term)).toEqual(ranova["term"]);
        expect(rows.map(({ npar }) => npar)).toEqual(ranova["npar"]);
        const margins = new Margins();
        rows.forEach((row, i) => {
          const logLik = Number(ranova["logLik"][i]);
          // As accurate as the criterion, 1e-12 of it.
          margins.near(`${row.term} logLik`, row.logLik, logLik, 1, Math.max(1e-8, 1e-12 * Math.abs(logLik)));
          margins.near(`${row.term} AIC`, row.aic, Number(ranova["AIC"][i]), 1, 1e-7);
          if (i === 0) return;
          margins.near(`${row.term} LRT`, row.lrt, Number(ranova["LRT"][i]), 1, 1e-7);
          margins.near(`${row.term} df`, row.df, Number(ranova["Df"][i]), 1, 0);
          nearP(margins, `${row.term} p`, row.pNaive, Number(ranova["Pr(>Chisq)"][i]));
        });
        margins.settle();
      });
    }
    it("are pbkrtest's by Kenward and Roger: coefficients, type III, and the adjusted covariance", () => {
      const { isSingular, kenward_roger } = reference().REML as unknown as Tested;
      if (kenward_roger === undefined) throw new Error(`${id} has no Kenward-Roger block`);
      if (isSingular) return;
      const fit = reml(lmm(reference().formula, data()));
      expectSameTests(fit, "kenward-roger", kenward_roger);
      const margins = new Margins();
      const expected = kenward_roger.vcov_adj ?? [];
      fit.vcov({ adjusted: "kenward-roger" }).forEach((row, i) => {
        row.forEach((value, j) => {
          const scale = Math.sqrt(expected[i][i] * expected[j][j]);
          margins.near(`adjusted ${i}, ${j}`, value, expected[i][j], scale, RELATIVE);
        });
      });
      margins.settle();
    });
  });
}

interface Unbalanced {
  readonly term: readonly string[];
  readonly sumSq: readonly number[];
  readonly numDf: readonly number[];
  readonly denDf: readonly number[];
  readonly f: readonly number[];
  readonly p: readonly number[];
}

const unbalanced: Readonly<Record<string, Readonly<Record<"I" | "II" | "III" | "kr", Unbalanced>>>> =
  JSON.parse(readFileSync(new URL("../golden/unbalanced.json", import.meta.url), "utf8"));
const crossed = "yield ~ variety * nitrogen + (1 | block)";
const someOats = oats.filter((_, i) => i % 7 !== 0 && i % 11 !== 3);
const holedOats = oats.filter(
  (row, i) => !(row.variety === "Victory" && row.nitrogen === "0.6cwt") && i % 7 !== 0,
);
const someCake = cake.filter((_, i) => i % 5 !== 2 && i % 7 !== 0);

describe("types I, II and III of unbalanced designs (test/golden/generate/unbalanced.R)", () => {
  const cases: Readonly<Record<string, () => LmmFit>> = {
    some: () => reml(lmm(crossed, someOats)),
    someSum: () => reml(lmm(crossed, someOats, { contrasts: { variety: "sum", nitrogen: "helmert" } })),
    hole: () => reml(lmm(crossed, holedOats, { collinear: "drop" })),
    part: () => reml(lmm("angle ~ recipe * temp + (1 | recipe:replicate)", someCake)),
  };
  const titles: Readonly<Record<string, string>> = {
    some: "two factors with rows missing at random",
    someSum: "the same with sum and Helmert contrasts",
    hole: "two factors with an empty cell",
    part: "a factor and a covariate",
  };
  for (const [name, fitted] of Object.entries(cases)) {
    it(`are lmerTest's: ${titles[name]}`, () => {
      const fit = fitted();
      const margins = new Margins();
      for (const type of [...TYPES, "kr"] as const) {
        const { term, sumSq, numDf, denDf, f, p } = unbalanced[name][type];
        const table = { term, "Sum Sq": sumSq, NumDF: numDf, DenDF: denDf, "F value": f, "Pr(>F)": p };
        const rows = type === "kr" ? fit.anova({ df: "kenward-roger" }).rows : fit.anova({ type }).rows;
        nearAnova(margins, type, rows, table);
      }
      margins.settle();
    });
  }

  it("of types II and III do not depend on the contrasts in use", () => {
    const options: LmmOptions[] = [
      {},
      { contrasts: { variety: "sum", nitrogen: "poly" } },
      { contrasts: { variety: "helmert", nitrogen: "sum" } },
      { levels: { variety: ["Victory", "Golden.rain", "Marvellous"] } },
    ];
    for (const type of ["II", "III"] as const) {
      for (const df of ["satterthwaite", "kenward-roger", "residual"] as const) {
        const [first, ...others] = options.map(
          (o) => reml(lmm(crossed, someOats, o)).anova({ type, df }).rows,
        );
        for (const rows of others) {
          rows.forEach((row, i) => {
            // F rests on θ, known to 1e-6 of its standard error, and on a solve with other columns.
            expect(Math.abs(row.f / first[i].f - 1)).toBeLessThan(1e-7);
            // Fai and Cornelius's df depend on the rows of L, lmerTest's too; only type III fixes those.
            if (type === "III" && df !== "satterthwaite") {
              expect(Math.abs(row.denDf / first[i].denDf - 1)).toBeLessThan(1e-6);
            }
          });
        }
      }
    }
  });
});

describe("coefTable() and anova()", () => {
  const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

  it("take Satterthwaite's degrees of freedom and type III unless told otherwise", () => {
    expect(fit.coefTable()).toEqual(fit.coefTable({ df: "satterthwaite" }));
    expect(fit.anova().rows).toEqual(fit.anova({ type: "III", df: "satterthwaite" }).rows);
  });

  it("leave the fit as it was", () => {
    const fresh = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));
    const before = JSON.stringify(fresh);
    fresh.coefTable({ df: "kenward-roger" });
    fresh.anova();
    fresh.ranova();
    expect(JSON.stringify(fresh)).toBe(before);
  });

  it("use n − p for residual, infinity for z", () => {
    expect(fit.coefTable({ df: "residual" }).map(({ df }) => df)).toEqual([178, 178]);
    expect(fit.anova({ df: "z" }).rows[0].denDf).toBe(Number.POSITIVE_INFINITY);
    // One degree of freedom: F is t², and the p-values are the same.
    for (const df of ["satterthwaite", "kenward-roger", "containment", "residual", "z"] as const) {
      const row = fit.coefTable({ df })[1];
      const test = fit.anova({ df }).rows[0];
      expect(test.f / row.t ** 2).toBeCloseTo(1, 10);
      expect(Math.log(test.p) / Math.log(row.p)).toBeCloseTo(1, 9);
    }
  });

  /** 96 rows whose numbers are measured in units of other sizes, or from another zero. */
  const measured = (x: number, z: number, zero = 0): object[] => {
    const next = numbers(12);
    return Array.from({ length: 96 }, (_, i) => {
      const [a, b, noise] = [spread(next), spread(next), spread(next)];
      const y = 1 + a + b * b + noise + (i % 3) * a + (i % 8) / 4;
      return { y, x: x * (a + zero), z: z * b, f: "abc"[i % 3], g: `g${i % 8}` };
    });
  };

  it.each(["x * z * f", "I(z^2) + z + z:f + I(z^2):f", "f / x + z:f"])(
    "do not depend on the units of numbers, by any type: %s",
    (fixed) => {
      for (const type of TYPES) {
        const testsIn = (x: number, z: number) =>
          reml(lmm(`y ~ ${fixed} + (1 | g)`, measured(x, z))).anova({ type }).rows;
        const plain = testsIn(1, 1);
        for (const [x, z] of [
          [1e-9, 1e9],
          [1e-12, 1e-12],
          [1e6, 1e-6],
        ]) {
          testsIn(x, z).forEach(({ numDf, f }, i) => {
            expect(numDf).toBe(plain[i].numDf);
            expect(Math.abs(f / plain[i].f - 1)).toBeLessThan(1e-7);
          });
        }
      }
    },
  );

  it("stand for a square far from zero, of which its number leaves 1e-10", () => {
    const rows = reml(lmm("y ~ x + I(x^2) + f:x + (1 | g)", measured(1, 1, 1e5))).anova().rows;
    expect(rows.map(({ numDf }) => numDf)).toEqual([1, 1, 2]);
  });

  it("print as lmerTest prints, with the method in the heading", () => {
    const nested = reml(lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats));
    expect(nested.anova({ df: "kenward-roger" }).toString()).toBe(
      [
        "Type III Analysis of Variance Table with Kenward-Roger's method",
        "                   Sum Sq  Mean Sq NumDF DenDF F value    Pr(>F)",
        "variety            526.06  263.029     2    10  1.4853    0.2724",
        "nitrogen         20020.50 6673.500     3    45 37.6856 2.458e-12 ***",
        "variety:nitrogen   321.75   53.625     6    45  0.3028    0.9322",
        "---",
        "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1",
      ].join("\n"),
    );
    expect(nested.anova({ df: "containment" }).toString()).toContain("containment degrees of freedom");
    expect(nested.anova({ type: "I" }).heading).toBe(
      "Type I Analysis of Variance Table with Satterthwaite's method",
    );
  });

  it("refuse Kenward and Roger for ML fits and for more than 4000 random effects that share rows", () => {
    const byMl = ml(lmm("y ~ method + (1 | tablet)", tablets));
    expect(() => byMl.coefTable({ df: "kenward-roger" })).toThrow(
      expect.objectContaining({ code: "kenward-roger-needs-reml" }),
    );
    const many = Array.from({ length: 9000 }, (_, i) => ({
      g: `g${i % 4100}`,
      h: `h${i % 17}`,
      x: (i * 37) % 11,
      y: ((i * 7919) % 101) + (i % 4100) / 100,
    }));
    const large = reml(lmm("y ~ x + (1 | g) + (1 | h)", many));
    expect(() => large.anova({ df: "kenward-roger" })).toThrow(
      expect.objectContaining({ code: "too-large", message: expect.stringContaining("4117 × 4117") }),
    );
    // Levels of one factor share no row, and what is needed is as small as a level.
    const oneFactor = reml(lmm("y ~ x + (1 | g)", many));
    expect(oneFactor.anova({ df: "kenward-roger" }).rows[0].denDf).toBeGreaterThan(4000);
  });

  it("refuse unknown methods, types and options by name", () => {
    expect(() => fit.coefTable({ df: "kenward" as "z" })).toThrow(/"df" must be one of/);
    expect(() => fit.anova({ type: "IV" as "I" })).toThrow(/"type" must be one of/);
    expect(() => fit.anova({ ddf: "z" } as object)).toThrow(/no option "ddf"/);
    expect(() => fit.vcov({ adjusted: "kr" as "none" })).toThrow(/"adjusted" must be one of/);
  });
});
