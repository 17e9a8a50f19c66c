/**
 * Reference grids: every combination of the factors of the fixed part, covariates at their means, as rows of X.
 *
 * Searle, Speed & Milliken 1980, Am. Stat. 34, "population marginal means"; R: emmeans's `ref_grid`.
 *
 * @module
 */

import { factor } from "../data/factor.ts";
import { asFactor, type Column, tableOf } from "../data/table.ts";
import { ArgumentError, didYouMean, listOf, ModelError, show, type Warning, warning } from "../errors.ts";
import { columnsUsed } from "../formula/functions.ts";
import { quoteName } from "../formula/parser.ts";
import { meanOf } from "../formula/transforms.ts";
import { designColumns } from "../model/design.ts";
import { estimableRows } from "../model/estimable.ts";
import { repeatVariable, type Variable } from "../model/evaluate.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { RowMeans } from "../model/rowSummaries.ts";
import { needsRows } from "../model/withoutRows.ts";

/** A column of the data that the fixed part reads, with the values it takes in the grid. */
interface Axis {
  readonly name: string;
  readonly kind: "factor" | "number";
  readonly values: readonly (string | number)[];
  /** All levels of the model, for factors. */
  readonly levels: readonly string[];
}

/** Values to take instead of the defaults, by column. */
export type GridValues = Readonly<Record<string, string | number | readonly (string | number)[]>>;

/** What a grid needs of a linear or mixed model. */
export type GridModel = Pick<
  LinearMixedModel,
  "formula" | "terms" | "fixed" | "recipe" | "variables" | "cells" | "rows" | "n" | "p" | "table"
> & { readonly summaries: RowMeans };

/** A linear function of the coefficients, named by the values it stands for. */
export interface GridCell {
  readonly values: Readonly<Record<string, string | number>>;
  /** p weights; `null` when the data cannot estimate it. */
  readonly weights: Float64Array | null;
}

/** Cells of the factors asked for, averaged over everything else. */
export interface Grid {
  readonly cells: readonly GridCell[];
  readonly notes: readonly Warning[];
}

/**
 * The means asked for, as linear functions of β: the first factor varies fastest, all others are averaged over with
 * equal weights, covariates stand at their means over the rows used.
 *
 * @param factors - columns whose combinations are the cells
 * @param at - values in place of the defaults: levels of a factor, values of a covariate
 * @throws {ArgumentError} `unknown-factor`, `unknown-level`, `invalid-argument`
 * @throws {ModelError} `needs-at` when the mean of a covariate cannot be known from the model
 */
export function referenceGrid(model: GridModel, factors: readonly string[], at: GridValues): Grid {
  const axes = axesOf(model, at, factors);
  const known = axes.map(({ name }) => name);
  for (const name of [...factors, ...Object.keys(at)]) {
    if (known.includes(name)) continue;
    const near = typeof name === "string" ? didYouMean(name, known) : undefined;
    const uses = known.length === 0 ? "It has no predictors." : `It uses ${listOf(known, 12)}.`;
    const isFormula = typeof name === "string" && /[~|]/.test(name);
    throw new ArgumentError(
      "unknown-factor",
      `The fixed part of ${model.formula} does not use ${typeof name === "string" ? name : show(name)}.`,
      isFormula
        ? 'For a | b write ("a", { by: "b" }), for a * b ["a", "b"].'
        : near === undefined
          ? uses
          : `Did you mean "${near}"?`,
      { name, known },
    );
  }
  const asked = factors.map((name) => axes[known.indexOf(name)]);
  const others = axes.filter(({ name }) => !factors.includes(name));
  const order = [...asked, ...others];
  const size = order.reduce((count, { values }) => count * values.length, 1);
  const cellCount = asked.reduce((count, { values }) => count * values.length, 1);
  const { X, estimable } = gridRows(model, order, size);
  const cells: GridCell[] = Array.from({ length: cellCount }, (_, cell) => {
    const values: Record<string, string | number> = {};
    let rest = cell;
    for (const axis of asked) {
      values[axis.name] = axis.values[rest % axis.values.length];
      rest = Math.floor(rest / axis.values.length);
    }
    const weights = new Float64Array(model.p);
    const shares = size / cellCount;
    let whole = true;
    for (let row = cell; row < size; row += cellCount) {
      for (let j = 0; j < model.p; j++) weights[j] += X[row + j * size] / shares;
      if (!estimable[row]) whole = false;
    }
    return { values, weights: whole ? weights : null };
  });
  return { cells, notes: [...missingCells(cells), ...interactionNote(model, factors, others)] };
}

/** Mean of the offset over the rows used, which every mean contains; 0 without one. */
export function meanOffset(model: GridModel): number {
  return model.summaries.offsetMean;
}

function axesOf(model: GridModel, at: GridValues, factors: readonly string[]): Axis[] {
  const axes = new Map<string, Axis>();
  const numeric: string[] = [];
  for (const label of model.terms.fixed.labels) {
    const recipe = model.recipe.variables.get(label);
    if (recipe === undefined) continue;
    if (recipe.kind === "numeric") numeric.push(...columnsUsed(recipe.node));
    else {
      const { column: name, levels } = recipe;
      axes.set(name, { name, kind: "factor", values: wantedLevels(name, levels, at[name]), levels });
    }
  }
  for (const name of numeric) {
    if (axes.has(name)) continue;
    const given = at[name];
    const values = given === undefined ? [meanOfColumn(model, name)] : listed(given);
    const odd = values.find((value) => typeof value !== "number" || !Number.isFinite(value));
    if (odd !== undefined) {
      throw new ArgumentError(
        "invalid-argument",
        `The grid value of ${name} is ${show(odd)}.`,
        "Give finite numbers.",
        { name, value: odd },
      );
    }
    if (values.length > 1 && !factors.includes(name)) {
      throw new ArgumentError(
        "invalid-argument",
        `The grid has ${values.length} values of ${name}, which is not among the columns asked for.`,
        `Give one value, or ask for means by ${name} too.`,
        { name, values },
      );
    }
    axes.set(name, { name, kind: "number", values, levels: [] });
  }
  return [...axes.values()];
}

function listed(value: string | number | readonly (string | number)[]): readonly (string | number)[] {
  return typeof value === "string" || typeof value === "number" ? [value] : value;
}

function wantedLevels(
  name: string,
  levels: readonly string[],
  given: GridValues[string] | undefined,
): string[] {
  if (given === undefined) return [...levels];
  const wanted = listed(given).map(String);
  const strange = wanted.find((level) => !levels.includes(level));
  if (strange !== undefined || wanted.length === 0) {
    throw new ArgumentError(
      "unknown-level",
      `${name} has no level ${show(strange ?? "")}.`,
      `It has ${listOf(levels.map(show), 12)}.`,
      { name, level: strange },
    );
  }
  return wanted;
}

function meanOfColumn(model: GridModel, name: string): number {
  const plain = model.summaries.means.get(quoteName(name));
  if (plain !== undefined) return plain;
  const column = model.table?.columns.get(name);
  if (column?.kind === "number" || column?.kind === "date") {
    return meanOf(Float64Array.from(model.rows, (row) => column.values[row]));
  }
  throw new ModelError(
    "needs-at",
    `The model reads ${name} through a transformation and does not hold its values, so their mean is not known.`,
    `Say where the grid stands: at: { ${name}: … }.`,
    { column: name },
  );
}

/** Rows of X over the grid, the first axis fastest, and which of them the data can estimate. */
function gridRows(
  model: GridModel,
  axes: readonly Axis[],
  size: number,
): { X: Float64Array; estimable: boolean[] } {
  const columns = new Map<string, Column>();
  let stride = 1;
  for (const { name, kind, values, levels } of axes) {
    const step = stride;
    const cells = Array.from({ length: size }, (_, row) => values[Math.floor(row / step) % values.length]);
    const column = kind === "factor" ? factor(cells, { levels }) : undefined;
    columns.set(name, column ?? { kind: "number", values: Float64Array.from(cells as number[]) });
    stride *= values.length;
  }
  const table = tableOf(columns, size);
  const part = model.terms.fixed;
  const variables = new Map<string, Variable>();
  for (const label of part.labels) {
    const recipe = model.recipe.variables.get(label);
    if (recipe === undefined) continue;
    // A column that serves as factor and as number has its labels read as numbers for the second use.
    const needed = recipe.kind === "numeric" ? withNumbers(columns, columnsUsed(recipe.node), size) : table;
    variables.set(label, repeatVariable(recipe, needed));
  }
  const full = designColumns(part, variables, size).columns;
  const X = new Float64Array(size * model.p);
  model.fixed.kept.forEach((column, j) => {
    X.set(full[column], j * size);
  });
  const estimable = estimableRows(model, full, size);
  if (estimable === undefined) throw needsRows("A mean where a column was left out because of its numbers");
  return { X, estimable };
}

function withNumbers(
  columns: ReadonlyMap<string, Column>,
  used: readonly string[],
  size: number,
): ReturnType<typeof tableOf> {
  const out = new Map(columns);
  for (const name of used) {
    const column = columns.get(name);
    if (column?.kind !== "factor") continue;
    const { levels, codes } = asFactor(column);
    out.set(name, { kind: "number", values: Float64Array.from(codes, (code) => Number(levels[code])) });
  }
  return tableOf(out, size);
}

function missingCells(cells: readonly GridCell[]): Warning[] {
  const gone = cells.filter(({ weights }) => weights === null).map(({ values }) => values);
  if (gone.length === 0) return [];
  const names = gone.map((values) =>
    Object.entries(values)
      .map(([name, value]) => `${name} = ${value}`)
      .join(", "),
  );
  return [
    warning(
      "non-estimable",
      `The data cannot estimate ${names.length === 1 ? "the mean" : "the means"} of ${listOf(names.map((name) => `{${name}}`))}: combinations they need were never observed.`,
      { cells: gone },
    ),
  ];
}

function interactionNote(model: GridModel, factors: readonly string[], others: readonly Axis[]): Warning[] {
  const { terms, labels } = model.terms.fixed;
  const columnsOf = (label: string): readonly string[] => {
    const recipe = model.recipe.variables.get(label);
    if (recipe === undefined) return [];
    return recipe.kind === "factor" ? [recipe.column] : columnsUsed(recipe.node);
  };
  const inside = new Set<string>();
  const over = new Set<string>();
  for (const { variables } of terms) {
    const used = new Set(variables.flatMap((i) => columnsOf(labels[i])));
    const averaged = others.filter(
      ({ name, kind, values }) => used.has(name) && (kind === "number" || values.length > 1),
    );
    const here = factors.filter((name) => used.has(name));
    if (here.length === 0 || averaged.length === 0) continue;
    for (const name of here) inside.add(name);
    for (const { name } of averaged) over.add(name);
  }
  if (inside.size === 0) return [];
  return [
    warning(
      "averages-over-interaction",
      `${[...inside].join(" and ")} ${inside.size > 1 ? "take" : "takes"} part in an interaction; averages over ${[...over].join(" and ")} may mislead.`,
      { factors: [...inside], over: [...over] },
    ),
  ];
}
