/**
 * Products of the cross-products of two factors with a vector of effects, row by row, in either direction.
 *
 * @module
 */

import type { BlockSystem } from "./blocks.ts";
import { type CompiledGather, compiledGather } from "./compiledGather.ts";

/** Z_f′WZ_h by rows: row l lists the levels of h seen with level l of f. */
export interface Gather {
  /** J_f */
  readonly rows: number;
  /** k_f and k_h. */
  readonly k: number;
  readonly other: number;
  /** J_f + 1 offsets into `column`. */
  readonly rowStart: Int32Array;
  /** Levels of h. */
  readonly column: Int32Array;
  /** One k_f × k_h block per entry; `null` when all are 1. */
  readonly values: Float64Array | null;
  /** The same in WebAssembly, where that pays. */
  readonly compiled?: CompiledGather | undefined;
}

/** With the values at hand. */
export interface ValuedGather extends Gather {
  readonly values: Float64Array;
}

/** Z_f′WZ_h by rows, for any f ≠ h, with values. */
export function gatherOf(system: BlockSystem, f: number, h: number): ValuedGather {
  return f < h ? forward(system, f, h) : transposed(forward(system, h, f), system.factors[f].levels);
}

/** The same products ready for many calls: counts written out where that is not much longer, compiled where it pays. */
export function readied(gather: ValuedGather, columns: number): Gather {
  const plain = withoutCounts(gather);
  if (plain.k !== 1 || plain.other !== 1) return plain;
  return { ...plain, compiled: compiledGather(plain, columns) };
}

/** Counts as repeated entries, unless there are half as many again. */
function withoutCounts(gather: ValuedGather): Gather {
  const { rows, k, other, rowStart, column, values } = gather;
  if (k !== 1 || other !== 1) return gather;
  let total = 0;
  for (const value of values) {
    if (!Number.isInteger(value) || value < 1) return gather;
    total += value;
  }
  if (total > 1.5 * values.length) return gather;
  const start = new Int32Array(rows + 1);
  const repeated = new Int32Array(total);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let e = rowStart[row]; e < rowStart[row + 1]; e++) {
      for (let count = 0; count < values[e]; count++) repeated[at++] = column[e];
    }
    start[row + 1] = at;
  }
  return { rows, k, other, rowStart: start, column: repeated, values: null };
}

function forward(system: BlockSystem, f: number, h: number): ValuedGather {
  const { rowStart, column, values } = system.pairs[f][h - f - 1];
  const { levels, k } = system.factors[f];
  return { rows: levels, k, other: system.factors[h].k, rowStart, column, values };
}

function transposed(gather: ValuedGather, columns: number): ValuedGather {
  const { rows, k, other, rowStart, column, values } = gather;
  const start = new Int32Array(columns + 1);
  for (const c of column) start[c + 1]++;
  for (let c = 0; c < columns; c++) start[c + 1] += start[c];
  const next = start.slice();
  const back = new Int32Array(column.length);
  const out = new Float64Array(values.length);
  const size = k * other;
  for (let row = 0; row < rows; row++) {
    for (let e = rowStart[row]; e < rowStart[row + 1]; e++) {
      const at = next[column[e]]++;
      back[at] = row;
      for (let j = 0; j < other; j++) {
        for (let i = 0; i < k; i++) out[at * size + j + i * other] = values[e * size + i + j * k];
      }
    }
  }
  return { rows: columns, k: other, other: k, rowStart: start, column: back, values: out };
}

/** out −= Z_f′WZ_h b: `out` J_f × k_f level after level, `b` J_h × k_h. */
export function gatherSubtractInto(out: Float64Array, gather: Gather, b: Float64Array): void {
  if (gather.compiled !== undefined) gather.compiled(out, b);
  else if (gather.values === null) subtractOnes(out, gather.rows, gather.rowStart, gather.column, b);
  else if (gather.k === 1 && gather.other === 1)
    subtractScalars(out, gather.rows, gather.rowStart, gather.column, gather.values, b);
  else if (gather.k === 2 && gather.other === 2)
    subtractPairs(out, gather.rows, gather.rowStart, gather.column, gather.values, b);
  else subtractBlocks(out, gather, gather.values, b);
}

// Four sums side by side hide the latency of the additions.

function subtractOnes(
  out: Float64Array,
  rows: number,
  rowStart: Int32Array,
  column: Int32Array,
  b: Float64Array,
): void {
  for (let row = 0, e = 0; row < rows; row++) {
    const end = rowStart[row + 1];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (; e + 7 < end; e += 8) {
      s0 += b[column[e]] + b[column[e + 4]];
      s1 += b[column[e + 1]] + b[column[e + 5]];
      s2 += b[column[e + 2]] + b[column[e + 6]];
      s3 += b[column[e + 3]] + b[column[e + 7]];
    }
    for (; e < end; e++) s0 += b[column[e]];
    out[row] -= s0 + s1 + (s2 + s3);
  }
}

function subtractScalars(
  out: Float64Array,
  rows: number,
  rowStart: Int32Array,
  column: Int32Array,
  values: Float64Array,
  b: Float64Array,
): void {
  for (let row = 0, e = 0; row < rows; row++) {
    const end = rowStart[row + 1];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (; e + 3 < end; e += 4) {
      s0 += values[e] * b[column[e]];
      s1 += values[e + 1] * b[column[e + 1]];
      s2 += values[e + 2] * b[column[e + 2]];
      s3 += values[e + 3] * b[column[e + 3]];
    }
    for (; e < end; e++) s0 += values[e] * b[column[e]];
    out[row] -= s0 + s1 + (s2 + s3);
  }
}

function subtractPairs(
  out: Float64Array,
  rows: number,
  rowStart: Int32Array,
  column: Int32Array,
  values: Float64Array,
  b: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    let s0 = 0;
    let s1 = 0;
    let t0 = 0;
    let t1 = 0;
    for (let e = rowStart[row]; e < rowStart[row + 1]; e++) {
      const at = 2 * column[e];
      const b0 = b[at];
      const b1 = b[at + 1];
      s0 += values[4 * e] * b0;
      s1 += values[4 * e + 1] * b0;
      t0 += values[4 * e + 2] * b1;
      t1 += values[4 * e + 3] * b1;
    }
    out[2 * row] -= s0 + t0;
    out[2 * row + 1] -= s1 + t1;
  }
}

function subtractBlocks(
  out: Float64Array,
  { rows, k, other, rowStart, column }: Gather,
  values: Float64Array,
  b: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let e = rowStart[row]; e < rowStart[row + 1]; e++) {
      for (let j = 0; j < other; j++) {
        const value = b[column[e] * other + j];
        const at = (e * other + j) * k;
        for (let i = 0; i < k; i++) out[row * k + i] -= values[at + i] * value;
      }
    }
  }
}
