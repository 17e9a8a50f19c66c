/**
 * Leaving groups out by force: the model is fitted again without the rows of each group, and the density of those rows
 * is computed from the new draws by dense algebra. Nothing here uses the formulas of `posterior.loo({ group })`.
 */

import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import type { Posterior } from "../../src/gibbs/posterior.ts";
import { asGiven, resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { mcseMean } from "../../src/posterior/diagnostics.ts";
import { mean, sd } from "../../src/stats/descriptive.ts";
import { invert, type Parts, partsOf } from "./harness.ts";

/** What is left out, and how much is drawn. */
export interface Case {
  readonly formula: string;
  readonly rows: readonly object[];
  readonly group: string;
  /** Groups whose effects are integrated out: `group` and what is nested in it. */
  readonly inside: readonly string[];
  /** Runs of importance sampling, and draws in each of the four chains of one. */
  readonly runs: number;
  readonly draws: number;
  /** Draws in each of the four chains of a refit. */
  readonly refitDraws: number;
}

/** One group left out both ways. */
export interface LeftOut {
  readonly level: string;
  /** elpd: mean over the runs of importance sampling, and of the refit. */
  readonly importance: number;
  readonly refit: number;
  /** Mean over the runs. */
  readonly paretoK: number;
  /** Importance sampling minus refit. */
  readonly difference: number;
  /** Monte Carlo standard error of the difference. */
  readonly error: number;
}

/**
 * Leaves every group out both ways.
 *
 * Monte Carlo errors: of importance sampling the sd over the runs by √runs; of a refit, whose estimate is the log of
 * the mean density over its draws, the MCSE of that mean over the mean (the delta method).
 */
export function againstRefits({ formula, rows, group, inside, runs, draws, refitDraws }: Case): {
  readonly groups: readonly LeftOut[];
  /** Of the sums over all groups with a Pareto k up to 0.7. */
  readonly total: { readonly difference: number; readonly error: number };
} {
  const model = lmm(formula, rows);
  // The same priors for every fit, as numbers: fewer rows must not change them.
  const priors = asGiven(resolvePriors(model, undefined));
  const all = Array.from({ length: runs }, (_, r) => {
    const { pointwise } = gibbsSync(model, { seed: 1001 + r, draws, priors }).loo({ group });
    return pointwise;
  });
  const refits = all[0].map(({ level }, j) => {
    const left = rowsOf(model, group, level!);
    const rest = rows.filter((_, i) => !left.includes(i));
    const posterior = gibbsSync(lmm(formula, rest), { seed: 5001 + j, draws: refitDraws, priors });
    return exactDensity(model, left, inside, posterior);
  });
  const average = (values: readonly number[]) => ({
    elpd: mean(values),
    error: sd(values) / Math.sqrt(runs),
  });
  const groups = refits.map((refit, j): LeftOut => {
    const importance = average(all.map((run) => run[j].elpdLoo));
    return {
      level: all[0][j].level!,
      importance: importance.elpd,
      refit: refit.elpd,
      paretoK: mean(all.map((run) => run[j].paretoK)),
      difference: importance.elpd - refit.elpd,
      error: Math.hypot(importance.error, refit.error),
    };
  });
  const good = [...groups.keys()].filter((j) => groups[j].paretoK <= 0.7);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const importance = average(all.map((run) => sum(good.map((j) => run[j].elpdLoo))));
  return {
    groups,
    total: {
      difference: importance.elpd - sum(good.map((j) => refits[j].elpd)),
      error: Math.hypot(importance.error, ...good.map((j) => refits[j].error)),
    },
  };
}

/** Rows of one level of a group. */
export function rowsOf(model: LinearMixedModel, group: string, level: string): number[] {
  const { codes, levels } = model.random.find((term) => term.group === group)!;
  return [...model.rows.keys()].filter((i) => levels[codes[i]] === level);
}

/** log of the mean density of rows `left` over the draws of a posterior that has not seen them. */
function exactDensity(
  model: LinearMixedModel,
  left: readonly number[],
  inside: readonly string[],
  posterior: Posterior,
): { readonly elpd: number; readonly error: number } {
  const { draws, model: seen } = posterior;
  const columns = draws.variables.map((name) => draws.get(name));
  const logs = Float64Array.from({ length: draws.size }, (_, d) =>
    densityOfRows(
      model,
      left,
      inside,
      partsOf(
        seen,
        columns.map((values) => values[d]),
      ),
      seen,
    ),
  );
  const top = logs.reduce((most, value) => Math.max(most, value));
  const densities = logs.map((value) => Math.exp(value - top));
  const { chains, iterations } = draws;
  const parts = Array.from({ length: chains }, (_, c) =>
    densities.subarray(c * iterations, (c + 1) * iterations),
  );
  const centre = mean(densities);
  return { elpd: top + Math.log(centre), error: mcseMean(parts) / centre };
}

/**
 * log N(y; Xβ + other effects, Z Σ Z′ + R) of some rows by dense algebra.
 *
 * @param inside - groups whose effects are integrated out; those of the all are looked up by label
 * @param seen - the model that `parts` are of, with labels of its own
 */
export function densityOfRows(
  model: LinearMixedModel,
  rows: readonly number[],
  inside: readonly string[],
  parts: Parts,
  seen: LinearMixedModel = model,
): number {
  const short = rows.map((i) => {
    let mu = model.offset?.[i] ?? 0;
    parts.beta.forEach((value, c) => {
      mu += value * model.fixed.values[c * model.n + i];
    });
    model.random.forEach((term, t) => {
      if (inside.includes(term.group)) return;
      const level = seen.random[t].levels.indexOf(term.levels[term.codes[i]]);
      term.columns.forEach((_, c) => {
        mu += term.z[c * model.n + i] * parts.b[t][level * term.columns.length + c];
      });
    });
    return model.response.values[i] - mu;
  });
  const V = rows.map((i) =>
    rows.map((j) => {
      const sigma = parts.sigmas[model.strata?.codes[i] ?? 0];
      let value = i === j ? sigma ** 2 / (model.weights?.[i] ?? 1) : 0;
      model.random.forEach((term, t) => {
        if (!inside.includes(term.group) || term.codes[i] !== term.codes[j]) return;
        term.columns.forEach((_a, a) => {
          term.columns.forEach((_b, b) => {
            value += term.z[a * model.n + i] * parts.covariances[t][a][b] * term.z[b * model.n + j];
          });
        });
      });
      return value;
    }),
  );
  const { inverse, logDeterminant } = invert(V);
  let quadratic = 0;
  short.forEach((a, i) => {
    short.forEach((b, j) => {
      quadratic += a * inverse[i][j] * b;
    });
  });
  return -0.5 * (rows.length * Math.log(2 * Math.PI) + logDeterminant + quadratic);
}
