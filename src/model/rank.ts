/**
 * Rank analysis by name: which columns the columns before them determine, and how.
 *
 * @module
 */

import { choleskyInto } from "../linalg/cholesky.ts";
import { tallProductInto } from "../linalg/tall.ts";

/** A column that is a combination of earlier ones. */
export interface Relation {
  readonly name: string;
  /** `{x3} = 2 * {x1}`. */
  readonly text: string;
  /** Coefficients of the earlier columns kept, by name. */
  readonly coefficients: ReadonlyMap<string, number>;
}

// A column counts as dependent if less than this share of its length is new. Rounding leaves about 1e-15;
// measurements repeated in other units, rounded to 9 digits or more, are still recognised.
const NEW_SHARE = 1e-8;
// With the intercept taken out, a column like a year keeps only its spread; what is left of a constant is
// rounding, 1e-16 of its size.
const SPREAD_SHARE = 1e-13;
// A column with this share of its squared length new, of what the intercept leaves, is independent by any account: sums of
// products show that to about 1e-10 where the intercept leaves that much of it.
const PLAIN = 1e-4;
const LEFT = 1e-6;

/**
 * Finds the columns that are linear combinations of earlier ones, by Gram–Schmidt in the order given.
 *
 * Every column is judged on its own scale, after the mean is taken out where there is an intercept, so that
 * neither units nor a far-away zero make columns look alike.
 *
 * @param columns all of one length
 * @param intercept whether the first column is constant
 * @returns indices of the columns kept, and the relations of the others
 */
export function analyseRank(
  names: readonly string[],
  columns: readonly Float64Array[],
  intercept: boolean,
): { kept: number[]; relations: Relation[] } {
  if (plainlyIndependent(columns, intercept))
    return { kept: columns.map((_, index) => index), relations: [] };
  const basis: Float64Array[] = [];
  // rows[i] holds basis vector i in terms of the kept columns: their triangular factor, column by column.
  const factors: Float64Array[] = [];
  const kept: number[] = [];
  const relations: Relation[] = [];
  columns.forEach((column, index) => {
    const size = norm(column);
    const rest = Float64Array.from(column);
    const along = new Float64Array(basis.length + 1);
    // Twice is enough (Kahan, Parlett): the second pass removes the rounding left by the first.
    let reference = size;
    for (let pass = 0; pass < 2; pass++) {
      basis.forEach((q, i) => {
        const dot = product(q, rest);
        along[i] += dot;
        for (let r = 0; r < rest.length; r++) rest[r] -= dot * q[r];
        if (pass === 0 && i === 0 && intercept) reference = norm(rest);
      });
    }
    const left = norm(rest);
    const isConstant = intercept && basis.length > 0 && reference <= SPREAD_SHARE * size;
    // Products of centred columns need the absolute guard too: nothing below rounding is new.
    const isNew = left > NEW_SHARE * reference && left > SPREAD_SHARE * size;
    if (size > 0 && !isConstant && isNew) {
      along[basis.length] = left;
      basis.push(rest.map((v) => v / left));
      factors.push(along);
      kept.push(index);
      return;
    }
    relations.push(relationOf(names, columns, index, kept, factors, along));
  });
  return { kept, relations };
}

/**
 * Whether every column is plainly new, by the Cholesky factor of A′A with columns of length 1, whose squared diagonal has
 * the new shares: far fewer operations than Gram–Schmidt, but half the digits.
 */
function plainlyIndependent(columns: readonly Float64Array[], intercept: boolean): boolean {
  const p = columns.length;
  const shares = new Float64Array(p * p);
  tallProductInto(shares, columns, columns);
  const units = columns.map((_, j) => 1 / Math.sqrt(shares[j + j * p]));
  // Squares of very large and very small numbers are beyond what doubles hold.
  if (!units.every((unit) => unit > 1e-150 && unit < 1e150)) return false;
  for (let j = 0; j < p; j++) {
    for (let i = 0; i <= j; i++) shares[j + i * p] = shares[i + j * p] * units[i] * units[j];
  }
  const left = columns.map((_, j) => (intercept && j > 0 ? 1 - shares[j] ** 2 : 1));
  if (!left.every((share) => share > LEFT) || choleskyInto(shares, p) >= 0) return false;
  return left.every((share, j) => shares[j + j * p] ** 2 > PLAIN * share);
}

function relationOf(
  names: readonly string[],
  columns: readonly Float64Array[],
  index: number,
  kept: readonly number[],
  factors: readonly Float64Array[],
  along: Float64Array,
): Relation {
  const weights = along.slice(0, kept.length);
  for (let j = kept.length - 1; j >= 0; j--) {
    weights[j] /= factors[j][j];
    for (let i = 0; i < j; i++) weights[i] -= weights[j] * factors[j][i];
  }
  const size = norm(columns[index]);
  const coefficients = new Map<string, number>();
  kept.forEach((column, j) => {
    if (Math.abs(weights[j]) * norm(columns[column]) > 1e-7 * size)
      coefficients.set(names[column], weights[j]);
  });
  const name = names[index];
  if (coefficients.size === 0) return { name, text: `{${name}} is 0 in every row`, coefficients };
  let text = "";
  for (const [other, weight] of coefficients) {
    const amount = Number(Math.abs(weight).toPrecision(6));
    const sign = text === "" ? (weight < 0 ? "-" : "") : weight < 0 ? " - " : " + ";
    text += `${sign}${amount === 1 ? "" : `${amount} * `}{${other}}`;
  }
  return { name, text: `{${name}} = ${text}`, coefficients };
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function norm(a: Float64Array): number {
  // Scaled, so that neither 1e200 nor 1e-200 leaves the range of doubles when squared.
  let largest = 0;
  for (const v of a) largest = Math.max(largest, Math.abs(v));
  if (largest === 0) return 0;
  let sum = 0;
  for (const v of a) sum += (v / largest) ** 2;
  return largest * Math.sqrt(sum);
}
