/**
 * What computes the figures that the seed documents print, model by model.
 */

import { expect } from "vitest";
import { parseCsv } from "../src/data/csv.ts";
import type { TableLike } from "../src/data/table.ts";
import { clusters, sleepstudy, tablets, tabletsMissing } from "../src/datasets/index.ts";
import { lmm } from "../src/model/lmm.ts";
import { anova } from "../src/reml/anova.ts";
import type { ContrastTable } from "../src/reml/contrasts.ts";
import { ml, reml } from "../src/reml/fit.ts";
import { lm } from "../src/reml/lm.ts";
import type { LmFit } from "../src/reml/lmFit.ts";
import type { LmmFit } from "../src/reml/lmmFit.ts";
import { sampleQuantile } from "../src/stats/descriptive.ts";
import { readShared } from "./shared.ts";

/** Gives the number behind a printed figure, by the name of the figure. */
export type Source = (figure: string) => number | undefined;

const quantileOf = (fit: LmmFit, percent: number): number =>
  sampleQuantile(fit.residuals({ type: "scaled" }), percent / 100);

function variance(fit: LmmFit, name: string): number {
  const [term, group] = name === "sigma" ? [null, "Residual"] : name.replace("sd_", "").split("|");
  return pick(fit.varCorr(), (row) => row.group === group && row.term1 === term && row.term2 === null)
    .covariance;
}

function pick<Row>(rows: readonly Row[], wanted: (row: Row) => boolean): Row {
  const found = rows.filter(wanted);
  expect(found).toHaveLength(1);
  return found[0];
}

/** A limit of a profile interval by lme4's name of the parameter: "cor_Days.(Intercept)|Subject", "Days". */
function profileLimit(fit: LmmFit, percent: string, name: string): number {
  const bare = name.replaceAll(/[()]/g, "");
  const [, kind, terms, group] = /^(sd|cor)_(.*)\|(.*)$/.exec(bare) ?? [];
  const variable =
    kind === undefined
      ? bare.replace(/^(?!sigma$)/, "b_")
      : `${kind}_${group}__${terms.split(".").reverse().join("__")}`;
  const row = pick(fit.confint({ method: "profile" }), (row) => row.variable === variable);
  return percent === "2.5" ? row.lower : row.upper;
}

/** A cell of nlme's anova table, by its headings. */
function nlmeAnova(fit: LmmFit, term: string, column: string): number {
  const { rows } = fit.anova({ type: "I", df: "containment", intercept: true });
  const { numDf, denDf, f, p } = pick(rows, (row) => row.term === term);
  return { numDF: numDf, denDF: denDf, "F-value": f, "p-value": p }[column] as number;
}

const byContainment = (fit: LmmFit, term: string) =>
  pick(fit.coefTable({ df: "containment" }), (row) => row.term === term);

function fixedCorrelation(fit: LmmFit): number {
  const V = fit.vcov();
  return V[0][1] / Math.sqrt(V[0][0] * V[1][1]);
}

/** lme4 and nlme print what they estimate, test and bound under these headings. */
const printed: readonly (readonly [RegExp, (fit: LmmFit, ...parts: string[]) => number])[] = [
  [/^REML criterion$/, (fit) => fit.criterion],
  [/^scaled residual quantile (\d+)%$/, (fit, percent) => quantileOf(fit, Number(percent))],
  [/^Variance (.*)$/, (fit, name) => variance(fit, name)],
  [/^Std\.Dev\. (.*)$/, (fit, name) => Math.sqrt(variance(fit, name))],
  [/^StdDev \(Intercept\)$/, (fit) => fit.varCorr()[0].sdCorrelation],
  [/^StdDev Residual$/, (fit) => fit.sigma],
  [
    /^Corr (.*)\.\(Intercept\)$/,
    (fit, name) => {
      const { columns } = fit.model.random[0];
      const term = pick(columns, (column) => column.endsWith(name));
      return pick(fit.varCorr(), (row) => row.term1 === "(Intercept)" && row.term2 === term).sdCorrelation;
    },
  ],
  [/^number of obs$/, (fit) => fit.nobs],
  [/^groups (.*)$/, (fit, group) => pick(fit.model.random, (term) => term.group === group).levels.length],
  [/^Estimate (.*)$/, (fit, term) => fit.fixef()[term]],
  [/^(.*) Value$/, (fit, term) => fit.fixef()[term]],
  [/^Std\. Error (.*)$/, (fit, term) => pick(fit.coefTable(), (row) => row.term === term).se],
  [/^(.*) Std\.Error$/, (fit, term) => pick(fit.coefTable(), (row) => row.term === term).se],
  [/^t value (.*)$/, (fit, term) => pick(fit.coefTable(), (row) => row.term === term).t],
  [/^(.*) t-value$/, (fit, term) => pick(fit.coefTable(), (row) => row.term === term).t],
  [/^cor of fixed effects$/, fixedCorrelation],
  [
    /^coef id (\d+) column (\d+)$/,
    (fit, level, column) =>
      fit.coef().filter((row) => row.group === "id" && row.level === level)[Number(column) - 1].value,
  ],
  // The text of seed 001 rounds two numbers of the first row of coef().
  [/^rounded 12\.38$/, (fit) => fit.coef()[0].value],
  [/^rounded 0\.66$/, (fit) => fit.coef()[2].value],
  [
    /^(\d+) (\(Intercept\)|Days)$/,
    (fit, level, term) => pick(fit.ranef(), (row) => row.level === level && row.term === term).mode,
  ],
  [
    /^(\d+) (int|slope)$/,
    (fit, level, which) =>
      pick(
        fit.coef(),
        (row) => row.level === level && row.term === (which === "int" ? "(Intercept)" : "Days"),
      ).value,
  ],
  [/^p (.*)$/, (fit, term) => pick(fit.coefTable({ df: "z" }), (row) => row.term === term).p],
  [/^npar$/, (fit) => fit.npar],
  [/^AIC$/, (fit) => fit.aic],
  [/^BIC$/, (fit) => fit.bic],
  [/^logLik$/, (fit) => fit.logLik],
  [/^deviance$/, (fit) => fit.criterion],
  [/^profile (2\.5|97\.5)% (.*)$/, profileLimit],
  [/^anova (\S+) (numDF|denDF|F-value|p-value)$/, nlmeAnova],
  [/^(\S+) DF$/, (fit, term) => byContainment(fit, term).df],
  [/^(\S+) p-value$/, (fit, term) => byContainment(fit, term).p],
];

function compute(fit: LmmFit, figure: string): number {
  for (const [pattern, value] of printed) {
    const match = pattern.exec(figure);
    if (match !== null) return value(fit, ...match.slice(1));
  }
  throw new Error(`No rule for the figure "${figure}".`);
}

const slopes = "Reaction ~ Days + (Days | Subject)";
const onePerTablet = "y ~ method + (1 | tablet)";

const ofFit = (fit: LmmFit): Source => {
  return (figure) => compute(fit, figure);
};
const ofReml = (formula: string, data: TableLike) => (): Source => ofFit(reml(lmm(formula, data)));

const ofCells = (cells: Readonly<Record<string, number>>): Source => {
  return (figure) => cells[figure];
};

/** The labels of a column of numbers, in the order of the data. */
const tabletLevels = (data: readonly { readonly tablet: number }[]) => ({
  levels: { tablet: [...new Set(data.map(({ tablet }) => String(tablet)))] },
});

function lmSummary(fit: LmFit): Source {
  const quantiles = [0, 25, 50, 75, 100].map((percent) => [
    `residual quantile ${percent}%`,
    sampleQuantile(fit.residuals(), percent / 100),
  ]);
  const coefficients = fit.coefTable().flatMap(({ term, estimate, se, t, p }) => [
    [`${term} Estimate`, estimate],
    [`${term} Std. Error`, se],
    [`${term} t value`, t],
    [`${term} Pr(>|t|)`, p],
  ]);
  return ofCells({
    ...Object.fromEntries([...quantiles, ...coefficients]),
    "residual SE": fit.sigma,
    df: fit.dfResidual,
    R2: fit.rSquared,
    "adj R2": fit.adjRSquared,
    F: fit.fStatistic?.value,
    "p of F": fit.fStatistic?.p,
  });
}

function lmAnova(fit: LmFit): Source {
  const cells = fit.anova().rows.flatMap(({ term, df, sumSq, meanSq, f, p }) => [
    [`${term} Df`, df],
    [`${term} Sum Sq`, sumSq],
    [`${term} Mean Sq`, meanSq],
    [`${term} F value`, f],
    [`${term} Pr(>F)`, p],
  ]);
  return ofCells(Object.fromEntries(cells));
}

/** The paired t-test as the linear model of the differences. */
function pairedT(): Source {
  const nir = tablets.filter(({ method }) => method === "nir");
  const hplc = tablets.filter(({ method }) => method === "hplc");
  expect(hplc.map(({ tablet }) => tablet)).toEqual(nir.map(({ tablet }) => tablet));
  const fit = lm(
    "d ~ 1",
    hplc.map(({ y }, i) => ({ d: y - nir[i].y })),
  );
  const nirFit = lm("y ~ 1", nir);
  const [row] = fit.coefTable();
  const [interval] = fit.confint();
  return ofCells({
    "mean(d)": row.estimate,
    "var(d)": fit.sigma ** 2,
    "sd(d)": fit.sigma,
    t: row.t,
    df: row.df,
    p: row.p,
    "CI lower": interval.lower,
    "CI upper": interval.upper,
    SE: row.se,
    "sd(NIR)": nirFit.sigma,
    "SE(NIR mean)": nirFit.coefTable()[0].se,
  });
}

/** The columns of R's estimable(). */
function estimable({ rows }: ContrastTable): Source {
  const cells = rows.flatMap(({ contrast, estimate, se, t, df, p, lower, upper }) => [
    [`${contrast} Estimate`, estimate],
    [`${contrast} Std.Error`, se],
    [`${contrast} t`, t],
    [`${contrast} DF`, df],
    [`${contrast} p`, p],
    [`${contrast} Lower.CI`, lower],
    [`${contrast} Upper.CI`, upper],
  ]);
  return ofCells(Object.fromEntries(cells));
}

/** LS means of seed 002: over all twenty tablets of a linear model. */
function fixedMeans(): Source {
  const means = lm("y ~ factor(tablet) + method", tabletsMissing).emmeans("method");
  expect(means.rows.map(({ method }) => method)).toEqual(["nir", "hplc"]);
  return estimable(means.contrast({ "LS HPLC": [0, 1], "LS NIR": [1, 0], "LS DIF": [-1, 1] }));
}

/** LS means of seed 002: from the mixed model, each on the degrees of freedom of the stratum it lies in. */
function mixedMeans(): Source {
  const contrasts = {
    "LS HPLC": { "(Intercept)": 1, methodhplc: 1 },
    "LS NIR": { "(Intercept)": 1 },
    "LS DIF": { methodhplc: 1 },
  };
  return estimable(reml(lmm(onePerTablet, tabletsMissing)).contrast(contrasts, { df: "containment" }));
}

function likelihoodRatio(): Source {
  const full = ml(lmm(slopes, sleepstudy));
  const cells = anova(full.update(". ~ . - Days"), full).rows.flatMap((row, i) => [
    [`model ${i + 1} npar`, row.npar],
    [`model ${i + 1} AIC`, row.aic],
    [`model ${i + 1} BIC`, row.bic],
    [`model ${i + 1} logLik`, row.logLik],
    [`model ${i + 1} deviance`, row.deviance],
    [`model ${i + 1} Chisq`, row.chisq],
    [`model ${i + 1} Df`, row.df],
    [`model ${i + 1} Pr(>Chisq)`, row.p],
  ]);
  return ofCells(Object.fromEntries(cells));
}

/** What computes the figures of each printed model. */
export const sources: Readonly<Record<string, () => Source>> = {
  "000: Reaction ~ Days + (1|Subject), REML": ofReml("Reaction ~ Days + (1 | Subject)", sleepstudy),
  "000: Reaction ~ Days + (Days|Subject), REML": ofReml(slopes, sleepstudy),
  "000: Reaction ~ Days + (Days|Subject)": ofReml(slopes, sleepstudy),
  "001: na ~ perform_type + (perform_type|id), REML": () =>
    ofFit(reml(lmm("na ~ perform_type + (perform_type | id)", parseCsv(readShared("data/music.csv"))))),
  "002: paired t-test tablets": pairedT,
  "002: aov(y ~ method + tablet)": () => lmAnova(lm("y ~ method + tablet", tablets, tabletLevels(tablets))),
  "002: y ~ method + (1|tablet), REML": ofReml(onePerTablet, tablets),
  "002: lme y ~ method, ~1|tablet: anova": () => {
    const fit = reml(lmm(onePerTablet, tablets));
    return (figure) => compute(fit, `anova ${figure}`);
  },
  "002: missing: lm(y ~ tablet + method) anova": () =>
    lmAnova(lm("y ~ tablet + method", tabletsMissing, tabletLevels(tabletsMissing))),
  "002: missing: lme(y ~ method, ~1|tablet)": ofReml(onePerTablet, tabletsMissing),
  "002: missing: LS means FIXED (all 20 tablets)": fixedMeans,
  "002: missing: LS means MIXED (lme, estimable)": mixedMeans,
  "003: Reaction ~ Days + (Days|Subject), REML": ofReml(slopes, sleepstudy),
  "003: anova(ML with, without Days)": likelihoodRatio,
  "003: t-as-z, ML": () => ofFit(ml(lmm(slopes, sleepstudy))),
  "004: lm(Reaction ~ Days)": () => lmSummary(lm("Reaction ~ Days", sleepstudy)),
  "004: y ~ x + (1|clus), REML": ofReml("y ~ x + (1 | clus)", clusters),
  "004: Reaction ~ Days + (Days|Subject), REML": ofReml(slopes, sleepstudy),
  "004: ranef(Reaction ~ Days + (Days|Subject))": ofReml(slopes, sleepstudy),
  "004: subjectTrajectories (coef)": ofReml(slopes, sleepstudy),
};
