/**
 * Variables of a model, without rows.
 *
 * @module
 */

import { type Column, type Table, tableOf } from "../data/table.ts";
import { ModelError } from "../errors.ts";
import { deparse, type Node } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import { learnVariable } from "../model/evaluate.ts";
import type { SummedVariable } from "../model/sums.ts";
import { checkLevels } from "../model/usableRows.ts";
import { isDate, type SqlKind } from "./dialect.ts";
import type { SqlValue } from "./frame.ts";
import type { KnownKey } from "./keys.ts";
import type { SqlOptions } from "./options.ts";
import { type LearntTransforms, statesOf } from "./transforms.ts";

/** The variables and offsets of a formula, learnt from tables that hold a row per level, or none. */
export function learnVariables(
  { fixed }: Formula,
  nodes: ReadonlyMap<string, Node>,
  kinds: ReadonlyMap<string, SqlKind>,
  keys: ReadonlyMap<string, KnownKey>,
  values: ReadonlyMap<string, SqlValue>,
  options: SqlOptions,
  transforms: LearntTransforms,
): SummedVariable[] {
  const contrasts = new Map<string, unknown>(Object.entries(options.contrasts ?? {}));
  const empty = (kind: SqlKind): Column => ({
    kind: isDate(kind) ? "date" : "number",
    values: new Float64Array(0),
  });
  const numbers: Table = tableOf(new Map(Array.from(kinds, ([name, kind]) => [name, empty(kind)])), 0);
  const labels: Table = tableOf(
    new Map(
      Array.from(keys.values(), ({ column, kind, factor }): [string, Column] => [
        column,
        // Text, so that numbers as text are refused as they are in rows.
        kind === "text" && options.levels?.[column] === undefined
          ? { kind: "text", values: factor.levels }
          : factor,
      ]),
    ),
    0,
  );
  const offsets = fixed.offsets.map((node) => [deparse(node), node] as const);
  const variables = [...new Map([...nodes, ...offsets])].map(([label, node]): SummedVariable => {
    const value = values.get(label);
    if (nodes.has(label) && value === undefined) {
      const { recipe } = learnVariable(node, labels, contrasts);
      if (recipe.kind !== "factor") throw new Error("labels that are numbers");
      checkLevels(label, recipe);
      return { ...recipe, order: (keys.get(recipe.column) as KnownKey).order };
    }
    // Refuses contrasts of numbers.
    if (node.type === "name") learnVariable(node, numbers, contrasts);
    const isColumn = value !== undefined && fixed.terms.some((term) => term.label === label);
    return {
      kind: "numeric",
      label,
      suffixes: [""],
      states: statesOf(node, transforms),
      mean: value?.mean ?? null,
      range: isColumn ? { low: value.low, high: value.high } : null,
    };
  });
  for (const name of contrasts.keys()) {
    if (nodes.has(name) || kinds.has(name)) continue;
    throw new ModelError(
      "not-a-factor",
      `Contrasts are given for ${name}, which the formula does not use.`,
      "Leave them out.",
      { variable: name },
    );
  }
  return variables;
}
