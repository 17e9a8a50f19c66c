/**
 * The labels of a model in the form that sums have them.
 *
 * @module
 */

import type { Formula } from "../formula/terms.ts";
import type { SummedLabels, SummedVariable } from "../model/sums.ts";
import { type Outline, outlineOf } from "../model/sumsOutline.ts";
import type { SummedCells } from "../model/tallies.ts";
import { combinationsOf, type KnownGroup, type KnownKey } from "./keys.ts";
import type { ResultRows } from "./rows.ts";

/** Labels, cells, and what the formula makes of them. */
export interface SqlLayout {
  readonly variables: readonly SummedVariable[];
  /** Columns that random terms group by. */
  readonly labels: readonly SummedLabels[];
  readonly cells: SummedCells;
  /** The rows of each cell. */
  readonly cellRows: Float64Array;
  readonly outline: Outline;
}

/**
 * Puts together what the first round has found.
 *
 * @param fixedKeys - columns of labels in the fixed part
 * @param combinations - theirs, where there are several
 * @param n - rows kept
 */
export function layoutOf(
  formula: Formula,
  variables: readonly SummedVariable[],
  groups: readonly KnownGroup[],
  fixedKeys: readonly KnownKey[],
  combinations: ResultRows | undefined,
  n: number,
): SqlLayout {
  const labels = new Map<string, SummedLabels>();
  for (const { group, keys } of groups) {
    group.columns.forEach((label, c) => {
      const { factor, order } = keys[c];
      labels.set(label, { label, levels: factor.levels, ordered: factor.ordered, order });
    });
  }
  const layout = {
    formula: formula.text,
    variables,
    labels: [...labels.values()],
    groups: groups.map(({ group }) => group),
  };
  const { codes, rows } = combinationsOf(fixedKeys, combinations, n);
  // Of a column that is a label under two names, x and factor(x), both have its codes.
  const factors = formula.fixed.labels.flatMap((label) =>
    variables.flatMap((own) => (own.label === label && own.kind === "factor" ? [own] : [])),
  );
  return {
    variables,
    labels: layout.labels,
    cells: {
      labels: factors.map(({ label }) => label),
      codes: factors.map((own) => codes[fixedKeys.findIndex(({ column }) => column === own.column)]),
    },
    cellRows: rows,
    outline: outlineOf(layout, formula),
  };
}
