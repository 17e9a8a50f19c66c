/**
 * Cross-products of a model with some columns of its random terms left out, taken from those of the whole.
 *
 * @module
 */

import type { FactorBlocks, PairBlocks } from "../linalg/blocks.ts";
import type { CrossProducts, TermPlace } from "./crossProducts.ts";
import type { Structure } from "./structures.ts";

/**
 * Leaves out columns of random terms; a term without columns goes, a factor without terms too.
 *
 * @param keep - for each random term the positions of the columns kept, ascending
 */
export function keepRandomColumns(cross: CrossProducts, keep: readonly (readonly number[])[]): CrossProducts {
  const { q } = cross;
  const columns: number[][] = cross.factors.map(() => []);
  const inner: { old: number; offset: number; k: number; structure: Structure }[] = [];
  cross.places.forEach(({ factor, offset, structure }, t) => {
    if (keep[t].length === 0) return;
    const k = keep[t].length;
    inner.push({ old: factor, offset: columns[factor].length, k, structure: k > 1 ? structure : "us" });
    columns[factor].push(...keep[t].map((c) => offset + c));
  });
  const kept = columns.flatMap((own, f) => (own.length > 0 ? [f] : []));
  const factors = kept.map((f): FactorBlocks => {
    const { levels, k, ztz, ztx } = cross.factors[f];
    const own = columns[f];
    return {
      levels,
      k: own.length,
      ztz: blocks(ztz, levels, k, k, own, own),
      ztx: blocks(ztx, levels, k, q, own, [...Array(q).keys()]),
    };
  });
  const pairs = kept.map((f, i) =>
    kept.slice(i + 1).map((h): PairBlocks => {
      const { rowStart, column, values } = cross.pairs[f][h - f - 1];
      const { k } = cross.factors[f];
      return {
        rowStart,
        column,
        values: blocks(values, column.length, k, cross.factors[h].k, columns[f], columns[h]),
      };
    }),
  );
  const places = inner.map(({ old, ...place }): TermPlace => ({ factor: kept.indexOf(old), ...place }));
  const zScale = kept.map((f) => Float64Array.from(columns[f], (c) => cross.zScale[f][c]));
  const strata = cross.strata && {
    ...cross.strata,
    systems: cross.strata.systems.map((own) => keepRandomColumns({ ...cross, ...own, strata: null }, keep)),
  };
  return { ...cross, factors, pairs, places, zScale, strata };
}

/** The rows and columns wanted of `count` blocks of k × m. */
function blocks(
  source: Float64Array,
  count: number,
  k: number,
  m: number,
  rows: readonly number[],
  columns: readonly number[],
): Float64Array {
  const size = rows.length * columns.length;
  const out = new Float64Array(count * size);
  for (let b = 0; b < count; b++) {
    columns.forEach((c, j) => {
      rows.forEach((r, i) => {
        out[b * size + i + j * rows.length] = source[b * k * m + r + c * k];
      });
    });
  }
  return out;
}
