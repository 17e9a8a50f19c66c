/**
 * What a formula makes of the labels of sums: variables, random terms, and where their columns stand.
 *
 * @module
 */

import type { FactorColumn } from "../data/factor.ts";
import { deparse, type Node } from "../formula/parser.ts";
import { type Formula, parseFormula } from "../formula/terms.ts";
import { gatherTerms, type TermPlace } from "./crossProducts.ts";
import { designLayout } from "./design.ts";
import type { Variable, VariableRecipe } from "./evaluate.ts";
import { type RandomTerm, type RandomTermRecipe, termsOf } from "./randomTerms.ts";
import type { ModelSums, SummedGroup, SummedLabels, SummedVariable } from "./sums.ts";
import { withoutRows } from "./withoutRows.ts";

/** Variables of a model without rows, by label. */
export interface OutlinedVariables {
  readonly variables: ReadonlyMap<string, Variable>;
  /** Those of offsets too. */
  readonly recipes: ReadonlyMap<string, VariableRecipe>;
}

/** A formula with the labels of sums. */
export interface Outline extends OutlinedVariables {
  readonly formula: Formula;
  /** In the order of the model's. */
  readonly terms: readonly { readonly term: RandomTerm; readonly recipe: RandomTermRecipe }[];
  readonly places: readonly TermPlace[];
  /** The columns that random terms group by, by label. */
  readonly groups: ReadonlyMap<string, FactorColumn>;
}

/** The variables of sums. */
export function variablesOf(
  summed: readonly SummedVariable[],
  { fixed, random }: Formula,
): OutlinedVariables {
  const nodesOf = (nodes: readonly Node[]): [string, Node][] => nodes.map((node) => [deparse(node), node]);
  const used = new Map([fixed, ...random.map(({ part }) => part)].flatMap((part) => nodesOf(part.variables)));
  const nodes = new Map([...nodesOf(fixed.offsets), ...used]);
  const recipes = new Map<string, VariableRecipe>();
  const variables = new Map<string, Variable>();
  for (const own of summed) {
    const { label } = own;
    const what = `the values of ${label}`;
    if (own.kind === "numeric") {
      const { kind, suffixes, states } = own;
      recipes.set(label, { kind, label, node: nodes.get(label) as Node, suffixes, states });
      if (used.has(label)) variables.set(label, withoutRows({ kind, label, suffixes }, { columns: what }));
    } else {
      const { kind, column, levels, ordered, contrasts } = own;
      recipes.set(label, { kind, label, column, levels, ordered, contrasts });
      const factor = withoutRows({ kind, levels, ordered }, { codes: what });
      variables.set(label, { kind, label, contrasts, factor });
    }
  }
  return { variables, recipes };
}

/** Reads the formula of sums and finds the columns of Z. */
export function outlineOf(
  sums: Pick<ModelSums, "formula" | "variables" | "labels" | "groups">,
  formula: Formula = parseFormula(sums.formula),
): Outline {
  const { variables, recipes } = variablesOf(sums.variables, formula);
  const levelsOf = new Map(sums.groups.map((group) => [group.label, levelsOfGroup(group, sums.labels)]));
  const terms = termsOf(formula.random, (part) => designLayout(part, variables).names)
    .map(({ group, name, part, members, columns, structure }) => {
      const levels = levelsOf.get(group.label) as readonly string[];
      const own = { group: group.label, name, levels, columns, structure };
      return {
        term: withoutRows(own, { codes: "the level of each row", z: "the design matrix Z" }) as RandomTerm,
        recipe: { group, name, levels, part, columns: members },
      };
    })
    .sort((a, b) => b.term.levels.length - a.term.levels.length);
  const { places } = gatherTerms(
    terms.map(({ term: { group, levels, columns, structure } }) => ({
      group,
      levels: levels.length,
      k: columns.length,
      structure,
    })),
  );
  const groups = new Map(
    sums.labels.map(({ label, levels, ordered }) => [
      label,
      withoutRows({ kind: "factor" as const, levels, ordered }, { codes: `the labels of ${label}` }),
    ]),
  );
  return { formula, variables, recipes, terms, places, groups };
}

/** The labels of a group's levels, those of crossed columns joined by a colon. */
function levelsOfGroup({ columns, codes }: SummedGroup, labels: readonly SummedLabels[]): readonly string[] {
  const own = columns.map((column) => labels.find(({ label }) => label === column) as SummedLabels);
  return Array.from(codes[0], (_, level) => own.map(({ levels }, c) => levels[codes[c][level]]).join(":"));
}
