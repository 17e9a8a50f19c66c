/**
 * From a formula to a model by way of three rounds of queries.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import { columnsUsed } from "../formula/functions.ts";
import type { Formula } from "../formula/terms.ts";
import { checkedModel } from "../model/checkedModel.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { namedEffects, studentParts } from "../model/student.ts";
import { blockPasses } from "./blocks.ts";
import type { SqlDialect, SqlKind } from "./dialect.ts";
import { framePasses } from "./frame.ts";
import { momentPasses } from "./moments.ts";
import type { SqlOptions } from "./options.ts";
import type { Passes } from "./passes.ts";

/** The columns of a table that a formula and its options use. */
export function columnsOfModel(formula: Formula, options: SqlOptions): string[] {
  const nodes = [
    ...(formula.response === null ? [] : [formula.response]),
    ...formula.fixed.variables,
    ...formula.fixed.offsets,
    ...formula.random.flatMap(({ part, groups }) => [...part.variables, ...groups.flatMap((g) => g.factors)]),
  ];
  const named = [options.weights, options.partition].filter((name) => name !== undefined);
  return [...new Set([...nodes.flatMap(columnsUsed), ...named])];
}

/** The columns whose levels or contrasts are given. */
export function columnsTold({ levels = {}, contrasts = {} }: SqlOptions): string[] {
  return [...Object.keys(levels), ...Object.keys(contrasts)];
}

/** The queries of a model, and the model. */
export function* modelPasses(
  formula: Formula,
  kinds: ReadonlyMap<string, SqlKind>,
  relation: string,
  dialect: SqlDialect,
  options: SqlOptions,
): Passes<LinearMixedModel> {
  const frame = yield* framePasses(formula, kinds, relation, dialect, options);
  const warnings = [...frame.warnings];
  const { collinear = "error" } = options;
  const moments = yield* momentPasses(formula, frame, dialect, collinear, warnings);
  const { groups, products, tallies } = yield* blockPasses(frame, moments, dialect);
  const random = frame.outline.terms.map(({ term }) => term);
  return checkedModel(
    {
      formula: formula.text,
      weights: options.weights ?? null,
      residuals: null,
      effects: namedEffects(random, studentParts(random, undefined, options.effects)),
      inputRows: frame.inputRows,
      n: frame.n,
      warnings,
      strata: null,
      variables: frame.variables,
      labels: frame.labels,
      groups,
      kept: moments.kept,
      dropped: moments.dropped,
      cells: frame.cells,
      response: { mean: moments.responseMean, sd: moments.responseSd },
      offsetMean: frame.offsets.reduce((sum, { mean }) => sum + mean, 0),
      tallies: { ...tallies, cells: frame.cellRows },
      products,
    },
    collinear,
  );
}

/** Refuses formulas that are no mixed model. */
export function checkFormula(formula: Formula): void {
  if (formula.response === null) {
    throw new ModelError(
      "no-response",
      "The formula has no response.",
      "Write one like y ~ x + (1 | group).",
    );
  }
  if (formula.random.length > 0) return;
  throw new ModelError(
    "no-random-term",
    `${formula.text} has no random term.`,
    "Add one, for example (1 | group).",
    { formula: formula.text },
  );
}
