/** Tables of tests from R, and how ours are held against them. */

import type { AnovaRow } from "../../src/reml/anovaTable.ts";
import type { Margins } from "./margins.ts";

/** Columns of an anova table of lmerTest. */
export interface AnovaReference {
  readonly term: readonly string[];
  readonly "Sum Sq": readonly number[];
  readonly NumDF: readonly number[];
  readonly DenDF: readonly number[];
  readonly "F value": readonly number[];
  readonly "Pr(>F)": readonly number[];
}

/** A row of `coef(summary(m))`. */
export type CoefReference = Readonly<
  Record<"Estimate" | "Std. Error" | "df" | "t value" | "Pr(>|t|)", number>
>;

/** What the issue asks of estimates, degrees of freedom and p-values; the references are good to six digits. */
export const RELATIVE = 1e-5;

/** p-values: 1e-5 relative above 1e-6, below 1e-3 of the logarithm. R writes 0 where its own arithmetic ends. */
export function nearP(margins: Margins, what: string, actual: number | undefined, expected: number): void {
  if (expected > 1e-6) margins.near(what, actual, expected, expected, RELATIVE);
  else if (expected > 0) {
    const log = Math.log(expected);
    margins.near(`log ${what}`, Math.log(actual ?? Number.NaN), log, Math.abs(log), 1e-3);
  } else margins.near(what, actual, 0, 1, Number.EPSILON);
}

/** F tests, row by row. */
export function nearAnova(
  margins: Margins,
  what: string,
  rows: readonly AnovaRow[],
  expected: AnovaReference,
): void {
  expected.term.forEach((term, i) => {
    const row = rows.find((candidate) => candidate.term === term);
    const near = (name: string, actual: number | undefined, value: number): void =>
      margins.near(`${what} ${term} ${name}`, actual, value, Math.abs(value), RELATIVE);
    near("sum of squares", row?.sumSq, expected["Sum Sq"][i]);
    near("numDf", row?.numDf, expected.NumDF[i]);
    near("denDf", row?.denDf, expected.DenDF[i]);
    near("F", row?.f, expected["F value"][i]);
    nearP(margins, `${what} ${term} p`, row?.p, expected["Pr(>F)"][i]);
  });
  margins.near(`${what} rows`, rows.length, expected.term.length, 1, 0);
}
