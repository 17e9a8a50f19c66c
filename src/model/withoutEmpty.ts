/**
 * What goes from sums when rows were taken away: levels, cells and pairs of levels that no row is left of.
 *
 * @module
 */

import type { BlockSystem, FactorBlocks, PairBlocks } from "../linalg/blocks.ts";
import type { ModelSums, SummedProducts, SummedVariable, Tallies } from "./sums.ts";
import { layoutOf, type SumsLayout } from "./unite.ts";
import { codesIn, factorsOf } from "./uniteLabels.ts";

/** A pair of levels whose products are below this share of their lengths has no row left. */
const NO_ROW = 1e-12;

/** The layout of sums without the levels and cells that have no rows. */
export function withoutEmpty(sums: ModelSums): SumsLayout {
  const { groups: rows, cells } = sums.tallies as Tallies;
  const left = (codes: readonly Int32Array[], counts: Float64Array): Int32Array[] =>
    codes.map((own) => own.filter((_, at) => counts[at] > 0));
  const groups = sums.groups.map((group, f) => ({ ...group, codes: left(group.codes, rows[f]) }));
  const seen = { ...sums.cells, codes: left(sums.cells.codes, cells) };
  const usedIn = (levels: readonly string[], codes: readonly Int32Array[]): string[] => {
    const used = new Set(codes.flatMap((own) => [...own]));
    return levels.filter((_, code) => used.has(code));
  };
  const labels = sums.labels.map((own) => {
    const codes = groups.flatMap(({ columns, codes: all }) => all.filter((_, c) => columns[c] === own.label));
    return { ...own, levels: usedIn(own.levels, codes) };
  });
  const variables = sums.variables.map((own): SummedVariable => {
    const f = seen.labels.indexOf(own.label);
    // Factors of random terms alone keep their levels: their rows are not counted.
    return own.kind === "factor" && f >= 0 ? { ...own, levels: usedIn(own.levels, [seen.codes[f]]) } : own;
  });
  const [before, after] = [sums.variables, variables].map(factorsOf);
  const { strata, products } = sums;
  return layoutOf({
    ...sums,
    labels,
    variables,
    groups: groups.map((group) => ({
      ...group,
      codes: group.codes.map((own, c) => codesIn(own, group.columns[c], sums.labels, labels)),
    })),
    cells: {
      ...seen,
      codes: seen.codes.map((own, f) => codesIn(own, seen.labels[f], before, after)),
    },
    strata: strata && {
      ...strata,
      levels: strata.levels.filter((_, c) => (products.strata?.counts[c] ?? 0) > 0),
    },
  });
}

/** The blocks of pairs of levels that rows are left of; those of strata have the pattern of the whole. */
export function withoutEmptyPairs(products: SummedProducts): SummedProducts {
  const { factors, pairs, strata } = products;
  const seen = pairs.map((list, f) =>
    list.map(({ rowStart, column, values }, d) => {
      const [left, right] = [factors[f], factors[f + 1 + d]];
      const own: boolean[] = [];
      for (let level = 0; level < left.levels; level++)
        for (let e = rowStart[level]; e < rowStart[level + 1]; e++)
          own[e] = isSeen(left, level, right, column[e], values, e * left.k * right.k);
      return own;
    }),
  );
  const kept = (system: BlockSystem): readonly (readonly PairBlocks[])[] =>
    system.pairs.map((list, f) =>
      list.map(({ rowStart, column, values }, d): PairBlocks => {
        const own = seen[f][d];
        const size = factors[f].k * factors[f + 1 + d].k;
        const before = new Int32Array(own.length + 1);
        own.forEach((is, e) => {
          before[e + 1] = before[e] + (is ? 1 : 0);
        });
        return {
          rowStart: rowStart.map((e) => before[e]),
          column: column.filter((_, e) => own[e]),
          values: values.filter((_, i) => own[Math.floor(i / size)]),
        };
      }),
    );
  return {
    ...products,
    pairs: kept(products),
    strata: strata && { ...strata, systems: strata.systems.map((own) => ({ ...own, pairs: kept(own) })) },
  };
}

function isSeen(
  left: FactorBlocks,
  level: number,
  right: FactorBlocks,
  other: number,
  values: Float64Array,
  at: number,
): boolean {
  const squareOf = ({ k, ztz }: FactorBlocks, of: number, c: number): number => ztz[of * k * k + c * (k + 1)];
  for (let b = 0; b < right.k; b++) {
    for (let a = 0; a < left.k; a++) {
      const size = Math.sqrt(squareOf(left, level, a) * squareOf(right, other, b));
      if (Math.abs(values[at + a + b * left.k]) > NO_ROW * size) return true;
    }
  }
  return false;
}
