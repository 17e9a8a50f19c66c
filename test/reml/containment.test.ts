import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { TableLike } from "../../src/data/table.ts";
import { oats, Penicillin, sleepstudy, tablets, tabletsMissing } from "../../src/datasets/index.ts";
import { solveSymmetric } from "../../src/linalg/products.ts";
import { lmm } from "../../src/model/lmm.ts";
import { containment } from "../../src/reml/containment.ts";
import { reml } from "../../src/reml/fit.ts";
import { fUpper } from "../../src/stats/distributions.ts";
import { sharedFiles } from "../shared.ts";
import { Margins } from "./margins.ts";
import { sharedTable } from "./references.ts";

interface NlmeReference {
  readonly coefficients: Readonly<
    Record<string, Readonly<Record<"DF" | "Value" | "p-value" | "t-value", number>>>
  >;
  readonly logLik: number;
  readonly AIC: number;
  readonly BIC: number;
  readonly sigma: number;
  readonly sd: Readonly<Record<string, readonly number[]>>;
  readonly vcov: readonly (readonly number[])[];
  readonly corFixed: readonly (readonly number[])[];
  readonly anova: NlmeTable;
  /** Each term given all others, in the coding of the model. */
  readonly anova_marginal: NlmeTable;
}

interface NlmeTable {
  readonly term: readonly string[];
  readonly numDF: readonly number[];
  readonly denDF: readonly number[];
  readonly "F-value": readonly number[];
  readonly "p-value": readonly number[];
}

const references = JSON.parse(
  readFileSync(new URL("../golden/tests-and-means.json", import.meta.url), "utf8"),
) as Readonly<Record<string, NlmeReference>>;

const cases: readonly (readonly [string, string, TableLike])[] = [
  ["lme_tablets", "y ~ method + (1 | tablet)", tablets],
  ["lme_tablets_missing", "y ~ method + (1 | tablet)", tabletsMissing],
  ["lme_oats_block", "yield ~ variety * nitrogen + (1 | block)", oats],
  ["lme_oats_nested", "yield ~ variety * nitrogen + (1 | block/variety)", oats],
  ["lme_sleepstudy_rs", "Reaction ~ Days + (Days | Subject)", sleepstudy],
];

describe("containment", () => {
  for (const [id, formula, data] of cases) {
    it(`gives nlme's degrees of freedom, t and F tables: ${id}`, () => {
      const fit = reml(lmm(formula, data));
      const { coefficients, anova } = references[id];
      const margins = new Margins();
      for (const row of fit.coefTable({ df: "containment" })) {
        const { DF, "t-value": t } = coefficients[row.term];
        margins.near(`${row.term} df`, row.df, DF, 1, 0);
        // nlme's optimiser stops at about 3e-7 of the standard errors.
        margins.near(`${row.term} t`, row.t, t, Math.abs(t), 1e-5);
        expect(Math.log(row.p) / Math.log(coefficients[row.term]["p-value"])).toBeCloseTo(1, 5);
      }
      const { rows } = fit.anova({ type: "I", df: "containment", intercept: true });
      expect(rows.map(({ term }) => term)).toEqual(anova.term);
      expect(rows.map(({ denDf }) => denDf)).toEqual(anova.denDF);
      expect(rows.map(({ numDf }) => numDf)).toEqual(anova.numDF);
      rows.forEach(({ f, p }, i) => {
        margins.near(`${anova.term[i]} F`, f, anova["F-value"][i], anova["F-value"][i], 1e-5);
        // nlme takes 1 − P, which is good to 1e-15.
        expect(Math.abs(p - anova["p-value"][i])).toBeLessThan(1e-5 * p + 1e-14);
      });
      margins.settle();
    });
  }

  for (const [id, formula, data] of cases) {
    it(`stands on nlme's estimates: likelihood, SDs, covariance and marginal tests: ${id}`, () => {
      const fit = reml(lmm(formula, data));
      const expected = references[id];
      const margins = new Margins();
      // 3e-7 of a standard error, where nlme's optimiser stops, moves likelihoods by less than 1e-9 of their size.
      margins.near("logLik", fit.logLik, expected.logLik, Math.abs(expected.logLik), 1e-9);
      margins.near("AIC", fit.aic, expected.AIC, Math.abs(expected.AIC), 1e-9);
      // By REML nlme's BIC counts n − p rows, lme4's and ours n.
      const bic = fit.bic - fit.npar * Math.log(fit.nobs / (fit.nobs - fit.model.p));
      margins.near("BIC", bic, expected.BIC, Math.abs(expected.BIC), 1e-9);
      margins.near("sigma", fit.sigma, expected.sigma, expected.sigma, 1e-5);
      const sds = fit.varCorr().filter(({ group, term2 }) => group !== "Residual" && term2 === null);
      // nlme names the innermost group without the outer one.
      Object.entries(expected.sd).forEach(([name, values]) => {
        const own = sds.filter(({ group }) => group.split(":")[0] === name);
        expect(own).toHaveLength(values.length);
        own.forEach(({ sdCorrelation }, i) => {
          margins.near(`sd ${name}`, sdCorrelation, values[i], values[i], 1e-5);
        });
      });
      fit.vcov().forEach((row, i, V) => {
        row.forEach((value, j) => {
          const scale = Math.sqrt(V[i][i] * V[j][j]);
          margins.near(`vcov ${i}, ${j}`, value, expected.vcov[i][j], scale, 1e-5);
          margins.near(`cor ${i}, ${j}`, value / scale, expected.corFixed[i][j], 1, 1e-5);
        });
      });
      margins.settle();
      const marginal = expected.anova_marginal;
      const coefficients = fit.coefTable();
      const V = fit.vcov();
      const denDf = fit.anova({ type: "I", df: "containment", intercept: true }).rows;
      marginal.term.forEach((term, i) => {
        // The coefficients of a term in the coding of the model: β′V⁻¹β / r.
        const factors = term.split(":");
        const own = coefficients.flatMap(({ term: name }, c) => {
          const parts = name.split(":");
          return parts.length === factors.length && parts.every((part, k) => part.startsWith(factors[k]))
            ? [c]
            : [];
        });
        const r = own.length;
        expect(r).toBe(marginal.numDF[i]);
        const beta = Float64Array.from(own, (c) => coefficients[c].estimate);
        const block = Float64Array.from(own.flatMap((c) => own.map((d) => V[c][d])));
        const solved = solveSymmetric(block, beta, r, 1);
        const f = beta.reduce((sum, value, k) => sum + value * solved[k], 0) / r;
        expect(Math.abs(f / marginal["F-value"][i] - 1)).toBeLessThan(1e-5);
        expect(denDf[i].denDf).toBe(marginal.denDF[i]);
        // nlme takes 1 − P, which is good to 1e-15.
        const p = fUpper(f, r, marginal.denDF[i]);
        expect(Math.abs(p - marginal["p-value"][i])).toBeLessThan(1e-5 * p + 1e-14);
      });
    });
  }

  const planks = sharedFiles("data/planks.csv");
  it.skipIf(!planks.available)(
    planks.title("gives crossed strata of one design the ranks they add: planks by width and by depth"),
    () => {
      const table = sharedTable("data/planks.csv", ["width", "depth"]);
      const model = lmm(
        "humidity ~ width * depth + (1 | plank) + (1 | plank:width) + (1 | plank:depth)",
        table,
      );
      // 60 − 20 − 2, 100 − 20 − 4, 300 − (60 + 100 − 20) − 8: balanced, so Satterthwaite's are the same.
      expect(containment(model).terms.slice(1)).toEqual([38, 76, 152]);
      const rows = reml(model).anova().rows;
      rows.forEach(({ denDf }, i) => {
        expect(denDf).toBeCloseTo([38, 76, 152][i], 4);
      });
    },
  );

  it("takes the intercept off one of two crossed groups once", () => {
    // 144 rows, 24 plates and 6 samples without nesting: the larger root stratum has 23, the residual 144 − 29.
    const { coefficients } = containment(lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin));
    expect(coefficients).toEqual([115]);
  });

  it("follows nlme without an intercept: one degree back to every inner stratum", () => {
    // nlme: lme(yield ~ 0 + nitrogen, ~ 1 | block)$fixDF$X gives 63 four times: 72 − 6 − 4 + 1.
    const { coefficients } = containment(lmm("yield ~ 0 + nitrogen + (1 | block)", oats));
    expect(coefficients).toEqual([63, 63, 63, 63]);
  });
});
