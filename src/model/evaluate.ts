/**
 * Variables of a formula: expressions evaluated on the columns of a table, with a recipe that repeats the
 * same computation on new rows.
 *
 * @module
 */

import { type ContrastName, contrastNames } from "../data/contrasts.ts";
import { type FactorColumn, factor } from "../data/factor.ts";
import { asFactor, type Column, columnOf, isPlainNumber, type Table } from "../data/table.ts";
import { DataError, listOf, ModelError, oneOf, show } from "../errors.ts";
import { columnsUsed, evaluateColumns } from "../formula/functions.ts";
import { deparse, type Node } from "../formula/parser.ts";
import type { TransformState } from "../formula/transforms.ts";

/** A variable whose columns enter as they are. */
export interface NumericVariable {
  readonly kind: "numeric";
  readonly label: string;
  /** What follows the label in the names of the columns; `""` for a single one. */
  readonly suffixes: readonly string[];
  readonly columns: readonly Float64Array[];
}
/** A variable that enters through its contrasts. */
export interface FactorVariable {
  readonly kind: "factor";
  readonly label: string;
  readonly factor: FactorColumn;
  readonly contrasts: ContrastName;
}
/** A variable. */
export type Variable = NumericVariable | FactorVariable;

/** How to compute a variable for new rows. */
export type VariableRecipe =
  | {
      readonly kind: "numeric";
      readonly label: string;
      readonly node: Node;
      readonly suffixes: readonly string[];
      /** What `poly`, `scale` and `center` learnt, in the order of the calls. */
      readonly states: readonly TransformState[];
    }
  | {
      readonly kind: "factor";
      readonly label: string;
      readonly column: string;
      readonly levels: readonly string[];
      readonly ordered: boolean;
      readonly contrasts: ContrastName;
    };

/** A variable over all rows, and which of them are missing or cannot be computed. */
export interface Learnt {
  readonly variable: Variable;
  readonly recipe: VariableRecipe;
  /** 1 where a column it uses is missing. */
  readonly missing: Uint8Array;
}

/** The column behind a variable that is a plain name or `factor(name)`; `undefined` for a computation. */
export function plainColumn(node: Node): string | undefined {
  if (node.type === "name") return node.name;
  if (node.type === "call" && node.name === "factor") return plainColumn(node.args[0].value);
  return undefined;
}

/**
 * Evaluates a variable over all rows of a table.
 *
 * Numbers and dates enter as numbers; text, true/false and factors through contrasts.
 *
 * @param known what transformations learnt elsewhere, to be kept
 * @throws {DataError} `unknown-column`, `numbers-as-text`, `not-a-number`; {ModelError} `not-a-factor`
 */
export function learnVariable(
  node: Node,
  table: Table,
  contrasts: ReadonlyMap<string, unknown>,
  known?: VariableRecipe,
): Learnt {
  const label = deparse(node);
  const name = plainColumn(node);
  if (name !== undefined) {
    const column = columnOf(table, name);
    const asked = contrasts.get(label) ?? contrasts.get(name);
    const isNumeric = node.type === "name" && (column.kind === "number" || column.kind === "date");
    if (!isNumeric) {
      if (node.type === "name") refuseNumbersAsText(name, column);
      const labels = asFactor(column);
      const coding = asked === undefined ? undefined : oneOf(`contrasts of ${label}`, asked, contrastNames);
      const chosen = coding ?? (labels.ordered ? "poly" : "treatment");
      const { levels, ordered } = labels;
      return {
        variable: { kind: "factor", label, factor: labels, contrasts: chosen },
        recipe: { kind: "factor", label, column: name, levels, ordered, contrasts: chosen },
        missing: Uint8Array.from(labels.codes, (code) => (code < 0 ? 1 : 0)),
      };
    }
    if (asked !== undefined) {
      throw new ModelError(
        "not-a-factor",
        `Contrasts are given for ${label}, which holds numbers.`,
        `Write factor(${label}) in the formula, or leave the contrasts out.`,
        { variable: label },
      );
    }
  }
  const learnt = known?.kind === "numeric" ? known.states : null;
  const states: TransformState[] = [...(learnt ?? [])];
  const { suffixes, columns } = evaluateColumns(node, {
    column: (used) => numbersOf(table, used, label),
    rowCount: table.rowCount,
    states,
    learning: learnt === null,
  });
  return {
    variable: { kind: "numeric", label, suffixes, columns },
    recipe: { kind: "numeric", label, node, suffixes, states: learnt ?? states },
    missing: missingRows(node, table, label, columns),
  };
}

/**
 * Computes a variable for new rows.
 *
 * @throws {DataError} `unknown-column`, `unseen-level`, `not-a-number`
 */
export function repeatVariable(recipe: VariableRecipe, table: Table): Variable {
  const { label } = recipe;
  if (recipe.kind === "numeric") {
    const { columns } = evaluateColumns(recipe.node, {
      column: (used) => numbersOf(table, used, label),
      rowCount: table.rowCount,
      states: [...recipe.states],
      learning: false,
    });
    missingRows(recipe.node, table, label, columns);
    return { kind: "numeric", label, suffixes: recipe.suffixes, columns };
  }
  const here = asFactor(columnOf(table, recipe.column));
  const used = new Set(here.codes);
  const unseen = here.levels.filter((level, i) => used.has(i) && !recipe.levels.includes(level));
  if (unseen.length > 0) {
    throw new DataError(
      "unseen-level",
      `${label} has the value ${listOf(unseen.map(show))}, which the model has never seen.`,
      `It knows ${listOf(recipe.levels.map(show), 12)}.`,
      { variable: label, levels: unseen },
    );
  }
  const labels = Array.from(here.codes, (code) => (code < 0 ? null : here.levels[code]));
  const { levels, ordered } = recipe;
  return { kind: "factor", label, factor: factor(labels, { levels, ordered }), contrasts: recipe.contrasts };
}

/**
 * A column as numbers; `true` counts as 1.
 *
 * @param use the expression that needs it, for messages
 */
export function numbersOf(table: Table, name: string, use: string): Float64Array {
  const column = columnOf(table, name);
  if (column.kind === "number" || column.kind === "date") return column.values;
  if (column.kind === "boolean")
    return Float64Array.from(column.values, (v) => (v === null ? NaN : v ? 1 : 0));
  refuseNumbersAsText(name, column);
  throw new DataError(
    "not-a-number",
    `${use === name ? name : `${use} needs numbers, but ${name}`} holds ${firstLabel(column)}.`,
    correction(name, column) ?? "Use a column of numbers.",
    { column: name },
  );
}

/** What a column of labels holds, for messages: the first label, or the first among numbers. */
export function firstLabel(column: Column): string {
  if (column.kind === "factor") return `labels (the first is ${show(column.levels[0] ?? "")})`;
  const row = strayRow(column);
  const first = Array.from<unknown>(column.values).find((v) => v !== null) ?? "";
  return row < 0
    ? `text (the first is ${show(first)})`
    : `numbers and text (${show(column.values[row])} in row ${row}, counting from 0)`;
}

/** What makes text a column of numbers; undefined where it holds none, or nothing else. */
export function correction(name: string, column: Column): string | undefined {
  if (isDecimalCommas(column)) return `Write decimal points: ${withPoints(name)}.`;
  return strayRow(column) < 0
    ? undefined
    : "Correct that cell; if its value is missing, leave it empty or null.";
}

/** The first row whose text is no number in a column where other text is; −1 if there is none. */
function strayRow(column: Column): number {
  if (column.kind !== "text" || !column.values.some((v) => v !== null && isPlainNumber(v))) return -1;
  return column.values.findIndex((v) => v !== null && !isPlainNumber(v));
}

/** Whether every cell is a number, some of them with a decimal comma, as spreadsheets write it in many countries. */
function isDecimalCommas(column: Column): boolean {
  if (column.kind !== "text") return false;
  const there = column.values.filter((v) => v !== null);
  const hasComma = (v: string): boolean => /^[+-]?\d+,\d+$/.test(v);
  return there.some(hasComma) && there.every((v) => hasComma(v) || isPlainNumber(v));
}

const withPoints = (name: string): string => `${name}: Number(d.${name}.replace(",", "."))`;

function refuseNumbersAsText(name: string, column: Column): void {
  if (column.kind !== "text") return;
  const there = column.values.filter((v) => v !== null);
  const commas = isDecimalCommas(column);
  if (there.length === 0 || (!commas && !there.every(isPlainNumber))) return;
  const converted = commas ? withPoints(name) : `${name}: Number(d.${name})`;
  throw new DataError(
    "numbers-as-text",
    `${name} holds numbers as text (the first is ${show(there[0])}).`,
    `Convert it, e.g. ${converted}, or write factor(${name}) if they are labels.`,
    { column: name },
  );
}

function missingRows(node: Node, table: Table, label: string, columns: readonly Float64Array[]): Uint8Array {
  const missing = new Uint8Array(table.rowCount);
  for (const name of columnsUsed(node)) {
    const values = numbersOf(table, name, label);
    for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) missing[i] = 1;
  }
  const invalid: number[] = [];
  for (let i = 0; i < missing.length; i++) {
    if (missing[i] === 0 && columns.some((column) => Number.isNaN(column[i]))) invalid.push(i);
  }
  if (invalid.length === 0) return missing;
  const values = columnsUsed(node).map((name) => `${name} = ${numbersOf(table, name, label)[invalid[0]]}`);
  throw new DataError(
    "not-a-number",
    `${label} cannot be computed in rows ${listOf(invalid)}, counting from 0 (there ${values.join(", ")}).`,
    "Leave those rows out, or transform differently.",
    { variable: label, rows: invalid },
  );
}
