/**
 * Responses drawn from the model at given parameters.
 *
 * Parameters are rows of numbers in the order of `parameterVariables`, then of `groupVariables`, in the units of
 * the data: what a draw is.
 *
 * @module
 */

import { ArgumentError } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables } from "../model/variables.ts";
import type { RandomStream } from "../random/stream.ts";
import { spreadOfStudent } from "./studentDraws.ts";

/** How far below zero rounding may take a pivot of a correlation matrix: the inputs carry some 12 digits. */
const ROUNDING = 1e-12;

/**
 * Λ of every random term, ΛΛ′ = Σ, k × k lower, from SDs and correlations. SDs of 0 and correlations of ±1 are
 * legitimate: Λ is singular then. A correlation that is NaN counts as 0: one of its SDs is 0.
 *
 * @throws {ArgumentError} `invalid-argument` for correlations that no covariance matrix has
 */
export function factorsOf(model: LinearMixedModel, parameters: ArrayLike<number>): Float64Array[] {
  let sd = model.p;
  let cor = sd + parameterVariables(model).filter(({ kind }) => kind === "sd").length;
  return model.random.map(({ columns, structure, name }) => {
    const k = columns.length;
    const symmetric = structure === "cs";
    const L = new Float64Array(k * k);
    for (let i = 0; i < k; i++) {
      const own = symmetric ? cor : cor + (i * (i - 1)) / 2;
      let rest = 1;
      for (let j = 0; j < i; j++) {
        let value = parameters[symmetric ? own : own + j] || 0;
        for (let c = 0; c < j; c++) value -= L[i + c * k] * L[j + c * k];
        const pivot = L[j + j * k];
        if (pivot === 0 && Math.abs(value) > Math.sqrt(ROUNDING)) throw impossible(name);
        L[i + j * k] = pivot === 0 ? 0 : value / pivot;
        rest -= L[i + j * k] * L[i + j * k];
      }
      if (rest < -ROUNDING) throw impossible(name);
      L[i + i * k] = rest < ROUNDING ? 0 : Math.sqrt(rest);
    }
    for (let i = 0; i < k; i++) {
      for (let j = 0; j <= i; j++) L[i + j * k] *= parameters[symmetric ? sd : sd + i];
    }
    sd += symmetric ? 1 : k;
    cor += symmetric ? 1 : (k * (k - 1)) / 2;
    return L;
  });
}

/**
 * b ~ N(0, ΛΛ′) of so many levels, level after level.
 *
 * @param df - degrees of freedom where they are Student-t
 */
export function drawEffects(
  L: Float64Array,
  k: number,
  levels: number,
  stream: RandomStream,
  df?: number,
): Float64Array {
  const b = new Float64Array(levels * k);
  const u = new Float64Array(k);
  for (let at = 0; at < b.length; at += k) {
    stream.normalsInto(u);
    const spread = df === undefined ? 1 : spreadOfStudent(df, stream);
    for (let i = 0; i < k; i++) for (let c = 0; c <= i; c++) b[at + i] += spread * L[i + c * k] * u[c];
  }
  return b;
}

/**
 * y ~ N(Xβ + Zb + offset, σ²/w), or Student-t around the same with scale σ/√w, aligned with the rows of the data (NaN where a row was left out).
 *
 * @param draw - parameters and random effects
 */
export function drawResponse(
  model: LinearMixedModel,
  draw: ArrayLike<number>,
  stream: RandomStream,
): Float64Array {
  const { n, p, strata } = model;
  const variables = parameterVariables(model);
  const mu = model.offset === null ? new Float64Array(n) : model.offset.slice();
  for (let c = 0; c < p; c++) for (let i = 0; i < n; i++) mu[i] += draw[c] * model.fixed.values[c * n + i];
  let at = variables.length;
  const residuals = model.student?.residuals ?? null;
  // An estimated ν of the residuals is the last parameter.
  const df = residuals === null ? null : (residuals.df ?? draw[at - 1]);
  const sigma = variables.findIndex(({ kind }) => kind === "sigma");
  for (const { codes, z, columns, levels } of model.random) {
    const k = columns.length;
    for (let c = 0; c < k; c++) {
      for (let i = 0; i < n; i++) mu[i] += z[c * n + i] * draw[at + codes[i] * k + c];
    }
    at += levels.length * k;
  }
  const response = new Float64Array(model.inputRows).fill(Number.NaN);
  for (let i = 0; i < n; i++) {
    const spread = draw[sigma + (strata?.codes[i] ?? 0)] / Math.sqrt(model.weights?.[i] ?? 1);
    const noise = spread * stream.normal();
    response[model.rows[i]] = mu[i] + (df === null ? noise : noise * spreadOfStudent(df, stream));
  }
  return response;
}

function impossible(term: string): ArgumentError {
  return new ArgumentError(
    "invalid-argument",
    `No covariance matrix has the correlations given for ${term}.`,
    "Give correlations that go together.",
    { term },
  );
}
