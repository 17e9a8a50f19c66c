/**
 * Adjustments of p-values and limits for several comparisons.
 *
 * @module
 */

import { tQuantile, tTwoSided } from "../stats/distributions.ts";
import { studentizedRangeQuantile, studentizedRangeUpper } from "../stats/studentizedRange.ts";

/** How a family of tests is adjusted. */
export type Adjustment = "tukey" | "holm" | "sidak" | "bonferroni" | "none";

/** Their names, for checks and messages. */
export const adjustments: readonly Adjustment[] = ["tukey", "holm", "sidak", "bonferroni", "none"];

/** One test of a family. */
export interface FamilyTest {
  readonly t: number;
  readonly df: number;
}

/**
 * Adjusted two-sided p-values of one family. R: `p.adjust`; Tukey: `ptukey(√2 |t|, means, df)`.
 *
 * NaN (what cannot be estimated) stays NaN and does not count.
 *
 * @param means - number of means whose pairwise differences are tested, for `"tukey"`
 */
export function adjustedP(tests: readonly FamilyTest[], adjust: Adjustment, means: number): number[] {
  const p = tests.map(({ t, df }) => tTwoSided(t, df));
  const order = [...p.keys()].filter((i) => !Number.isNaN(p[i])).sort((a, b) => p[a] - p[b]);
  const m = order.length;
  switch (adjust) {
    case "none":
      return p;
    case "tukey":
      return tests.map(({ t, df }) => studentizedRangeUpper(Math.SQRT2 * Math.abs(t), means, df));
    case "bonferroni":
      return p.map((value) => Math.min(1, m * value));
    case "sidak":
      // 1 − (1 − p)^m without cancellation.
      return p.map((value) => -Math.expm1(m * Math.log1p(-value)));
    case "holm": {
      const out = p.slice();
      let largest = 0;
      order.forEach((i, rank) => {
        largest = Math.max(largest, (m - rank) * p[i]);
        out[i] = Math.min(1, largest);
      });
      return out;
    }
  }
}

/**
 * Half the width of simultaneous intervals, in standard errors. Holm's steps have no intervals of their own: they get
 * Bonferroni's, as in emmeans.
 */
export function criticalValue(
  adjust: Adjustment,
  level: number,
  df: number,
  count: number,
  means: number,
): number {
  switch (adjust) {
    case "none":
      return tQuantile((1 + level) / 2, df);
    case "tukey":
      return studentizedRangeQuantile(1 - level, means, df) / Math.SQRT2;
    case "sidak":
      return tQuantile((1 + level ** (1 / count)) / 2, df);
    default:
      return tQuantile(1 - (1 - level) / (2 * count), df);
  }
}

/** The adjustment in words, for the foot of a table. */
export function adjustmentText(adjust: Adjustment, count: number, means: number): string {
  const names: Record<Adjustment, string> = {
    tukey: `Tukey's method for comparing a family of ${means} means`,
    holm: `Holm's method for ${count} tests (limits by Bonferroni)`,
    sidak: `Šidák's method for ${count} tests`,
    bonferroni: `Bonferroni's method for ${count} tests`,
    none: "not adjusted",
  };
  return adjust === "none"
    ? "P-values and limits are not adjusted."
    : `P-values and limits: ${names[adjust]}.`;
}
