/**
 * Blocks of several sources, each in coordinates of its own, added up in those of all of them.
 *
 * @module
 */

import type { BlockSystem, FactorBlocks, PairBlocks } from "../linalg/blocks.ts";
import { productInto, transposedProductInto } from "../linalg/dense.ts";

/** Blocks of a source, and the way from its coordinates to common ones. */
export interface SourceBlocks {
  readonly system: BlockSystem;
  /** 1 to add, −1 to take away. */
  readonly sign: 1 | -1;
  /** [Q ỹ] of all = [Q ỹ] of the source × M on its rows; q_source × q. */
  readonly M: Float64Array;
  /** By common factor: */
  readonly factors: readonly {
    /** which of the source's it is, */
    readonly from: number;
    /** Z of all = Z of the source × K on its rows; k_source × k, */
    readonly K: Float64Array;
    /** and the common level of each of the source's, −1 for those that none of its rows has. */
    readonly places: Int32Array;
  }[];
}

/** The sizes of common blocks. */
export interface BlockSizes {
  readonly q: number;
  readonly factors: readonly { readonly levels: number; readonly k: number }[];
}

/** Adds up the blocks of sources. */
export function addBlocks(sources: readonly SourceBlocks[], { q, factors: sizes }: BlockSizes): BlockSystem {
  const xtx = new Float64Array(q * q);
  for (const { system, sign, M } of sources) {
    const product = sandwich(system.xtx, 0, system.q, M, q, system.q, M, q);
    for (let e = 0; e < xtx.length; e++) xtx[e] += sign * product[e];
  }
  const factors = sizes.map(({ levels, k }, f): FactorBlocks => {
    const ztz = new Float64Array(levels * k * k);
    const ztx = new Float64Array(levels * k * q);
    for (const { system, sign, M, factors: own } of sources) {
      const { from, K, places } = own[f];
      const source = system.factors[from];
      const size = source.k;
      places.forEach((level, at) => {
        if (level < 0) return;
        const zz = sandwich(source.ztz, at * size * size, size, K, k, size, K, k);
        const zx = sandwich(source.ztx, at * size * system.q, size, K, k, system.q, M, q);
        for (let e = 0; e < zz.length; e++) ztz[level * k * k + e] += sign * zz[e];
        for (let e = 0; e < zx.length; e++) ztx[level * k * q + e] += sign * zx[e];
      });
    }
    return { levels, k, ztz, ztx };
  });
  const pairs = sizes.map((_, f) =>
    sizes.slice(f + 1).map((__, d) => addPairs(sources, sizes, f, f + 1 + d)),
  );
  return { q, xtx, factors, pairs };
}

/** A pair of levels of a source, and where its block is. */
type Visit = (level: number, other: number, values: Float64Array, at: number, transposed: boolean) => void;

function addPairs(
  sources: readonly SourceBlocks[],
  sizes: BlockSizes["factors"],
  f: number,
  h: number,
): PairBlocks {
  const width = sizes[h].levels;
  const places = new Map<number, number>();
  for (const source of sources)
    visitPairs(source, f, h, (level, other) => {
      places.set(level * width + other, 0);
    });
  const keys = Float64Array.from(places.keys()).sort();
  const rowStart = new Int32Array(sizes[f].levels + 1);
  keys.forEach((key, at) => {
    places.set(key, at);
    rowStart[Math.floor(key / width) + 1]++;
  });
  for (let level = 0; level < sizes[f].levels; level++) rowStart[level + 1] += rowStart[level];
  const [left, right] = [sizes[f].k, sizes[h].k];
  const values = new Float64Array(keys.length * left * right);
  for (const source of sources) {
    const [a, b] = [source.factors[f], source.factors[h]];
    const [ka, kb] = [source.system.factors[a.from].k, source.system.factors[b.from].k];
    visitPairs(source, f, h, (level, other, own, at, transposed) => {
      const block = transposed ? transpose(own, at, kb, ka) : own.subarray(at, at + ka * kb);
      const product = sandwich(block, 0, ka, a.K, left, kb, b.K, right);
      const to = (places.get(level * width + other) as number) * left * right;
      for (let e = 0; e < product.length; e++) values[to + e] += source.sign * product[e];
    });
  }
  return { rowStart, column: Int32Array.from(keys, (key) => key % width), values };
}

/** Goes through the pairs of levels that common factors f and h have in a source. */
function visitPairs({ system, factors }: SourceBlocks, f: number, h: number, visit: Visit): void {
  const [a, b] = [factors[f], factors[h]];
  const transposed = a.from > b.from;
  const [first, second] = transposed ? [b, a] : [a, b];
  const { rowStart, column, values } = system.pairs[first.from][second.from - first.from - 1];
  const size = system.factors[first.from].k * system.factors[second.from].k;
  for (let own = 0; own + 1 < rowStart.length; own++) {
    const one = first.places[own];
    if (one < 0) continue;
    for (let e = rowStart[own]; e < rowStart[own + 1]; e++) {
      const two = second.places[column[e]];
      if (two < 0) continue;
      if (transposed) visit(two, one, values, e * size, true);
      else visit(one, two, values, e * size, false);
    }
  }
}

/** L′AR for A of m × n at `at`, L of m × l, R of n × r. */
export function sandwich(
  A: Float64Array,
  at: number,
  m: number,
  L: Float64Array,
  l: number,
  n: number,
  R: Float64Array,
  r: number,
): Float64Array {
  const half = new Float64Array(l * n);
  transposedProductInto(half, 0, L, 0, A, at, l, n, m);
  const out = new Float64Array(l * r);
  productInto(out, 0, half, 0, R, 0, l, r, n);
  return out;
}

function transpose(A: Float64Array, at: number, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let j = 0; j < n; j++) for (let i = 0; i < m; i++) out[j + i * n] = A[at + i + j * m];
  return out;
}
