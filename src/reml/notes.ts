/**
 * What there is to say about tables of a fit.
 *
 * @module
 */

import { significant } from "../data/format.ts";
import { type Warning, warning } from "../errors.ts";
import { tQuantile } from "../stats/distributions.ts";
import { normalQuantile } from "../stats/normal.ts";
import type { CoefTableRow } from "./tests.ts";
import type { ParameterEstimate } from "./wald.ts";

/** Rows with notes on them, which are made when first asked for. */
export type Noted<Row> = Row[] & { readonly warnings: readonly Warning[] };

/** Gives rows their notes, as a property that is not enumerable. */
export function noted<Row>(rows: Row[], notes: () => readonly Warning[]): Noted<Row> {
  let made: readonly Warning[] | undefined;
  const get = (): readonly Warning[] => {
    made ??= notes();
    return made;
  };
  return Object.defineProperty(rows, "warnings", { get }) as Noted<Row>;
}

/** `interval-at-boundary` for every SD estimated as 0 and every correlation as ±1. */
export function boundaryNotes(estimates: readonly ParameterEstimate[]): Warning[] {
  return estimates
    .filter(({ boundary }) => boundary)
    .map(({ variable, estimate }) =>
      warning(
        "interval-at-boundary",
        `${variable} is estimated as ${significant(estimate, 3)}, the end of its range: its interval has one end there, and no standard error stands behind it.`,
        { variable, estimate },
      ),
    );
}

/**
 * `z-too-narrow`: what the normal distribution leaves out, by the smallest of Satterthwaite's degrees of freedom.
 *
 * @param tested - the table with Satterthwaite's degrees of freedom
 */
export function zNotes(tested: readonly CoefTableRow[]): Warning[] {
  const row = tested.reduce((a, b) => (b.df < a.df ? b : a));
  if (!Number.isFinite(row.df)) return [];
  const wider = 100 * (tQuantile(0.975, row.df) / normalQuantile(0.975) - 1);
  if (!(wider > 1)) return [];
  const text = `z takes the variances for known; with the ${significant(row.df, 3)} degrees of freedom of ${row.term} a 95% interval by t is ${significant(wider, 2)}% wider.`;
  const details = { term: row.term, df: row.df, wider };
  return [warning("z-too-narrow", text, details, 'fit.coefTable({ df: "satterthwaite" })')];
}
