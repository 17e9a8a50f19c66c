/**
 * A design made larger or smaller, by whole groups or by the rows of each group.
 *
 * @module
 */

import type { FactorColumn } from "../data/factor.ts";
import { asFactor, type Column, type Table, tableOf } from "../data/table.ts";
import { ArgumentError, didYouMean, listOf, ModelError, show } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { modelOfRows } from "../model/lmm.ts";
import { parameterVariables } from "../model/variables.ts";

/**
 * The model of a design with another number of levels of a group, or of rows of each level.
 *
 * Of J levels (or rows of a level) the m wanted are number ⌊iJ/m⌋, i = 0 … m − 1: every part of the design as often as
 * the others, up to one. A level taken again gets a new label, and so do the levels of other columns that lie within
 * it. `poly()`, `scale()` and `center()` keep what they learnt, so that coefficients mean the same at every size.
 * Nothing but the design is of use; the response is to be replaced.
 *
 * @throws {ArgumentError} `unknown-group`; {ModelError} `needs-rows`, `design-changed`; what `lmm` throws
 */
export function extended(
  model: LinearMixedModel,
  group: string,
  size: number,
  along: "levels" | "rows",
): LinearMixedModel {
  const { table } = model;
  // Without a table this throws `needs-rows`.
  if (table === undefined) return model.withData({});
  const { codes, levels } = columnsOfGroup(model, table, group);
  const rowsOf: number[][] = levels.map(() => []);
  for (const row of model.rows) rowsOf[codes[row]].push(row);
  const seen = [...levels.keys()].filter((level) => rowsOf[level].length > 0);
  const chosen = along === "levels" ? spaced(seen, size) : seen;
  const rows: number[] = [];
  const copies: number[] = [];
  const taken = new Map<number, number>();
  for (const level of chosen) {
    const copy = taken.get(level) ?? 0;
    taken.set(level, copy + 1);
    for (const row of along === "rows" ? spaced(rowsOf[level], size) : rowsOf[level]) {
      rows.push(row);
      copies.push(copy);
    }
  }
  const renamed = columnsWithin(model, table, codes);
  const columns = new Map(
    [...table.columns].map(([name, column]) => [
      name,
      name === group || renamed.has(name) ? copied(asFactor(column), rows, copies) : picked(column, rows),
    ]),
  );
  const { formula, optionsGiven, recipe } = model;
  const made = tableOf(columns, rows.length);
  const larger = modelOfRows("power()", formula, made, optionsGiven, false, recipe.variables);
  const [before, now] = [model, larger].map((one) => ({
    coefficients: one.fixed.names,
    parameters: parameterVariables(one).map(({ name }) => name),
  }));
  for (const what of ["coefficients", "parameters"] as const) {
    if (now[what].join("\n") === before[what].join("\n")) continue;
    throw new ModelError(
      "design-changed",
      `With ${size} ${along} of ${group} the ${what} are ${listOf(now[what], 12)}, no longer ${listOf(before[what], 12)}.`,
      "Choose sizes at which every level of every factor occurs, and a group that has no part in the fixed effects or in sigmaBy.",
      { group, size },
    );
  }
  return larger;
}

/** The labels of a group that is one column of the table. */
function columnsOfGroup(model: LinearMixedModel, table: Table, group: string): FactorColumn {
  const groups = [...new Set(model.random.map((term) => term.group))].filter((name) =>
    table.columns.has(name),
  );
  const column = groups.includes(group) ? table.columns.get(group) : undefined;
  if (column !== undefined) return asFactor(column);
  const near = didYouMean(group, groups);
  throw new ArgumentError(
    "unknown-group",
    `The model has no group ${show(group)} that is a column of the data.`,
    near === undefined ? `It has ${listOf(groups) || "none"}.` : `Did you mean ${show(near)}?`,
    { group },
  );
}

/** Other columns of labels that the random terms group by, each of whose labels lies within one level. */
function columnsWithin(model: LinearMixedModel, table: Table, codes: Int32Array): Set<string> {
  const names = new Set(model.random.flatMap(({ group }) => group.split(":")));
  const within = [...names].filter((name) => {
    const column = table.columns.get(name);
    if (column === undefined) return false;
    const own = asFactor(column);
    const home = new Map<number, number>();
    for (const row of model.rows) {
      const first = home.get(own.codes[row]) ?? codes[row];
      if (first !== codes[row]) return false;
      home.set(own.codes[row], first);
    }
    return true;
  });
  return new Set(within);
}

/** m of the items, evenly spaced, or each of them over and over. */
function spaced<T>(items: readonly T[], m: number): T[] {
  return Array.from({ length: m }, (_, i) => items[Math.floor((i * items.length) / m)]);
}

/** Labels of the rows taken, each copy after the first with a number behind it. */
function copied({ codes, levels }: FactorColumn, rows: readonly number[], copies: readonly number[]): Column {
  const mark = separator(levels);
  const values = rows.map((row, i) => {
    if (codes[row] < 0) return null;
    const label = levels[codes[row]];
    return copies[i] === 0 ? label : `${label}${mark}${copies[i] + 1}`;
  });
  return { kind: "text", values };
}

/** Dots enough that no label made can be one that is there. */
function separator(levels: readonly string[]): string {
  let mark = ".";
  while (levels.some((label) => label.includes(mark))) mark += ".";
  return mark;
}

function picked(column: Column, rows: readonly number[]): Column {
  switch (column.kind) {
    case "factor":
      return { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]) };
    case "number":
    case "date":
      return { ...column, values: Float64Array.from(rows, (row) => column.values[row]) };
    case "text":
      return { kind: "text", values: rows.map((row) => column.values[row]) };
    case "boolean":
      return { kind: "boolean", values: rows.map((row) => column.values[row]) };
  }
}
