/**
 * Tests of linear functions of the fixed effects, by five rules for the degrees of freedom.
 *
 * @module
 */

import { oneOf } from "../errors.ts";
import { multiply, solveSymmetric } from "../linalg/products.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { symmetricEigen } from "../stats/symmetric.ts";
import { containment } from "./containment.ts";
import { fixedCovariance, fixedEffects } from "./estimates.ts";
import { kenwardRoger } from "./kenwardRoger.ts";
import { kenwardRogerTest } from "./kenwardRogerTest.ts";
import type { Optimum } from "./optimum.ts";
import { denominatorDf, quadratic, satterthwaiteDf, sensitivity } from "./satterthwaite.ts";

/** How denominator degrees of freedom are found. */
export type DfMethod = "satterthwaite" | "kenward-roger" | "containment" | "residual" | "z";

/** Their names, for checks and messages. */
export const dfMethods: readonly DfMethod[] = [
  "satterthwaite",
  "kenward-roger",
  "containment",
  "residual",
  "z",
];

/** The method in the words of a table's heading. */
export function dfMethodName(df: DfMethod): string {
  return {
    satterthwaite: "Satterthwaite's method",
    "kenward-roger": "Kenward-Roger's method",
    containment: "containment degrees of freedom",
    residual: "residual degrees of freedom",
    z: "normal (z) tests",
  }[df];
}

/** One linear function l′β. */
export interface SingleTest {
  readonly estimate: number;
  readonly se: number;
  /** ∞ for `"z"`. */
  readonly df: number;
}

/** Several linear functions at once, Lβ = 0. */
export interface JointTest {
  /** Wald statistic over its degrees of freedom, with Kenward and Roger's adjusted covariance but not their scale. */
  readonly unscaled: number;
  /** The F statistic. */
  readonly f: number;
  readonly numDf: number;
  readonly denDf: number;
}

/** A fit ready for tests. */
export interface Inference {
  readonly df: DfMethod;
  readonly beta: Float64Array;
  /** Covariance of β̂ behind the standard errors, p × p: Kenward and Roger's Φ_A where that is the method. */
  readonly covariance: Float64Array;
  single(l: Float64Array): SingleTest;
  /**
   * @param rows - rows of L, each of p weights
   * @param term - the term tested, which containment goes by
   */
  joint(rows: readonly Float64Array[], term?: number): JointTest;
}

/** Checks an option `df`; defaults to `"satterthwaite"`. */
export function dfMethodOf(value: unknown): DfMethod {
  return oneOf("df", value ?? "satterthwaite", dfMethods);
}

/**
 * Prepares tests of a fit.
 *
 * @throws {ModelError} `kenward-roger-needs-reml`, `too-large`
 */
export function inferenceOf(model: LinearMixedModel, optimum: Optimum, df: DfMethod): Inference {
  const V = fixedCovariance(optimum);
  return testsBy(df, fixedEffects(optimum), V, rules(model, optimum, df, V));
}

function testsBy(df: DfMethod, beta: Float64Array, V: Float64Array, rule: Rules): Inference {
  const { covariance } = rule;
  return {
    df,
    beta,
    covariance,
    single: (l) => ({
      estimate: l.reduce((sum, weight, j) => sum + weight * beta[j], 0),
      se: Math.sqrt(quadratic(l, covariance)),
      df: rule.single(l),
    }),
    joint: (rows, term) => {
      const full = fullRank(rows, V);
      const numDf = full.length;
      if (numDf === 0) return { unscaled: Number.NaN, f: Number.NaN, numDf, denDf: Number.NaN };
      const unscaled = wald(full, beta, covariance) / numDf;
      const { denDf, scale } = rule.joint(full, term);
      return { unscaled, f: scale * unscaled, numDf, denDf };
    },
  };
}

/** Tests by a given covariance and residual degrees of freedom: those of an ordinary linear model. */
export function residualInference(beta: Float64Array, covariance: Float64Array, df: number): Inference {
  const given: Rules = { covariance, single: () => df, joint: () => ({ denDf: df, scale: 1 }) };
  return testsBy("residual", beta, covariance, given);
}

interface Rules {
  readonly covariance: Float64Array;
  single(l: Float64Array): number;
  joint(rows: readonly Float64Array[], term?: number): { denDf: number; scale: number };
}

function rules(model: LinearMixedModel, optimum: Optimum, df: DfMethod, V: Float64Array): Rules {
  switch (df) {
    case "satterthwaite": {
      const parts = sensitivity(optimum);
      const single = (l: Float64Array): number => satterthwaiteDf(parts, l, quadratic(l, V));
      return {
        covariance: V,
        single,
        joint: (rows) => ({ denDf: denominatorDf(rows.map(single)), scale: 1 }),
      };
    }
    case "kenward-roger": {
      const parts = kenwardRoger(optimum);
      return {
        covariance: parts.adjusted,
        single: (l) => kenwardRogerTest(parts, [l]).denDf,
        joint: (rows) => kenwardRogerTest(parts, rows),
      };
    }
    case "containment": {
      const { coefficients, terms } = containment(model);
      // emmeans's tolerance for a weight that takes part.
      const least = (rows: readonly Float64Array[]): number =>
        coefficients.reduce(
          (most, value, j) => (rows.some((l) => Math.abs(l[j]) > 1e-4) ? Math.min(most, value) : most),
          Number.POSITIVE_INFINITY,
        );
      return {
        covariance: V,
        single: (l) => least([l]),
        joint: (rows, term) => ({ denDf: term === undefined ? least(rows) : terms[term], scale: 1 }),
      };
    }
    default: {
      const denDf = df === "z" ? Number.POSITIVE_INFINITY : model.n - model.p;
      return { covariance: V, single: () => denDf, joint: () => ({ denDf, scale: 1 }) };
    }
  }
}

/**
 * Independent rows that span those of L: its eigenvectors in the metric of LVL′, so that the estimates of the new
 * rows are uncorrelated. The rank is judged on correlations, free of the units of the rows.
 */
function fullRank(rows: readonly Float64Array[], V: Float64Array): Float64Array[] {
  const m = rows.length;
  if (m === 1) return quadratic(rows[0], V) > 0 ? [rows[0]] : [];
  const p = rows[0]?.length ?? 0;
  const C = new Float64Array(m * m);
  rows.forEach((a, i) => {
    const Va = multiply(V, p, p, a, 1);
    rows.forEach((b, j) => {
      C[i + j * m] = b.reduce((sum, weight, c) => sum + weight * Va[c], 0);
    });
  });
  const sd = Float64Array.from({ length: m }, (_, i) => Math.sqrt(C[i + i * m]) || 1);
  const correlations = symmetricEigen(
    C.map((value, e) => value / (sd[e % m] * sd[Math.floor(e / m)])),
    m,
  ).values;
  // 1.5e-8, the square root of the rounding unit, as lmerTest has it.
  const rank = correlations.filter((value) => value > 1.5e-8).length;
  const { values, vectors } = symmetricEigen(C, m);
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
  return order.slice(0, rank).map((e) => {
    const row = new Float64Array(p);
    rows.forEach((l, i) => {
      for (let c = 0; c < p; c++) row[c] += vectors[i + e * m] * l[c];
    });
    return row;
  });
}

/** (Lβ)′(LCL′)⁻¹Lβ. */
function wald(rows: readonly Float64Array[], beta: Float64Array, C: Float64Array): number {
  const m = rows.length;
  const p = beta.length;
  const middle = new Float64Array(m * m);
  rows.forEach((a, i) => {
    const Ca = multiply(C, p, p, a, 1);
    rows.forEach((b, j) => {
      middle[i + j * m] = b.reduce((sum, weight, c) => sum + weight * Ca[c], 0);
    });
  });
  const estimates = Float64Array.from(rows, (l) => l.reduce((sum, weight, j) => sum + weight * beta[j], 0));
  const solved = solveSymmetric(middle, estimates, m, 1);
  return estimates.reduce((sum, value, i) => sum + value * solved[i], 0);
}
