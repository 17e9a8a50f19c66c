/**
 * Tallies of several sources added up.
 *
 * @module
 */

import type { BlockSystem } from "../linalg/blocks.ts";
import { addBlocks, sandwich } from "./sumBlocks.ts";
import type { ModelSums, Tallies } from "./sums.ts";
import type { Part } from "./sumsProducts.ts";
import type { SumsTarget } from "./sumsTarget.ts";
import { cellPlaces } from "./unite.ts";

const ONE = Float64Array.of(1);

/** The tallies of all parts. */
export function talliesIn({ layout, groups, k }: SumsTarget, parts: readonly Part[]): Tallies {
  const cells = new Float64Array(Math.max(1, layout.cells.codes[0]?.length ?? 0));
  for (const { sign, source } of parts) {
    const places = layout.cells.labels.length === 0 ? [0] : cellPlaces(source, layout);
    places.forEach((place, cell) => {
      if (place >= 0) cells[place] += sign * source.tallies.cells[cell];
    });
  }
  const counted = parts.map(({ sign, source, factors }) => {
    const own = factors.map(({ from, places }) => ({ from, places, K: ONE }));
    return { sign, system: countsOf(source), M: ONE, factors: own };
  });
  const sizes = groups.map(({ codes }) => ({ levels: codes[0].length, k: 1 }));
  const counts = addBlocks(counted, { q: 1, factors: sizes });
  return {
    groups: counts.factors.map(({ ztz }) => ztz),
    pairs: counts.pairs.map((list) => list.map(({ values }) => values)),
    cells,
    constants: sizes.map(({ levels }, f) => constantsIn(levels, k[f], f, parts)),
    squares: k.map((columns, f) => {
      const squares = new Float64Array(columns * columns);
      for (const { sign, source, factors } of parts) {
        const { from, C } = factors[f];
        const size = source.products.factors[from].k;
        const product = sandwich(source.tallies.squares[from], 0, size, C, columns, size, C, columns);
        for (let e = 0; e < squares.length; e++) squares[e] += sign * product[e];
      }
      return squares;
    }),
  };
}

/** Counts as the cross-products of indicators of levels. */
function countsOf({ n, products, tallies }: ModelSums): BlockSystem {
  return {
    q: 1,
    xtx: Float64Array.of(n),
    factors: products.factors.map(({ levels }, f) => {
      const rows = tallies.groups[f];
      return { levels, k: 1, ztz: rows, ztx: rows };
    }),
    pairs: products.pairs.map((list, f) => list.map((pair, d) => ({ ...pair, values: tallies.pairs[f][d] }))),
  };
}

/** The constants of a factor; what is taken away was among them. */
function constantsIn(levels: number, k: number, f: number, parts: readonly Part[]): Float64Array {
  const constants = new Float64Array(levels * k);
  const seen = new Uint8Array(levels);
  for (const { sign, source, factors } of parts) {
    if (sign < 0) continue;
    const { from, C, places } = factors[f];
    const size = source.products.factors[from].k;
    places.forEach((level, own) => {
      if (level < 0) return;
      for (let c = 0; c < k; c++) {
        let value = 0;
        for (let i = 0; i < size; i++) {
          const share = C[i + c * size];
          if (share !== 0) value += share * source.tallies.constants[from][own * size + i];
        }
        const at = level * k + c;
        if (seen[level] === 0) constants[at] = value;
        else if (constants[at] !== value) constants[at] = Number.NaN;
      }
      seen[level] = 1;
    });
  }
  return constants;
}
