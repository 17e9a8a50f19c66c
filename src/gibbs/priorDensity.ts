/**
 * Log prior density of posterior draws, for asking how much of an answer the prior holds.
 *
 * @module
 */

import { choleskyInto } from "../linalg/cholesky.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName, symmetricName } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import { mean, sd } from "../stats/descriptive.ts";
import { ln } from "../stats/special.ts";
import {
  coordinateCount,
  coordinatesFromLambdaInto,
  logOneMinusSquare,
  logTermPrior,
} from "./coordinates.ts";
import { logSdPrior } from "./sdPrior.ts";
import type { WorkingTermPrior } from "./workingPriors.ts";

/** Variable name of a correlation of a term. */
export function correlationName(group: string, columns: readonly string[], j: number, i: number): string {
  return `cor_${group}__${shortName(columns[j])}__${shortName(columns[i])}`;
}

/**
 * Log prior density of every draw of the covariance matrix of term `t`, as a density of its SDs and
 * correlations, up to a constant. Zeros when the matrix is fixed.
 */
export function logTermPriorOfDraws(
  model: LinearMixedModel,
  prior: WorkingTermPrior,
  t: number,
  draws: Draws,
): Float64Array {
  const out = new Float64Array(draws.size);
  if (prior.kind === "fixed") return out;
  const cross = model.crossProducts;
  const { group, columns } = model.random[t];
  const k = columns.length;
  if (prior.kind === "symmetric") {
    const unit = cross.zScale[cross.places[t].factor][cross.places[t].offset] / cross.yScale;
    // The correlation is flat, and the SD has its own density.
    const sds = draws.get(`sd_${group}__${symmetricName(model, t)}`);
    return sds.map((value) => logSdPrior(prior.sd, ln(value * unit)));
  }
  const units = columns.map(
    (_, i) => cross.zScale[cross.places[t].factor][cross.places[t].offset + i] / cross.yScale,
  );
  const sds = columns.map((term) => draws.get(`sd_${group}__${shortName(term)}`));
  const cors = columns.map((_, i) =>
    Array.from({ length: i }, (_, j) => draws.get(correlationName(group, columns, j, i))),
  );
  const L = new Float64Array(k * k);
  const scratch = new Float64Array(k * k);
  const coordinates = new Float64Array(coordinateCount(k));
  for (let d = 0; d < draws.size; d++) {
    L.fill(0);
    for (let i = 0; i < k; i++) {
      L[i + i * k] = 1;
      for (let j = 0; j < i; j++) L[i + j * k] = cors[i][j][d];
    }
    choleskyInto(L, k);
    for (let i = 0; i < k; i++) for (let j = 0; j <= i; j++) L[i + j * k] *= sds[i][d] * units[i];
    coordinatesFromLambdaInto(coordinates, L, k);
    // Take off the Jacobian of (log τ, atanh z) against (τ, ρ).
    let jacobian = 0;
    for (let i = 0; i < k; i++) jacobian += coordinates[i];
    let at = k;
    for (let i = 1; i < k; i++) {
      for (let j = 0; j < i; j++) jacobian += (1 + (k - j - 2) / 2) * logOneMinusSquare(coordinates[at++]);
    }
    out[d] = logTermPrior(prior, coordinates, L, k, scratch) - jacobian;
  }
  return out;
}

/**
 * Prior pull: derivative of a posterior mean by the log power of the prior, in posterior sds,
 * d E[x] / d log α = Cov(x, log prior) at α = 1.
 */
export function pullOf(values: Float64Array, logPrior: Float64Array): number {
  const mx = mean(values);
  const my = mean(logPrior);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - mx) * (logPrior[i] - my);
  return sum / (values.length - 1) / sd(values);
}
