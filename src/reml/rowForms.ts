/**
 * Variances of linear functions of (β, b) at a fit: from one row of X and Z to a half solution of the factor.
 *
 * With a = (Λ′z, R′⁻¹x), x′β + z′b has the prediction-error variance Var(x′(β̂ − β) + z′(b̂ − b)) = σ² a′H⁻¹a:
 * the inverse of Henderson's equations (Henderson 1975, Biometrics 31; Bates et al. 2015, §5.3).
 *
 * @module
 */

import { asFactor, columnOf, type Table } from "../data/table.ts";
import { DataError, listOf, show } from "../errors.ts";
import {
  type HalfRow,
  type HalfSolver,
  halfSolve,
  halfSolver,
  type LevelEntry,
} from "../linalg/halfSolve.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { RowTerm } from "../model/predictionRows.ts";
import { residualRatios } from "./criterion.ts";
import type { Optimum } from "./optimum.ts";

/** The factor of an optimum, ready to take rows. */
export interface RowForms {
  readonly solver: HalfSolver;
  readonly cross: CrossProducts;
  readonly lambda: readonly Float64Array[];
}

/** Prepares the factor of an optimum; valid until its criterion is evaluated again. */
export function rowForms({ problem }: Optimum): RowForms {
  return { solver: halfSolver(problem.factor), cross: problem.cross, lambda: problem.lambda };
}

/**
 * The half solution of x′β + z′b for row i of m.
 *
 * @param X - m × p column-major, in the user's coordinates; `null` leaves β out
 * @param terms - one per random term of the model, `null` for terms that do not count
 */
export function halfRowOf(
  forms: RowForms,
  i: number,
  m: number,
  X: Float64Array | null,
  terms: readonly (RowTerm | null)[],
): HalfRow {
  const x = X === null ? null : workingRow(forms.cross, i, m, X);
  return halfSolve(forms.solver, effectsOfRow(forms, i, m, terms), x);
}

/** Λ′z of row i of m: one entry per factor that the row touches. */
export function effectsOfRow(
  { cross, lambda }: RowForms,
  i: number,
  m: number,
  terms: readonly (RowTerm | null)[],
): LevelEntry[] {
  const rawOf: (Float64Array | undefined)[] = cross.factors.map(() => undefined);
  const levels = new Int32Array(cross.factors.length).fill(-1);
  terms.forEach((term, t) => {
    if (term === null || term.codes[i] < 0) return;
    const { factor: f, offset, k } = cross.places[t];
    levels[f] = term.codes[i];
    rawOf[f] ??= new Float64Array(cross.factors[f].k);
    for (let c = 0; c < k; c++) rawOf[f][offset + c] += term.z[c * m + i] / cross.zScale[f][offset + c];
  });
  return rawOf.flatMap((raw, factor) => {
    if (raw === undefined) return [];
    const k = raw.length;
    const values = new Float64Array(k);
    for (let j = 0; j < k; j++) for (let a = j; a < k; a++) values[j] += lambda[factor][a + j * k] * raw[a];
    return [{ factor, level: levels[factor], values }];
  });
}

/** R′⁻¹x of row i of m: the coefficients of x′β in the coordinates of the orthogonalised X. */
export function workingRow({ p, R }: CrossProducts, i: number, m: number, X: Float64Array): Float64Array {
  const x = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    let value = X[j * m + i];
    for (let c = 0; c < j; c++) value -= R[c + j * p] * x[c];
    x[j] = value / R[j + j * p];
  }
  return x;
}

/** Weight of every row used, n: its residual variance is σ²/weight, w_i/δ² with strata. `null` where all are 1. */
export function rowWeights({ weights, strata }: LinearMixedModel, optimum: Optimum): Float64Array | null {
  if (strata === null) return weights;
  const ratios = residualRatios(optimum.problem, optimum.theta);
  return Float64Array.from(strata.codes, (c, i) => (weights?.[i] ?? 1) / (ratios[c] * ratios[c]));
}

/**
 * The same of new rows, m; with strata the new data must say which one each row is in.
 *
 * @param given - prior weights of the new rows
 * @throws {DataError} `missing-column`, `unseen-level`
 */
export function newRowWeights(
  { strata }: LinearMixedModel,
  optimum: Optimum,
  table: Table,
  given: Float64Array | null,
): Float64Array | null {
  if (strata === null) return given;
  const { name, levels } = strata;
  if (!table.columns.has(name)) {
    throw new DataError(
      "missing-column",
      `The residual standard deviation differs by ${name}, which the new data do not have.`,
      'Add it to every row, or ask for interval: "mean".',
      { columns: [name] },
    );
  }
  const ratios = residualRatios(optimum.problem, optimum.theta);
  const labels = asFactor(columnOf(table, name));
  return Float64Array.from(labels.codes, (code, i) => {
    if (code < 0) return Number.NaN;
    const c = levels.indexOf(labels.levels[code]);
    if (c >= 0) return (given?.[i] ?? 1) / (ratios[c] * ratios[c]);
    throw new DataError(
      "unseen-level",
      `${show(labels.levels[code])} was not seen in ${name} (${listOf(levels)}), so its residual standard deviation is not known.`,
      'Ask for interval: "mean".',
      { column: name, level: labels.levels[code], row: i },
    );
  });
}
