/**
 * The third round: [Z u r]′W[Z u r] by GROUP BY, and from it the cross-products that estimators work on.
 *
 * @module
 */

import type { FactorBlocks, PairBlocks } from "../linalg/blocks.ts";
import { powerOfTwoBelow } from "../linalg/dense.ts";
import { termScales } from "../model/crossProducts.ts";
import type { SummedGroup, SummedProducts, Tallies } from "../model/sums.ts";
import { rootMeanSquare } from "../model/sumsProducts.ts";
import { columnsSql } from "./columns.ts";
import { type Correction, correction } from "./correction.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlFrame } from "./frame.ts";
import { groupLevel, type KnownGroup } from "./keys.ts";
import type { Moments } from "./moments.ts";
import type { Passes, SqlQuery } from "./passes.ts";
import { productQueries, readProducts } from "./products.ts";
import { AGREE, dataChanged, type ResultRows } from "./rows.ts";
import { type Factor, factorSql, pairSql, unitsSql } from "./units.ts";

/** What the third round gives. */
export interface Blocks {
  /** In the order of the factors of the products. */
  readonly groups: readonly SummedGroup[];
  readonly products: SummedProducts;
  readonly tallies: Omit<Tallies, "cells">;
}

/**
 * Takes the blocks.
 *
 * @throws {DataError} `data-changed`
 */
export function* blockPasses(frame: SqlFrame, moments: Moments, dialect: SqlDialect): Passes<Blocks> {
  const { n, outline } = frame;
  const { places } = outline;
  const p = moments.columns.length;
  const weighted = frame.weights !== null;
  const columnsOfZ: string[] = [];
  const gathered: (Factor & { readonly z: (string | null)[] })[] = [];
  outline.terms.forEach(({ recipe: { group, part, columns } }, t) => {
    const f = places[t].factor;
    gathered[f] ??= { group: frame.groups.get(group.label) as KnownGroup, z: [] };
    const { z } = gathered[f];
    const { sql } = columnsSql(part, frame, dialect);
    for (const column of columns) {
      const alias = sql[column] === null ? null : `z${f}_${z.length}`;
      if (alias !== null) columnsOfZ.push(`${sql[column]} AS ${alias}`);
      z.push(alias);
    }
  });
  const factors: readonly Factor[] = gathered;
  const body = unitsSql(frame, moments, columnsOfZ, factors, dialect);
  const pairs = factors.flatMap((_, f) => factors.slice(f + 1).map((__, d) => [f, f + 1 + d] as const));
  const units = [...Array.from({ length: p }, (_, j) => `u${j}`), "r"];
  const queries: SqlQuery[] = [
    ...productQueries(
      "cross-products of the fixed part, orthogonal",
      body,
      "units",
      units,
      [],
      frame,
      dialect,
    ),
    ...factors.map((factor) => ({
      name: `cross-products by ${labelOf(factor)}`,
      text: `${body}\n${factorSql(factor, units, frame, dialect)}`,
    })),
    ...pairs.map(([f, h]) => ({
      name: `pairs of ${labelOf(factors[f])} and ${labelOf(factors[h])}`,
      text: `${body}\n${pairSql(factors[f], factors[h], frame, dialect)}`,
    })),
  ];
  const results = yield queries;
  const rest = results.slice(results.length - factors.length - pairs.length);
  const totals = results.slice(0, results.length - rest.length);
  const way = correction(readProducts(totals, p + 1, n), moments, n);
  const yScale = powerOfTwoBelow(Math.sqrt(way.residual / n));
  const raw = factors.map((factor, f) => readFactor(factor, rest[f], weighted, way));
  // The root mean squares decide the scales; a power of two changes no digit.
  const zScale = raw.map(({ blocks: { k } }) => new Float64Array(k));
  for (const { factor, offset, k, structure } of places) {
    const rms = Array.from({ length: k }, (_, c) => rootMeanSquare(raw[factor].blocks, offset + c, n));
    zScale[factor].set(termScales(rms, structure), offset);
  }
  raw.forEach(({ blocks }, f) => {
    scaleFactor(blocks, zScale[f], p, yScale);
  });
  const q = p + 1;
  const xtx = new Float64Array(q * q);
  for (let j = 0; j < p; j++) xtx[j + j * q] = n;
  xtx[p + p * q] = way.residual / (yScale * yScale);
  const paired = factors.map((factor, f) =>
    factors.slice(f + 1).map((other, d) => {
      const at = pairs.findIndex(([a, b]) => a === f && b === f + 1 + d);
      return readPairs(factor, other, rest[factors.length + at], [zScale[f], zScale[f + 1 + d]], way);
    }),
  );
  const products = {
    q,
    xtx,
    factors: raw.map(({ blocks }) => blocks),
    pairs: paired.map((list) => list.map(({ blocks }) => blocks)),
    R: way.R,
    betaOls: way.betaOls,
    yScale,
    zScale,
    sumLogWeights: moments.sumLogWeights,
    strata: null,
  };
  return {
    groups: factors.map(({ group }) => group.group),
    products,
    tallies: {
      groups: raw.map(({ rows }) => rows),
      pairs: paired.map((list) => list.map(({ rows }) => rows)),
      constants: raw.map(({ constants }) => constants),
      squares: raw.map(({ squares }) => squares),
    },
  };
}

const labelOf = ({ group }: Factor): string => group.group.label;

interface ReadFactor {
  readonly blocks: FactorBlocks;
  readonly rows: Float64Array;
  readonly constants: Float64Array;
  readonly squares: Float64Array;
}

function readFactor(
  { group, z }: Factor,
  results: ResultRows,
  weighted: boolean,
  way: Correction,
): ReadFactor {
  const { p, M, g } = way;
  const { label, codes } = group.group;
  const k = z.length;
  const q = p + 1;
  const levels = codes[0].length;
  const ztz = new Float64Array(levels * k * k);
  const ztx = new Float64Array(levels * k * q);
  const rows = new Float64Array(levels);
  const constants = new Float64Array(levels * k);
  const squares = new Float64Array(k * k);
  const own = new Float64Array(q);
  if (results.length !== levels) throw dataChanged(`${label} had ${levels} levels, then ${results.length}`);
  checkGroups(label, results, way);
  for (let row = 0; row < results.length; row++) {
    const level = groupLevel(group, results, row, "f");
    rows[level] = results.number(row, "n");
    for (let b = 0; b < k; b++) {
      for (let a = 0; a <= b; a++) {
        const value = results.number(row, `zz_${a}_${b}`);
        ztz[level * k * k + a + b * k] = value;
        ztz[level * k * k + b + a * k] = value;
        squares[a + b * k] += weighted ? results.number(row, `sq_${a}_${b}`) : value;
        squares[b + a * k] = squares[a + b * k];
      }
      for (let c = 0; c < q; c++) own[c] = results.number(row, `zx_${b}_${c}`);
      // z′Q = z′U M, z′ỹ = z′r − z′Q g.
      let last = own[p];
      for (let j = 0; j < p; j++) {
        let value = 0;
        for (let i = 0; i <= j; i++) value += own[i] * M[i + j * p];
        ztx[level * k * q + b + j * k] = value;
        last -= value * g[j];
      }
      ztx[level * k * q + b + p * k] = last;
      const low = z[b] === null ? 1 : results.number(row, `lo_${b}`);
      const high = z[b] === null ? 1 : results.number(row, `hi_${b}`);
      constants[level * k + b] = low === high ? low : Number.NaN;
    }
  }
  return { blocks: { levels, k, ztz, ztx }, rows, constants, squares };
}

/** Rows and squared residuals add up to the same by whatever they are grouped. */
function checkGroups(label: string, rows: ResultRows, { n, squares }: Correction): void {
  let count = 0;
  let sum = 0;
  for (let row = 0; row < rows.length; row++) {
    count += rows.number(row, "n");
    sum += rows.number(row, "rr");
  }
  if (count !== n) throw dataChanged(`there were ${n} rows, then ${count} by ${label}`);
  if (!(Math.abs(sum - squares) <= AGREE * squares))
    throw dataChanged(`the squared residuals add up to ${squares}, then to ${sum} by ${label}`);
}

function scaleFactor(
  { levels, k, ztz, ztx }: FactorBlocks,
  scale: Float64Array,
  p: number,
  yScale: number,
): void {
  const q = p + 1;
  for (let level = 0; level < levels; level++) {
    for (let a = 0; a < k; a++) {
      for (let b = 0; b < k; b++) ztz[level * k * k + a + b * k] /= scale[a] * scale[b];
      for (let c = 0; c < q; c++) ztx[level * k * q + a + c * k] /= scale[a] * (c === p ? yScale : 1);
    }
  }
}

function readPairs(
  left: Factor,
  right: Factor,
  rows: ResultRows,
  [leftScale, rightScale]: readonly [Float64Array, Float64Array],
  way: Correction,
): { readonly blocks: PairBlocks; readonly rows: Float64Array } {
  checkGroups(`${labelOf(left)} and ${labelOf(right)}`, rows, way);
  const found = Array.from({ length: rows.length }, (_, row) => ({
    row,
    f: groupLevel(left.group, rows, row, "f"),
    h: groupLevel(right.group, rows, row, "h"),
  })).sort((a, b) => a.f - b.f || a.h - b.h);
  const levels = left.group.group.codes[0].length;
  const rowStart = new Int32Array(levels + 1);
  const [k, m] = [left.z.length, right.z.length];
  const values = new Float64Array(found.length * k * m);
  found.forEach(({ row, f }, at) => {
    rowStart[f + 1]++;
    for (let b = 0; b < m; b++)
      for (let a = 0; a < k; a++)
        values[at * k * m + a + b * k] = rows.number(row, `zz_${a}_${b}`) / (leftScale[a] * rightScale[b]);
  });
  for (let f = 0; f < levels; f++) rowStart[f + 1] += rowStart[f];
  return {
    blocks: { rowStart, column: Int32Array.from(found, ({ h }) => h), values },
    rows: Float64Array.from(found, ({ row }) => rows.number(row, "n")),
  };
}
