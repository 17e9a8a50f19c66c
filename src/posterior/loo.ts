/**
 * Expected log predictive density by leave-one-out (PSIS) and WAIC. Vehtari, Gelman & Gabry 2017, Statistics and
 * Computing 27; R: loo 2.5.1.
 *
 * @module
 */

import { showAs, significant, textTable, wordColumn } from "../data/format.ts";
import type { Observations } from "../data/sameRows.ts";
import { ArgumentError, knownOptions, show, type Warning, warning } from "../errors.ts";
import { chainsOf } from "./chains.ts";
import { effectiveSize } from "./ess.ts";
import { logSumExp, psis } from "./psis.ts";

/** Above this the estimate of an observation cannot be trusted. */
const HIGHEST_K = 0.7;

/** Log-likelihood of every row at every draw: draws × rows, chain after chain. */
export type LogLikelihood = ArrayLike<ArrayLike<number>>;

/** Options of {@link loo}. */
export interface LooOptions {
  /** Chains that the draws came from, one after the other, all of one length; defaults to 1. */
  readonly chains?: number;
}

/** One observation left out. */
export interface LooRow {
  readonly elpdLoo: number;
  /** What the observation adds to the effective number of parameters. */
  readonly pLoo: number;
  readonly looic: number;
  readonly paretoK: number;
  /** The group left out, where groups were. */
  readonly level?: string;
}

/** What {@link loo} returns; prints itself as R's loo does. */
export interface Loo {
  /** Σ log p(y_i | y_−i), and its standard error. */
  readonly elpdLoo: number;
  readonly se: number;
  /** Effective number of parameters. */
  readonly pLoo: number;
  readonly sePLoo: number;
  /** −2 elpdLoo. */
  readonly looic: number;
  readonly seLooic: number;
  readonly paretoK: readonly number[];
  readonly pointwise: readonly LooRow[];
  /** `high-pareto-k`: observations whose estimate cannot be trusted. */
  readonly warnings: readonly Warning[];
}

/** By result, which prints and is saved without them. */
const DATA = new WeakMap<Loo, Observations>();

/** Notes what a result is of, for `looCompare()` to see. */
export function ofData(result: Loo, data: Observations): Loo {
  DATA.set(result, data);
  return result;
}

/** What a result is of; `undefined` for one of a matrix. */
export function dataOf(result: Loo): Observations | undefined {
  return DATA.get(result);
}

/** What {@link waic} returns. */
export interface Waic {
  readonly elpdWaic: number;
  readonly se: number;
  readonly pWaic: number;
  readonly sePWaic: number;
  /** −2 elpdWaic. */
  readonly waic: number;
  readonly seWaic: number;
  readonly pointwise: readonly { readonly elpdWaic: number; readonly pWaic: number; readonly waic: number }[];
  /** `high-p-waic`: observations with p above 0.4, for which WAIC is unreliable. */
  readonly warnings: readonly Warning[];
}

/**
 * Leave-one-out by Pareto smoothed importance sampling: elpd_i = log Σ_s w_is p(y_i | θ_s) / Σ_s w_is with w the smoothed
 * ratios 1/p(y_i | θ_s). R: `loo(log_lik, r_eff = relative_eff(exp(log_lik)))`.
 *
 * @param logLik - draws × rows, chain after chain
 * @throws {ArgumentError} `invalid-log-likelihood`, `unknown-option`
 * @example
 * const { elpdLoo, paretoK } = loo(posterior.logLik(), { chains: 4 });
 */
export function loo(logLik: LogLikelihood, options: LooOptions = {}): Loo {
  knownOptions("loo()", options, ["chains"]);
  const { chains = 1 } = options;
  return looOf(columnsOf(logLik, chains), chains);
}

/**
 * As {@link loo}, from one column of draws per row, made one after the other.
 *
 * @param columns - log-likelihoods of one row (or group) at all draws, chain after chain
 * @param levels - names of what is left out, where they have any
 */
export function looOf(columns: Iterable<Float64Array>, chains: number, levels?: readonly string[]): Loo {
  const pointwise: LooRow[] = [];
  for (const column of columns) {
    const density = chainsOf(column.map(Math.exp), chains);
    const size = effectiveSize(density) / column.length;
    const { logWeights, paretoK } = psis(
      column.map((value) => -value),
      Number.isFinite(size) ? size : 1,
    );
    for (let s = 0; s < column.length; s++) logWeights[s] += column[s];
    const elpdLoo = logSumExp(logWeights);
    const pLoo = logSumExp(column) - Math.log(column.length) - elpdLoo;
    const name = levels === undefined ? {} : { level: levels[pointwise.length] };
    pointwise.push({ elpdLoo, pLoo, looic: -2 * elpdLoo, paretoK, ...name });
  }
  const elpd = totalOf(pointwise.map(({ elpdLoo }) => elpdLoo));
  const p = totalOf(pointwise.map(({ pLoo }) => pLoo));
  const paretoK = pointwise.map((row) => row.paretoK);
  const high = paretoK.flatMap((k, i) => (k > HIGHEST_K ? [i] : []));
  const warnings =
    high.length === 0
      ? []
      : [
          warning(
            "high-pareto-k",
            `${high.length} of ${paretoK.length} ${levels === undefined ? "observations" : "groups"} have a Pareto k above ${HIGHEST_K}: leaving them out changes the posterior more than importance sampling can follow.`,
            { rows: high },
          ),
        ];
  const result: Loo = {
    elpdLoo: elpd.sum,
    se: elpd.se,
    pLoo: p.sum,
    sePLoo: p.se,
    looic: -2 * elpd.sum,
    seLooic: 2 * elpd.se,
    paretoK,
    pointwise,
    warnings,
  };
  return showAs(result, () => printLoo(result));
}

/**
 * Widely applicable information criterion: elpd_i = log mean p(y_i | θ_s) − var log p(y_i | θ_s). R: `waic(log_lik)`.
 * `loo` is the better estimate and says where it fails.
 *
 * @param logLik - draws × rows
 * @throws {ArgumentError} `invalid-log-likelihood`
 * @example
 * waic(posterior.logLik()).waic; // 1719.7
 */
export function waic(logLik: LogLikelihood): Waic {
  return waicOf(columnsOf(logLik, 1));
}

/** As {@link waic}, from one column of draws per row. */
export function waicOf(columns: Iterable<Float64Array>): Waic {
  const pointwise = [];
  for (const column of columns) {
    const S = column.length;
    const mean = column.reduce((sum, value) => sum + value, 0) / S;
    const pWaic = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (S - 1);
    const elpdWaic = logSumExp(column) - Math.log(S) - pWaic;
    pointwise.push({ elpdWaic, pWaic, waic: -2 * elpdWaic });
  }
  const elpd = totalOf(pointwise.map(({ elpdWaic }) => elpdWaic));
  const p = totalOf(pointwise.map(({ pWaic }) => pWaic));
  const high = pointwise.flatMap(({ pWaic }, i) => (pWaic > 0.4 ? [i] : []));
  const warnings =
    high.length === 0
      ? []
      : [
          warning(
            "high-p-waic",
            `${high.length} of ${pointwise.length} observations have p_waic above 0.4, where WAIC is unreliable. Use loo().`,
            { rows: high },
          ),
        ];
  const result: Waic = {
    elpdWaic: elpd.sum,
    se: elpd.se,
    pWaic: p.sum,
    sePWaic: p.se,
    waic: -2 * elpd.sum,
    seWaic: 2 * elpd.se,
    pointwise,
    warnings,
  };
  return showAs(result, () => {
    const rows: [string, number, number][] = [
      ["elpd_waic", result.elpdWaic, result.se],
      ["p_waic", result.pWaic, result.sePWaic],
      ["waic", result.waic, result.seWaic],
    ];
    return [estimates(rows), ...warnings.map(({ message }) => message)].join("\n");
  });
}

/** Σ x and its standard error, √(n var x). */
export function totalOf(values: readonly number[]): { sum: number; se: number } {
  const n = values.length;
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + (value - sum / n) ** 2, 0);
  return { sum, se: n > 1 ? Math.sqrt((n * squares) / (n - 1)) : Number.NaN };
}

/** Columns of a matrix of draws × rows, checked. */
function* columnsOf(logLik: LogLikelihood, chains: number): Generator<Float64Array> {
  const S = logLik?.length;
  const rows = logLik?.[0]?.length;
  if (S === undefined) {
    throw new ArgumentError(
      "invalid-log-likelihood",
      `A log-likelihood is a matrix of draws × rows, not ${show(logLik)}.`,
      "Posteriors have loo() and waic() of their own: posterior.loo().",
    );
  }
  const whole = Number.isInteger(chains) && chains >= 1 && S % chains === 0;
  if (!(S > 0 && rows > 0 && whole)) {
    throw new ArgumentError(
      "invalid-log-likelihood",
      whole
        ? "The log-likelihood has no draws or no rows."
        : `${S} draws are not ${show(chains)} chains of one length.`,
      "Pass draws × rows, chain after chain.",
    );
  }
  for (let i = 0; i < rows; i++) {
    const column = new Float64Array(S);
    for (let s = 0; s < S; s++) {
      const value: unknown = logLik[s]?.length === rows ? logLik[s][i] : undefined;
      if (typeof value === "number" && Number.isFinite(value)) {
        column[s] = value;
        continue;
      }
      throw new ArgumentError(
        "invalid-log-likelihood",
        `The log-likelihood of row ${i} at draw ${s} is ${show(logLik[s]?.[i])}; draw 0 has ${rows} rows, this one ${logLik[s]?.length ?? "none"}.`,
        "Pass finite numbers, as many in every draw.",
        { row: i, draw: s },
      );
    }
    yield column;
  }
}

function printLoo(result: Loo): string {
  const worst = Math.max(...result.paretoK);
  const state =
    result.warnings.length > 0
      ? result.warnings.map(({ message }) => message)
      : [`All Pareto k are good (below ${HIGHEST_K}; largest ${significant(worst, 2)}).`];
  const rows: [string, number, number][] = [
    ["elpd_loo", result.elpdLoo, result.se],
    ["p_loo", result.pLoo, result.sePLoo],
    ["looic", result.looic, result.seLooic],
  ];
  return [estimates(rows), ...state].join("\n");
}

function estimates(rows: readonly (readonly [string, number, number])[]): string {
  return textTable([
    wordColumn(
      "",
      rows.map(([name]) => name),
    ),
    { header: "Estimate", cells: rows.map(([, value]) => value.toFixed(1)) },
    { header: "SE", cells: rows.map(([, , se]) => se.toFixed(1)) },
  ]);
}
