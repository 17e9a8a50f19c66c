/**
 * Recipes: the design of a model for rows it has not seen.
 *
 * @module
 */

import { asFactor, columnOf, type Table } from "../data/table.ts";
import { DataError } from "../errors.ts";
import type { LinearPart } from "../formula/algebra.ts";
import { deparse, type Node } from "../formula/parser.ts";
import { designColumns, keepColumns } from "./design.ts";
import { plainColumn, repeatVariable, type Variable, type VariableRecipe } from "./evaluate.ts";
import { offsetOf } from "./modelFrame.ts";
import { crossOf, type RandomTermRecipe } from "./randomTerms.ts";

/** What a model needs to compute its design for new rows: states of transformations, levels, contrasts. */
export interface Recipe {
  readonly fixed: LinearPart;
  /** The columns of the fixed part that the model kept. */
  readonly kept: Int32Array;
  readonly names: readonly string[];
  readonly variables: ReadonlyMap<string, VariableRecipe>;
  readonly random: readonly RandomTermRecipe[];
  /** The column of weights. */
  readonly weights: string | null;
}

/** A random term over new rows. */
export interface NewTerm {
  readonly group: string;
  readonly name: string;
  /** The label of each row; `null` where it is missing. */
  readonly labels: readonly (string | null)[];
  /** The model's level of each row, from 0; −1 where the label is missing or the model has never seen it. */
  readonly codes: Int32Array;
  /** m × k, column-major. */
  readonly z: Float64Array;
}

/** The design of a model for m new rows, aligned with them: cells of rows with missing values are `NaN`. */
export interface NewDesign {
  readonly n: number;
  /** m × p, column-major. */
  readonly X: Float64Array;
  readonly names: readonly string[];
  readonly offset: Float64Array | null;
  /** In the order of the model's terms; empty if only the fixed part was asked for. */
  readonly random: readonly NewTerm[];
}

/**
 * The design of a model for new rows, with the transformations and codings learnt from the model's own.
 *
 * @param options.random whether to compute the random terms as well, defaults to `true`; without them the
 * columns they group by may be absent
 * @throws {DataError} `unknown-column`, `unseen-level`, `not-a-number`, `no-rows`
 * @see R's `model.frame(newdata)` with `xlev` and `predvars`
 */
export function designFor(
  recipe: Recipe,
  table: Table,
  options: { readonly random?: boolean } = {},
): NewDesign {
  const n = table.rowCount;
  if (n === 0) throw new DataError("no-rows", "The new data have no rows.", "Pass at least one row.");
  const variables = new Map<string, Variable>();
  const prepare = (part: LinearPart): void => {
    for (const label of part.labels) {
      const known = recipe.variables.get(label);
      if (known !== undefined && !variables.has(label)) variables.set(label, repeatVariable(known, table));
    }
  };
  prepare(recipe.fixed);
  const fixed = keepColumns(designColumns(recipe.fixed, variables, n), recipe.kept, n);
  // A missing value must show even where its column was dropped or multiplied by an indicator of 0.
  const missing = missingIn(recipe.fixed, variables, n);
  for (let j = 0; j < fixed.names.length; j++) for (const i of missing) fixed.values[j * n + i] = NaN;
  const random =
    options.random === false ? [] : recipe.random.map((term) => newTerm(term, table, variables, prepare));
  const offset = offsetOf(recipe.fixed.offsets, (node) =>
    repeatVariable(recipe.variables.get(deparse(node)) as VariableRecipe, table),
  );
  return { n, X: fixed.values, names: fixed.names, offset, random };
}

function newTerm(
  recipe: RandomTermRecipe,
  table: Table,
  variables: ReadonlyMap<string, Variable>,
  prepare: (part: LinearPart) => void,
): NewTerm {
  const n = table.rowCount;
  prepare(recipe.part);
  const { columns } = designColumns(recipe.part, variables, n);
  const z = new Float64Array(n * recipe.columns.length);
  recipe.columns.forEach((column, c) => {
    z.set(columns[column], c * n);
  });
  for (const i of missingIn(recipe.part, variables, n)) {
    for (let c = 0; c < recipe.columns.length; c++) z[c * n + i] = NaN;
  }
  const factors = new Map(
    recipe.group.factors.map((node: Node) => [
      deparse(node),
      asFactor(columnOf(table, plainColumn(node) as string)),
    ]),
  );
  const here = crossOf(recipe.group, factors);
  const position = new Map(recipe.levels.map((level, index) => [level, index]));
  const known = here.levels.map((level) => position.get(level) ?? -1);
  return {
    group: recipe.group.label,
    name: recipe.name,
    labels: Array.from(here.codes, (code) => (code < 0 ? null : here.levels[code])),
    codes: here.codes.map((code) => (code < 0 ? -1 : known[code])),
    z,
  };
}

function missingIn(part: LinearPart, variables: ReadonlyMap<string, Variable>, n: number): number[] {
  const rows: number[] = [];
  const used = part.labels.map((label) => variables.get(label)).filter((variable) => variable !== undefined);
  for (let i = 0; i < n; i++) {
    const gone = used.some((variable) =>
      variable.kind === "factor"
        ? variable.factor.codes[i] < 0
        : variable.columns.some((column) => Number.isNaN(column[i])),
    );
    if (gone) rows.push(i);
  }
  return rows;
}
