/**
 * The third round: [Z u r]′W[Z u r] by GROUP BY, and from it the cross-products that estimators work on.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { FactorBlocks, PairBlocks } from "../linalg/blocks.ts";
import { powerOfTwoBelow } from "../linalg/dense.ts";
import { type CrossProducts, gatherTerms, termScales } from "../model/crossProducts.ts";
import type { TermSummary } from "../model/rowSummaries.ts";
import { type Correction, correction } from "./correction.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlFrame } from "./frame.ts";
import { groupLevel } from "./keys.ts";
import type { Moments } from "./moments.ts";
import type { Passes, SqlQuery } from "./passes.ts";
import { productQueries, readProducts } from "./products.ts";
import { AGREE, dataChanged, type ResultRows } from "./rows.ts";
import type { SqlTerm } from "./terms.ts";
import { type Factor, factorSql, pairSql, unitsSql } from "./units.ts";

/** What the third round gives. */
export interface Blocks {
  readonly cross: Omit<CrossProducts, "student">;
  readonly terms: readonly TermSummary[];
  /** By term and column: levels within which the column varies. */
  readonly varying: readonly (readonly number[])[];
  /** By pair of grouping factors, the rows of the rarest pair of their labels. */
  readonly rarest: readonly { readonly labels: readonly [string, string]; readonly rows: number }[];
}

/**
 * Takes the blocks.
 *
 * @throws {DataError} `perfect-fit`, `data-changed`
 */
export function* blockPasses(
  frame: SqlFrame,
  moments: Moments,
  terms: readonly SqlTerm[],
  dialect: SqlDialect,
): Passes<Blocks> {
  const { n } = frame;
  const p = moments.columns.length;
  const { factors: gathered, places } = gatherTerms(
    terms.map(({ group, columns, structure }) => ({
      group,
      levels: group.levels.length,
      k: columns.length,
      structure,
    })),
  );
  const columnsOfZ: string[] = [];
  const factors = gathered.map(({ group, k, terms: own }, f): Factor => {
    const z = own.flatMap((t) => terms[t].sql);
    const aliases = z.map((sql, a) => (sql === null ? null : `z${f}_${a}`));
    z.forEach((sql, a) => {
      if (sql !== null) columnsOfZ.push(`${sql} AS ${aliases[a]}`);
    });
    return { group, k, z: aliases };
  });
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
      name: `cross-products by ${factor.group.label}`,
      text: `${body}\n${factorSql(factor, units, frame, dialect)}`,
    })),
    ...pairs.map(([f, h]) => ({
      name: `pairs of ${factors[f].group.label} and ${factors[h].group.label}`,
      text: `${body}\n${pairSql(factors[f], factors[h], frame, dialect)}`,
    })),
  ];
  const results = yield queries;
  const rest = results.slice(results.length - factors.length - pairs.length);
  const totals = results.slice(0, results.length - rest.length);
  const way = correction(readProducts(totals, p + 1, n), moments, n);
  const spread = Math.sqrt(way.residual / n);
  const size = Math.sqrt(moments.products[p + p * (p + 1)] / n);
  if (!(spread > 1e-14 * size)) {
    throw new DataError(
      "perfect-fit",
      "The fixed effects reproduce the response exactly, so the residual variance is zero.",
      "Check whether a column is a copy of the response.",
    );
  }
  const yScale = powerOfTwoBelow(spread);
  const raw = factors.map((factor, f) => readFactor(factor, rest[f], way));
  // The root mean squares decide the scales; a power of two changes no digit.
  const weighted = raw.map(({ blocks, k }) => {
    const squares = new Float64Array(k);
    for (let e = 0; e < blocks.ztz.length; e += k * k)
      for (let a = 0; a < k; a++) squares[a] += blocks.ztz[e + a + a * k];
    return squares.map((sum) => Math.sqrt(sum / n));
  });
  const zScale = factors.map(({ k }) => new Float64Array(k));
  for (const { factor, offset, k, structure } of places)
    zScale[factor].set(termScales([...weighted[factor].subarray(offset, offset + k)], structure), offset);
  raw.forEach(({ blocks }, f) => {
    scaleFactor(blocks, zScale[f], p, yScale);
  });
  const q = p + 1;
  const xtx = new Float64Array(q * q);
  for (let j = 0; j < p; j++) xtx[j + j * q] = n;
  xtx[p + p * q] = way.residual / (yScale * yScale);
  const at = (f: number, h: number): ResultRows =>
    rest[factors.length + pairs.findIndex(([a, b]) => a === f && b === h)];
  const cross = {
    q,
    xtx,
    factors: raw.map(({ blocks }) => blocks),
    pairs: factors.map((factor, f) =>
      factors
        .slice(f + 1)
        .map((other, d) => readPairs(factor, other, at(f, f + 1 + d), [zScale[f], zScale[f + 1 + d]], way)),
    ),
    n,
    p,
    places,
    R: way.R,
    betaOls: way.betaOls,
    yScale,
    zScale,
    sumLogWeights: moments.sumLogWeights,
    strata: null,
  };
  const slice = (values: ArrayLike<number>, t: number): number[] =>
    Array.from(values).slice(places[t].offset, places[t].offset + places[t].k);
  return {
    cross,
    terms: terms.map((_, t) => ({
      rms: slice(raw[places[t].factor].rms, t),
      levelsSeen: slice(raw[places[t].factor].seen, t),
    })),
    rarest: pairs.map(([f, h]) => ({
      labels: [factors[f].group.label, factors[h].group.label],
      rows: rarestPair(factors[f], factors[h], at(f, h)),
    })),
    varying: terms.map((_, t) => slice(raw[places[t].factor].varying, t)),
  };
}

interface ReadFactor {
  readonly k: number;
  readonly blocks: FactorBlocks;
  readonly rms: Float64Array;
  readonly seen: Float64Array;
  readonly varying: Float64Array;
}

function readFactor({ group, k, z }: Factor, rows: ResultRows, way: Correction): ReadFactor {
  const { n, p, M, g } = way;
  const q = p + 1;
  const levels = group.levels.length;
  const ztz = new Float64Array(levels * k * k);
  const ztx = new Float64Array(levels * k * q);
  const squares = new Float64Array(k);
  const seen = new Float64Array(k);
  const varying = new Float64Array(k);
  const own = new Float64Array(q);
  if (rows.length !== levels) throw dataChanged(`${group.label} had ${levels} levels, then ${rows.length}`);
  checkGroups(group.label, rows, way);
  for (let row = 0; row < rows.length; row++) {
    const level = groupLevel(group, rows, row, "f");
    const count = rows.number(row, "n");
    for (let b = 0; b < k; b++) {
      for (let a = 0; a <= b; a++) {
        const value = rows.number(row, `zz_${a}_${b}`);
        ztz[level * k * k + a + b * k] = value;
        ztz[level * k * k + b + a * k] = value;
      }
      for (let c = 0; c < q; c++) own[c] = rows.number(row, `zx_${b}_${c}`);
      // z′Q = z′U M, z′ỹ = z′r − z′Q g.
      let last = own[p];
      for (let j = 0; j < p; j++) {
        let value = 0;
        for (let i = 0; i <= j; i++) value += own[i] * M[i + j * p];
        ztx[level * k * q + b + j * k] = value;
        last -= value * g[j];
      }
      ztx[level * k * q + b + p * k] = last;
      const low = z[b] === null ? 1 : rows.number(row, `lo_${b}`);
      const high = z[b] === null ? 1 : rows.number(row, `hi_${b}`);
      squares[b] += z[b] === null ? count : rows.number(row, `sq_${b}`);
      if (low !== 0 || high !== 0) seen[b]++;
      if (low !== high) varying[b]++;
    }
  }
  return { k, blocks: { levels, k, ztz, ztx }, rms: squares.map((sum) => Math.sqrt(sum / n)), seen, varying };
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
): PairBlocks {
  checkGroups(`${left.group.label} and ${right.group.label}`, rows, way);
  const found = Array.from({ length: rows.length }, (_, row) => ({
    row,
    f: groupLevel(left.group, rows, row, "f"),
    h: groupLevel(right.group, rows, row, "h"),
  })).sort((a, b) => a.f - b.f || a.h - b.h);
  const rowStart = new Int32Array(left.group.levels.length + 1);
  const size = left.k * right.k;
  const values = new Float64Array(found.length * size);
  found.forEach(({ row, f }, at) => {
    rowStart[f + 1]++;
    for (let b = 0; b < right.k; b++)
      for (let a = 0; a < left.k; a++)
        values[at * size + a + b * left.k] =
          rows.number(row, `zz_${a}_${b}`) / (leftScale[a] * rightScale[b]);
  });
  for (let f = 0; f < left.group.levels.length; f++) rowStart[f + 1] += rowStart[f];
  return { rowStart, column: Int32Array.from(found, ({ h }) => h), values };
}

function rarestPair(left: Factor, right: Factor, rows: ResultRows): number {
  if (rows.length < left.group.levels.length * right.group.levels.length) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let row = 0; row < rows.length; row++) least = Math.min(least, rows.number(row, "n"));
  return least;
}
