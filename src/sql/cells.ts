/**
 * The cells of the fixed part: the combinations of its factors' levels that occur. Type III tests read from them which
 * columns determine which.
 *
 * @module
 */

import type { LinearPart } from "../formula/algebra.ts";
import { plainColumn, type Variable } from "../model/evaluate.ts";
import type { ModelCells } from "../model/linearMixedModel.ts";
import type { SqlFrame } from "./frame.ts";
import { type KnownKey, levelOf } from "./keys.ts";

/** Irrational steps, under which multiples spread evenly over 0 … 1 and fulfil no linear relation. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The variables of the fixed part over its cells. */
export function cellsOf(part: LinearPart, frame: SqlFrame): ModelCells {
  const { cells, fixedKeys } = frame;
  const keys = fixedKeys.map((column) => frame.keys.get(column) as KnownKey);
  const count = cells?.length ?? keys[0]?.factor.levels.length ?? 1;
  // Each cell several times, so that numbers, which may be any, show all their products.
  const hasNumbers = part.labels.some((label) => frame.variables.get(label)?.kind === "numeric");
  const n = count * (hasNumbers ? part.terms.length + 2 : 1);
  const codesOf = new Map(
    keys.map(({ column, ...key }, j) => [
      column,
      Int32Array.from({ length: n }, (_, i) =>
        cells === undefined ? i % count : levelOf({ column, ...key }, cells.cell(i % count, `l${j}`)),
      ),
    ]),
  );
  let step = 1;
  const variables = part.labels.map((label, index): [string, Variable] => {
    const variable = frame.variables.get(label) as Variable;
    if (variable.kind === "numeric") {
      step *= 1 + GOLDEN;
      const own = Float64Array.from({ length: n }, (_, i) => ((i + 1) * step) % 1);
      return [label, { ...variable, columns: [own] }];
    }
    const codes = codesOf.get(plainColumn(part.variables[index]) as string) as Int32Array;
    return [label, { ...variable, factor: { ...variable.factor, codes } }];
  });
  return { n, variables: new Map(variables) };
}
