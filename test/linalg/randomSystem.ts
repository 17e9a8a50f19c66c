/** Small block systems made from rows, with everything dense beside them. */

import { Matrix } from "ml-matrix";
import type { BlockSystem } from "../../src/linalg/blocks.ts";
import { numbers, spread } from "./numbers.ts";

export type Shape = "one" | "nested" | "crossed" | "nested and crossed" | "parent last";
export const SHAPES: readonly Shape[] = ["one", "nested", "crossed", "nested and crossed", "parent last"];

/** A system, its Λ, and the dense matrices it stands for. */
export interface RandomSystem {
  readonly system: BlockSystem;
  readonly lambda: Float64Array[];
  readonly n: number;
  readonly p: number;
  /** Rows × random-effect columns, factor after factor, level after level. */
  readonly Z: Matrix;
  /** Rows × (p + 1): X and y. */
  readonly T: Matrix;
  readonly W: Matrix;
  /** Block-diagonal Λ. */
  readonly Lambda: Matrix;
  /** First column of each factor in Z. */
  readonly starts: readonly number[];
  /** Λ′Z′WZΛ + I bordered by X and y. */
  readonly H: Matrix;
}

/** Rows, factors of the given shape with the given numbers of columns, and their cross-products. */
export function randomSystem(seed: number, shape: Shape, ks: readonly number[], p = 2): RandomSystem {
  const next = numbers(seed);
  const n = 45;
  const count = shape === "one" ? 1 : Math.max(2, ks.length);
  const levels = [11, 6, 3].slice(0, shape === "nested and crossed" || shape === "parent last" ? 3 : count);
  const k = levels.map((_, f) => ks[f % ks.length]);
  const any = (most: number): number => Math.floor(next() * most);
  const inSecond = Array.from({ length: 11 }, () => any(6));
  const inThird = Array.from({ length: 6 }, () => any(3));
  const parent = Array.from({ length: 11 }, () => any(3));
  const codes = Array.from({ length: n }, () => {
    const first = any(levels[0]);
    if (shape === "nested") return [first, inSecond[first], inThird[inSecond[first]]];
    if (shape === "nested and crossed") return [first, inSecond[first], any(3)];
    if (shape === "parent last") return [first, any(6), parent[first]];
    return [first, any(6), any(3)];
  });
  const starts: number[] = [];
  let columns = 0;
  levels.forEach((J, f) => {
    starts.push(columns);
    columns += J * k[f];
  });
  const Z = Matrix.zeros(n, columns);
  const T = Matrix.zeros(n, p + 1);
  const W = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    levels.forEach((_, f) => {
      for (let c = 0; c < k[f]; c++) Z.set(i, starts[f] + codes[i][f] * k[f] + c, c === 0 ? 1 : spread(next));
    });
    for (let c = 0; c <= p; c++) T.set(i, c, c === 0 ? 1 : spread(next));
    W.set(i, i, 0.3 + next());
  }
  const lambda = k.map((size) => {
    const L = new Float64Array(size * size);
    for (let j = 0; j < size; j++)
      for (let i = j; i < size; i++) L[i + j * size] = i === j ? 2 * next() : spread(next);
    return L;
  });
  const Lambda = Matrix.zeros(columns, columns);
  levels.forEach((J, f) => {
    for (let level = 0; level < J; level++) {
      const at = starts[f] + level * k[f];
      for (let j = 0; j < k[f]; j++)
        for (let i = 0; i < k[f]; i++) Lambda.set(at + i, at + j, lambda[f][i + j * k[f]]);
    }
  });
  const ZWZ = Z.transpose().mmul(W).mmul(Z);
  const ZWT = Z.transpose().mmul(W).mmul(T);
  const TWT = T.transpose().mmul(W).mmul(T);
  const q = p + 1;
  const system: BlockSystem = {
    q,
    xtx: flat(TWT, 0, 0, q, q),
    factors: levels.map((J, f) => ({
      levels: J,
      k: k[f],
      ztz: joined(J, (level) => flat(ZWZ, starts[f] + level * k[f], starts[f] + level * k[f], k[f], k[f])),
      ztx: joined(J, (level) => flat(ZWT, starts[f] + level * k[f], 0, k[f], q)),
    })),
    pairs: levels.map((J, f) =>
      levels.slice(f + 1).map((_, d) => {
        const h = f + 1 + d;
        const rowStart = new Int32Array(J + 1);
        const column: number[] = [];
        for (let level = 0; level < J; level++) {
          const seen = new Set(codes.filter((code) => code[f] === level).map((code) => code[h]));
          column.push(...[...seen].sort((a, b) => a - b));
          rowStart[level + 1] = column.length;
        }
        const level = (entry: number): number => rowStart.findIndex((end) => end > entry) - 1;
        const values = joined(column.length, (entry) =>
          flat(ZWZ, starts[f] + level(entry) * k[f], starts[h] + column[entry] * k[h], k[f], k[h]),
        );
        return { rowStart, column: Int32Array.from(column), values };
      }),
    ),
  };
  const size = columns + q;
  const H = Matrix.zeros(size, size);
  H.setSubMatrix(Matrix.add(Lambda.transpose().mmul(ZWZ).mmul(Lambda), Matrix.eye(columns)), 0, 0);
  const border = Lambda.transpose().mmul(ZWT);
  H.setSubMatrix(border, 0, columns);
  H.setSubMatrix(border.transpose(), columns, 0);
  H.setSubMatrix(TWT, columns, columns);
  // Rounding leaves the product of four matrices a little asymmetric.
  for (let j = 0; j < size; j++) for (let i = 0; i < j; i++) H.set(i, j, H.get(j, i));
  return { system, lambda, n, p, Z, T, W, Lambda, starts, H };
}

/** An m × n block of a matrix, column-major. */
export function flat(M: Matrix, row: number, column: number, m: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, e) => M.get(row + (e % m), column + Math.floor(e / m)));
}

function joined(count: number, block: (index: number) => Float64Array): Float64Array {
  return Float64Array.from(Array.from({ length: count }, (_, index) => [...block(index)]).flat());
}
