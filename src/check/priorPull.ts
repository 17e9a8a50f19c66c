/**
 * How hard priors pull at a posterior.
 *
 * @module
 */

import { fixed, showAs, textTable, wordColumn } from "../data/format.ts";
import { checkKind } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { priorText } from "../gibbs/print.ts";
import { logTermPriorOfDraws, pullOf } from "../gibbs/priorDensity.ts";
import { logSdPrior } from "../gibbs/sdPrior.ts";
import { workingPriors } from "../gibbs/workingPriors.ts";
import { shortName, sigmaNames, termVariables } from "../model/variables.ts";
import { mcseMean } from "../posterior/diagnostics.ts";
import type { Draws } from "../posterior/draws.ts";
import { mean, sd } from "../stats/descriptive.ts";
import { ln } from "../stats/special.ts";

/** The pull of one prior on one parameter. */
export interface PriorPullRow {
  readonly variable: string;
  /** The prior as its constructor is written. */
  readonly prior: string;
  /** d E[x]/d log α in posterior sds, p(x)^α being the prior, at α = 1. */
  readonly pull: number;
  /** Monte Carlo standard error of the pull. */
  readonly mcse: number;
}

/** What {@link priorPull} returns. */
export interface PriorPull {
  readonly rows: readonly PriorPullRow[];
}

/**
 * For every parameter with a prior that is neither flat nor fixed: how its posterior mean moves when its prior counts
 * for more, as a derivative by the log power of the prior's density, in posterior sds. With a pull of 0.3 a prior whose log
 * counts double moves the mean by about 0.3 posterior sds (by less where the prior weighs as much as the data); with one
 * near 0 the data decide. The warning `prior-dominates` comes from 0.5 on, for random terms.
 *
 * Densities are those of the coefficient, of σ, and of the SDs and correlations of a term together. The derivative is
 * Cov(x, log p(x)) over the posterior, so that nothing is sampled again. Kallioinen et al. 2024, Statistics and
 * Computing 34, 57; R: `priorsense::powerscale_gradients`.
 *
 * @param posterior - from `gibbs`
 * @throws {ArgumentError} `invalid-argument` for anything else
 *
 * @example
 * console.log(priorPull(await gibbs(model, { seed: 1 })));
 */
export function priorPull(posterior: Posterior): PriorPull {
  checkKind("priorPull()", posterior, ["draws", "priors"], "a posterior", "Pass the posterior of gibbs().");
  const { model, draws, priors } = posterior;
  const rows: PriorPullRow[] = [];
  const add = (variable: string, prior: string, logPrior: Float64Array): void => {
    rows.push({ variable, prior, ...pullAndError(draws, variable, logPrior) });
  };
  for (const [name, prior] of priors.beta) {
    if (prior.type !== "normal") continue;
    const variable = `b_${shortName(name)}`;
    const logPrior = draws.get(variable).map((x) => -0.5 * ((x - prior.mean) / prior.sd) ** 2);
    add(variable, priorText(prior), logPrior);
  }
  const working = workingPriors(model, priors);
  priors.terms.forEach(({ prior }, t) => {
    if (prior.type === "fixed" || prior.type === "uniformSd") return;
    const logPrior = logTermPriorOfDraws(model, working.terms[t], t, draws);
    for (const { name } of termVariables(model, t)) add(name, priorText(prior), logPrior);
  });
  const { sigma } = priors;
  if (sigma.type !== "fixed" && sigma.type !== "uniformSd") {
    for (const name of sigmaNames(model)) {
      const logPrior = draws.get(name).map((x) => logSdPrior(sigma, ln(x)));
      add(name, priorText(sigma), logPrior);
    }
  }
  return showAs({ rows }, () => print(rows));
}

function pullAndError(
  draws: Draws,
  variable: string,
  logPrior: Float64Array,
): { pull: number; mcse: number } {
  const values = draws.get(variable);
  const [mx, ml, sx] = [mean(values), mean(logPrior), sd(values)];
  const products = values.map((x, d) => ((x - mx) * (logPrior[d] - ml)) / sx);
  const { chains, iterations } = draws;
  const byChain = Array.from({ length: chains }, (_, c) =>
    products.subarray(c * iterations, (c + 1) * iterations),
  );
  return { pull: pullOf(values, logPrior), mcse: mcseMean(byChain) };
}

function print(rows: readonly PriorPullRow[]): string {
  if (rows.length === 0) return "No prior pulls: all are flat or fixed.";
  const table = textTable(
    [
      wordColumn(
        "",
        rows.map(({ variable }) => variable),
      ),
      { header: "pull", cells: rows.map(({ pull }) => fixed(pull, 2)) },
      { header: "mcse", cells: rows.map(({ mcse }) => fixed(mcse, 2)) },
      wordColumn(
        "prior",
        rows.map(({ prior }) => prior),
      ),
    ],
    { gap: "  " },
  );
  return `Prior pull: posterior sds per log power of the prior\n${table}`;
}
