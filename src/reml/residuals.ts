/**
 * Residuals of a REML or ML fit: conditional on the groups or marginal, raw, weighted or scaled.
 *
 * @module
 */

import { knownOptions, oneOf } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { sampleQuantile } from "../stats/descriptive.ts";
import { alignToInput, covariances, fittedValues, residualSd } from "./estimates.ts";
import type { Optimum } from "./optimum.ts";
import { rowWeights } from "./rowForms.ts";
import { populationMeans } from "./simulate.ts";

/** Options of `fit.residuals()`. */
export interface ResidualOptions {
  /** `"raw"` y − mean, `"pearson"` √w times that, `"scaled"` over its standard deviation; defaults to `"raw"`. */
  readonly type?: "raw" | "pearson" | "scaled";
  /** `"conditional"` takes Xβ̂ + Zb̂ for the mean, `"marginal"` Xβ̂; defaults to `"conditional"`. */
  readonly level?: "conditional" | "marginal";
}

/**
 * Residuals, one per row of the data; NaN where a row was left out.
 *
 * Scaled residuals are divided by the standard deviation the model gives them: σ/√w on the conditional level,
 * √(z′Σz + σ²/w) on the marginal one.
 *
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @see lme4 `residuals(m, type, scaled)`; nlme `residuals(m, level = 0)` for the marginal ones
 *
 * @example
 * fit.residuals({ type: "scaled" }); // what summary(m) of lme4 gives the quantiles of
 */
export function residuals(
  model: LinearMixedModel,
  optimum: Optimum,
  options: ResidualOptions = {},
): Float64Array {
  knownOptions("residuals", options, ["type", "level"]);
  const type = oneOf("type", options.type ?? "raw", ["raw", "pearson", "scaled"]);
  const level = oneOf("level", options.level ?? "conditional", ["conditional", "marginal"]);
  const isMarginal = level === "marginal";
  const means = isMarginal ? populationMeans(model, optimum) : fittedValues(model, optimum);
  const out = means.map((value, i) => model.response.values[i] - value);
  const weights = rowWeights(model, optimum);
  const sigma = residualSd(optimum);
  if (type === "scaled" && isMarginal) {
    const between = randomVariances(model, optimum);
    for (let i = 0; i < out.length; i++) {
      out[i] /= Math.sqrt(between[i] + (sigma * sigma) / (weights === null ? 1 : weights[i]));
    }
  } else if (type !== "raw") {
    for (let i = 0; i < out.length; i++) {
      if (weights !== null) out[i] *= Math.sqrt(weights[i]);
      if (type === "scaled") out[i] /= sigma;
    }
  }
  return alignToInput(model, out);
}

/** Minimum, quartiles and maximum of the scaled residuals; `null` where neither rows nor a save have them. */
export function residualQuantiles(model: LinearMixedModel, optimum: Optimum): readonly number[] | null {
  if (!model.hasRows) return optimum.saved.residuals;
  const used = residuals(model, optimum, { type: "scaled" }).filter((value) => !Number.isNaN(value));
  return Array.from({ length: 5 }, (_, i) => sampleQuantile(used, i / 4));
}

/** z′Σz of the rows used, summed over the random terms: the variance that the groups give each row, n. */
export function randomVariances(model: LinearMixedModel, optimum: Optimum): Float64Array {
  const { n } = model;
  const out = new Float64Array(n);
  covariances(optimum).forEach((S, t) => {
    const { z, columns } = model.random[t];
    const k = columns.length;
    for (let d = 0; d < k; d++) {
      for (let c = 0; c < k; c++) {
        const value = S[c + d * k];
        for (let i = 0; i < n; i++) out[i] += z[c * n + i] * value * z[d * n + i];
      }
    }
  });
  return out;
}
