/**
 * Denominator degrees of freedom by containment: a coefficient is tested against the stratum of the design in which
 * its column varies.
 *
 * nlme's inner–outer rule (Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, §2.4.2; R: `nlme:::getFixDF`):
 * a column that varies within the levels of every group belongs to the residual, otherwise to the coarsest group
 * within whose levels it is constant. A stratum has as many degrees of freedom as it adds levels to what lies
 * outside it, less the coefficients tested in it; the intercept gets the largest of all. For crossed groups, which
 * nlme does not fit, "what lies outside" is the rank of the indicators of the groups that contain the stratum.
 *
 * @module
 */

import type { LinearMixedModel } from "../model/linearMixedModel.ts";

/** Denominator degrees of freedom by containment. */
export interface Containment {
  /** One per coefficient. */
  readonly coefficients: readonly number[];
  /** One per term: 0 the intercept (NaN without one), t the t-th of `model.fixed.termLabels`. */
  readonly terms: readonly number[];
}

/** A grouping factor, one code per row. */
interface Grouping {
  readonly codes: Int32Array;
  readonly levels: number;
}

const known = new WeakMap<LinearMixedModel, Containment>();

/** Containment degrees of freedom of a model; they depend on the design alone. */
export function containment(model: LinearMixedModel): Containment {
  const found = known.get(model) ?? strataOf(model);
  known.set(model, found);
  return found;
}

function strataOf(model: LinearMixedModel): Containment {
  const { n, p, fixed } = model;
  const groups: Grouping[] = [];
  for (const { codes, levels } of model.random) {
    if (!groups.some((group) => group.codes === codes)) groups.push({ codes, levels: levels.length });
  }
  groups.sort((a, b) => a.levels - b.levels);
  const intercept = fixed.assign.indexOf(0);
  const residual = groups.length;
  const stratumOf = (j: number): number => {
    const column = fixed.values.subarray(j * n, (j + 1) * n);
    const at = groups.findIndex((group) => isConstantWithin(column, group));
    return at < 0 ? residual : at;
  };
  const strata = Array.from({ length: p }, (_, j) => (j === intercept ? -1 : stratumOf(j)));
  const added = [...groups, undefined].map((group) => {
    const outside = groups.filter(
      (other) => group === undefined || (other !== group && isNested(group, other)),
    );
    // A root stratum gives up one degree to the intercept.
    const given = outside.length > 0 ? rankOf(outside) : intercept < 0 ? 0 : 1;
    return (group === undefined ? n : group.levels) - given + (intercept < 0 && outside.length > 0 ? 1 : 0);
  });
  const termCount = fixed.termLabels.length;
  const termStratum = Array.from({ length: termCount + 1 }, (_, t) =>
    t === 0 ? -1 : strata.reduce((most, s, j) => (fixed.assign[j] === t ? Math.max(most, s) : most), -1),
  );
  const left = (strataOfColumns: readonly number[]): number[] =>
    added.map((df, s) => df - strataOfColumns.filter((other) => other === s).length);
  const byColumn = left(strata);
  const byTerm = left(strata.map((s, j) => (s < 0 ? s : termStratum[fixed.assign[j]])));
  const largest = (dfs: readonly number[]): number => Math.max(...dfs);
  return {
    coefficients: strata.map((s) => (s < 0 ? largest(byColumn) : byColumn[s])),
    terms: termStratum.map((s, t) => {
      if (t === 0) return intercept < 0 ? Number.NaN : largest(byTerm);
      return s < 0 ? Number.NaN : byTerm[s];
    }),
  };
}

/** nlme's tolerance, relative to the first value of a group. */
const SAME = 1.5e-8;

function isConstantWithin(column: Float64Array, { codes, levels }: Grouping): boolean {
  const first = new Float64Array(levels).fill(Number.NaN);
  for (let i = 0; i < column.length; i++) {
    const value = first[codes[i]];
    if (Number.isNaN(value)) first[codes[i]] = column[i];
    else if (Math.abs(column[i] - value) > SAME * (value === 0 ? 1 : Math.abs(value))) return false;
  }
  return true;
}

/** Whether every level of `inner` meets one level of `outer` only. */
function isNested(inner: Grouping, outer: Grouping): boolean {
  const seen = new Int32Array(inner.levels).fill(-1);
  for (let i = 0; i < inner.codes.length; i++) {
    const level = seen[inner.codes[i]];
    if (level < 0) seen[inner.codes[i]] = outer.codes[i];
    else if (level !== outer.codes[i]) return false;
  }
  return true;
}

/** Most columns of indicators whose rank is found by elimination. */
const MOST_COLUMNS = 2000;

/**
 * Rank of the indicators of some groups side by side. Groups that contain another one add nothing; two crossed ones
 * lose one degree per connected part of their table; more are eliminated.
 */
function rankOf(groups: readonly Grouping[]): number {
  const inner = groups.filter(
    (group, g) =>
      !groups.some((other, o) => o !== g && isNested(other, group) && (!isNested(group, other) || o < g)),
  );
  const columns = inner.reduce((sum, { levels }) => sum + levels, 0);
  if (inner.length === 1) return columns;
  // Beyond elimination's reach: connected groups lose one degree each to the first.
  if (inner.length > 2 && columns > MOST_COLUMNS) return columns - inner.length + 1;
  return inner.length === 2
    ? columns - connectedParts(inner[0], inner[1])
    : rankByElimination(inner, columns);
}

function connectedParts(a: Grouping, b: Grouping): number {
  const parent = Int32Array.from({ length: a.levels + b.levels }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  let parts = parent.length;
  for (let i = 0; i < a.codes.length; i++) {
    const left = root(a.codes[i]);
    const right = root(a.levels + b.codes[i]);
    if (left === right) continue;
    parent[left] = right;
    parts--;
  }
  return parts;
}

/** Rank of Z′Z by symmetric elimination; a pivot counts when it keeps 1e-9 of its column's length. */
function rankByElimination(groups: readonly Grouping[], columns: number): number {
  const starts: number[] = [];
  let next = 0;
  for (const { levels } of groups) {
    starts.push(next);
    next += levels;
  }
  const Z = new Float64Array(columns * columns);
  for (let i = 0; i < groups[0].codes.length; i++) {
    for (let g = 0; g < groups.length; g++) {
      for (let h = 0; h <= g; h++) {
        Z[starts[g] + groups[g].codes[i] + (starts[h] + groups[h].codes[i]) * columns]++;
      }
    }
  }
  const size = Float64Array.from({ length: columns }, (_, j) => Z[j + j * columns]);
  let rank = 0;
  for (let j = 0; j < columns; j++) {
    const pivot = Z[j + j * columns];
    if (!(pivot > 1e-9 * size[j])) continue;
    rank++;
    for (let c = j + 1; c < columns; c++) {
      const factor = Z[c + j * columns] / pivot;
      if (factor === 0) continue;
      for (let i = c; i < columns; i++) Z[i + c * columns] -= factor * Z[i + j * columns];
    }
  }
  return rank;
}
