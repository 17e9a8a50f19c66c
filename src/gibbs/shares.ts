/**
 * Shares of variance at every draw: intraclass correlation and R² with their intervals.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName, sigmaNames } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import { mean, quantileSorted, sd, sorted } from "../stats/descriptive.ts";
import { covariancesOfDraws, meansOfRows, type PredictionSource } from "./drawsOfRows.ts";
import { effectDfs, residualDfs, timesStudentVariance } from "./studentDraws.ts";

/** Posterior of a share: mean, sd, central 95% interval and its draws, chain after chain. */
export interface Share {
  readonly estimate: number;
  readonly sd: number;
  readonly lower: number;
  readonly upper: number;
  readonly draws: Float64Array;
}

/** Intraclass correlations, as `fit.icc()` defines them. */
export interface PosteriorIcc {
  /** Σ σ²_g / (Σ σ²_g + σ²). */
  readonly adjusted: Share;
  /** Σ σ²_g / (σ²_f + Σ σ²_g + σ²). */
  readonly conditional: Share;
  /** The adjusted share of each group alone. */
  readonly groups: Readonly<Record<string, Share>>;
}

/** Bayesian R², var(μ)/(var(μ) + σ²). Unlike that of `fit.r2()` the marginal one has no variance of groups in its denominator. */
export interface BayesR2 {
  /** With μ = Xβ. */
  readonly marginal: Share;
  /** With μ = Xβ + Zb. */
  readonly conditional: Share;
}

/**
 * σ²_g = tr(ZΣZ′)/n of every group, σ²_f = var(Xβ) over the rows, σ² (its mean over rows and weights), at every draw; of
 * Student-t parts times ν/(ν − 2).
 *
 * @throws {ModelError} `infinite-variance`
 */
export function iccOf({ model, draws }: PredictionSource): PosteriorIcc {
  const { n } = model;
  const between = new Map<string, Float64Array>();
  model.random.forEach(({ group, z, columns }, t) => {
    const k = columns.length;
    const moments = new Float64Array(k * k);
    for (let d = 0; d < k; d++) {
      for (let c = 0; c < k; c++) {
        for (let i = 0; i < n; i++) moments[c + d * k] += (z[c * n + i] * z[d * n + i]) / n;
      }
    }
    const covariance = covariancesOfDraws(model, t, draws);
    const S = new Float64Array(k * k);
    const own = new Float64Array(draws.size);
    for (let draw = 0; draw < draws.size; draw++) {
      covariance(S, draw);
      for (let e = 0; e < k * k; e++) own[draw] += S[e] * moments[e];
    }
    timesStudentVariance(own, effectDfs(model, t, draws), `the effects of ${group}`);
    const sum = between.get(group) ?? new Float64Array(draws.size);
    for (let draw = 0; draw < draws.size; draw++) sum[draw] += own[draw];
    between.set(group, sum);
  });
  const residual = residualVariances(model, draws);
  const fixed = fixedVariances(model, draws);
  const all = new Float64Array(draws.size);
  for (const values of between.values()) for (let d = 0; d < all.length; d++) all[d] += values[d];
  const groups = [...between].map(([group, values]): [string, Share] => [
    group,
    shareOf(values.map((value, d) => value / (all[d] + residual[d]))),
  ]);
  return {
    adjusted: shareOf(all.map((value, d) => value / (value + residual[d]))),
    conditional: shareOf(all.map((value, d) => value / (fixed[d] + value + residual[d]))),
    groups: Object.fromEntries(groups),
  };
}

/** var(μ) / (var(μ) + σ²), the variance of the model's means over the rows at each draw. */
export function bayesR2Of(source: PredictionSource): BayesR2 {
  const residual = residualVariances(source.model, source.draws);
  const share = (groups: "known" | "population"): Share => {
    const size = source.draws.size;
    const centre = new Float64Array(size);
    const squares = new Float64Array(size);
    let count = 0;
    for (const values of meansOfRows(source, groups)) {
      count++;
      for (let d = 0; d < size; d++) {
        const off = values[d] - centre[d];
        centre[d] += off / count;
        squares[d] += off * (values[d] - centre[d]);
      }
    }
    return shareOf(squares.map((sum, d) => sum / (count - 1) / (sum / (count - 1) + residual[d])));
  };
  return { marginal: share("population"), conditional: share("known") };
}

/** Mean over the rows of the residual variance, σ²/w with each row's own σ, at every draw. @throws `infinite-variance` */
function residualVariances(model: LinearMixedModel, draws: Draws): Float64Array {
  const { n, weights, strata } = model;
  const out = new Float64Array(draws.size);
  sigmaNames(model).forEach((name, c) => {
    let share = 0;
    for (let i = 0; i < n; i++)
      if (strata === null || strata.codes[i] === c) share += 1 / (weights?.[i] ?? 1);
    const sigma = draws.get(name);
    for (let d = 0; d < out.length; d++) out[d] += (share / n) * sigma[d] * sigma[d];
  });
  timesStudentVariance(out, residualDfs(model, draws), "the residuals");
  return out;
}

/** Sample variance of Xβ over the rows, β′Cβ with C the covariance of the columns, at every draw. */
function fixedVariances({ n, p, fixed }: LinearMixedModel, draws: Draws): Float64Array {
  const columns = Array.from({ length: p }, (_, c) => fixed.values.subarray(c * n, (c + 1) * n));
  const centres = columns.map(mean);
  const beta = fixed.names.map((name) => draws.get(`b_${shortName(name)}`));
  const out = new Float64Array(draws.size);
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) {
      let covariance = 0;
      for (let i = 0; i < n; i++) covariance += (columns[a][i] - centres[a]) * (columns[b][i] - centres[b]);
      covariance /= n - 1;
      for (let d = 0; d < out.length; d++) out[d] += covariance * beta[a][d] * beta[b][d];
    }
  }
  return out;
}

function shareOf(draws: Float64Array): Share {
  const ascending = sorted(draws);
  return {
    estimate: mean(draws),
    sd: sd(draws),
    lower: quantileSorted(ascending, 0.025),
    upper: quantileSorted(ascending, 0.975),
    draws,
  };
}
