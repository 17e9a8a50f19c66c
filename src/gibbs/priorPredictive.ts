/**
 * Responses that the priors lead to, before the data are seen.
 *
 * @module
 */

import { ArgumentError, didYouMean, integerIn, knownOptions, listOf, show } from "../errors.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { groupVariables, parameterVariables, shortName } from "../model/variables.ts";
import { Draws } from "../posterior/draws.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { drawFactorFromPrior, drawSdFromPrior, improper } from "./priorDraws.ts";
import type { Priors } from "./priors.ts";
import { type ResolvedPriors, resolvePriors } from "./resolvePriors.ts";
import { drawEffects, drawResponse } from "./simulate.ts";
import { drawDfFromPrior } from "./student.ts";

/** Options of {@link priorPredictive}. */
export interface PriorPredictiveOptions {
  /** What is left out follows `default@1`. */
  readonly priors?: Priors;
  /** Values of coefficients whose prior is flat, by name. */
  readonly beta?: Readonly<Record<string, number>>;
  /** How many draws; defaults to 1000. */
  readonly draws?: number;
  /** An integer from 0 to 2³² − 1; drawn and recorded when left out. */
  readonly seed?: number;
}

/** Draws from the priors, and a response for each. */
export interface PriorPredictive {
  /** β, SDs, correlations, σ, estimated degrees of freedom and random effects, one chain. */
  readonly draws: Draws;
  /** One response per draw, aligned with the rows of the data (`NaN` where a row was left out). */
  readonly y: readonly Float64Array[];
  readonly seed: number;
}

/**
 * Draws parameters from the priors and a response from the model at each: what the priors take for possible. brms:
 * `brm(sample_prior = "only")` with `posterior_predict`.
 *
 * @param model - from `lmm`; its response counts only through the scales of `default@1`
 * @throws {PriorError} `improper-prior` for a flat coefficient without a value, or `uniformSd()`; as `gibbs`
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 *
 * @example
 * const { y } = priorPredictive(model, { priors: { beta: normal(0, 100) }, seed: 1 });
 */
export function priorPredictive(
  model: LinearMixedModel,
  options: PriorPredictiveOptions = {},
): PriorPredictive {
  checkModel("priorPredictive()", model);
  knownOptions("priorPredictive()", options, ["priors", "beta", "draws", "seed"]);
  const count = integerIn("draws", options.draws ?? 1000, 1, 1e7);
  const seed = seedOf(options.seed);
  const resolved = resolvePriors(model, options.priors);
  const fixed = fixedValues(model, resolved, options.beta ?? {});
  const info = [...parameterVariables(model), ...groupVariables(model)];
  const values = new Float64Array(info.length * count);
  const y: Float64Array[] = [];
  const stream = new RandomStream(seed);
  for (let d = 0; d < count; d++) {
    const { parameters, response } = drawOnce(model, resolved, fixed, stream);
    parameters.forEach((value, v) => {
      values[v * count + d] = value;
    });
    y.push(response);
  }
  return { draws: new Draws({ info, chains: 1, iterations: count, values }), y, seed };
}

/** Values of flat coefficients; NaN for those that are drawn. @throws as {@link priorPredictive} */
export function fixedValues(
  model: LinearMixedModel,
  { beta }: ResolvedPriors,
  given: Readonly<Record<string, number>>,
): number[] {
  const { names } = model.fixed;
  for (const [key, value] of Object.entries(given)) {
    const name = names.find((own) => own === key || shortName(own) === key);
    const near = didYouMean(key, names);
    if (name === undefined) {
      throw new ArgumentError(
        "invalid-argument",
        `"beta" names ${show(key)}, which the model does not have.`,
        near === undefined ? `It has ${listOf(names)}.` : `Did you mean ${show(near)}?`,
      );
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new ArgumentError(
        "invalid-argument",
        `"beta" gives ${name} as ${show(value)}.`,
        "Give a number.",
      );
    }
  }
  return names.map((name) => {
    if (beta.get(name)?.type === "normal") return Number.NaN;
    const key = [name, shortName(name)].find((own) => Object.hasOwn(given, own));
    if (key === undefined) throw improper(name, "flat()");
    return given[key];
  });
}

/** One draw of everything: parameters in the order of the variables, and a response. @param fixed - β where its prior is flat */
export function drawOnce(
  model: LinearMixedModel,
  { beta: betaPriors, sigma: sigmaPrior, terms }: ResolvedPriors,
  fixed: readonly number[],
  stream: RandomStream,
): { parameters: number[]; response: Float64Array } {
  const beta = model.fixed.names.map((name, c) => {
    const prior = betaPriors.get(name)!;
    return prior.type === "normal" ? prior.mean + prior.sd * stream.normal() : fixed[c];
  });
  const sds: number[] = [];
  const cors: number[] = [];
  const dfs: number[] = [];
  const effects: number[] = [];
  model.random.forEach(({ columns, structure, levels }, t) => {
    const k = columns.length;
    const L = drawFactorFromPrior(terms[t].prior, structure, terms[t].name, k, stream);
    const rows = structure === "cs" ? [1, 2] : [k, k];
    const norm = Array.from({ length: k }, (_, i) => {
      let sum = 0;
      for (let c = 0; c <= i; c++) sum += L[i + c * k] * L[i + c * k];
      return Math.sqrt(sum);
    });
    sds.push(...norm.slice(0, rows[0]));
    for (let i = 1; i < rows[1]; i++) {
      for (let j = 0; j < i; j++) {
        let product = 0;
        for (let c = 0; c <= j; c++) product += L[i + c * k] * L[j + c * k];
        cors.push(product / (norm[i] * norm[j]));
      }
    }
    const own = model.student?.effects[t];
    const df = own?.df === null ? drawDfFromPrior(stream) : own?.df;
    if (own?.df === null) dfs.push(df as number);
    for (const effect of drawEffects(L, k, levels.length, stream, df)) effects.push(effect);
  });
  const sigmas = Array.from({ length: model.strata?.levels.length ?? 1 }, () =>
    drawSdFromPrior(sigmaPrior, "sigma", stream),
  );
  const nu = model.student?.residuals?.df === null ? [drawDfFromPrior(stream)] : [];
  const parameters = [...beta, ...sds, ...cors, ...dfs, ...sigmas, ...nu, ...effects];
  return { parameters, response: drawResponse(model, parameters, stream) };
}
