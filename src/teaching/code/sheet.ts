/**
 * What a script has to read before it can call the model: columns as numbers or labels, and rows to leave out.
 *
 * @module
 */

import type { ContrastName } from "../../data/contrasts.ts";
import { ModelError } from "../../errors.ts";
import { columnsUsed } from "../../formula/functions.ts";
import type { Node } from "../../formula/parser.ts";
import { plainColumn } from "../../model/evaluate.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { checkLabel, checkName } from "./literals.ts";

/** A column of labels that enters the design, or that rows are grouped by. */
export interface LabelColumn {
  readonly column: string;
  /** The levels in the order of the model; `null` when the column groups rows only. */
  readonly levels: readonly string[] | null;
  readonly contrasts: ContrastName;
}

/** The columns that a model reads, and how. */
export interface Sheet {
  readonly model: LinearMixedModel;
  /** How the cells of columns of numbers are written. */
  readonly numbers: ReadonlyMap<string, "number" | "boolean" | "date">;
  readonly labels: ReadonlyMap<string, LabelColumn>;
}

/** A reason why a target cannot have the model; `exportCode` says who can. */
export function cannot(target: string, reason: string): ModelError {
  return new ModelError("cannot-export", `${target} cannot take this model: ${reason}.`, "", {
    target,
    reason,
  });
}

/**
 * Collects the columns of a model.
 *
 * @throws {ModelError} `cannot-export`; {DataError} `unsafe-name`
 */
export function sheetOf(model: LinearMixedModel, target: string): Sheet {
  const numbers = new Map<string, "number" | "boolean" | "date">();
  const labels = new Map<string, LabelColumn>();
  const addNumber = (column: string): void => {
    const kind = model.table?.columns.get(column)?.kind;
    if (kind === "date") checkWholeDays(model, column, target);
    numbers.set(column, kind === "boolean" || kind === "date" ? kind : "number");
  };
  const addGroup = (column: string): void => {
    if (!labels.has(column)) labels.set(column, { column, levels: null, contrasts: "treatment" });
  };
  for (const recipe of model.recipe.variables.values()) {
    if (recipe.kind === "numeric") columnsUsed(recipe.node).forEach(addNumber);
    else {
      const { column, levels, contrasts } = recipe;
      labels.set(column, { column, levels, contrasts });
    }
  }
  columnsUsed(model.terms.response as Node).forEach(addNumber);
  if (model.recipe.weights !== null) addNumber(model.recipe.weights);
  for (const { group } of model.recipe.random) {
    for (const node of group.factors) addGroup(plainColumn(node) as string);
  }
  if (model.strata !== null) addGroup(model.strata.name);
  for (const column of [...numbers.keys(), ...labels.keys()]) checkName(column);
  for (const { levels } of labels.values()) levels?.forEach(checkLabel);
  for (const { group, levels } of model.random) {
    if (new Set(levels).size < levels.length) {
      throw cannot(target, `levels of ${group} cannot be told apart once their labels are joined by colons`);
    }
  }
  return { model, numbers, labels };
}

function checkWholeDays(model: LinearMixedModel, column: string, target: string): void {
  const dates = model.table?.columns.get(column);
  if (dates?.kind !== "date" || dates.values.every((day) => Number.isNaN(day) || Number.isInteger(day)))
    return;
  throw cannot(
    target,
    `${column} holds times of day, which blmm counts as parts of days; make it a column of numbers`,
  );
}

/** The names of a sheet's columns inside a script. */
export interface ScriptNames {
  /** A column of numbers as it stands in formulas. */
  number(column: string): string;
  /** A column of labels as it stands in formulas. */
  label(column: string): string;
  /** Its plain name in the table of the script, for string literals. */
  plainNumber(column: string): string;
  plainLabel(column: string): string;
  /** A name that nothing else has. */
  fresh(stem: string): string;
  /** Sentences about columns that go by another name in the script. */
  readonly renamed: readonly { readonly column: string; readonly name: string }[];
}

/**
 * Names for a script: the user's own where the language can write them, others where it cannot, or where one column is
 * read both as numbers and as labels.
 *
 * @param quote - a name as it stands in formulas; `null` when it cannot
 */
export function scriptNames(sheet: Sheet, quote: (name: string) => string | null): ScriptNames {
  const taken = new Set([...sheet.numbers.keys(), ...sheet.labels.keys()].map((name) => name.toLowerCase()));
  const fresh = (stem: string): string => {
    let name = stem;
    for (let i = 1; taken.has(name.toLowerCase()); i++) name = `${stem}${i}`;
    taken.add(name.toLowerCase());
    return name;
  };
  const renamed: { column: string; name: string }[] = [];
  const give = (column: string, stem: string, isFree: boolean): string => {
    if (isFree && quote(column) !== null) return column;
    const name = fresh(`${stem}1`.replace(/1$/, String(renamed.length + 1)));
    renamed.push({ column, name });
    return name;
  };
  const numbers = new Map([...sheet.numbers.keys()].map((column) => [column, give(column, "x", true)]));
  const labels = new Map(
    [...sheet.labels.keys()].map((column) => [column, give(column, "f", !sheet.numbers.has(column))]),
  );
  const quoted = (name: string): string => quote(name) ?? name;
  return {
    number: (column) => quoted(numbers.get(column) as string),
    label: (column) => quoted(labels.get(column) as string),
    plainNumber: (column) => numbers.get(column) as string,
    plainLabel: (column) => labels.get(column) as string,
    fresh,
    renamed,
  };
}
