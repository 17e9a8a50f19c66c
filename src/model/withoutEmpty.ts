/**
 * What goes from sums when rows were taken away: levels, cells and pairs of levels that no row is left of.
 *
 * @module
 */

import type { BlockSystem, PairBlocks } from "../linalg/blocks.ts";
import type { ModelSums, SummedVariable } from "./sums.ts";
import { layoutOf, type SumsLayout } from "./unite.ts";
import { codesIn, factorsOf } from "./uniteLabels.ts";

/** The layout of sums without the levels and cells that have no rows. */
export function withoutEmpty(sums: ModelSums): SumsLayout {
  const { groups: rows, cells } = sums.tallies;
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

/** The sums without the blocks of pairs of levels that no row is left of. */
export function withoutEmptyPairs(sums: ModelSums): ModelSums {
  const { products, tallies } = sums;
  const { factors, strata } = products;
  const kept = (system: BlockSystem): readonly (readonly PairBlocks[])[] =>
    system.pairs.map((list, f) =>
      list.map(({ rowStart, column, values }, d): PairBlocks => {
        const rows = tallies.pairs[f][d];
        const size = factors[f].k * factors[f + 1 + d].k;
        const before = new Int32Array(rows.length + 1);
        rows.forEach((count, e) => {
          before[e + 1] = before[e] + (count > 0 ? 1 : 0);
        });
        return {
          rowStart: rowStart.map((e) => before[e]),
          column: column.filter((_, e) => rows[e] > 0),
          values: values.filter((_, i) => rows[Math.floor(i / size)] > 0),
        };
      }),
    );
  return {
    ...sums,
    tallies: {
      ...tallies,
      pairs: tallies.pairs.map((list) => list.map((rows) => rows.filter((count) => count > 0))),
    },
    products: {
      ...products,
      pairs: kept(products),
      strata: strata && { ...strata, systems: strata.systems.map((own) => ({ ...own, pairs: kept(own) })) },
    },
  };
}
