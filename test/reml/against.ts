/** Holds a fit against a reference fit of lme4. */

import { expect } from "vitest";
import { determinants } from "../../src/linalg/blockSolve.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { shortName } from "../../src/model/variables.ts";
import { criterion, evaluate, workingTheta } from "../../src/reml/criterion.ts";
import { conditionalVariances } from "../../src/reml/estimates.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import type { Optimum } from "../../src/reml/optimum.ts";
import { sampleQuantile } from "../../src/stats/descriptive.ts";
import { ln } from "../../src/stats/special.ts";
import { Margins } from "./margins.ts";
import type { ReferenceFit, ReferenceModes } from "./references.ts";

/**
 * The reference θ is good to about 1e-10 (InstEval 1e-8), so that what is read off it is good to the same order;
 * 1e-5 is what DESIGN.md asks of every estimate.
 */
const ESTIMATE = 1e-5;

/**
 * The criterion is flat at its minimum, so only rounding shows in it: a sum of n logarithms and squares carries
 * a relative error of some 1e-13, and lme4's own sum as much.
 */
export const criterionTolerance = (criterion: number): number => Math.max(1e-8, 1e-12 * Math.abs(criterion));

/** Criterion and everything computed from it alone. */
export function expectSameCriterion(fit: LmmFit, expected: ReferenceFit, tolerance: number): void {
  const margins = new Margins();
  margins.near("criterion", fit.criterion, expected.criterion, 1, tolerance);
  margins.near("logLik", fit.logLik, expected.logLik, 1, tolerance);
  margins.near("AIC", fit.aic, expected.AIC, 1, tolerance);
  margins.near("BIC", fit.bic, expected.BIC, 1, tolerance);
  margins.settle();
  expect(fit.npar).toBe(expected.npar);
  expect(fit.dfResidual).toBe(expected.df_residual);
  expect(fit.nobs).toBe(expected.n);
  expect(fit.isSingular).toBe(expected.isSingular);
  expect(fit.convergence.ok).toBe(true);
}

/** β, standard errors, covariance and correlation, Wald intervals. */
export function expectSameFixedEffects(fit: LmmFit, expected: ReferenceFit): void {
  const margins = new Margins();
  const names = Object.keys(expected.beta);
  const se = expected.se;
  const beta = fit.fixef();
  const V = fit.vcov();
  expect(Object.keys(beta)).toEqual(names);
  const rows = new Map(fit.coefTable({ df: "z" }).map((row) => [row.term, row]));
  const intervals = new Map(fit.confint({ method: "wald" }).map((row) => [row.variable, row]));
  names.forEach((name, i) => {
    margins.near(`beta ${name}`, beta[name], expected.beta[name], se[name], ESTIMATE);
    margins.near(`se ${name}`, rows.get(name)?.se, se[name], se[name], ESTIMATE);
    // t moves by 1 when β moves by its SE, and in proportion with the SE.
    margins.near(`t ${name}`, rows.get(name)?.t, expected.t[name], 1 + Math.abs(expected.t[name]), ESTIMATE);
    const interval = intervals.get(`b_${shortName(name)}`);
    const [lower, upper] = expected.confint_wald[name];
    margins.near(`lower ${name}`, interval?.lower, lower, se[name], ESTIMATE);
    margins.near(`upper ${name}`, interval?.upper, upper, se[name], ESTIMATE);
    names.forEach((other, j) => {
      const scale = se[name] * se[other];
      margins.near(`vcov ${name}, ${other}`, V[i][j], expected.vcov_beta[i][j], scale, ESTIMATE);
      const correlation = V[i][j] / Math.sqrt(V[i][i] * V[j][j]);
      margins.near(`cor ${name}, ${other}`, correlation, expected.cor_beta[i][j], 1, ESTIMATE);
    });
  });
  margins.settle();
}

/** θ, σ, SDs, correlations and covariances. */
export function expectSameVariances(fit: LmmFit, expected: ReferenceFit): void {
  const margins = new Margins();
  const { sigma } = expected;
  margins.near("sigma", fit.sigma, sigma, sigma, ESTIMATE);
  if (!expected.isSingular) {
    // An entry of θ off the diagonal may be small by cancellation: it is measured against its row, the relative SD.
    let at = 0;
    for (const { columns } of fit.model.random) {
      const k = columns.length;
      const size = new Float64Array(k);
      const start = at;
      for (const pass of [0, 1]) {
        at = start;
        for (let j = 0; j < k; j++) {
          for (let i = j; i < k; i++, at++) {
            if (pass === 0) size[i] = Math.hypot(size[i], expected.theta[at]);
            else margins.near(`theta ${at}`, fit.theta[at], expected.theta[at], size[i], ESTIMATE);
          }
        }
      }
    }
    expect(fit.theta).toHaveLength(expected.theta.length);
  }
  const rows = fit.varCorr();
  const find = (group: string, a: string | null, b: string | null) =>
    rows.find(
      (row) =>
        row.group === group &&
        ((row.term1 === a && row.term2 === b) || (b !== null && row.term1 === b && row.term2 === a)),
    );
  let compared = 1;
  margins.near("sigma²", find("Residual", null, null)?.covariance, sigma ** 2, sigma ** 2, 2 * ESTIMATE);
  margins.near("sigma", find("Residual", null, null)?.sdCorrelation, sigma, sigma, ESTIMATE);
  for (const { group, names, sd, vcov, cor } of expected.varcorr) {
    const printed = group.replace(/\.\d+$/, "");
    // An SD of exactly 0 is measured in residual SDs.
    const size = (name: string): number => sd[name] || sigma;
    names.forEach((name, i) => {
      for (let j = 0; j <= i; j++) {
        const row = i === j ? find(printed, name, null) : find(printed, names[j], name);
        const what = `${group} ${name}, ${names[j]}`;
        compared++;
        // A variance or covariance moves twice as fast as the SDs in it.
        margins.near(
          `covariance ${what}`,
          row?.covariance,
          vcov[i][j],
          size(name) * size(names[j]),
          2 * ESTIMATE,
        );
        if (i === j) margins.near(`sd ${what}`, row?.sdCorrelation, sd[name], size(name), ESTIMATE);
        else if (cor[i][j] !== null)
          margins.near(`cor ${what}`, row?.sdCorrelation, cor[i][j] as number, 1, ESTIMATE);
      }
    });
  }
  expect(rows).toHaveLength(compared);
  // The same SDs and correlations under the names that draws carry.
  const variables = new Map(fit.parameters().map((row) => [row.variable, row.estimate]));
  for (const [name, value] of Object.entries(expected.sdcor)) {
    const [kind, rest, group] = name.match(/^(sd|cor)_(.*)\|(.*)$/)?.slice(1) ?? ["sigma", "", ""];
    if (kind === "sigma") margins.near(name, variables.get("sigma"), value, sigma, ESTIMATE);
    else if (kind === "sd") {
      const variable = `sd_${group}__${shortName(rest)}`;
      margins.near(name, variables.get(variable), value, value || sigma, ESTIMATE);
    } else {
      // lme4 writes the later column first, brms the earlier one.
      const columns = fit.model.random.find((term) => term.group === group)?.columns ?? [];
      const later = columns.find(
        (column) => rest.startsWith(`${column}.`) && columns.includes(rest.slice(column.length + 1)),
      );
      const earlier = rest.slice((later ?? "").length + 1);
      const variable = `cor_${group}__${shortName(earlier)}__${shortName(later ?? "")}`;
      margins.near(name, variables.get(variable), value, 1, ESTIMATE);
    }
  }
  margins.settle();
}

/** Fitted values and residuals. */
export function expectSameRows(fit: LmmFit, expected: ReferenceFit): void {
  const margins = new Margins();
  const kept = (values: Float64Array): Float64Array => values.filter((value) => !Number.isNaN(value));
  const fitted = kept(fit.fitted());
  const residuals = kept(fit.residuals());
  const { sigma } = expected;
  expect(fitted).toHaveLength(expected.n);
  expected.fitted_first20.forEach((value, i) => {
    margins.near(`fitted ${i}`, fitted[i], value, sigma, ESTIMATE);
  });
  expected.resid_first20.forEach((value, i) => {
    margins.near(`residual ${i}`, residuals[i], value, sigma, ESTIMATE);
  });
  const sum = fitted.reduce((total, value) => total + value, 0);
  const squares = (values: Float64Array): number => values.reduce((total, value) => total + value * value, 0);
  margins.near("sum of fitted", sum, expected.fitted_sum, Math.abs(expected.fitted_sum), ESTIMATE);
  margins.near("fitted²", squares(fitted), expected.fitted_sumsq, expected.fitted_sumsq, ESTIMATE);
  margins.near("residual²", squares(residuals), expected.resid_sumsq, expected.resid_sumsq, ESTIMATE);
  const scaled = kept(fit.residuals({ type: "scaled" }));
  for (const [percent, value] of Object.entries(expected.scaled_residual_quantiles)) {
    margins.near(`quantile ${percent}%`, sampleQuantile(scaled, Number(percent) / 100), value, 1, ESTIMATE);
  }
  margins.settle();
}

/** Conditional modes, their variances, and coef(). */
export function expectSameEffects(fit: LmmFit, expected: ReferenceFit): void {
  const margins = new Margins();
  const { sigma } = expected;
  const sds = new Map<string, number>();
  for (const { group, names, sd } of expected.varcorr) {
    for (const name of names) sds.set(`${group.replace(/\.\d+$/, "")} ${name}`, sd[name] || sigma);
  }
  const rows = new Map(fit.ranef().map((row) => [`${row.group} ${row.level} ${row.term}`, row]));
  const variances = blocksByName(fit.model, fit);
  for (const [group, modes] of Object.entries(expected.ranef)) {
    if (modes.condSD_sum !== undefined) {
      // Over all levels, also those that the reference does not list.
      let sum = 0;
      for (const row of rows.values()) if (row.group === group) sum += row.sd;
      margins.near(`sum of condSD ${group}`, sum, modes.condSD_sum, modes.condSD_sum || sigma, ESTIMATE);
    }
    modes.names.forEach((name, c) => {
      const scale = sds.get(`${group} ${name}`) as number;
      modes.levels.forEach((level, j) => {
        const row = rows.get(`${group} ${level} ${name}`);
        margins.near(`ranef ${group} ${level} ${name}`, row?.mode, modes.values[j][c], scale, ESTIMATE);
      });
      let sumOfSquares = 0;
      for (const row of rows.values()) {
        if (row.group === group && row.term === name) sumOfSquares += row.mode ** 2;
      }
      const scaleOfSum = modes.sumsq[name] || sigma ** 2;
      margins.near(`ranef² ${group} ${name}`, sumOfSquares, modes.sumsq[name], scaleOfSum, 2 * ESTIMATE);
      for (const other of modes.names) {
        modes.levels.forEach((level, j) => {
          const value = conditionalVariance(modes, j, name, other);
          if (value === undefined) return;
          const size = scale * (sds.get(`${group} ${other}`) as number);
          const key = `${group} ${level} ${name} ${other}`;
          margins.near(`condVar ${key}`, variances.get(key), value, size, 2 * ESTIMATE);
          if (name === other) {
            const sd = Math.sqrt(value);
            const row = rows.get(`${group} ${level} ${name}`);
            margins.near(`condSD ${key}`, row?.sd, sd, sd || sigma, ESTIMATE);
          }
        });
      }
    });
  }
  const coefficients = new Map(fit.coef().map((row) => [`${row.group} ${row.level} ${row.term}`, row.value]));
  for (const [group, { levels, names, values }] of Object.entries(expected.coef ?? {})) {
    levels.forEach((level, j) => {
      names.forEach((name, c) => {
        const scale = Math.max(sds.get(`${group} ${name}`) ?? 0, expected.se[name] ?? 0);
        const key = `${group} ${level} ${name}`;
        margins.near(`coef ${key}`, coefficients.get(key), values[j][c], scale, ESTIMATE);
      });
    });
  }
  margins.settle();
}

/** lme4's condVar of a level: one number, a matrix, or one list by term where the group has several terms. */
function conditionalVariance(
  { condVar, names }: ReferenceModes,
  level: number,
  name: string,
  other: string,
): number | undefined {
  if (condVar === undefined) return undefined;
  if (!Array.isArray(condVar)) {
    return name === other ? (condVar as Record<string, number[][][]>)[name][level][0][0] : undefined;
  }
  const block: number | number[][] = condVar[level];
  return typeof block === "number" ? block : block[names.indexOf(name)][names.indexOf(other)];
}

/** Conditional covariances by group, level and two columns, recomputed at the θ of the fit. */
function blocksByName(model: LinearMixedModel, fit: LmmFit): Map<string, number> {
  const problem = criterion(model, fit.method);
  const theta = workingTheta(problem.cross, fit.theta, 1);
  evaluate(problem, theta);
  const { pwrss } = determinants(problem.factor, ln);
  const blocks = conditionalVariances({ problem, theta, pwrss } as Optimum);
  const out = new Map<string, number>();
  model.random.forEach(({ group, levels, columns }, t) => {
    const k = columns.length;
    levels.forEach((level, l) => {
      columns.forEach((name, i) => {
        columns.forEach((other, j) => {
          out.set(`${group} ${level} ${name} ${other}`, blocks[t][l * k * k + i + j * k]);
        });
      });
    });
  });
  return out;
}
