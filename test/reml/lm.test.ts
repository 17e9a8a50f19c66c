import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sleepstudy, tablets } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { lm } from "../../src/reml/lm.ts";
import type { LmFit } from "../../src/reml/lmFit.ts";
import { sampleQuantile } from "../../src/stats/descriptive.ts";
import { base, withColumn } from "../model/sample.ts";
import { readShared, sharedFiles } from "../shared.ts";
import { Margins } from "./margins.ts";
import { sharedTable } from "./references.ts";

interface ReferenceLm {
  readonly formula: string;
  readonly n: number;
  readonly coefficients: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly sigma: number;
  readonly df_residual: number;
  readonly r_squared: number;
  readonly adj_r_squared: number;
  readonly fstatistic: { readonly value: number; readonly numdf: number; readonly dendf: number };
  readonly f_p: number;
  readonly logLik: number;
  readonly AIC: number;
  readonly BIC: number;
  readonly residual_quantiles: Readonly<Record<string, number>>;
  readonly anova: ReferenceAnova;
  readonly confint: Readonly<Record<string, readonly [number, number]>>;
  readonly vcov: readonly (readonly number[])[];
}

interface ReferenceAnova {
  readonly term: readonly string[];
  readonly Df: readonly number[];
  readonly "Sum Sq": readonly number[];
  readonly "Mean Sq": readonly number[];
  readonly "F value": readonly (number | null)[];
  readonly "Pr(>F)": readonly (number | null)[];
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/tests-and-means.json", import.meta.url), "utf8"),
) as Record<string, unknown>;
// R and we both compute in doubles by orthogonal transformations: 1e-10 leaves room for a few hundred roundings.
const ROUNDING = 1e-10;
// p-values below 1e-6 are compared by their logarithm to 1e-3, DESIGN.md's measure for tails.
const TAIL = 1e-3;

/** Columns of numbers taken as labels. */
const labels = (values: readonly number[]): string[] => [...new Set(values)].map(String);
const subjects = { Subject: labels(sleepstudy.map(({ Subject }) => Subject)) };
const tabletsOf = (data: readonly { readonly tablet: number }[]) => ({
  tablet: labels(data.map(({ tablet }) => tablet)),
});

describe("lm() agrees with R's", () => {
  for (const key of [
    "lm_complete_pooling_sleepstudy",
    "lm_no_pooling_sleepstudy",
    "lm_no_pooling_sleepstudy_cellmeans",
    "lm_common_slope_sleepstudy",
  ]) {
    const expected = golden[key] as ReferenceLm;
    it(`summary, intervals and anova of ${expected.formula}`, () => {
      const fit = lm(expected.formula, sleepstudy, { levels: subjects });
      const margins = new Margins();
      const rows = fit.coefTable();
      const intervals = new Map(fit.confint().map((row) => [row.variable, row]));
      const V = fit.vcov();
      expect(rows.map(({ term }) => term)).toEqual(Object.keys(expected.coefficients));
      rows.forEach((row, i) => {
        const [estimate, se, t, p] = Object.values(expected.coefficients[row.term]);
        margins.near(`estimate ${row.term}`, row.estimate, estimate, se, ROUNDING);
        margins.near(`se ${row.term}`, row.se, se, se, ROUNDING);
        margins.near(`t ${row.term}`, row.t, t, 1 + Math.abs(t), ROUNDING);
        if (p > 1e-6) margins.near(`p ${row.term}`, row.p, p, p, 1e-9);
        else margins.near(`log p ${row.term}`, Math.log(row.p), Math.log(p), 1, TAIL);
        const [lower, upper] = expected.confint[row.term];
        const interval = intervals.get(`b_${row.term === "(Intercept)" ? "Intercept" : row.term}`);
        margins.near(`lower ${row.term}`, interval?.lower, lower, se, 1e-8);
        margins.near(`upper ${row.term}`, interval?.upper, upper, se, 1e-8);
        rows.forEach((other, j) => {
          margins.near(
            `vcov ${row.term}, ${other.term}`,
            V[i][j],
            expected.vcov[i][j],
            row.se * other.se,
            ROUNDING,
          );
        });
      });
      const single: readonly (readonly [string, number, number])[] = [
        ["sigma", fit.sigma, expected.sigma],
        ["R²", fit.rSquared, expected.r_squared],
        ["adjusted R²", fit.adjRSquared, expected.adj_r_squared],
        ["F", fit.fStatistic?.value ?? NaN, expected.fstatistic.value],
        ["logLik", fit.logLik, expected.logLik],
        ["AIC", fit.aic, expected.AIC],
        ["BIC", fit.bic, expected.BIC],
        ["log p of F", Math.log(fit.fStatistic?.p ?? NaN), Math.log(expected.f_p)],
      ];
      for (const [what, value, target] of single) margins.near(what, value, target, Math.abs(target), 1e-9);
      expect(fit.fStatistic).toMatchObject({
        df1: expected.fstatistic.numdf,
        df2: expected.fstatistic.dendf,
      });
      expect(fit.nobs).toBe(expected.n);
      expect(fit.dfResidual).toBe(expected.df_residual);
      for (const [percent, value] of Object.entries(expected.residual_quantiles)) {
        const actual = sampleQuantile(fit.residuals(), Number(percent) / 100);
        margins.near(`quantile ${percent}%`, actual, value, expected.sigma, ROUNDING);
      }
      sameAnova(margins, fit, expected.anova);
      margins.settle();
    });
  }

  const planks = sharedFiles("data/planks.csv", "reference/tests-and-means.json");
  it.skipIf(!planks.available)(planks.title("and the fixed analysis of the planks (seed 002)"), () => {
    const all = JSON.parse(readShared("reference/tests-and-means.json")) as Record<string, ReferenceLm>;
    const expected = all["lm_planks_fixed"];
    const fit = lm(expected.formula, sharedTable("data/planks.csv", ["plank", "width", "depth"]));
    const margins = new Margins();
    sameAnova(margins, fit, expected.anova);
    margins.near("R²", fit.rSquared, expected.r_squared, 1, ROUNDING);
    margins.near("logLik", fit.logLik, expected.logLik, 1, 1e-9);
    for (const { term, estimate, se } of fit.coefTable()) {
      const [value, error] = Object.values(expected.coefficients[term]);
      margins.near(`estimate ${term}`, estimate, value, error, ROUNDING);
      margins.near(`se ${term}`, se, error, error, ROUNDING);
    }
    margins.settle();
  });

  it("and its sequential anova of the tablets (seed 002)", () => {
    const margins = new Margins();
    const fit = lm("y ~ method + tablet", tablets, { levels: tabletsOf(tablets) });
    sameAnova(margins, fit, golden["tablets_aov_method_tablet"] as ReferenceAnova);
    margins.settle();
  });

  it("with weights, an offset and rows left out", () => {
    // R 4.2.2: m <- lm(y ~ x + f + offset(z), data, weights = w) on these rows, y of row 5 missing.
    const data = withColumn((row, i) => ({ y: i === 5 ? null : row.y }));
    const fit = lm("y ~ x + f + offset(z)", data, { weights: "w" });
    const single = [
      [fit.sigma, 2.619000748177],
      [fit.logLik, -48.770377125419],
      [fit.aic, 107.540754250837],
      [fit.bic, 113.218225330483],
      ...fit.anova().rows.map(({ sumSq }, i) => [sumSq, [3.35354468314, 9.45925070111, 130.32413346009][i]]),
    ];
    for (const [value, expected] of single) expect(Math.abs(value / expected - 1)).toBeLessThan(1e-11);
    // predict(m, newdata, interval = "prediction", weights = 4)
    const [row] = fit.predict([{ x: 0.5, f: "mid", z: 2, w: 4 }], { interval: "observation" });
    expect(row.estimate).toBeCloseTo(4.62694468102, 9);
    expect(row.lower).toBeCloseTo(1.36888415633, 9);
    expect(row.upper).toBeCloseTo(7.8850052057, 9);
    const plain = lm(
      "d ~ 0 + c + u + l + m",
      base
        .filter((_, i) => i !== 5)
        .map((row) => {
          const s = Math.sqrt(row.w);
          return {
            d: (row.y - row.z) * s,
            c: s,
            u: row.x * s,
            l: row.f === "lo" ? s : 0,
            m: row.f === "mid" ? s : 0,
          };
        }),
    );
    // The same fit after multiplying every row by √w.
    expect(Object.values(fit.fixef())).toHaveLength(4);
    Object.values(plain.fixef()).forEach((value, j) => {
      expect(Object.values(fit.fixef())[j]).toBeCloseTo(value, 10);
    });
    expect(fit.sigma).toBeCloseTo(plain.sigma, 10);
    expect(fit.nobs).toBe(23);
    expect(fit.residuals()[5]).toBeNaN();
    const fitted = fit.fitted();
    fit.predict().forEach(({ estimate }, i) => {
      if (i === 5) expect(estimate).toBeNaN();
      else expect(estimate).toBeCloseTo(fitted[i], 10);
    });
    expect(fit.warnings.map(({ code }) => code)).toEqual(["missing-rows"]);
  });
});

function sameAnova(margins: Margins, fit: LmFit, expected: ReferenceAnova): void {
  const { rows } = fit.anova();
  expect(rows.map(({ term }) => term)).toEqual(expected.term);
  rows.forEach((row, i) => {
    expect(row.df).toBe(expected.Df[i]);
    // The reference keeps rounding errors of 1e-14 of the largest sum of squares.
    const scale = expected["Sum Sq"].reduce((sum, value) => sum + value, 0);
    margins.near(`SS ${row.term}`, row.sumSq, expected["Sum Sq"][i], scale, ROUNDING);
    margins.near(`MS ${row.term}`, row.meanSq, expected["Mean Sq"][i], scale, ROUNDING);
    const f = expected["F value"][i];
    const p = expected["Pr(>F)"][i];
    if (f === null || p === null) {
      expect(row.f).toBeNull();
      expect(row.p).toBeNull();
    } else {
      margins.near(`F ${row.term}`, row.f ?? NaN, f, 1 + f, ROUNDING);
      if (p > 1e-6) margins.near(`p ${row.term}`, row.p ?? NaN, p, p, 1e-9);
      else margins.near(`log p ${row.term}`, Math.log(row.p ?? NaN), Math.log(p), 1, TAIL);
    }
  });
}

describe("paired differences (seed 002)", () => {
  it("the paired t-test of seed 002 is lm(difference ~ 1)", () => {
    const of = (method: string): number[] => tablets.filter((row) => row.method === method).map(({ y }) => y);
    const nir = of("nir");
    const [row] = lm(
      "d ~ 1",
      of("hplc").map((y, i) => ({ d: y - nir[i] })),
    ).coefTable();
    const reference = golden["tablets_paired_t"] as Record<string, number>;
    expect(Math.abs(row.t / reference["t"] - 1)).toBeLessThan(ROUNDING);
    expect(Math.abs(row.p / reference["p"] - 1)).toBeLessThan(1e-9);
  });

  it("paired t² is the F of the method in the mixed model, on any balanced pairs with variance between pairs", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 10, maxLength: 10 }), (noise) => {
        const data = tablets.map((row, i) => ({
          ...row,
          y: row.y + 2 * (i >> 1) + noise[i >> 1] / 100 + (noise[(i * 3) % 10] / 90) * (i % 2),
        }));
        const nir = data.filter(({ method }) => method === "nir");
        const pairs = data.filter(({ method }) => method === "hplc").map(({ y }, i) => ({ d: y - nir[i].y }));
        const spread = pairs.map(({ d }) => d - pairs[0].d);
        fc.pre(spread.some((value) => Math.abs(value) > 0.05));
        const paired = lm("d ~ 1", pairs).coefTable()[0].t ** 2;
        const mixed = reml(lmm("y ~ method + (1 | tablet)", data));
        // The optimum is good to 1e-6 of a standard error.
        const f = mixed.coefTable()[1].t ** 2;
        return Math.abs(f - paired) <= 1e-5 * (1 + paired);
      }),
      { numRuns: 40, seed: 2 },
    );
  });
});

describe("lm() prints", () => {
  it("the summary as R does (seed 004)", () => {
    expect(String(lm("Reaction ~ Days", sleepstudy))).toBe(`Call:
lm(formula = Reaction ~ Days)

Residuals:
     Min       1Q   Median       3Q      Max
-110.848  -27.483    1.546   26.142  139.953

Coefficients:
            Estimate Std. Error t value Pr(>|t|)
(Intercept)  251.405      6.610  38.033  < 2e-16 ***
Days          10.467      1.238   8.454 9.89e-15 ***
---
Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1

Residual standard error: 47.71 on 178 degrees of freedom
Multiple R-squared:  0.2865,\tAdjusted R-squared:  0.2825
F-statistic: 71.46 on 1 and 178 DF,  p-value: 9.894e-15`);
  });

  it("the anova as R does (seed 002)", () => {
    const fit = lm("y ~ method + tablet", tablets, { levels: tabletsOf(tablets) });
    expect(String(fit.anova())).toBe(`Analysis of Variance Table

Response: y
          Df Sum Sq  Mean Sq F value  Pr(>F)
method     1 0.0125 0.012500  0.2866 0.60537
tablet     9 2.0005 0.222278  5.0968 0.01177 *
Residuals  9 0.3925 0.043611
---
Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1`);
  });
});

describe("lm() keeps its digits", () => {
  it("with response and predictor offset by 10⁹", () => {
    const small = lm(
      "y ~ x + h",
      base.map((row) => ({ y: Math.round(row.y * 1024), x: Math.round(row.x * 64), h: row.h })),
    );
    const far = lm(
      "y ~ x + h",
      base.map((row) => ({ y: Math.round(row.y * 1024) + 1e9, x: Math.round(row.x * 64) + 1e9, h: row.h })),
    );
    // Whole numbers: both data sets hold the same differences exactly.
    expect(Math.abs(far.sigma / small.sigma - 1)).toBeLessThan(1e-13);
    expect(Math.abs(far.fixef()["x"] / small.fixef()["x"] - 1)).toBeLessThan(1e-12);
    far.anova().rows.forEach((row, i) => {
      expect(Math.abs(row.sumSq / small.anova().rows[i].sumSq - 1)).toBeLessThan(1e-11);
    });
  });
});

describe("lm() predicts", () => {
  it("means and observations with t intervals, as R's predict.lm", () => {
    // R 4.2.2: predict(lm(Reaction ~ Days, sleepstudy), data.frame(Days = 10), interval = …, se.fit = TRUE).
    const fit = lm("Reaction ~ Days", sleepstudy);
    const [mean] = fit.predict([{ Days: 10 }]);
    const [observation] = fit.predict([{ Days: 10 }], { interval: "observation" });
    const V = fit.vcov();
    expect(mean.estimate).toBeCloseTo(356.077964444, 8);
    expect(mean.lower).toBeCloseTo(340.916874189, 8);
    expect(mean.upper).toBeCloseTo(371.2390547, 6);
    expect(mean.se ** 2).toBeCloseTo(V[0][0] + 20 * V[0][1] + 100 * V[1][1], 9);
    expect(observation.se ** 2).toBeCloseTo(mean.se ** 2 + fit.sigma ** 2, 8);
    const width = (mean.upper - mean.lower) / 2 / mean.se;
    // qt(0.975, 178) = 1.973381.
    expect(width).toBeCloseTo(1.973381, 6);
  });
});

it("lm() says when the columns reproduce the response exactly", () => {
  const data = base.map((row) => ({ x: row.h, y: 3 + 2 * row.h }));
  expect(lm("y ~ x", data).warnings.map(({ code }) => code)).toEqual(["perfect-fit"]);
  expect(lm("y ~ x", base).warnings).toEqual([]);
});

describe("lm() refuses", () => {
  const refused = (call: () => unknown, code: string, text: string): void => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
  };
  it("random terms, naming them", () => {
    refused(() => lm("y ~ x + (1 | g)", base), "random-term", "has the random term (1 | g).");
  });
  it("more coefficients than rows, no coefficients, dependent columns", () => {
    refused(
      () => lm("y ~ x + f + h", base.slice(0, 5)),
      "too-few-rows",
      "5 coefficients, and there are 5 rows",
    );
    refused(() => lm("y ~ 0", base), "no-coefficients", "Write y ~ 1");
    refused(() => lm("y ~ x + I(2 * x)", base), "collinear-columns", "{I(2 * x)} = 2 * {x}");
    expect(lm("y ~ x + I(2 * x)", base, { collinear: "drop" }).fixef()).toHaveProperty("x");
  });
  it("unknown columns, options and missing columns of new data", () => {
    refused(() => lm("y ~ xx", base), "unknown-column", 'No column "xx"');
    // @ts-expect-error: no such option
    refused(() => lm("y ~ x", base, { weight: "w" }), "unknown-option", 'Did you mean "weights"?');
    refused(() => lm("y ~ x", base).predict([{ z: 1 }]), "missing-column", "predict needs x");
    refused(() => lm("y ~ x", base).confint({ level: 95 }), "invalid-argument", "between 0 and 1, got 95");
    // @ts-expect-error: no text
    refused(() => lm(1, base), "invalid-argument", "The formula must be text");
  });
  it("nothing of contrasts that lmm() takes", () => {
    expect(Object.keys(lm("y ~ f", base, { contrasts: { f: "sum" } }).fixef())).toEqual([
      "(Intercept)",
      "f1",
      "f2",
    ]);
  });
});
