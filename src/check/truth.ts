/**
 * Parameters to simulate from: given by name, or those of a fit or a posterior.
 *
 * @module
 */

import { ArgumentError, show } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { drawEffects, drawResponse, factorsOf } from "../gibbs/simulate.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables } from "../model/variables.ts";
import { unknownVariable, type VariableInfo } from "../posterior/draws.ts";
import type { RandomStream } from "../random/stream.ts";
import { reml } from "../reml/fit.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import { mean } from "../stats/descriptive.ts";

/**
 * True parameters: a fit (its estimates), a posterior (its means), or numbers by variable name, such as
 * `{ b_Days: 5, sigma: 20 }`; what is left out is taken from `reml(model)`.
 */
export type Truth = LmmFit | Posterior | Readonly<Record<string, number>>;

/**
 * The value of every parameter of a model.
 *
 * @throws {ArgumentError} `unknown-variable`, `invalid-argument`
 */
export function truthOf(model: LinearMixedModel, truth: Truth = {}): Map<string, number> {
  const variables = parameterVariables(model);
  const given = new Map(Object.entries(valuesOf(truth)));
  const names = variables.map(({ name }) => name);
  for (const name of given.keys())
    if (!names.includes(name)) throw unknownVariable(name, names, "parameters");
  const missing = names.some((name) => !given.has(name));
  const usual = new Map(missing ? Object.entries(valuesOf(reml(model))) : []);
  return new Map(
    variables.map((info) => [info.name, checked(info, given.get(info.name) ?? usual.get(info.name))]),
  );
}

function valuesOf(truth: Truth): Readonly<Record<string, number>> {
  if (typeof truth !== "object" || truth === null) {
    throw new ArgumentError(
      "invalid-argument",
      `The true parameters are ${show(truth)}.`,
      "Give numbers by variable name, such as { b_Days: 5 }, or a fit, or a posterior.",
    );
  }
  if ("draws" in truth && typeof truth.draws === "object") {
    const { draws } = truth as Posterior;
    const parameters = draws.info.filter(({ kind }) => kind !== "group");
    return Object.fromEntries(parameters.map(({ name }) => [name, mean(draws.get(name))]));
  }
  if (!("estimates" in truth) || typeof truth.estimates !== "function")
    return truth as Record<string, number>;
  const estimates = (truth as LmmFit).estimates();
  // A correlation without SDs is NaN in a fit; any value gives the same model.
  return Object.fromEntries(estimates.map(({ variable, estimate }) => [variable, estimate || 0]));
}

function checked({ name, kind }: VariableInfo, value: number | undefined): number {
  const fits =
    typeof value === "number" &&
    Number.isFinite(value) &&
    (kind === "fixed" || (kind === "cor" ? Math.abs(value) <= 1 : value >= 0)) &&
    (kind !== "sigma" || value > 0);
  if (fits) return value;
  const range = { cor: "from -1 to 1", sd: "of at least 0", sigma: "above 0" }[kind as string];
  throw new ArgumentError(
    "invalid-argument",
    `The true value of ${name} must be a number${range === undefined ? "" : ` ${range}`}, got ${show(value)}.`,
    "Give such a number.",
    { name, value },
  );
}

/**
 * Makes a simulator: random effects afresh and a response from them, every time it is called.
 *
 * @throws {ArgumentError} `invalid-argument` for correlations that do not go together
 */
export function simulatorOf(
  model: LinearMixedModel,
  truth: ReadonlyMap<string, number>,
): (stream: RandomStream) => Float64Array {
  const parameters = parameterVariables(model).map(({ name }) => truth.get(name) as number);
  const factors = factorsOf(model, parameters);
  return (stream) => {
    const effects = model.random.map(({ columns, levels }, t) =>
      drawEffects(factors[t], columns.length, levels.length, stream),
    );
    return drawResponse(model, [...parameters, ...effects.flatMap((own) => [...own])], stream);
  };
}
