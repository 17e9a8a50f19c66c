/**
 * Loops in WebAssembly against their twins in plain code: the same bits. Where WebAssembly may not be had, the plain
 * loops are held against themselves.
 *
 * @module
 */

import { compiledGather } from "../../linalg/compiledGather.ts";
import { distinctLevels } from "../../linalg/distinctLevels.ts";
import { gatherSubtractInto } from "../../linalg/gather.ts";
import { ln } from "../../stats/special.ts";
import type { Compare } from "./comparison.ts";
import { generator } from "./dense.ts";

/** Products over levels with one to three columns, and gathers over pairs of levels. */
export function compareKernels(compare: Compare): void {
  const next = generator(5);
  const numbers = (length: number): Float64Array => Float64Array.from({ length }, () => next() - 0.5);
  for (const k of [1, 2, 3]) {
    const [levels, q] = [33, 3];
    const ztz = numbers(levels * k * k);
    for (let level = 0; level < levels; level++) {
      for (let j = 0; j < k; j++) {
        for (let i = 0; i < k; i++) {
          const at = level * k * k;
          ztz[at + i + j * k] = i === j ? 4 + next() : ztz[at + Math.min(i, j) * k + Math.max(i, j)];
        }
      }
    }
    const factor = { levels, k, ztz, ztx: numbers(levels * k * q) };
    const lambda = numbers(k * k);
    const start = numbers(q * q);
    const [lanes, plain] = [0, levels + 1].map((fewest) => {
      const S = start.slice();
      const loop = distinctLevels(factor, q, ln, fewest);
      return { log: loop.reduceInto(S, lambda), S, B: loop.B };
    });
    compare(`levels of ${k} columns in WebAssembly: log determinant`, lanes.log, plain.log);
    compare(`levels of ${k} columns in WebAssembly: sums that differ`, different(lanes.S, plain.S), 0);
    compare(`levels of ${k} columns in WebAssembly: factors that differ`, different(lanes.B, plain.B), 0);
  }
  const [rows, columns, each] = [40, 30, 7];
  const rowStart = Int32Array.from({ length: rows + 1 }, (_, row) => row * each);
  const column = Int32Array.from({ length: rows * each }, () => Math.floor(columns * next()));
  const effects = numbers(columns);
  for (const values of [null, numbers(rows * each)]) {
    const gather = { rows, k: 1, other: 1, rowStart, column, values };
    const ours = numbers(rows);
    const theirs = ours.slice();
    gatherSubtractInto(ours, { ...gather, compiled: compiledGather(gather, columns, 0) }, effects);
    gatherSubtractInto(theirs, gather, effects);
    const what = values === null ? "counts of one" : "weights";
    compare(`gathers with ${what} in WebAssembly: sums that differ`, different(ours, theirs), 0);
  }
}

function different(a: Float64Array, b: Float64Array): number {
  return a.reduce((count, value, i) => count + +!Object.is(value, b[i]), 0);
}
