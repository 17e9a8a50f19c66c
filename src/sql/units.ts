/**
 * The SQL of the third round: Z, u and the residual of each row, and their products by level.
 *
 * @module
 */

import { aggregateSql, productSum, rowCount } from "./aggregate.ts";
import { upperInverse } from "./correction.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlFrame } from "./frame.ts";
import type { KnownGroup, SqlKey } from "./keys.ts";
import { centredSql, type Moments } from "./moments.ts";

/** A grouping factor with the columns of its terms side by side. */
export interface Factor {
  readonly group: KnownGroup;
  /** Their SQL over `units`; `null` is the intercept. */
  readonly z: readonly (string | null)[];
}

/** CTEs up to `units`: keys, weight, z…, u… = c R₁⁻¹ and the residual r = y − u b₁. */
export function unitsSql(
  frame: SqlFrame,
  { columns, response, R1, b1 }: Moments,
  columnsOfZ: readonly string[],
  factors: readonly Factor[],
  dialect: SqlDialect,
): string {
  const p = columns.length;
  const inverse = upperInverse(R1, p);
  const combination = (weights: Float64Array, first: string[]): string => {
    const parts = [...first];
    weights.forEach((value, j) => {
      if (value === 0) return;
      parts.push(columns[j].sql === null ? dialect.number(value) : `c${j} * ${dialect.number(value)}`);
    });
    return parts.length === 0 ? dialect.number(0) : parts.join(" + ");
  };
  const u = columns.map((_, j) => `${combination(inverse.slice(j * p, j * p + p), [])} AS u${j}`);
  // y − C R₁⁻¹ b₁
  const slopes = new Float64Array(p);
  for (let j = 0; j < p; j++) for (let i = 0; i < p; i++) slopes[i] -= inverse[i + j * p] * b1[j];
  const ofZ = factors.flatMap(({ z }) => z.filter((alias) => alias !== null));
  const items = [...frame.passed, ...ofZ, ...u, `${combination(slopes, ["y"])} AS r`];
  return (
    `WITH ${frame.kept},\n${centredSql(columns, response, [...frame.passed, ...columnsOfZ], dialect)},\n` +
    `units AS (SELECT ${items.join(",\n  ")}\n  FROM centred)`
  );
}

/** Blocks of a factor with itself, X and y: a row per level. */
export function factorSql(
  { group, z }: Factor,
  units: readonly string[],
  frame: SqlFrame,
  dialect: SqlDialect,
): string {
  const w = frame.weights?.alias ?? null;
  const items = [rowCount, productSum(["r", "r"], w, "rr")];
  z.forEach((own, b) => {
    for (let a = 0; a <= b; a++) {
      items.push(productSum([z[a], own], w, `zz_${a}_${b}`));
      if (w !== null) items.push(productSum([z[a], own], null, `sq_${a}_${b}`));
    }
    units.forEach((other, c) => {
      items.push(productSum([own, other], w, `zx_${b}_${c}`));
    });
    if (own === null) return;
    items.push({ take: "MIN", of: own, name: `lo_${b}` }, { take: "MAX", of: own, name: `hi_${b}` });
  });
  return aggregateSql(items, "units", keysOf(group, "f"), frame.partitioned, dialect);
}

/** Blocks of two factors: a row per pair of levels that occurs. */
export function pairSql(left: Factor, right: Factor, frame: SqlFrame, dialect: SqlDialect): string {
  const w = frame.weights?.alias ?? null;
  const items = [rowCount, productSum(["r", "r"], w, "rr")];
  left.z.forEach((za, a) => {
    right.z.forEach((zb, b) => {
      items.push(productSum([za, zb], w, `zz_${a}_${b}`));
    });
  });
  const keys = [...keysOf(left.group, "f"), ...keysOf(right.group, "h")];
  return aggregateSql(items, "units", keys, frame.partitioned, dialect);
}

function keysOf({ keys }: KnownGroup, prefix: string): (readonly [SqlKey, string])[] {
  return keys.map((key, j) => [key, `${prefix}${j}`]);
}
