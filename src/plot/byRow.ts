/**
 * Rows of a model as plots need them: one predictor, one group, response and predictions.
 *
 * @module
 */

import { columnOf } from "../data/table.ts";
import { checkKind, DataError, didYouMean, listOf, show } from "../errors.ts";
import { columnsUsed } from "../formula/functions.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { tableOf } from "../model/withoutRows.ts";

/** A REML fit or a posterior. */
export interface Predicting {
  readonly model: LinearMixedModel;
  predict(
    data?: undefined,
    options?: { readonly groups?: "known" | "population" },
  ): readonly { readonly estimate: number }[];
}

/** What to put where. */
export interface RowChoice {
  /** A numeric column of the data; defaults to the first one in the formula. */
  readonly x?: string;
  /** A grouping factor of the model; defaults to that of the first random term. */
  readonly group?: string;
}

/** A row of the data with its predictions, in the units of the data. */
export interface PredictedRow {
  readonly level: string;
  readonly x: number;
  readonly observed: number;
  /** With the random effects of its level. */
  readonly predicted: number;
  /** Without random effects. */
  readonly population: number;
}

/** The first column of numbers that the model computes a predictor of, as in `Days`, `scale(Days)` or `poly(Days, 2)`. */
export function numericColumn(model: LinearMixedModel): string | undefined {
  const predictors = [...model.recipe.variables.values()].filter((variable) => variable.kind === "numeric");
  const names = predictors.flatMap(({ node }) => columnsUsed(node));
  return names.find((name) => tableOf(model).columns.get(name)?.kind === "number");
}

/** Refuses what predicts nothing: a model, a promise. @throws {ArgumentError} `invalid-argument` */
export function predicting(source: Predicting): Predicting {
  const remedy = "Pass what reml(), ml() or gibbs() returns.";
  checkKind("The plot", source, ["model", "predict"], "a fit or a posterior", remedy);
  return source;
}

/** The choice with its defaults. @throws as {@link predictedRows} */
export function choiceOf(source: Predicting, { x, group }: RowChoice): { x: string; group: string } {
  const { model } = predicting(source);
  const table = tableOf(model);
  const groups = model.random.map((term) => term.group);
  const own = group ?? groups[0];
  if (!groups.includes(own)) {
    const near = didYouMean(own, groups);
    throw new DataError(
      "unknown-group",
      `There is no grouping factor ${show(own)} in the model.`,
      near === undefined ? `It has ${listOf(groups)}.` : `Did you mean "${near}"?`,
    );
  }
  const across = x ?? numericColumn(model);
  if (across === undefined) {
    throw new DataError(
      "no-numeric-predictor",
      `${model.formula} has no numeric predictor to draw lines along.`,
      "Name a column as x, or use interactionPlot() for factors.",
    );
  }
  if (columnOf(table, across).kind !== "number") {
    throw new DataError(
      "not-a-number",
      `${across} is not a column of numbers.`,
      "Name a numeric column as x.",
      { column: across },
    );
  }
  return { x: across, group: own };
}

/**
 * The rows kept, by level of the group and ascending x within.
 *
 * @throws {DataError} `unknown-group`, `unknown-column`, `not-a-number`, `no-numeric-predictor`; {ModelError} `needs-rows`
 */
export function predictedRows(source: Predicting, choice: RowChoice): PredictedRow[] {
  const { model } = predicting(source);
  const { x, group } = choiceOf(source, choice);
  const column = columnOf(tableOf(model), x);
  const values = column.kind === "number" ? column.values : new Float64Array(0);
  const { codes, levels } = model.random.find((term) => term.group === group)!;
  const predicted = source.predict();
  const population = source.predict(undefined, { groups: "population" });
  return Array.from(model.rows, (row, i) => ({
    code: codes[i],
    level: levels[codes[i]],
    x: values[row],
    observed: model.response.values[i],
    predicted: predicted[row].estimate,
    population: population[row].estimate,
  }))
    .filter((row) => Number.isFinite(row.x))
    .sort((a, b) => a.code - b.code || a.x - b.x)
    .map(({ code: _, ...row }) => row);
}

/** Means of the population's predictions at every x: one line where other predictors differ between rows. */
export function populationLine(rows: readonly PredictedRow[]): { x: number; population: number }[] {
  const sums = new Map<number, { sum: number; n: number }>();
  for (const { x, population } of rows) {
    const { sum, n } = sums.get(x) ?? { sum: 0, n: 0 };
    sums.set(x, { sum: sum + population, n: n + 1 });
  }
  return [...sums].sort(([a], [b]) => a - b).map(([x, { sum, n }]) => ({ x, population: sum / n }));
}
