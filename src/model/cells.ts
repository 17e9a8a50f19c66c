/**
 * Rows that stand for those of a model: the combinations of its factors' levels that occur. Type III tests read from
 * them which columns determine which.
 *
 * @module
 */

import type { LinearPart } from "../formula/algebra.ts";
import { nextUniform, seededState } from "../random/bits.ts";
import type { Variable } from "./evaluate.ts";
import type { ModelCells } from "./linearMixedModel.ts";

/**
 * The variables of a linear part over its cells.
 *
 * @param count - cells
 * @param codes - the level in each cell, by label of each factor of the part
 */
export function standInRows(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
  count: number,
  codes: ReadonlyMap<string, Int32Array>,
): ModelCells {
  // Each cell several times, so that numbers, which may be any, show all their products.
  const wide = part.terms.map((term) =>
    term.variables.reduce((columns, index) => {
      const variable = variables.get(part.labels[index]) as Variable;
      return columns * (variable.kind === "numeric" ? variable.suffixes.length : 1);
    }, 1),
  );
  const hasNumbers = part.labels.some((label) => variables.get(label)?.kind === "numeric");
  const n = count * (hasNumbers ? wide.reduce((sum, columns) => sum + columns, 2) : 1);
  // Numbers that fulfil no linear relation.
  const bits = seededState(1);
  const values = (): Float64Array => Float64Array.from({ length: n }, () => nextUniform(bits));
  const over = part.labels.map((label): [string, Variable] => {
    const variable = variables.get(label) as Variable;
    if (variable.kind === "numeric") return [label, { ...variable, columns: variable.suffixes.map(values) }];
    const own = codes.get(label) as Int32Array;
    const { kind, levels, ordered } = variable.factor;
    const repeated = Int32Array.from({ length: n }, (_, i) => own[i % count]);
    return [label, { ...variable, factor: { kind, levels, ordered, codes: repeated } }];
  });
  return { n, variables: new Map(over) };
}
