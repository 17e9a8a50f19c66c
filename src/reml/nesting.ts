/**
 * Whether one mixed model is a special case of another, judged on their columns; on the names of columns and groups only
 * where a model was made of sums.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { RandomTerm } from "../model/randomTerms.ts";

/** How a larger model differs from a smaller one in its random terms. */
export interface RandomDifference {
  /**
   * Columns that one term has besides the single one added to it, whose covariances with the new one are free too;
   * `null` when the difference is anything but one more variance with its covariances.
   */
  readonly beside: number | null;
  /** Whether some variance is added. */
  readonly variances: boolean;
}

/** Whether two fixed parts span the same columns. */
export function sameFixedPart(a: LinearMixedModel, b: LinearMixedModel): boolean {
  return a.p === b.p && fixedOutside(a, b) < 0;
}

/**
 * Checks that `small` is contained in `large`: its fixed columns in the span of the other's, every random term in
 * the span of one of the other's of the same group.
 *
 * @throws {ModelError} `not-nested`, naming what is missing
 */
export function nestedIn(small: LinearMixedModel, large: LinearMixedModel): RandomDifference {
  const outside = fixedOutside(small, large);
  const byName = !small.hasRows || !large.hasRows;
  if (outside >= 0) notNested(small, large, small.fixed.names[outside]);
  const home = small.random.map((term) => {
    const at = large.random.findIndex((other) => {
      if (byName) return insideByName(term, other);
      if (!sameLevels(term, other) || !insideStructure(term, other, small.n)) return false;
      return columnOutside(randomColumns(term, small.n), randomColumns(other, large.n)) < 0;
    });
    if (at < 0) notNested(small, large, `(${term.columns.join(" + ")} | ${term.group})`);
    return at;
  });
  let added = 0;
  let beside: number | null = null;
  let split = false;
  large.random.forEach((term, t) => {
    const inside = small.random.filter((_, s) => home[s] === t);
    const before = inside.reduce((sum, { columns }) => sum + columns.length, 0);
    // Compound symmetry around a common effect has one more variance, that of the differences.
    const around = term.structure === "cs" && before === 1;
    const more = around ? 1 : term.columns.length - before;
    added += more;
    if (more === 1) beside = around ? 0 : before;
    // Terms joined by covariances that were fixed at zero: inside the range of the covariances.
    if (inside.length > 1) split = true;
  });
  const sameSigma = sigmaInside(small, large);
  return { beside: added === 1 && !split && sameSigma ? beside : null, variances: added > 0 };
}

/** Whether a covariance matrix of `term` is one that `other` can have, beyond the span of the columns. */
function insideStructure(term: RandomTerm, other: RandomTerm, n: number): boolean {
  if (other.structure === "us") return true;
  const columns = randomColumns(other, n);
  if (term.structure === "cs") {
    return randomColumns(term, n).every((own) =>
      columns.some((column) => own.every((z, i) => z === column[i])),
    );
  }
  const sum = columns[0].map((_, i) => columns.reduce((total, column) => total + column[i], 0));
  return term.columns.length === 1 && columnOutside(randomColumns(term, n), [sum]) < 0;
}

/**
 * Whether the residual SDs are the same function of the rows.
 *
 * @throws {ModelError} `not-nested` when those of `small` are no special case
 */
function sigmaInside(small: LinearMixedModel, large: LinearMixedModel): boolean {
  if (small.strata === null) return large.strata === null;
  const map = new Map<number, number>();
  const inside = small.strata.codes.every((code, i) => {
    const own = large.strata?.codes[i] ?? 0;
    if (!map.has(own)) map.set(own, code);
    return map.get(own) === code;
  });
  if (!inside) notNested(small, large, `sigmaBy: "${small.strata.name}"`);
  return large.strata?.levels.length === small.strata.levels.length;
}

function notNested(small: LinearMixedModel, large: LinearMixedModel, missing: string): never {
  throw new ModelError(
    "not-nested",
    `${small.formula} is not contained in ${large.formula}: ${missing} is missing there.`,
    "Compare them by AIC, or fit a model that contains both.",
    { missing },
  );
}

/** The first fixed column of `small` outside the span of those of `large`; −1 when there is none. */
function fixedOutside(small: LinearMixedModel, large: LinearMixedModel): number {
  if (small.hasRows && large.hasRows) return columnOutside(fixedColumns(small), fixedColumns(large));
  return nameOutside(small.fixed.names, large.fixed.names);
}

function insideByName(term: RandomTerm, other: RandomTerm): boolean {
  if (term.group !== other.group || nameOutside(term.columns, other.columns) >= 0) return false;
  return other.structure === "us" || term.structure === "cs";
}

function nameOutside(names: readonly string[], others: readonly string[]): number {
  return names.findIndex((name) => !others.includes(name));
}

function fixedColumns({ fixed: { values }, n, p }: LinearMixedModel): Float64Array[] {
  return Array.from({ length: p }, (_, j) => values.subarray(j * n, (j + 1) * n));
}

function randomColumns({ z, columns }: RandomTerm, n: number): Float64Array[] {
  return columns.map((_, c) => z.subarray(c * n, (c + 1) * n));
}

/** Whether two grouping factors part the rows in the same way. */
function sameLevels(a: RandomTerm, b: RandomTerm): boolean {
  if (a.codes === b.codes) return true;
  if (a.levels.length !== b.levels.length) return false;
  const map = new Int32Array(a.levels.length).fill(-1);
  for (let i = 0; i < a.codes.length; i++) {
    if (map[a.codes[i]] < 0) map[a.codes[i]] = b.codes[i];
    else if (map[a.codes[i]] !== b.codes[i]) return false;
  }
  return true;
}

/** The first of `columns` outside the span of `others`, by Gram–Schmidt; −1 when there is none. */
function columnOutside(columns: readonly Float64Array[], others: readonly Float64Array[]): number {
  const basis: Float64Array[] = [];
  const rest = (column: Float64Array): Float64Array => {
    const left = column.slice();
    for (let pass = 0; pass < 2; pass++) {
      for (const q of basis) {
        let dot = 0;
        for (let i = 0; i < left.length; i++) dot += q[i] * left[i];
        for (let i = 0; i < left.length; i++) left[i] -= dot * q[i];
      }
    }
    return left;
  };
  const norm = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
  for (const column of others) {
    const left = rest(column);
    const size = norm(left);
    if (size > 1e-10 * norm(column)) basis.push(left.map((value) => value / size));
  }
  // 1e-8 of its length is what model building calls a new column.
  return columns.findIndex((column) => norm(rest(column)) > 1e-8 * norm(column));
}
