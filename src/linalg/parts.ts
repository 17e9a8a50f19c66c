/**
 * Splits a block system into the parts that share no row: for one factor its levels, for nested ones the outermost
 * levels, for crossed ones mostly the whole.
 *
 * @module
 */

import type { BlockSystem, FactorBlocks, PairBlocks } from "./blocks.ts";

/**
 * The connected parts of a system. Each keeps all factors, with those of their levels that belong to it; `xtx` is
 * that of the whole.
 */
export function connectedParts(system: BlockSystem): BlockSystem[] {
  const { factors, pairs, q } = system;
  const first: number[] = [];
  let count = 0;
  for (const { levels } of factors) {
    first.push(count);
    count += levels;
  }
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  pairs.forEach((row, f) => {
    row.forEach(({ rowStart, column }, d) => {
      for (let level = 0; level < factors[f].levels; level++) {
        for (let e = rowStart[level]; e < rowStart[level + 1]; e++) {
          parent[root(first[f] + level)] = root(first[f + 1 + d] + column[e]);
        }
      }
    });
  });
  const members = new Map<number, number[][]>();
  // Place of each level inside its part.
  const place = new Int32Array(count);
  factors.forEach(({ levels }, f) => {
    for (let level = 0; level < levels; level++) {
      const key = root(first[f] + level);
      const own = members.get(key) ?? factors.map(() => []);
      place[first[f] + level] = own[f].push(level) - 1;
      members.set(key, own);
    }
  });
  return [...members.values()].map((levels): BlockSystem => {
    const blocks = factors.map(
      ({ k, ztz, ztx }, f): FactorBlocks => ({
        levels: levels[f].length,
        k,
        ztz: chosen(ztz, levels[f], k * k),
        ztx: chosen(ztx, levels[f], k * q),
      }),
    );
    const own = pairs.map((row, f) =>
      row.map(({ rowStart, column, values }, d): PairBlocks => {
        const size = factors[f].k * factors[f + 1 + d].k;
        const entries = levels[f].flatMap((level) =>
          Array.from({ length: rowStart[level + 1] - rowStart[level] }, (_, e) => rowStart[level] + e),
        );
        const starts = new Int32Array(levels[f].length + 1);
        levels[f].forEach((level, i) => {
          starts[i + 1] = starts[i] + rowStart[level + 1] - rowStart[level];
        });
        return {
          rowStart: starts,
          column: Int32Array.from(entries, (e) => place[first[f + 1 + d] + column[e]]),
          values: chosen(values, entries, size),
        };
      }),
    );
    return { q, xtx: system.xtx, factors: blocks, pairs: own };
  });
}

function chosen(source: Float64Array, which: readonly number[], size: number): Float64Array {
  const out = new Float64Array(which.length * size);
  which.forEach((at, i) => {
    out.set(source.subarray(at * size, (at + 1) * size), i * size);
  });
  return out;
}
