/**
 * When a run has gone on long enough: R-hat and effective sample sizes of β, SDs, correlations and σ.
 *
 * @module
 */

import { ArgumentError, knownOptions, show } from "../errors.ts";
import { essBulk, essTail, rhat } from "../posterior/diagnostics.ts";
import type { Draws } from "../posterior/draws.ts";

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
  readonly rhat: number;
  /** The smaller of bulk and tail. */
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

/** Variables that fall short, worst first. Variables that never move (a fixed prior) are left out. */
export function fallingShort(draws: Draws, names: readonly string[], until: Required<Until>): Standing[] {
  return names
    .filter((name) => draws.get(name).some((value, _, all) => value !== all[0]))
    .map((name) => {
      const chains = draws.chainsOf(name);
      return { name, rhat: rhat(chains), ess: Math.min(essBulk(chains), essTail(chains)) };
    })
    .filter((row) => !(row.rhat <= until.rhat && row.ess >= until.ess))
    .sort((a, b) => a.ess - b.ess);
}

/** Names of what `until` is asked of: all but the random effects. */
export function parameterNames(draws: Draws): string[] {
  return draws.info.filter(({ kind }) => kind !== "group").map(({ name }) => name);
}

/** More draws per chain for the worst variable to reach its ESS at the present rate; 0 when R-hat alone is short. */
export function drawsMissing(worst: Standing, iterations: number, { ess }: Required<Until>): number {
  return Math.max(0, Math.ceil(iterations * (ess / Math.max(worst.ess, 1) - 1)));
}
