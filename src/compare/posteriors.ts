/**
 * Posteriors of the same rows side by side.
 *
 * @module
 */

import { fixed, type PrintedColumn, showAs, textTable, wordColumn } from "../data/format.ts";
import { checkKind, type Warning, warning } from "../errors.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { checkSameData } from "../model/sameData.ts";
import type { Loo } from "../posterior/loo.ts";
import { type LooDifference, looCompare } from "../posterior/looCompare.ts";
import { decimalsFor, intervalCell } from "./print.ts";

/** One variable of one posterior. */
export interface ComparedPosterior {
  readonly mean: number;
  readonly sd: number;
  /** Ends of the central 95% interval. */
  readonly low: number;
  readonly high: number;
}

/** One variable of all posteriors. */
export interface PosteriorComparisonRow {
  readonly variable: string;
  /** One per posterior; `null` for those that do not have the variable. */
  readonly posteriors: readonly (ComparedPosterior | null)[];
  /** (mean − mean of the first) / √(sd² + sd² of the first), one per posterior; `null` where one of them has no such. */
  readonly differences: readonly (number | null)[];
}

/** Posteriors side by side; prints as a table. */
export interface PosteriorComparison {
  readonly formulas: readonly string[];
  readonly rows: readonly PosteriorComparisonRow[];
  /** `same-seed`, and what the posteriors themselves say. */
  readonly warnings: readonly Warning[];
  /** `looCompare` of the posteriors, which are called by their numbers, from 1; made when first asked for. */
  readonly loo: readonly LooDifference[];
  toString(): string;
}

/**
 * Holds posteriors of the same rows side by side; see `compare`.
 *
 * @throws {ModelError} `different-rows`, `different-response`, `different-weights`, `different-offset`
 * @throws {ArgumentError} `invalid-argument`
 */
export function comparePosteriors(posteriors: readonly Posterior[]): PosteriorComparison {
  for (const one of posteriors) {
    checkKind(
      "compare()",
      one,
      ["draws", "model", "loo"],
      "posteriors, or a posterior and a fit",
      "Write compare(a, b, …) or compare(posterior, fit).",
    );
  }
  const [first, ...others] = posteriors;
  for (const other of others) checkSameData(first.model, other.model);
  const summaries = posteriors.map((posterior) => posterior.summary());
  const rows = variablesOf(posteriors).map((variable): PosteriorComparisonRow => {
    const own = summaries.map((summary): ComparedPosterior | null => {
      const row = summary.find((one) => one.variable === variable);
      return row === undefined ? null : { mean: row.mean, sd: row.sd, low: row["q2.5"], high: row["q97.5"] };
    });
    return { variable, posteriors: own, differences: own.map((one) => differenceOf(one, own[0])) };
  });
  const warnings = [...sameSeeds(posteriors), ...posteriors.flatMap((one) => one.warnings)];
  const formulas = posteriors.map(({ model }) => model.formula);
  let loos: readonly Loo[] | undefined;
  const loosOf = (): readonly Loo[] => {
    loos ??= posteriors.map((posterior) => posterior.loo());
    return loos;
  };
  const byLoo = (): LooDifference[] =>
    looCompare(Object.fromEntries(loosOf().map((loo, k) => [String(k + 1), loo])));
  const comparison = Object.defineProperty({ formulas, rows, warnings }, "loo", { get: byLoo });
  return showAs(comparison as unknown as PosteriorComparison, () =>
    [
      `Posteriors of ${first.model.response.name}, ${first.model.n} rows`,
      ...posteriors.map(
        ({ model, scheme, seed }, k) => `${k + 1}: ${model.formula} (${scheme.name}, seed ${seed})`,
      ),
      tableOf(rows),
      "",
      "Leave-one-out",
      looTable(byLoo()),
      ...loosOf().flatMap((loo, k) => loo.warnings.map(({ message }) => `${k + 1}: ${message}`)),
      ...sameSeeds(posteriors).map(({ message }) => message),
    ].join("\n"),
  );
}

/** β, then SDs, correlations, σ and degrees of freedom, each in order of first appearance. */
function variablesOf(posteriors: readonly Posterior[]): string[] {
  const found = posteriors.flatMap(({ draws }) => draws.info);
  return ["fixed", "sd", "cor", "sigma", "df"].flatMap((kind) => [
    ...new Set(found.filter((info) => info.kind === kind).map(({ name }) => name)),
  ]);
}

function differenceOf(one: ComparedPosterior | null, first: ComparedPosterior | null): number | null {
  if (one === null || first === null) return null;
  // A parameter that both hold has no sd.
  if (one.mean === first.mean) return 0;
  return (one.mean - first.mean) / Math.sqrt(one.sd * one.sd + first.sd * first.sd);
}

function sameSeeds(posteriors: readonly Posterior[]): Warning[] {
  const bySeed = new Map<number, number[]>();
  posteriors.forEach(({ seed }, k) => {
    bySeed.set(seed, [...(bySeed.get(seed) ?? []), k + 1]);
  });
  return [...bySeed].flatMap(([seed, which]) =>
    which.length < 2
      ? []
      : [
          warning(
            "same-seed",
            `Posteriors ${which.join(" and ")} have seed ${seed}: their Monte Carlo errors are not independent.`,
            { seed, posteriors: which },
          ),
        ],
  );
}

function tableOf(rows: readonly PosteriorComparisonRow[]): string {
  const decimals = rows.map(({ posteriors }) =>
    decimalsFor(Math.min(...posteriors.flatMap((one) => (one === null || one.sd === 0 ? [] : [one.sd])))),
  );
  const columns: PrintedColumn[] = [
    wordColumn(
      "",
      rows.map(({ variable }) => variable),
    ),
  ];
  rows[0].posteriors.forEach((_, k) => {
    const cells = (text: (one: ComparedPosterior, digits: number) => string): string[] =>
      rows.map(({ posteriors }, r) => {
        const one = posteriors[k];
        return one === null ? "" : text(one, decimals[r]);
      });
    columns.push({ header: `${k + 1}: mean`, cells: cells(({ mean }, digits) => fixed(mean, digits)) });
    columns.push({ header: "sd", cells: cells(({ sd }, digits) => fixed(sd, digits)) });
    columns.push({
      header: "95% CI",
      cells: cells(({ low, high }, digits) => intervalCell(low, high, digits)),
    });
    if (k === 0) return;
    const difference = rows.map(({ differences }) => differences[k]);
    columns.push({
      header: `${k + 1}-1`,
      cells: difference.map((value) => (value === null ? "" : fixed(value, 2))),
    });
  });
  return textTable(columns, { gap: "  " });
}

function looTable(rows: readonly LooDifference[]): string {
  const column = (header: string, pick: (row: LooDifference) => number) => ({
    header,
    cells: rows.map((row) => fixed(pick(row), 1)),
  });
  return textTable(
    [
      wordColumn(
        "",
        rows.map(({ name }) => name),
      ),
      column("elpd_loo", ({ elpdLoo }) => elpdLoo),
      column("se", ({ se }) => se),
      column("elpd_diff", ({ elpdDiff }) => elpdDiff),
      column("se_diff", ({ seDiff }) => seDiff),
    ],
    { gap: "  " },
  );
}
