/**
 * What the data can still estimate once columns of the fixed part were left out.
 *
 * @module
 */

import { designColumns } from "./design.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import { analyseRank } from "./rank.ts";

/**
 * Which rows of the full design (all columns, also those left out) the data can estimate: those that obey the relations
 * that made the model leave out columns, and so lie in the row space of the full design (Searle 1971, Linear Models, §5.4).
 *
 * @returns `undefined` for a model of sums that left out a column because of its numbers: sums hold none of them
 */
export function estimableRows(
  { fixed: { dropped }, terms, cells }: Pick<LinearMixedModel, "fixed" | "terms" | "cells">,
  full: readonly Float64Array[],
  size: number,
): boolean[] | undefined {
  if (dropped.length === 0) return new Array<boolean>(size).fill(true);
  const own = designColumns(terms.fixed, cells.variables, cells.n);
  const { relations } = analyseRank(own.names, own.columns, terms.fixed.intercept);
  // Rows that stand for others fulfil only the relations of their labels.
  if (relations.length < dropped.length) return undefined;
  const at = new Map(own.names.map((name, j) => [name, j]));
  const entryOf = (name: string, row: number): number => full[at.get(name) as number][row];
  return Array.from({ length: size }, (_, row) =>
    relations.every(({ name, coefficients }) => {
      const value = entryOf(name, row);
      let sum = 0;
      let scale = Math.abs(value);
      for (const [other, weight] of coefficients) {
        sum += weight * entryOf(other, row);
        scale = Math.max(scale, Math.abs(weight * entryOf(other, row)));
      }
      // 1e-7: the accuracy of the relations. A missing cell is no matter of the data.
      return !(Math.abs(value - sum) > 1e-7 * scale);
    }),
  );
}
