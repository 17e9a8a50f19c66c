/**
 * Kinds, levels and contrasts of variables, without rows.
 *
 * @module
 */

import { type Column, type Table, tableOf } from "../data/table.ts";
import { ModelError } from "../errors.ts";
import { deparse, type Node } from "../formula/parser.ts";
import { learnVariable, repeatVariable, type Variable, type VariableRecipe } from "../model/evaluate.ts";
import { checkLevels } from "../model/usableRows.ts";
import type { SqlKind } from "./dialect.ts";
import type { KnownKey } from "./keys.ts";
import type { SqlOptions } from "./options.ts";
import { type LearntTransforms, statesOf } from "./transforms.ts";

/** Kinds, levels and contrasts, learnt from tables that hold a row per level, or none. */
export function learnVariables(
  nodes: readonly (readonly [string, Node])[],
  kinds: ReadonlyMap<string, SqlKind>,
  keys: ReadonlyMap<string, KnownKey>,
  isLabel: (node: Node) => boolean,
  options: SqlOptions,
  offsets: readonly Node[],
  transforms: LearntTransforms,
): { variables: Map<string, Variable>; recipes: Map<string, VariableRecipe> } {
  const contrasts = new Map<string, unknown>(Object.entries(options.contrasts ?? {}));
  const empty = (kind: SqlKind): Column => ({
    kind: kind === "date" || kind === "timestamp" ? "date" : "number",
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
  const numeric = (node: Node): { variable: Variable; recipe: VariableRecipe } => {
    if (node.type === "name") return learnVariable(node, numbers, contrasts);
    const states = statesOf(node, transforms);
    const recipe = { kind: "numeric", label: deparse(node), node, suffixes: [""], states } as const;
    return { variable: repeatVariable(recipe, numbers), recipe };
  };
  const variables = new Map<string, Variable>();
  const recipes = new Map<string, VariableRecipe>();
  for (const [label, node] of nodes) {
    const learnt = isLabel(node) ? learnVariable(node, labels, contrasts) : numeric(node);
    variables.set(label, learnt.variable);
    recipes.set(label, learnt.recipe);
    if (learnt.variable.kind === "factor") checkLevels(label, learnt.variable.factor);
  }
  for (const node of offsets) recipes.set(deparse(node), numeric(node).recipe);
  for (const name of contrasts.keys()) {
    if (variables.has(name) || kinds.has(name)) continue;
    throw new ModelError(
      "not-a-factor",
      `Contrasts are given for ${name}, which the formula does not use.`,
      "Leave them out.",
      { variable: name },
    );
  }
  return { variables, recipes };
}
