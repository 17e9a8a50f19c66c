/**
 * Matchers for results of this library.
 *
 * @module
 */

import { compare } from "../compare.ts";
import { fixed, significant, textTable, wordColumn } from "../data/format.ts";
import { knownOptions } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { fixedNames } from "../gibbs/until.ts";
import { essBulk, essTail, rhat } from "../posterior/diagnostics.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import { estimateOf, isFit, isPosterior, type MatcherResult, notAResult, tolerance } from "./received.ts";

/** What chains must reach. */
export interface ConvergenceLimits {
  /** Highest R-hat; defaults to 1.01. */
  readonly rhat?: number;
  /** Lowest effective sample size, bulk and tail, over all chains; defaults to 400. */
  readonly ess?: number;
}

/** How far values may be apart. */
export interface Within {
  /** Standard errors in `toAgreeWith`, 1 by default; units of the variable in `toHaveCoefficient`, 1e-6 of the value. */
  readonly within?: number;
}

/** Rows of a table in a message. */
const MOST_ROWS = 20;

/**
 * Passes when a posterior has converged: R-hat and bulk and tail ESS of every variable, random effects included.
 * Variables that a prior holds fixed are left out. On a REML or ML fit: when its optimiser has settled.
 *
 * @throws {ArgumentError} `invalid-argument` for anything else, `unknown-option`
 * @example
 * expect(posterior).toHaveConverged({ ess: 1000 });
 */
export function toHaveConverged(received: unknown, limits: ConvergenceLimits = {}): MatcherResult {
  knownOptions("toHaveConverged", limits, ["rhat", "ess"]);
  if (isFit(received)) return settled(received);
  if (!isPosterior(received)) return notAResult("toHaveConverged", "a posterior or a fit", received);
  const most = tolerance("rhat", limits.rhat ?? 1.01);
  const least = tolerance("ess", limits.ess ?? 400);
  const { draws, model, priors } = received;
  const held = new Set(fixedNames(model, priors));
  const rows = draws.variables
    .filter((variable) => !held.has(variable))
    .map((variable) => ({ variable, chains: draws.chainsOf(variable) }))
    .map(({ variable, chains }) => ({
      variable,
      rhat: rhat(chains),
      bulk: essBulk(chains),
      tail: essTail(chains),
    }));
  // Written so that NaN fails.
  const failing = rows.filter((row) => !(row.rhat <= most && row.bulk >= least && row.tail >= least));
  const settings = `R-hat at most ${most} and ESS at least ${least}`;
  const table = (): string =>
    tableOf(failing, [
      wordColumn(
        "",
        failing.map(({ variable }) => variable),
      ),
      { header: "Rhat", cells: failing.map((row) => fixed(row.rhat, 3)) },
      { header: "Bulk_ESS", cells: failing.map((row) => fixed(row.bulk, 0)) },
      { header: "Tail_ESS", cells: failing.map((row) => fixed(row.tail, 0)) },
    ]);
  return {
    pass: failing.length === 0,
    message: () =>
      failing.length === 0
        ? `Expected the posterior of ${received.model.formula} not to have converged, but all ${rows.length} variables have ${settings}.`
        : `Expected ${settings}; ${failing.length} of ${rows.length} variables of ${received.model.formula} fall short:\n\n${table()}\n\nMore draws, or a closer look at the model, may help.`,
  };
}

function settled({ model, method, convergence }: LmmFit): MatcherResult {
  const { ok, maxMoveInSE, evaluations } = convergence;
  const state = `a reported number could still move by ${maxMoveInSE.toExponential(1)} of its standard error after ${evaluations} evaluations`;
  return {
    pass: ok,
    message: () =>
      `Expected the ${method} fit of ${model.formula} ${ok ? "not " : ""}to have converged, but ${state}.`,
  };
}

/**
 * Passes when every posterior mean of β, SDs, correlations and σ is within so many standard errors of the REML or
 * ML estimate, as `compare()` measures them.
 *
 * Skewed posteriors of SDs sit some tenths of a standard error above REML with few groups, so the default is one
 * standard error; with many groups ask for less.
 *
 * @param fit - from `reml` or `ml`, of the same model
 * @param options - `within`: standard errors, defaults to 1
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`
 * @throws {ModelError} `different-models`
 * @example
 * expect(posterior).toAgreeWith(reml(model), { within: 0.5 });
 */
export function toAgreeWith(received: unknown, fit: unknown, options: Within = {}): MatcherResult {
  knownOptions("toAgreeWith", options, ["within"]);
  if (!isPosterior(received)) return notAResult("toAgreeWith", "a posterior", received);
  if (!isFit(fit)) return notAResult("toAgreeWith", "a posterior and a fit by reml() or ml()", fit);
  const within = tolerance("within", options.within ?? 1);
  const { rows, method } = compare(received as Posterior, fit);
  const failing = rows.filter(({ difference }) => !(Math.abs(difference) <= within));
  const errors = `${within} standard error${within === 1 ? "" : "s"}`;
  const table = (): string =>
    tableOf(failing, [
      wordColumn(
        "",
        failing.map(({ variable }) => variable),
      ),
      { header: method, cells: failing.map((row) => significant(row.estimate, 5)) },
      { header: "SE", cells: failing.map((row) => significant(row.se, 3)) },
      { header: "Posterior", cells: failing.map((row) => significant(row.mean, 5)) },
      { header: "Diff/SE", cells: failing.map((row) => fixed(row.difference, 2)) },
      wordColumn(
        "Reason",
        failing.map(({ reason }) => reason),
      ),
    ]);
  return {
    pass: failing.length === 0,
    message: () =>
      failing.length === 0
        ? `Expected the posterior of ${received.model.formula} not to agree with ${method}, but all ${rows.length} variables are within ${errors}.`
        : `Expected all variables of ${received.model.formula} within ${errors} of ${method}; ${failing.length} of ${rows.length} are not:\n\n${table()}`,
  };
}

/**
 * Passes when an estimate (a posterior mean, or the fit's own) is within an absolute tolerance of a value.
 *
 * @param name - R's coefficient name (`"(Intercept)"`, `"Days"`) or a variable's (`"b_Days"`, `"sigma"`)
 * @param options - `within`: in the units of the variable, defaults to 1e-6 of the value
 * @throws {ArgumentError} `invalid-argument`, `unknown-variable`, `unknown-option`
 * @example
 * expect(reml(model)).toHaveCoefficient("Days", 10.467, { within: 0.001 });
 */
export function toHaveCoefficient(
  received: unknown,
  name: string,
  value: number,
  options: Within = {},
): MatcherResult {
  knownOptions("toHaveCoefficient", options, ["within"]);
  if (!isPosterior(received) && !isFit(received)) {
    return notAResult("toHaveCoefficient", "a posterior or a fit", received);
  }
  const within = tolerance("within", options.within ?? 1e-6 * Math.abs(value));
  const found = estimateOf(received, name);
  const pass = Math.abs(found.value - value) <= within;
  return {
    pass,
    message: () =>
      `Expected ${found.variable} of ${received.model.formula} ${pass ? "not " : ""}to be ${value} ± ${significant(within, 3)}, got ${significant(found.value, 8)}.`,
  };
}

function tableOf(rows: readonly unknown[], columns: Parameters<typeof textTable>[0]): string {
  const cut = columns.map((column) => ({ ...column, cells: column.cells.slice(0, MOST_ROWS) }));
  const more = rows.length - MOST_ROWS;
  return textTable(cut, { indent: "  ", gap: "  " }) + (more > 0 ? `\n  and ${more} more` : "");
}
