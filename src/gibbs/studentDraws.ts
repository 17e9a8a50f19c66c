/**
 * Student-t parts at posterior draws: degrees of freedom, variances, densities, new scales.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { effectDf, RESIDUAL_DF, type Student } from "../model/student.ts";
import type { Draws } from "../posterior/draws.ts";
import type { RandomStream } from "../random/stream.ts";
import { lnGamma } from "../stats/gamma.ts";
import { ln } from "../stats/special.ts";

const LN_PI = 1.1447298858494002;

/** ν of the residuals at every draw; `null` where they are normal. */
export function residualDfs({ student }: LinearMixedModel, draws: Draws): Float64Array | null {
  return dfsOf(student?.residuals ?? null, RESIDUAL_DF, draws);
}

/** ν of the effects of term t at every draw; `null` where they are normal. */
export function effectDfs(
  { student, random }: LinearMixedModel,
  t: number,
  draws: Draws,
): Float64Array | null {
  return dfsOf(student?.effects[t] ?? null, effectDf(random[t].name), draws);
}

function dfsOf(own: Student | null, name: string, draws: Draws): Float64Array | null {
  if (own === null) return null;
  return own.df === null ? draws.get(name) : new Float64Array(draws.size).fill(own.df);
}

/** 1/√λ, λ ~ Gamma(ν/2, ν/2): a normal number times it is Student-t with ν degrees of freedom. */
export function spreadOfStudent(df: number, stream: RandomStream): number {
  return 1 / Math.sqrt(stream.gamma(df / 2, df / 2));
}

/** The constant of the density of a Student-t number at every draw: logΓ((ν + 1)/2) − logΓ(ν/2) − ½ log πν. */
export function logStudentConstants(dfs: Float64Array): Float64Array {
  let last = Number.NaN;
  let constant = 0;
  return dfs.map((df) => {
    if (df !== last) constant = lnGamma((df + 1) / 2) - lnGamma(df / 2) - 0.5 * (LN_PI + ln(df));
    last = df;
    return constant;
  });
}

/**
 * Multiplies variances by ν/(ν − 2), draw by draw; leaves them where ν is `null`.
 *
 * @param what - whose variances they are, for the message
 * @throws {ModelError} `infinite-variance` where ν is 2 or less at some draw
 */
export function timesStudentVariance(variances: Float64Array, dfs: Float64Array | null, what: string): void {
  if (dfs === null) return;
  for (let d = 0; d < variances.length; d++) {
    if (!(dfs[d] > 2)) {
      throw new ModelError(
        "infinite-variance",
        `The variance of ${what} is infinite at ${dfs.reduce((sum, df) => sum + (df > 2 ? 0 : 1), 0)} of ${dfs.length} draws, where they are Student-t with 2 degrees of freedom or fewer.`,
        "Hold the degrees of freedom above 2: student({ df: 4 }).",
      );
    }
    variances[d] *= dfs[d] / (dfs[d] - 2);
  }
}
