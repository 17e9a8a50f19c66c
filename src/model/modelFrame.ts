/**
 * The model frame: a formula's variables evaluated on a table, over the rows that can be used.
 *
 * @module
 */

import { type FactorColumn, factor, takeRows } from "../data/factor.ts";
import { asFactor, columnOf, type Table, tableOf } from "../data/table.ts";
import { checkKind, DataError, ModelError, type Warning } from "../errors.ts";
import { columnsUsed } from "../formula/functions.ts";
import { deparse, type Node } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import {
  correction,
  firstLabel,
  learnVariable,
  type NumericVariable,
  plainColumn,
  type Variable,
  type VariableRecipe,
} from "./evaluate.ts";
import {
  type Blame,
  checkFinite,
  checkLevels,
  checkVaries,
  keptRows,
  missingIn,
  noteUnused,
  weightsOf,
} from "./usableRows.ts";

/** Options that decide what becomes of the data. */
export interface FrameOptions {
  readonly weights?: string;
  readonly sigmaBy?: string;
  readonly contrasts?: Readonly<Record<string, string>>;
  readonly levels?: Readonly<Record<string, readonly string[]>>;
  readonly missing?: "drop" | "error";
  /** Whether the rows are some of many, which alone need not vary; defaults to `false`. */
  readonly partial?: boolean;
  /** Variables whose transformations keep what they learnt elsewhere, by label. */
  readonly learnt?: ReadonlyMap<string, VariableRecipe>;
}

/** Strata of rows with residual SDs of their own. */
export interface StrataOfRows {
  /** The column. */
  readonly name: string;
  readonly levels: readonly string[];
  /** Stratum of each row kept, from 0. */
  readonly codes: Int32Array;
}

/** Everything a formula reads from a table, over the rows kept. Arrays have one entry per kept row. */
export interface ModelFrame {
  /** Rows of the table. */
  readonly inputRows: number;
  /** The rows kept, ascending, counting from 0. */
  readonly rows: Int32Array;
  readonly response: Float64Array;
  readonly weights: Float64Array | null;
  readonly strata: StrataOfRows | null;
  readonly offset: Float64Array | null;
  /** Variables of the fixed part and of the random terms, by label. */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly recipes: ReadonlyMap<string, VariableRecipe>;
  /** Columns of labels that random terms group by, by label. */
  readonly groups: ReadonlyMap<string, FactorColumn>;
  readonly warnings: readonly Warning[];
}

/**
 * Evaluates a formula on a table and drops the rows with missing values or zero weight, with a warning.
 *
 * @throws {DataError} `unknown-column`, `text-response`, `boolean-response`, `numbers-as-text`,
 * `not-a-number`, `missing-rows` (when missing rows are errors), `no-rows`, `infinite-value`,
 * `constant-response`, `negative-weight`; {ModelError} `one-level`, `not-a-factor`, `no-response`
 * @see R's `model.frame()`
 */
export function modelFrame(formula: Formula, data: Table, options: FrameOptions = {}): ModelFrame {
  const table = withLevels(data, options.levels);
  if (options.contrasts !== undefined)
    checkKind(
      'the option "contrasts"',
      options.contrasts,
      [],
      "contrasts by column",
      'Pass { column: "sum" }.',
    );
  const contrasts = new Map<string, unknown>(Object.entries(options.contrasts ?? {}));
  const blames: Blame[] = [];
  const full = evaluateAll(formula, table, contrasts, blames, options.learnt);
  checkContrastNames(contrasts, full.variables, table);
  const weights = options.weights === undefined ? null : weightsOf(table, options.weights, blames);
  const strata = options.sigmaBy === undefined ? null : strataOf(table, options.sigmaBy, blames);

  const { rows, warnings } = keptRows(table.rowCount, blames, weights, options);
  const isAll = rows.length === table.rowCount;
  const take = (x: Float64Array): Float64Array => (isAll ? x : Float64Array.from(rows, (row) => x[row]));
  const finite = (label: string, x: Float64Array): Float64Array => {
    const kept = take(x);
    checkFinite(label, kept, rows);
    return kept;
  };

  const response = finite(formula.responseLabel, full.response);
  const { partial = false } = options;
  if (!partial) checkVaries(formula.responseLabel, response);
  const recipes = new Map(full.recipes);
  const variables = new Map<string, Variable>();
  for (const [label, variable] of full.variables) {
    if (variable.kind === "numeric") {
      const columns = variable.columns.map((column) => finite(label, column));
      variables.set(label, { ...variable, columns });
      continue;
    }
    const { column, unused } = takeRows(variable.factor, rows);
    noteUnused(warnings, label, unused);
    if (!partial) checkLevels(label, column);
    variables.set(label, { ...variable, factor: column });
    recipes.set(label, {
      ...(recipes.get(label) as VariableRecipe & { kind: "factor" }),
      levels: column.levels,
    });
  }
  const groups = new Map<string, FactorColumn>();
  for (const [label, whole] of full.groups) {
    const { column, unused } = takeRows(whole, rows);
    if (!variables.has(label)) noteUnused(warnings, label, unused);
    groups.set(label, column);
  }
  return {
    inputRows: table.rowCount,
    rows,
    response,
    weights: weights === null ? null : take(weights),
    strata: strata === null ? null : keptStrata(strata, rows, warnings, partial),
    offset: full.offset === null ? null : finite("offset", full.offset),
    variables,
    recipes,
    groups,
    warnings,
  };
}

/** The sum of the offsets of a formula over all rows; `null` if it has none. */
export function offsetOf(offsets: readonly Node[], compute: (node: Node) => Variable): Float64Array | null {
  let sum: Float64Array | null = null;
  for (const node of offsets) {
    const [values] = (compute(node) as NumericVariable).columns;
    sum = sum === null ? values : sum.map((v, i) => v + values[i]);
  }
  return sum;
}

/** The column of `sigmaBy`; rows without a label cannot be used. */
function strataOf(table: Table, name: string, blames: Blame[]): { name: string; column: FactorColumn } {
  const column = asFactor(columnOf(table, name));
  const missing = Uint8Array.from(column.codes, (code) => (code < 0 ? 1 : 0));
  blames.push({ columns: [name], missing });
  return { name, column };
}

function keptStrata(
  { name, column }: { name: string; column: FactorColumn },
  rows: Int32Array,
  warnings: Warning[],
  partial: boolean,
): StrataOfRows {
  const { column: kept, unused } = takeRows(column, rows);
  noteUnused(warnings, name, unused);
  const { levels, codes } = kept;
  if (!partial) {
    const counts = levels.map((_, c) => codes.reduce((sum, code) => sum + (code === c ? 1 : 0), 0));
    checkStrata(name, levels, counts);
  }
  return { name, levels, codes };
}

/**
 * Refuses strata that do not tell residual standard deviations apart.
 *
 * @param counts - rows of each
 * @throws {ModelError} `one-level`, `one-row-per-stratum`
 */
export function checkStrata(name: string, levels: readonly string[], counts: readonly number[]): void {
  if (levels.length < 2) {
    throw new ModelError(
      "one-level",
      `${name} has one value (${levels[0]}), so there is one residual standard deviation.`,
      'Leave "sigmaBy" out.',
      { column: name },
    );
  }
  const lone = counts.findIndex((count) => count < 2);
  if (lone >= 0) {
    throw new ModelError(
      "one-row-per-stratum",
      `${name} ${levels[lone]} has one row, which says nothing about a residual standard deviation of its own.`,
      "Join it with another label.",
      { column: name, level: levels[lone] },
    );
  }
}

/** A table in which the columns named are factors with the levels given. */
function withLevels(table: Table, levels: FrameOptions["levels"]): Table {
  if (levels === undefined) return table;
  checkKind('the option "levels"', levels, [], "levels by column", 'Pass { column: ["first", "second"] }.');
  const columns = new Map(table.columns);
  for (const [name, wanted] of Object.entries(levels)) {
    const column = asFactor(columnOf(table, name));
    const labels = Array.from(column.codes, (code) => (code < 0 ? null : column.levels[code]));
    columns.set(name, factor(labels, { levels: wanted, ordered: column.ordered }));
  }
  return tableOf(columns, table.rowCount);
}

interface FullFrame {
  response: Float64Array;
  variables: Map<string, Variable>;
  recipes: Map<string, VariableRecipe>;
  groups: Map<string, FactorColumn>;
  offset: Float64Array | null;
}

function evaluateAll(
  formula: Formula,
  table: Table,
  contrasts: ReadonlyMap<string, unknown>,
  blames: Blame[],
  known: FrameOptions["learnt"],
): FullFrame {
  const response = responseOf(formula, table, blames);
  const variables = new Map<string, Variable>();
  const recipes = new Map<string, VariableRecipe>();
  for (const part of [formula.fixed, ...formula.random.map((spec) => spec.part)]) {
    for (const node of part.variables) {
      const label = deparse(node);
      if (variables.has(label)) continue;
      const learnt = learnVariable(node, table, contrasts, known?.get(label));
      variables.set(label, learnt.variable);
      recipes.set(label, learnt.recipe);
      blames.push({ columns: columnsUsed(node), missing: learnt.missing });
    }
  }
  const groups = new Map<string, FactorColumn>();
  for (const node of formula.random.flatMap((spec) => spec.groups.flatMap((group) => group.factors))) {
    const label = deparse(node);
    if (groups.has(label)) continue;
    const column = asFactor(columnOf(table, plainColumn(node) as string));
    groups.set(label, column);
    const missing = Uint8Array.from(column.codes, (code) => (code < 0 ? 1 : 0));
    blames.push({ columns: columnsUsed(node), missing });
  }
  const offset = offsetOf(formula.fixed.offsets, (node) => {
    const learnt = learnVariable(node, table, new Map(), known?.get(deparse(node)));
    recipes.set(deparse(node), learnt.recipe);
    return learnt.variable;
  });
  if (offset !== null) {
    const missing = missingIn(offset);
    blames.push({ columns: formula.fixed.offsets.flatMap(columnsUsed), missing });
  }
  return { response, variables, recipes, groups, offset };
}

function responseOf(formula: Formula, table: Table, blames: Blame[]): Float64Array {
  const { response, responseLabel } = formula;
  if (response === null) {
    throw new ModelError(
      "no-response",
      "The formula has no response.",
      "Write one like y ~ x + (1 | group).",
    );
  }
  const name = response.type === "name" ? response.name : undefined;
  const column = name === undefined ? undefined : columnOf(table, name);
  if (column?.kind === "text" || column?.kind === "factor") {
    throw new DataError(
      "text-response",
      `The response ${name} is ${firstLabel(column)}.`,
      correction(name as string, column) ?? `Convert it to numbers, e.g. ${name}: Number(d.${name}).`,
      { column: name },
    );
  }
  if (column?.kind === "boolean") {
    throw new DataError(
      "boolean-response",
      `The response ${name} is true/false, which a Gaussian model would treat as 0 and 1.`,
      `If that is meant, convert it: ${name}: Number(d.${name}).`,
      { column: name },
    );
  }
  if (column !== undefined && column.kind !== "date") {
    const missing = missingIn(column.values);
    blames.push({ columns: [name as string], missing });
    return column.values;
  }
  const learnt = learnVariable(response, table, new Map());
  blames.push({ columns: columnsUsed(response), missing: learnt.missing });
  const { variable } = learnt;
  if (variable.kind === "numeric" && variable.columns.length === 1) return variable.columns[0];
  throw new ModelError(
    "no-response",
    `${responseLabel} is not one column of numbers.`,
    "Use a single numeric response.",
  );
}

function checkContrastNames(
  contrasts: ReadonlyMap<string, unknown>,
  variables: ReadonlyMap<string, Variable>,
  table: Table,
): void {
  for (const name of contrasts.keys()) if (!variables.has(name)) columnOf(table, name);
}
