/**
 * When a run has gone on long enough: R-hat and effective sample sizes of β, SDs, correlations and σ.
 *
 * @module
 */

import { ArgumentError, knownOptions, show } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables, sigmaNames, termVariables } from "../model/variables.ts";
import { convergence } from "../posterior/diagnostics.ts";
import type { Draws } from "../posterior/draws.ts";
import type { ResolvedPriors } from "./resolvePriors.ts";

/** What chains must reach. */
export interface Until {
  /** Highest R-hat; defaults to 1.01. */
  readonly rhat?: number;
  /** Lowest effective sample size, bulk and tail, over all chains; defaults to 400. */
  readonly ess?: number;
}

/** How one variable stands. */
export interface Standing {
  readonly name: string;
  /** NaN where it cannot be told: of draws that do not move, of fewer than four. */
  readonly rhat: number;
  /** The smaller of bulk and tail; NaN as `rhat`. */
  readonly ess: number;
}

/**
 * Fills `until` up and checks it.
 *
 * @param most - draws that all chains together can keep
 * @throws {ArgumentError} `unknown-option`; `impossible-until` for what no run, or none of this length, can reach
 */
export function checkedUntil(until: Until, most: number): Required<Until> {
  knownOptions("until", until, ["rhat", "ess"]);
  const { rhat: limit = 1.01, ess = 400 } = until;
  const impossible = (reason: string, remedy: string): ArgumentError =>
    new ArgumentError("impossible-until", reason, remedy, { until: { rhat: limit, ess } });
  if (!(typeof limit === "number" && limit > 1)) {
    throw impossible(
      `No run ends with every R-hat at most ${show(limit)}: it scatters around 1 even for perfect chains.`,
      "Ask for a number above 1, such as 1.01.",
    );
  }
  if (!(typeof ess === "number" && ess > 0 && Number.isFinite(ess))) {
    throw impossible(
      `An effective sample size of ${show(ess)} cannot be asked for.`,
      "Pass a positive number.",
    );
  }
  if (ess > most) {
    throw impossible(
      `An effective sample size of ${ess} cannot be expected of ${most} draws, the most that may be made.`,
      "Raise maxDraws, or ask for less.",
    );
  }
  return { rhat: limit, ess };
}

/** How a variable stands. @param values - its draws, laid out [chain][iteration] */
export function standing(name: string, values: Float64Array, chains: number): Standing {
  const { rhat, essBulk, essTail } = convergence(values, chains);
  return { name, rhat, ess: Math.min(essBulk, essTail) };
}

/** How these variables stand. */
export function standings(draws: Draws, names: readonly string[]): Standing[] {
  return names.map((name) => standing(name, draws.get(name), draws.chains));
}

/** Those that fall short, worst first. NaN does, and comes first: what does not move has not converged. */
export function fallingShort(rows: readonly Standing[], until: Required<Until>): Standing[] {
  const size = ({ ess }: Standing): number => (Number.isNaN(ess) ? 0 : ess);
  return rows
    .filter((row) => !(row.rhat <= until.rhat && row.ess >= until.ess))
    .sort((a, b) => size(a) - size(b));
}

/** Names of the parameters that priors `fixed()` hold: constant, and with nothing to converge to. */
export function fixedNames(model: LinearMixedModel, { sigma, terms }: ResolvedPriors): string[] {
  return [
    ...terms.flatMap(({ prior }, t) =>
      prior.type === "fixed" ? termVariables(model, t).map(({ name }) => name) : [],
    ),
    ...(sigma.type === "fixed" ? sigmaNames(model) : []),
  ];
}

/** Names of what `until` is asked of: β, SDs, correlations, σ and degrees of freedom, but those that are fixed. */
export function watchedNames(model: LinearMixedModel, priors: ResolvedPriors): string[] {
  const held = new Set(fixedNames(model, priors));
  return parameterVariables(model)
    .map(({ name }) => name)
    .filter((name) => !held.has(name));
}

/** More draws per chain for the worst variable to reach its ESS at the present rate; 0 when R-hat alone is short. */
export function drawsMissing(worst: Standing, iterations: number, { ess }: Required<Until>): number {
  return Math.max(0, Math.ceil(iterations * (ess / Math.max(worst.ess, 1) - 1)));
}
