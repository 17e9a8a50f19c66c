/**
 * Shares of variance: intraclass correlation, R² and shrinkage factors of a REML or ML fit.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { mean, variance } from "../stats/descriptive.ts";
import { conditionalVariances, covariances, residualSd } from "./estimates.ts";
import type { Optimum } from "./optimum.ts";
import { rowWeights } from "./rowForms.ts";
import { populationMeans } from "./simulate.ts";

/** Intraclass correlations. */
export interface Icc {
  /** Σ σ²_g / (Σ σ²_g + σ²): the share of the groups in the variance that the fixed effects leave. */
  readonly adjusted: number;
  /** Σ σ²_g / (σ²_f + Σ σ²_g + σ²): their share in all variance. */
  readonly conditional: number;
  /** The adjusted share of each group alone. */
  readonly groups: Readonly<Record<string, number>>;
}

/** R² of a mixed model. */
export interface R2 {
  /** σ²_f / (σ²_f + Σ σ²_g + σ²): explained by the fixed effects. */
  readonly marginal: number;
  /** (σ²_f + Σ σ²_g) / (σ²_f + Σ σ²_g + σ²): explained by fixed and random effects. */
  readonly conditional: number;
}

/** A row of `shrinkage()`. */
export interface ShrinkageRow {
  readonly group: string;
  readonly level: string;
  readonly term: string;
  /** 1 − Var(b | y)/σ²_b, from 0 (all population) to 1 (all own data); 0 where σ²_b is 0. */
  readonly factor: number;
}

/** Variances of the fixed part, of each random term, and of the residuals. */
function parts(
  model: LinearMixedModel,
  optimum: Optimum,
): { fixed: number; random: Float64Array; residual: number } {
  const { n } = model;
  const weights = rowWeights(model, optimum);
  const means = populationMeans(model, optimum);
  if (model.offset !== null) for (let i = 0; i < n; i++) means[i] -= model.offset[i];
  const random = new Float64Array(model.random.length);
  covariances(optimum).forEach((S, t) => {
    const { z, columns } = model.random[t];
    const k = columns.length;
    for (let d = 0; d < k; d++) {
      for (let c = 0; c < k; c++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += z[c * n + i] * z[d * n + i];
        random[t] += (S[c + d * k] * sum) / n;
      }
    }
  });
  const sigma2 = residualSd(optimum) ** 2;
  const residual = weights === null ? sigma2 : sigma2 * mean(weights.map((w) => 1 / w));
  return { fixed: variance(means), random, residual };
}

/**
 * Intraclass correlation. With random slopes the variance of a group is its mean over the rows, σ²_g = tr(ZΣZ′)/n
 * (Johnson 2014); with random intercepts that is σ²_u, and `adjusted` is τ²/(τ² + σ²). σ²_f is the sample variance of
 * Xβ̂; with weights the residual variance is the mean of σ²/w.
 *
 * @see Nakagawa & Schielzeth 2013, Methods Ecol. Evol. 4, 133; Johnson 2014, ibid. 5, 944; R: `performance::icc(m)`
 *
 * @example
 * fit.icc().adjusted; // 0.5893 for Reaction ~ Days + (1 | Subject)
 */
export function icc(model: LinearMixedModel, optimum: Optimum): Icc {
  const { fixed, random, residual } = parts(model, optimum);
  const groups: Record<string, number> = {};
  let between = 0;
  random.forEach((value, t) => {
    const { group } = model.random[t];
    groups[group] = (groups[group] ?? 0) + value;
    between += value;
  });
  for (const group of Object.keys(groups)) groups[group] /= between + residual;
  return {
    adjusted: between / (between + residual),
    conditional: between / (fixed + between + residual),
    groups,
  };
}

/**
 * Marginal and conditional R²: the shares of the fixed effects, and of fixed and random effects, in the variance
 * σ²_f + Σ σ²_g + σ². See {@link icc} for the three variances.
 *
 * @see Nakagawa & Schielzeth 2013, Methods Ecol. Evol. 4, 133, eqs. 26, 30; with slopes Johnson 2014, ibid. 5, 944; R:
 * `MuMIn::r.squaredGLMM(m)`
 *
 * @example
 * fit.r2(); // { marginal: 0.279, conditional: 0.799 } for Reaction ~ Days + (Days | Subject)
 */
export function r2(model: LinearMixedModel, optimum: Optimum): R2 {
  const { fixed, random, residual } = parts(model, optimum);
  const between = random.reduce((sum, value) => sum + value, 0);
  const total = fixed + between + residual;
  return { marginal: fixed / total, conditional: (fixed + between) / total };
}

/**
 * Shrinkage factors: how much each conditional mode trusts its group's own data, 1 − Var(b | y)/σ²_b. With one random
 * intercept that is w = σ²_u/(σ²_u + σ²/n_j), the weight of the group's mean against the population's; with several
 * columns or factors it is the reliability of each effect, given the others.
 *
 * @see Raudenbush & Bryk 2002, Hierarchical Linear Models, eq. 3.58
 *
 * @example
 * fit.shrinkage()[0]; // { group: "Subject", level: "308", term: "(Intercept)", factor: 0.9349 }
 */
export function shrinkage(model: LinearMixedModel, optimum: Optimum): ShrinkageRow[] {
  const S = covariances(optimum);
  const V = conditionalVariances(optimum);
  return model.random.flatMap(({ group, levels, columns }, t) => {
    const k = columns.length;
    return levels.flatMap((level, j) =>
      columns.map((term, c) => {
        const prior = S[t][c + c * k];
        return { group, level, term, factor: prior > 0 ? 1 - V[t][j * k * k + c + c * k] / prior : 0 };
      }),
    );
  });
}
