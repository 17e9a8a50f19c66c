/**
 * Whether the data put a parameter where its prior did not expect it.
 *
 * @module
 */

import { significant } from "../data/format.ts";
import { type Warning, warning } from "../errors.ts";
import { fixedEffectsFromWorkingInto } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables, shortName, sigmaNames, termVariables } from "../model/variables.ts";
import type { Draws } from "../posterior/draws.ts";
import { mean, median } from "../stats/descriptive.ts";
import { chiSquareCdf, chiSquareUpper, tUpper } from "../stats/distributions.ts";
import { normalQuantile, normalUpper } from "../stats/normal.ts";
import { exp } from "../stats/special.ts";
import { blockMarginal } from "./marginal.ts";
import { priorText } from "./print.ts";
import type { BetaPrior, Fixed, SdPrior, TermPrior } from "./priors.ts";
import type { ResolvedPriors } from "./resolvePriors.ts";
import type { Setup } from "./state.ts";
import { stateOf } from "./stateOf.ts";
import { ownSetup } from "./weighing.ts";

/** Distance, in sds of a normal, that is a conflict: a chance of 0.1% on either side. */
const CONFLICT = 3;

/**
 * `prior-data-conflict`, one for each parameter.
 *
 * Coefficients with a normal prior N(m, s²): the data put them at x, the generalised least squares estimate at the
 * posterior means of σ and Σ, with standard error e; the prior expects x within a few √(s² + e²) of m (Evans & Moshonov
 * 2006, Bayesian Analysis 1, 893). SDs: the posterior median far out in the prior, which is on the safe side, for the
 * prior has pulled it already. Priors that are highest at 0 cannot be surprised by a small SD.
 */
export function conflictWarnings(
  model: LinearMixedModel,
  priors: ResolvedPriors,
  setup: Setup,
  draws: Draws,
): Warning[] {
  const warnings = conflictsOfCoefficients(model, priors.beta, setup, draws);
  model.random.forEach((_, t) => {
    const sds = termVariables(model, t).filter(({ kind }) => kind === "sd");
    sds.forEach(({ name }, i) => {
      const { prior } = priors.terms[t];
      warnings.push(...conflictOfSd(name, marginalOfSd(prior, i, sds.length), draws));
    });
  });
  for (const name of sigmaNames(model)) warnings.push(...conflictOfSd(name, priors.sigma, draws));
  return warnings;
}

function conflictsOfCoefficients(
  model: LinearMixedModel,
  priors: ReadonlyMap<string, BetaPrior>,
  setup: Setup,
  draws: Draws,
): Warning[] {
  // With Student-t parts least squares has weights that no posterior mean stands for.
  if (model.student !== null || [...priors.values()].every(({ type }) => type === "flat")) return [];
  const { estimates, errors } = leastSquaresAtMeans(model, setup, draws);
  return [...priors].flatMap(([name, prior], c) => {
    if (prior.type !== "normal") return [];
    const variable = `b_${shortName(name)}`;
    const x = estimates[c];
    const distance = Math.abs(x - prior.mean);
    if (!(distance > CONFLICT * Math.sqrt(prior.sd * prior.sd + errors[c] * errors[c]))) return [];
    const z = distance / prior.sd;
    const text = `The data put ${variable} at ${significant(x, 3)}, ${z.toFixed(1)} prior sds from its prior mean.`;
    return [conflict(text, { variable, x, z, prior })];
  });
}

/** Generalised least squares at the posterior means of σ and Σ, as if all coefficients were flat. */
function leastSquaresAtMeans(
  model: LinearMixedModel,
  shared: Setup,
  draws: Draws,
): { estimates: Float64Array; errors: Float64Array } {
  const setup = ownSetup(shared);
  const { cross } = setup;
  const { p, R, yScale } = cross;
  const parameters = parameterVariables(model);
  const point = new Float64Array(parameters.length + setup.effects);
  parameters.forEach(({ name }, v) => {
    point[v] = mean(draws.get(name));
  });
  const state = stateOf(model, setup, point);
  setup.weigh(state);
  const { sigma } = state;
  const marginal = blockMarginal(setup);
  const slot = marginal.slot();
  marginal.evaluate(
    slot,
    state.lambda.map((L) => L.map((entry) => entry / sigma)),
  );
  const { U, r } = slot.data;
  // β_Q = U⁻¹r with covariance σ²(U′U)⁻¹; β = R⁻¹(yScale β_Q + β_ols), R upper too.
  const working = r.slice();
  backwards(working, U, p);
  const estimates = new Float64Array(p);
  fixedEffectsFromWorkingInto(estimates, cross, working);
  const errors = new Float64Array(p);
  for (let c = 0; c < p; c++) {
    const column = new Float64Array(p);
    column[c] = sigma * yScale;
    backwards(column, U, p);
    backwards(column, R, p);
    for (let i = 0; i < p; i++) errors[i] += column[i] * column[i];
  }
  return { estimates, errors: errors.map(Math.sqrt) };
}

/** x ← U⁻¹x, U upper. */
function backwards(x: Float64Array, U: Float64Array, p: number): void {
  for (let i = p - 1; i >= 0; i--) {
    for (let j = i + 1; j < p; j++) x[i] -= U[i + j * p] * x[j];
    x[i] /= U[i + i * p];
  }
}

function conflictOfSd(variable: string, prior: SdPrior | Fixed, draws: Draws): Warning[] {
  const x = median(draws.get(variable));
  const tail = smallerTail(prior, x);
  const z = -normalQuantile(tail);
  if (!(z > CONFLICT)) return [];
  const far = Number.isFinite(z) ? z.toFixed(1) : "more than 37";
  return [
    conflict(
      `The data put ${variable} at ${significant(x, 3)}, as far out in its prior ${priorText(prior)} as ${far} sds of a normal.`,
      { variable, x, z, prior },
    ),
  ];
}

function conflict(text: string, details: { readonly variable: string } & Record<string, unknown>): Warning {
  return warning(
    "prior-data-conflict",
    `${text} Check the units of the prior, or compare with a wider one.`,
    details,
  );
}

/** The prior of the i-th of k SDs by itself; a fixed one where there is nothing to judge. */
function marginalOfSd(prior: TermPrior, i: number, k: number): SdPrior | Fixed {
  switch (prior.type) {
    case "huangWand": {
      const scale = typeof prior.scale === "number" ? prior.scale : prior.scale[i];
      return { type: "halfT", df: prior.df, scale };
    }
    case "inverseWishart":
      return { type: "inverseGamma", shape: (prior.df - k + 1) / 2, scale: prior.scale[i][i] / 2 };
    case "lkj":
      return Array.isArray(prior.sds) ? prior.sds[i] : (prior.sds as SdPrior);
    default:
      return prior;
  }
}

/** Prior probability of an SD beyond x; for an inverse-gamma the smaller of both sides. */
function smallerTail(prior: SdPrior | Fixed, x: number): number {
  switch (prior.type) {
    case "halfT":
      return 2 * tUpper(x / prior.scale, prior.df);
    case "halfNormal":
      return 2 * normalUpper(x / prior.scale);
    case "exponential":
      return exp(-prior.rate * x);
    case "inverseGamma": {
      const twice = (2 * prior.scale) / (x * x);
      return Math.min(chiSquareUpper(twice, 2 * prior.shape), chiSquareCdf(twice, 2 * prior.shape));
    }
    default:
      return 1;
  }
}
