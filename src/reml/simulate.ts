/**
 * New responses drawn from a fitted model.
 *
 * @module
 */

import { integerIn, knownOptions, oneOf } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { alignToInput, conditionalModes, fixedEffects, relativeFactors, residualSd } from "./estimates.ts";
import type { Optimum } from "./optimum.ts";
import { rowWeights } from "./rowForms.ts";

/** Options of `fit.simulate()`. */
export interface SimulateOptions {
  /** How many responses; defaults to 1. */
  readonly n?: number;
  /** An integer from 0 to 2³² − 1; without one, one is drawn and kept with the result. */
  readonly seed?: number;
  /** `"new"` draws b afresh from N(0, Σ), `"fitted"` keeps the conditional modes; defaults to `"new"`. */
  readonly effects?: "new" | "fitted";
}

/** Responses, each aligned with the rows of the data (NaN where a row was left out), and the seed they came from. */
export type Simulations = readonly Float64Array[] & { readonly seed: number };

/**
 * Draws responses y* = Xβ̂ + Zb* + ε* (+ offset), b* ~ N(0, Σ̂) per group and ε*_i ~ N(0, σ̂²/w_i).
 *
 * The first responses of a longer run are those of a shorter one with the same seed. A transformed response stays
 * transformed: what comes back is what `refit` takes.
 *
 * @throws {ArgumentError} `unknown-option`, `invalid-argument`
 * @see lme4 `simulate(m, nsim, seed, use.u)`: `"new"` is `use.u = FALSE`
 *
 * @example
 * const [y] = fit.simulate({ seed: 1 });
 * fit.refit(y).sigma;
 */
export function simulate(
  model: LinearMixedModel,
  optimum: Optimum,
  options: SimulateOptions = {},
): Simulations {
  knownOptions("simulate", options, ["n", "seed", "effects"]);
  const count = integerIn("n", options.n ?? 1, 1, Number.MAX_SAFE_INTEGER);
  const effects = oneOf("effects", options.effects ?? "new", ["new", "fitted"]);
  const seed = seedOf(options.seed);
  const stream = new RandomStream(seed);
  const { n } = model;
  const mean = populationMeans(model, optimum);
  const sigma = residualSd(optimum);
  const fitted = conditionalModes(optimum);
  const factors = relativeFactors(optimum);
  const weights = rowWeights(model, optimum);
  const out = Array.from({ length: count }, () => {
    const y = mean.slice();
    model.random.forEach(({ codes, z, columns, levels }, t) => {
      const k = columns.length;
      const b = effects === "fitted" ? fitted[t] : drawEffects(stream, factors[t], levels.length, k, sigma);
      for (let c = 0; c < k; c++) for (let i = 0; i < n; i++) y[i] += z[c * n + i] * b[codes[i] * k + c];
    });
    for (let i = 0; i < n; i++) {
      y[i] += (sigma / Math.sqrt(weights === null ? 1 : weights[i])) * stream.normal();
    }
    return alignToInput(model, y);
  });
  return Object.defineProperty(out, "seed", { value: seed }) as unknown as Simulations;
}

/** Xβ̂ + offset of the rows used, n. */
export function populationMeans(model: LinearMixedModel, optimum: Optimum): Float64Array {
  const { n, p } = model;
  const beta = fixedEffects(optimum);
  const out = model.offset === null ? new Float64Array(n) : model.offset.slice();
  for (let c = 0; c < p; c++) for (let i = 0; i < n; i++) out[i] += beta[c] * model.fixed.values[c * n + i];
  return out;
}

/** b = σΛu of every level, u standard normal; Λ is k × k lower. */
function drawEffects(
  stream: RandomStream,
  L: Float64Array,
  levels: number,
  k: number,
  sigma: number,
): Float64Array {
  const b = new Float64Array(levels * k);
  const u = new Float64Array(k);
  for (let level = 0; level < levels; level++) {
    stream.normalsInto(u);
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let c = 0; c <= i; c++) sum += L[i + c * k] * u[c];
      b[level * k + i] = sigma * sum;
    }
  }
  return b;
}
