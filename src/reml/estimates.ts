/**
 * What is read off an optimum: fixed effects and their covariance, variance components, conditional modes with
 * their variances, fitted values and residuals. All results are in the units of the data.
 *
 * @module
 */

import { solveLowerTransposedInto } from "../linalg/cholesky.ts";
import { effectStarts } from "../linalg/residual.ts";
import { selectedInverse } from "../linalg/selectedInverse.ts";
import { inverseFromUpperInto } from "../linalg/tiles.ts";
import { fixedEffectsFromWorkingInto } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { symmetricFactorInto } from "../model/structures.ts";
import { residualRatios, residualVariance } from "./criterion.ts";
import type { Optimum } from "./optimum.ts";

/** A row of `varCorr()`: a variance (`term2` null) or a covariance. */
export interface VarCorrRow {
  /** Grouping factor, or `Residual`; `term1` is then the stratum, where there are any. */
  readonly group: string;
  readonly term1: string | null;
  readonly term2: string | null;
  /** Variance or covariance. */
  readonly covariance: number;
  /** Standard deviation or correlation (NaN where an SD is zero). */
  readonly sdCorrelation: number;
}

/** A row of `ranef()`. */
export interface RanefRow {
  readonly group: string;
  readonly level: string;
  readonly term: string;
  /** Conditional mode (BLUP). */
  readonly mode: number;
  /** Conditional standard deviation given the data, β and θ. */
  readonly sd: number;
}

/** A row of `coef()`: fixed effect plus conditional mode. */
export interface CoefRow {
  readonly group: string;
  readonly level: string;
  readonly term: string;
  readonly value: number;
}

/** Residual standard deviation at the optimum, or the known one; with strata that of the first. */
export function residualSd({ problem, pwrss }: Pick<Optimum, "problem" | "pwrss">): number {
  return Math.sqrt(residualVariance(problem, pwrss)) * problem.cross.yScale;
}

/** Residual standard deviations of the strata; one number without them. */
export function residualSds(optimum: Optimum): number[] {
  const sigma = residualSd(optimum);
  const ratios = residualRatios(optimum.problem, optimum.theta);
  return ratios.length === 0 ? [sigma] : ratios.map((delta) => sigma * delta);
}

/** Fixed effects, p, in the coordinates of X. */
export function fixedEffects({ problem }: Optimum): Float64Array {
  const beta = new Float64Array(problem.cross.p);
  fixedEffectsFromWorkingInto(beta, problem.cross, problem.beta);
  return beta;
}

/** Covariance of the fixed effects, σ² (X′V⁻¹X)⁻¹ = σ² R⁻¹ (L_X L_X′)⁻¹ R′⁻¹, p × p. */
export function fixedCovariance(optimum: Pick<Optimum, "problem" | "pwrss">): Float64Array {
  const { factor, cross } = optimum.problem;
  const { p, R } = cross;
  const sigma = residualSd(optimum);
  const order = factor.plan.core;
  const first = factor.plan.coreColumns;
  const inner = new Float64Array(p * p);
  const block = new Float64Array(p * p);
  for (let j = 0; j < p; j++)
    for (let i = 0; i <= j; i++) block[i + j * p] = factor.core[first + i + (first + j) * order];
  inverseFromUpperInto(inner, p, block, p);
  // R⁻¹ from both sides: R′ is lower triangular, so its transposed solve is R⁻¹.
  const lower = new Float64Array(p * p);
  for (let j = 0; j < p; j++) for (let i = j; i < p; i++) lower[i + j * p] = R[j + i * p];
  const V = inner.slice();
  solveLowerTransposedInto(V, 0, lower, 0, p, p);
  transpose(V, p);
  solveLowerTransposedInto(V, 0, lower, 0, p, p);
  for (let i = 0; i < p * p; i++) V[i] *= sigma * sigma;
  return V;
}

function transpose(A: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < j; i++) {
      const held = A[i + j * n];
      A[i + j * n] = A[j + i * n];
      A[j + i * n] = held;
    }
  }
}

/** Λ of each random term in the units of the data, k × k lower, so that Σ = σ² Λ Λ′. */
export function relativeFactors({ problem, theta }: Optimum): Float64Array[] {
  const { cross } = problem;
  let at = 0;
  return cross.places.map(({ factor, offset, k, structure }) => {
    const L = new Float64Array(k * k);
    if (structure === "cs") {
      const scale = cross.zScale[factor][offset];
      symmetricFactorInto(L, k, theta[at] / scale, theta[at + 1] / scale);
      at += 2;
      return L;
    }
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++) L[i + j * k] = theta[at++] / cross.zScale[factor][offset + i];
    }
    return L;
  });
}

/** Covariance matrix Σ of each random term, k × k. */
export function covariances(optimum: Optimum): Float64Array[] {
  const variance = residualSd(optimum) ** 2;
  return relativeFactors(optimum).map((L) => {
    const k = Math.round(Math.sqrt(L.length));
    const S = new Float64Array(k * k);
    for (let j = 0; j < k; j++) {
      for (let i = 0; i < k; i++) {
        let sum = 0;
        for (let c = 0; c < k; c++) sum += L[i + c * k] * L[j + c * k];
        S[i + j * k] = variance * sum;
      }
    }
    return S;
  });
}

/** Variances, then covariances, of each term; the residual last. lme4: `as.data.frame(VarCorr(m))`. */
export function varCorrRows(model: LinearMixedModel, optimum: Optimum): VarCorrRow[] {
  const rows: VarCorrRow[] = [];
  covariances(optimum).forEach((S, t) => {
    const { group, columns } = model.random[t];
    const k = columns.length;
    columns.forEach((term1, i) => {
      rows.push({
        group,
        term1,
        term2: null,
        covariance: S[i + i * k],
        sdCorrelation: Math.sqrt(S[i + i * k]),
      });
    });
    for (let j = 0; j < k; j++) {
      for (let i = j + 1; i < k; i++) {
        const covariance = S[i + j * k];
        const sdCorrelation = covariance / Math.sqrt(S[i + i * k] * S[j + j * k]);
        rows.push({ group, term1: columns[j], term2: columns[i], covariance, sdCorrelation });
      }
    }
  });
  residualSds(optimum).forEach((sigma, c) => {
    const term1 = model.strata?.levels[c] ?? null;
    rows.push({ group: "Residual", term1, term2: null, covariance: sigma * sigma, sdCorrelation: sigma });
  });
  return rows;
}

/** Conditional modes b = Λu of each term, level after level, k numbers each. */
export function conditionalModes({ problem }: Optimum): Float64Array[] {
  const { cross, lambda, u } = problem;
  const starts = effectStarts(cross);
  return cross.places.map(({ factor: f, offset, k }) => {
    const size = cross.factors[f].k;
    const start = starts[f];
    const modes = new Float64Array(cross.factors[f].levels * k);
    for (let level = 0; level < cross.factors[f].levels; level++) {
      for (let i = 0; i < k; i++) {
        let sum = 0;
        for (let c = 0; c <= i; c++) {
          sum += lambda[f][offset + i + (offset + c) * size] * u[start + level * size + offset + c];
        }
        modes[level * k + i] = (sum * cross.yScale) / cross.zScale[f][offset + i];
      }
    }
    return modes;
  });
}

/** Conditional variances σ² Λ (H⁻¹)_jj Λ′ of each term, level after level, k × k each. lme4: `condVar`. */
export function conditionalVariances(optimum: Optimum): Float64Array[] {
  const { cross, factor, lambda } = optimum.problem;
  const { blocks } = selectedInverse(factor, false);
  const variance = residualSd(optimum) ** 2;
  return cross.places.map(({ factor: f, offset, k }) => {
    const size = cross.factors[f].k;
    const out = new Float64Array(cross.factors[f].levels * k * k);
    for (let level = 0; level < cross.factors[f].levels; level++) {
      for (let j = 0; j < k; j++) {
        for (let i = 0; i < k; i++) {
          let sum = 0;
          for (let a = 0; a <= i; a++) {
            for (let b = 0; b <= j; b++) {
              sum +=
                lambda[f][offset + i + (offset + a) * size] *
                blocks[f][level * size * size + offset + a + (offset + b) * size] *
                lambda[f][offset + j + (offset + b) * size];
            }
          }
          out[level * k * k + i + j * k] =
            (variance * sum) / (cross.zScale[f][offset + i] * cross.zScale[f][offset + j]);
        }
      }
    }
    return out;
  });
}

/** Conditional modes with their standard deviations, term after term. lme4: `ranef(m, condVar = TRUE)`. */
export function ranefRows(model: LinearMixedModel, optimum: Optimum): RanefRow[] {
  const modes = conditionalModes(optimum);
  const variances = conditionalVariances(optimum);
  return model.random.flatMap(({ group, levels, columns }, t) => {
    const k = columns.length;
    return levels.flatMap((level, j) =>
      columns.map((term, i) => ({
        group,
        level,
        term,
        mode: modes[t][j * k + i],
        sd: Math.sqrt(variances[t][j * k * k + i + i * k]),
      })),
    );
  });
}

/** Fixed effects plus conditional modes, one row per group, level and coefficient. lme4: `coef(m)`. */
export function coefRows(model: LinearMixedModel, optimum: Optimum): CoefRow[] {
  const beta = fixedEffects(optimum);
  const modes = conditionalModes(optimum);
  const groups = new Map<string, Map<string, number[]>>();
  model.random.forEach(({ group, levels, columns }, t) => {
    const terms =
      groups.get(group) ?? new Map(model.fixed.names.map((name, c) => [name, levels.map(() => beta[c])]));
    columns.forEach((name, i) => {
      const values = terms.get(name) ?? levels.map(() => 0);
      terms.set(
        name,
        values.map((value, j) => value + modes[t][j * columns.length + i]),
      );
    });
    groups.set(group, terms);
  });
  const rows: CoefRow[] = [];
  for (const [group, terms] of groups) {
    const { levels } = model.random.find((term) => term.group === group)!;
    levels.forEach((level, j) => {
      for (const [term, values] of terms) rows.push({ group, level, term, value: values[j] });
    });
  }
  return rows;
}

/** Fitted values Xβ + Zb + offset of the rows used, n. */
export function fittedValues(model: LinearMixedModel, optimum: Optimum): Float64Array {
  const { n, p } = model;
  const beta = fixedEffects(optimum);
  const out = model.offset === null ? new Float64Array(n) : model.offset.slice();
  for (let c = 0; c < p; c++) for (let i = 0; i < n; i++) out[i] += beta[c] * model.fixed.values[c * n + i];
  conditionalModes(optimum).forEach((modes, t) => {
    const { codes, z, columns } = model.random[t];
    const k = columns.length;
    for (let c = 0; c < k; c++) for (let i = 0; i < n; i++) out[i] += z[c * n + i] * modes[codes[i] * k + c];
  });
  return out;
}

/** Spreads values of the rows used over the rows of the data, NaN where a row was left out. */
export function alignToInput(model: LinearMixedModel, values: Float64Array): Float64Array {
  const out = new Float64Array(model.inputRows).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) out[model.rows[i]] = values[i];
  return out;
}
