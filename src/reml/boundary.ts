/**
 * Likelihood-ratio tests where a variance may be zero.
 *
 * A variance under test lies on the edge of its range when it is zero, and the likelihood ratio then falls short of
 * χ²: adding one row and column to an unstructured k × k covariance matrix gives the mixture ½χ²_k + ½χ²_{k+1}
 * (Self & Liang 1987, JASA 82; Stram & Lee 1994, Biometrics 50, case 2).
 *
 * @module
 */

import { chiSquareUpper } from "../stats/distributions.ts";

/** A likelihood-ratio test. */
export interface RatioTest {
  /** By the distribution that `reference` names. */
  readonly p: number;
  /** By χ² with as many degrees of freedom as parameters, as lme4 and lmerTest have it. */
  readonly pNaive: number;
  /** `χ²₁`, or a mixture such as `½χ²₀ + ½χ²₁`. */
  readonly reference: string;
}

/**
 * The test of a ratio statistic.
 *
 * @param chisq - twice the difference of the log-likelihoods
 * @param df - parameters more
 * @param beside - when one variance is added: columns that the random term has without it, whose covariances with
 * the new one are free; `null` otherwise
 */
export function ratioTest(chisq: number, df: number, beside: number | null): RatioTest {
  // Below 1e-9 the two criteria are the same number.
  const statistic = chisq < 1e-9 ? 0 : chisq;
  const pNaive = df === 0 ? Number.NaN : chiSquareUpper(statistic, df);
  if (beside === null) return { p: pNaive, pNaive, reference: `χ²${small(df)}` };
  const lower = beside === 0 ? Number(statistic <= 0) : chiSquareUpper(statistic, beside);
  const p = statistic <= 0 ? 1 : (lower + chiSquareUpper(statistic, beside + 1)) / 2;
  return { p, pNaive, reference: `½χ²${small(beside)} + ½χ²${small(beside + 1)}` };
}

function small(n: number): string {
  return [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}
