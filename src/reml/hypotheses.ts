/**
 * What each term of a model is tested by: the hypotheses Lβ = 0 of types I, II and III.
 *
 * Type I takes the terms in order, type II each term after all those that do not contain it, type III each term
 * after all others, in a parametrisation that does not depend on the coding of factors: estimable functions of the
 * overparametrised model, those of containing terms projected out (SAS; R: `lmerTest:::get_contrasts_type1`, `type2`,
 * `type3`).
 *
 * @module
 */

import type { LinearPart } from "../formula/algebra.ts";
import { choleskyInto } from "../linalg/cholesky.ts";
import { powerOfTwoBelow } from "../linalg/dense.ts";
import { solveSymmetric } from "../linalg/products.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import { designColumns } from "../model/design.ts";
import type { Variable } from "../model/evaluate.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { analyseRank } from "../model/rank.ts";

/**
 * Type of a hypothesis: `"I"` each term after those before it in the formula, `"II"` after all that do not contain it, `"III"`
 * after all others. SAS.
 */
export type AnovaType = "I" | "II" | "III";

/** The hypothesis that tests one term. */
export interface Hypothesis {
  readonly term: string;
  /** Its number, from 1; 0 is the intercept. */
  readonly index: number;
  /** Rows of L, each of p weights; none when all columns of the term were dropped. */
  readonly rows: readonly Float64Array[];
}

/**
 * The hypotheses of a type, one per term in formula order.
 *
 * Types I and II read the weighted cross-products X′WX of the design; lmerTest leaves the weights out there.
 *
 * @param R - upper triangle of X′WX = R′R ({@link designTriangle})
 */
export function hypotheses(model: LinearMixedModel, type: AnovaType, R: Float64Array): Hypothesis[] {
  const { p, fixed } = model;
  const labels = fixed.termLabels;
  // One term is the last of all, whatever the type.
  const sequential = type === "I" || p <= 1 || labels.length <= 1;
  const rowsOf = sequential ? typeOne(model, R) : type === "II" ? typeTwo(model, R) : typeThree(model);
  return labels.map((term, t) => ({ term, index: t + 1, rows: rowsOf(t + 1) }));
}

/**
 * The hypothesis about the intercept, as nlme's `anova` has it: sequentially, that the intercept is zero in the model
 * without anything else, in the metric of V (the first row of the Cholesky factor of X′V⁻¹X); otherwise the
 * coefficient as it stands. `undefined` without an intercept.
 *
 * @param V - covariance of β̂, p × p
 */
export function interceptHypothesis(
  model: LinearMixedModel,
  type: AnovaType,
  V: Float64Array,
): Hypothesis | undefined {
  const at = model.fixed.assign.indexOf(0);
  if (at < 0) return undefined;
  const alone = unit(model.p, at);
  const row = type === "I" ? solveSymmetric(V, alone, model.p, 1) : alone;
  return { term: "(Intercept)", index: 0, rows: [row.map((value) => value / row[at])] };
}

/** R of X′WX = R′R at a fit; with strata W has the weights over δ_c². p rows. */
export function designTriangle({ R, p, q, xtx, strata }: CrossProducts): Float64Array {
  if (strata === null) return R;
  const L = Float64Array.from({ length: p * p }, (_, at) => xtx[(at % p) + Math.floor(at / p) * q]);
  choleskyInto(L, p);
  return Float64Array.from(R, (_, at) => {
    const i = at % p;
    let sum = 0;
    for (let k = i; k < p; k++) sum += L[k + i * p] * R[k + at - i];
    return sum;
  });
}

/** Which terms contain which: all variables of the other and more, with the same numeric ones. */
export function containingTerms(model: LinearMixedModel): number[][] {
  const { terms, labels } = model.terms.fixed;
  const numeric = (indices: readonly number[]): string =>
    indices.filter((i) => model.variables.get(labels[i])?.kind === "numeric").join();
  return terms.map((inner) =>
    terms.flatMap((outer, t) => {
      const contained = inner.variables.every((i) => outer.variables.includes(i));
      const larger = outer.variables.length > inner.variables.length;
      return contained && larger && numeric(inner.variables) === numeric(outer.variables) ? [t] : [];
    }),
  );
}

type RowsOfTerm = (term: number) => Float64Array[];

/** Rows of the unit upper triangular factor of X′WX: R over its diagonal. */
function typeOne({ fixed, p }: LinearMixedModel, R: Float64Array): RowsOfTerm {
  return (term) =>
    columnsOf(fixed.assign, term).map((i) =>
      Float64Array.from({ length: p }, (_, j) => (j < i ? 0 : R[i + j * p] / R[i + i * p])),
    );
}

/** The same after the columns of a term and of those that contain it are put last. */
function typeTwo(model: LinearMixedModel, R: Float64Array): RowsOfTerm {
  const { fixed, p } = model;
  const containing = containingTerms(model);
  return (term) => {
    const last = [term, ...containing[term - 1].map((t) => t + 1)];
    const own = columnsOf(fixed.assign, term);
    if (last.length === 1) return own.map((j) => unit(p, j));
    const late = last.flatMap((t) => columnsOf(fixed.assign, t));
    const order = [...Array(p).keys()].filter((j) => !late.includes(j)).concat(late);
    const { triangle } = orthogonalise(order.map((j) => R.slice(j * p, (j + 1) * p)));
    return own.map((column) => {
      const i = order.indexOf(column);
      const row = new Float64Array(p);
      for (let j = i; j < p; j++) row[order[j]] = triangle[j][i] / triangle[i][i];
      return row;
    });
  };
}

/**
 * Type III. With X in treatment coding and D the dummy columns of every level of every term, X C = D: row j of C says
 * which function of the parameters of D coefficient j estimates. The rows of a term lose their projection on those
 * of the terms that contain it; what is left, read at the dummies that X keeps, is L, and β = (X⁻X_model) β_model.
 */
function typeThree(model: LinearMixedModel): RowsOfTerm {
  const part = model.terms.fixed;
  const { cells } = model;
  const given = distinctRows(part, cells.variables, cells.n);
  const variables = ofUnitSize(given);
  const n = rowsOf(part, variables);
  const all = designColumns(part, inTreatment(variables), n);
  const { kept } = analyseRank(all.names, all.columns, part.intercept);
  const names = kept.map((j) => all.names[j]);
  const assign = Int32Array.from(kept, (j) => all.assign[j]);
  const solve = solver(kept.map((j) => all.columns[j]));
  const dummies = dummyColumns(part, variables, n);
  // One array per column of D, each with one entry per column of X.
  const C = dummies.map(({ values }) => snapped(solve(values)));
  const position = names.map((name) => dummies.findIndex((dummy) => dummy.name === name));
  const mapped = designColumns(part, variables, n);
  const map = Array.from(model.fixed.kept, (j) => snapped(solve(mapped.columns[j])));
  // Back to the units given: by how much columns are larger there.
  const whole = designColumns(part, given, n).columns;
  const sizes = Array.from(model.fixed.kept, (j) => sizeOf(whole[j]) / sizeOf(mapped.columns[j]));
  const treated = designColumns(part, inTreatment(given), n).columns;
  const units = kept.map((j) => sizeOf(treated[j]) / sizeOf(all.columns[j]));

  const functions: Float64Array[] = names.map((_, j) => Float64Array.from(C, (column) => column[j]));
  const containing = containingTerms(model);
  const byDegree = part.terms
    .map((term, t) => ({ t, degree: term.variables.length }))
    .sort((a, b) => b.degree - a.degree);
  for (const { t } of byDegree) {
    const outer = containing[t].flatMap((other) => columnsOf(assign, other + 1)).map((j) => functions[j]);
    if (outer.length === 0) continue;
    const basis = orthogonalise(outer).basis;
    for (const j of columnsOf(assign, t + 1)) functions[j] = snapped(residualOf(functions[j], basis));
  }
  return (term) =>
    columnsOf(assign, term).flatMap((j) => {
      const own = Float64Array.from(position, (at) => functions[j][at]);
      const row = Float64Array.from(map, (column) => product(column, own));
      const isNothing = row.every((value) => Math.abs(value) <= 1e-8);
      return isNothing ? [] : [row.map((value, i) => (value * sizes[i]) / units[j])];
    });
}

/** The variables with factors in treatment coding. */
function inTreatment(variables: ReadonlyMap<string, Variable>): ReadonlyMap<string, Variable> {
  return new Map(
    [...variables].map(([label, v]) => [label, v.kind === "factor" ? { ...v, contrasts: "treatment" } : v]),
  );
}

/** One column for each combination of levels of each term. */
function dummyColumns(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
  n: number,
): { readonly name: string; readonly values: Float64Array }[] {
  const terms = part.terms.map((term) => ({ ...term, byContrasts: term.byContrasts.map(() => false) }));
  const { names, columns } = designColumns({ ...part, terms }, variables, n);
  return names.map((name, j) => ({ name, values: columns[j] }));
}

/** The variables of a part over one row per combination of levels where all are factors; else over all rows. */
function distinctRows(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
  n: number,
): ReadonlyMap<string, Variable> {
  const own = part.labels.map((label) => variables.get(label) as Variable);
  if (own.some(({ kind }) => kind === "numeric")) return variables;
  const seen = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const key = own.map((v) => (v.kind === "factor" ? v.factor.codes[i] : 0)).join();
    if (!seen.has(key)) seen.set(key, i);
  }
  const rows = Int32Array.from(seen.values());
  return new Map(
    own.map((v): [string, Variable] => {
      if (v.kind === "numeric") return [v.label, v];
      const codes = rows.map((row) => v.factor.codes[row]);
      return [v.label, { ...v, factor: { ...v.factor, codes } }];
    }),
  );
}

/** Numbers in units in which they are near 1, so that rounding is near 1e-16 whatever the data are measured in. */
function ofUnitSize(variables: ReadonlyMap<string, Variable>): ReadonlyMap<string, Variable> {
  const scaled = (column: Float64Array): Float64Array => {
    const size = powerOfTwoBelow(sizeOf(column));
    return column.map((value) => value / size);
  };
  return new Map(
    [...variables].map(([label, v]) => [
      label,
      v.kind === "numeric" ? { ...v, columns: v.columns.map(scaled) } : v,
    ]),
  );
}

/** The largest entry but for its sign; 1 where all are 0. */
function sizeOf(x: Float64Array): number {
  return x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

function rowsOf(part: LinearPart, variables: ReadonlyMap<string, Variable>): number {
  const first = variables.get(part.labels[0]);
  if (first === undefined) return 0;
  return first.kind === "factor" ? first.factor.codes.length : first.columns[0].length;
}

function columnsOf(assign: Int32Array, term: number): number[] {
  return Array.from(assign.keys()).filter((j) => assign[j] === term);
}

function unit(p: number, j: number): Float64Array {
  const row = new Float64Array(p);
  row[j] = 1;
  return row;
}

/** Least-squares coefficients on given independent columns, by Gram–Schmidt, each column twice. */
function solver(columns: readonly Float64Array[]): (y: Float64Array) => Float64Array {
  const { basis, triangle } = orthogonalise(columns, 0);
  return (y) => {
    const b = Float64Array.from(basis, (q) => product(q, y));
    for (let j = b.length - 1; j >= 0; j--) {
      b[j] /= triangle[j][j];
      for (let i = 0; i < j; i++) b[i] -= b[j] * triangle[j][i];
    }
    return b;
  };
}

/**
 * Orthonormal basis of the columns, and each column in it: `triangle[j][i]`, i ≤ j. Dependent columns get none.
 *
 * @param least - share of its length that a column must add; defaults to 1e-10, what rounding leaves of a dependent one
 */
function orthogonalise(
  columns: readonly Float64Array[],
  least = 1e-10,
): {
  basis: Float64Array[];
  triangle: Float64Array[];
} {
  const basis: Float64Array[] = [];
  const triangle: Float64Array[] = [];
  for (const column of columns) {
    const rest = column.slice();
    const along = new Float64Array(columns.length);
    for (let pass = 0; pass < 2; pass++) {
      basis.forEach((q, i) => {
        const dot = product(q, rest);
        along[i] += dot;
        for (let r = 0; r < rest.length; r++) rest[r] -= dot * q[r];
      });
    }
    const norm = Math.sqrt(product(rest, rest));
    triangle.push(along);
    if (!(norm > least * Math.sqrt(product(column, column)))) continue;
    along[basis.length] = norm;
    basis.push(rest.map((value) => value / norm));
  }
  return { basis, triangle };
}

function residualOf(y: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = y.slice();
  for (const q of basis) {
    const dot = product(q, rest);
    for (let i = 0; i < rest.length; i++) rest[i] -= dot * q[i];
  }
  return rest;
}

/** Entries that are zero but for rounding become zero. */
function snapped(x: Float64Array): Float64Array {
  const largest = sizeOf(x);
  return x.map((value) => (Math.abs(value) < 1e-11 * largest ? 0 : value));
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
