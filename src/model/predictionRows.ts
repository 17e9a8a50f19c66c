/**
 * The rows that a prediction is for: of the model itself or of new data, with everything checked that can be wrong.
 *
 * @module
 */

import type { Table } from "../data/table.ts";
import {
  ArgumentError,
  checkList,
  DataError,
  didYouMean,
  listOf,
  show,
  type Warning,
  warning,
} from "../errors.ts";
import { columnsUsed } from "../formula/functions.ts";
import { estimableRows } from "./estimable.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import { designFor, type Recipe } from "./recipe.ts";
import { infiniteValue, weightsOf } from "./usableRows.ts";

/** A random term over m rows: what `RandomTerm` and `NewTerm` share. */
export interface RowTerm {
  /** Level of each row, from 0; negative where the row has no known level. */
  readonly codes: Int32Array;
  /** m × k, column-major. */
  readonly z: Float64Array;
}

/** m rows of design, from the model or from new data. */
export interface PredictionDesign {
  readonly m: number;
  readonly X: Float64Array;
  readonly offset: Float64Array | null;
  readonly weights: Float64Array | null;
  /** One per random term; `null` for terms that do not count. */
  readonly terms: readonly ((RowTerm & { readonly labels?: readonly (string | null)[] }) | null)[];
}

/**
 * Which random terms count; all of them where none are named.
 *
 * @throws {ArgumentError} `unknown-term`, `invalid-argument`
 */
export function countingTerms(model: LinearMixedModel, wanted: readonly string[] | undefined): boolean[] {
  checkList("predict()", "terms", wanted);
  if (wanted === undefined) return model.random.map(() => true);
  const known = [...new Set(model.random.flatMap(({ group, name }) => [group, name]))];
  for (const name of wanted) {
    if (known.includes(name)) continue;
    const near = didYouMean(name, known);
    throw new ArgumentError(
      "unknown-term",
      `The model has no random term ${show(name)}.`,
      near === undefined ? `It has ${listOf(known, 12)}.` : `Did you mean "${near}"?`,
      { name, known },
    );
  }
  return model.random.map(({ group, name }) => wanted.includes(group) || wanted.includes(name));
}

/** The rows used by the model. */
export function ownRows(
  model: LinearMixedModel,
  counts: readonly boolean[],
  weights: Float64Array | null,
): PredictionDesign {
  const terms = model.random.map((term, t) => (counts[t] ? term : null));
  return { m: model.n, X: model.fixed.values, offset: model.offset, weights, terms };
}

/**
 * New rows, their columns and labels checked.
 *
 * @throws {DataError} `missing-column`, `unseen-group-level`, `missing-group-label`, `unseen-level`, `no-rows`,
 * `infinite-value`, `negative-weight`
 */
export function newRows(
  model: LinearMixedModel,
  table: Table,
  counts: readonly boolean[],
  groups: "known" | "new" | "population",
  warnings: Warning[],
): PredictionDesign {
  const random = model.recipe.random.filter((_, t) => counts[t]);
  const recipe: Recipe = { ...model.recipe, random };
  requireColumns(recipe, table);
  const design = designFor(recipe, table);
  if (groups === "known") {
    for (const { group, labels, codes } of design.random) {
      labels.forEach((label, i) => {
        if (codes[i] < 0) refuseLabel(model, group, label, i, labels, codes);
      });
    }
  }
  const { weights } = model.recipe;
  const given = weights !== null && table.columns.has(weights) ? weightsOf(table, weights, []) : null;
  model.fixed.names.forEach((name, j) => {
    refuseInfinite(name, design.X.subarray(j * design.n, (j + 1) * design.n));
  });
  for (const { group, z } of design.random) refuseInfinite(`A slope across ${group}`, z, design.n);
  noteExtrapolation(model, design.X, design.n, warnings);
  noteInestimable(model, table, warnings);
  let next = 0;
  const terms = counts.map((counted) => (counted ? design.random[next++] : null));
  return { m: design.n, X: design.X, offset: design.offset, weights: given, terms };
}

/**
 * Checks that new data have every column that a design needs.
 *
 * @throws {DataError} `missing-column`
 */
export function requireColumns(recipe: Recipe, table: Table): void {
  const nodes = [
    ...recipe.fixed.variables,
    ...recipe.fixed.offsets,
    ...recipe.random.flatMap(({ part, group }) => [...part.variables, ...group.factors]),
  ];
  const absent = [...new Set(nodes.flatMap(columnsUsed))].filter((name) => !table.columns.has(name));
  // Without rows there are no columns either; the design says so.
  if (absent.length === 0 || table.rowCount === 0) return;
  const near = didYouMean(absent[0], table.names);
  throw new DataError(
    "missing-column",
    `predict needs ${listOf(absent)}, which the new data do not have.`,
    near === undefined
      ? `Add ${absent.length === 1 ? "it" : "them"} to every row.`
      : `Did you mean "${near}"?`,
    { columns: absent },
  );
}

function refuseLabel(
  model: LinearMixedModel,
  group: string,
  label: string | null,
  row: number,
  labels: readonly (string | null)[],
  codes: Int32Array,
): never {
  const remedy =
    `groups: "new" takes its effects as unknown, with the variance between groups; ` +
    `groups: "population" sets them to zero.`;
  if (label === null) {
    throw new DataError(
      "missing-group-label",
      `Row ${row} (counting from 0) has no ${group}, so there is no effect to add.`,
      remedy,
      { group, row },
    );
  }
  const unseen = [...new Set(labels.filter((name, i) => name !== null && codes[i] < 0))] as string[];
  throw new DataError(
    "unseen-group-level",
    `${listOf(unseen.map(show))} was not seen in ${group} (${model.random.find((term) => term.group === group)?.levels.length} levels).`,
    remedy,
    { group, levels: unseen, row },
  );
}

/** Refuses infinite values; missing ones stay missing. */
function refuseInfinite(label: string, values: Float64Array, m = values.length): void {
  const rows = new Set<number>();
  values.forEach((value, i) => {
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) rows.add(i % m);
  });
  if (rows.size > 0) throw infiniteValue(label, [...rows]);
}

/** Says which numbers lie outside what the model has seen. Categories cannot: unseen ones are errors. */
function noteExtrapolation(model: LinearMixedModel, X: Float64Array, m: number, warnings: Warning[]): void {
  model.fixed.names.forEach((name, j) => {
    if (model.recipe.variables.get(name)?.kind !== "numeric") return;
    const { low, high } = model.summaries.ranges[j];
    const outside: number[] = [];
    for (let i = 0; i < m; i++) if (X[j * m + i] < low || X[j * m + i] > high) outside.push(i);
    if (outside.length === 0) return;
    const text = `${name} = ${X[j * m + outside[0]]} lies outside ${low} to ${high}, the range the model was fitted on (rows ${listOf(outside)}, counting from 0).`;
    warnings.push(warning("extrapolation", text, { variable: name, low, high, rows: outside }));
  });
}

/** Says which rows break the relations that made the model leave out columns: their predictions take those for 0. */
function noteInestimable(model: LinearMixedModel, table: Table, warnings: Warning[]): void {
  const { dropped, kept } = model.fixed;
  if (dropped.length === 0) return;
  const all = Int32Array.from({ length: kept.length + dropped.length }, (_, j) => j);
  const { X, n } = designFor({ ...model.recipe, kept: all }, table, { random: false });
  const full = Array.from(all, (j) => X.subarray(j * n, (j + 1) * n));
  const rows = estimableRows(model, full, n)?.flatMap((estimable, i) => (estimable ? [] : [i])) ?? [];
  if (rows.length === 0) return;
  const left = `${listOf(dropped)}, whose coefficient${dropped.length === 1 ? " counts" : "s count"} as 0`;
  const text = `The data cannot estimate the mean of ${rows.length} of ${n} rows (rows ${listOf(rows)}, counting from 0), which go against what made the model leave out ${left}.`;
  warnings.push(warning("non-estimable", text, { rows, dropped }));
}
