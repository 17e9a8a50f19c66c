/**
 * One row of estimates and diagnostics per variable.
 *
 * @module
 */

import { ArgumentError, checkKind, checkList, knownOptions, show } from "../errors.ts";
import { summarizeValues } from "./diagnostics.ts";
import type { Draws } from "./draws.ts";

/** posterior's default columns; further quantiles under `q` and their percentage: `row["q2.5"]`. */
export interface SummaryRow {
  readonly variable: string;
  readonly mean: number;
  readonly median: number;
  readonly sd: number;
  /** 1.4826 · median absolute deviation. */
  readonly mad: number;
  readonly q5: number;
  readonly q95: number;
  readonly rhat: number;
  readonly essBulk: number;
  readonly essTail: number;
  readonly mcseMean: number;
  readonly [quantile: `q${number}`]: number;
}

/** Options of {@link summarize}. */
export interface SummarizeOptions {
  /** Names, in the order wanted; defaults to all variables. */
  readonly variables?: readonly string[];
  /** Further quantiles beside 5% and 95%, as probabilities; defaults to none. */
  readonly probs?: readonly number[];
}

/**
 * Summarises draws, one row per variable, in the units of the draws. Quantiles are R's type 7.
 * posterior: `summarise_draws`.
 *
 * @throws `unknown-variable`; `unknown-option`; `invalid-argument` for a probability outside [0, 1].
 * @example
 * ```ts
 * summarize(posterior.draws, { probs: [0.025, 0.975] })[0]["q2.5"];
 * ```
 */
export function summarize(draws: Draws, options: SummarizeOptions = {}): SummaryRow[] {
  checkKind(
    "summarize()",
    draws,
    ["variables", "chains"],
    "draws",
    "Pass the draws of a posterior: posterior.draws.",
  );
  knownOptions("summarize", options, ["variables", "probs"]);
  for (const [name, list] of Object.entries(options)) checkList("summarize()", name, list);
  const extra = (options.probs ?? []).map((p): [`q${number}`, number] => [quantileName(p), p]);
  return (options.variables ?? draws.variables).map((variable) => {
    const { quantile, rhat, essBulk, essTail, mcseMean, ...moments } = summarizeValues(
      draws.get(variable),
      draws.chains,
    );
    return {
      variable,
      ...moments,
      q5: quantile(0.05),
      q95: quantile(0.95),
      ...Object.fromEntries(extra.map(([name, p]) => [name, quantile(p)])),
      rhat,
      essBulk,
      essTail,
      mcseMean,
    };
  });
}

/** Column name of a quantile: 0.025 becomes `q2.5`. posterior: `quantile2`. */
export function quantileName(p: number): `q${number}` {
  if (typeof p === "number" && p >= 0 && p <= 1) return `q${Number((100 * p).toPrecision(12))}`;
  throw new ArgumentError(
    "invalid-argument",
    `"probs" must be probabilities, got ${show(p)}.`,
    "Pass numbers between 0 and 1.",
  );
}
