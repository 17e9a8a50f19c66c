/**
 * Rows in working units, and the block system that they add up to under any weights.
 *
 * @module
 */

import type { BlockSystem, FactorBlocks, PairBlocks } from "../linalg/blocks.ts";
import { columnsOf, ROWS, tallProductInto } from "../linalg/tall.ts";

/** Rows of one grouping factor. */
export interface RowFactor {
  readonly levels: number;
  readonly k: number;
  /** Level of each row. */
  readonly codes: Int32Array;
  /** Scaled columns, n × k. */
  readonly columns: Float64Array;
}

/** Pairs of levels of two factors that occur together. */
interface RowPairs extends Pick<PairBlocks, "rowStart" | "column"> {
  /** Which pair each row belongs to. */
  readonly pairOf: Int32Array;
}

/** n rows in working units; matrices are column-major. */
export interface RowSystem {
  readonly n: number;
  /** Columns of T: p + 1. */
  readonly q: number;
  /** [Q ỹ], n × q. */
  readonly T: Float64Array;
  readonly factors: readonly RowFactor[];
  /** `pairs[f][h - f - 1]` for f < h. */
  readonly pairs: readonly (readonly RowPairs[])[];
}

/** Finds the pairs of levels that occur together. */
export function rowSystem(n: number, q: number, T: Float64Array, factors: readonly RowFactor[]): RowSystem {
  const pairs = factors.map((factor, f) => factors.slice(f + 1).map((other) => pairsOf(n, factor, other)));
  return { n, q, T, factors, pairs };
}

/** The block system of all rows with their weights (n; all 1 for `null`). */
export function systemOf(rows: RowSystem, weights: Float64Array | null): BlockSystem {
  const { q, factors, pairs } = rows;
  const out: BlockSystem = {
    q,
    xtx: new Float64Array(q * q),
    factors: factors.map(({ levels, k }) => ({
      levels,
      k,
      ztz: new Float64Array(levels * k * k),
      ztx: new Float64Array(levels * k * q),
    })),
    pairs: pairs.map((list, f) =>
      list.map(({ rowStart, column }, d) => ({
        rowStart,
        column,
        values: new Float64Array(column.length * factors[f].k * factors[f + 1 + d].k),
      })),
    ),
  };
  systemInto(out, rows, weights);
  return out;
}

/** As {@link systemOf}, into a system of the same pattern; allocates nothing under weights. */
export function systemInto(out: BlockSystem, rows: RowSystem, weights: Float64Array | null): void {
  const { n, q, T, factors, pairs } = rows;
  for (let f = 0; f < factors.length; f++) {
    factorInto(out.factors[f], factors[f], T, q, n, weights);
    for (let h = f + 1; h < factors.length; h++) {
      const { pairOf } = pairs[f][h - f - 1];
      pairInto(out.pairs[f][h - f - 1].values, factors[f], factors[h], pairOf, n, weights);
    }
  }
  if (weights === null) {
    const columns = columnsOf(T, n);
    tallProductInto(out.xtx, columns, columns);
  }
  for (let j = 0; j < q; j++) {
    for (let i = 0; i <= j; i++) {
      if (weights !== null) out.xtx[i + j * q] = weightedDot(n, T, i * n, T, j * n, weights);
      out.xtx[j + i * q] = out.xtx[i + j * q];
    }
  }
}

/** r ← ỹ − Qβ − Zb, n. @param b - factor after factor, level after level */
export function rowResidualsInto(
  r: Float64Array,
  { n, q, T, factors }: RowSystem,
  beta: Float64Array,
  b: Float64Array,
): void {
  const p = q - 1;
  for (let i = 0; i < n; i++) r[i] = T[p * n + i];
  for (let c = 0; c < p; c++) for (let i = 0; i < n; i++) r[i] -= T[c * n + i] * beta[c];
  let start = 0;
  for (let f = 0; f < factors.length; f++) {
    const { levels, k, codes, columns } = factors[f];
    for (let c = 0; c < k; c++) {
      for (let i = 0; i < n; i++) r[i] -= columns[c * n + i] * b[start + codes[i] * k + c];
    }
    start += levels * k;
  }
}

/** Σ wᵢxᵢyᵢ, summed by runs: the rounding error grows with the length and the number of runs, not with n. */
export function weightedDot(
  n: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
  weights: Float64Array | null,
): number {
  let total = 0;
  for (let start = 0; start < n; start += ROWS) {
    const end = Math.min(start + ROWS, n);
    let sum = 0;
    if (weights === null) for (let i = start; i < end; i++) sum += x[xo + i] * y[yo + i];
    else for (let i = start; i < end; i++) sum += weights[i] * x[xo + i] * y[yo + i];
    total += sum;
  }
  return total;
}

function factorInto(
  { ztz, ztx }: FactorBlocks,
  { k, codes, columns: z }: RowFactor,
  T: Float64Array,
  q: number,
  n: number,
  weights: Float64Array | null,
): void {
  ztz.fill(0);
  ztx.fill(0);
  for (let i = 0; i < n; i++) {
    const level = codes[i];
    const w = weights === null ? 1 : weights[i];
    for (let a = 0; a < k; a++) {
      const za = w * z[a * n + i];
      if (za === 0) continue;
      for (let b = 0; b < k; b++) ztz[level * k * k + a + b * k] += za * z[b * n + i];
      for (let c = 0; c < q; c++) ztx[level * k * q + a + c * k] += za * T[c * n + i];
    }
  }
}

function pairInto(
  values: Float64Array,
  f: RowFactor,
  h: RowFactor,
  pairOf: Int32Array,
  n: number,
  weights: Float64Array | null,
): void {
  values.fill(0);
  const size = f.k * h.k;
  for (let i = 0; i < n; i++) {
    const at = pairOf[i] * size;
    const w = weights === null ? 1 : weights[i];
    for (let b = 0; b < h.k; b++) {
      const right = w * h.columns[b * n + i];
      for (let a = 0; a < f.k; a++) values[at + a + b * f.k] += f.columns[a * n + i] * right;
    }
  }
}

function pairsOf(n: number, f: RowFactor, h: RowFactor): RowPairs {
  // Rows sorted by level of f, so that one marker per level of h finds its pairs.
  const start = new Int32Array(f.levels + 1);
  for (let i = 0; i < n; i++) start[f.codes[i] + 1]++;
  for (let level = 0; level < f.levels; level++) start[level + 1] += start[level];
  const next = start.slice();
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[next[f.codes[i]]++] = i;

  const rowStart = new Int32Array(f.levels + 1);
  const seen: number[] = [];
  const marker = new Int32Array(h.levels).fill(-1);
  const slot = new Int32Array(h.levels);
  const column: number[] = [];
  const pairOf = new Int32Array(n);
  for (let level = 0; level < f.levels; level++) {
    seen.length = 0;
    for (let o = start[level]; o < start[level + 1]; o++) {
      const other = h.codes[order[o]];
      if (marker[other] !== level) {
        marker[other] = level;
        seen.push(other);
      }
    }
    seen.sort((a, b) => a - b);
    for (const other of seen) {
      slot[other] = column.length;
      column.push(other);
    }
    for (let o = start[level]; o < start[level + 1]; o++) pairOf[order[o]] = slot[h.codes[order[o]]];
    rowStart[level + 1] = column.length;
  }
  return { rowStart, column: Int32Array.from(column), pairOf };
}
