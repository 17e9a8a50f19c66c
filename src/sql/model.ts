/**
 * From a formula to a model by way of three rounds of queries.
 *
 * @module
 */

import type { FactorColumn } from "../data/factor.ts";
import { ModelError } from "../errors.ts";
import { columnsUsed } from "../formula/functions.ts";
import { deparse } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import { plainColumn, type Variable } from "../model/evaluate.ts";
import { checkCounts, checkSymmetric, warnReusedLabels } from "../model/identify.ts";
import { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { Recipe } from "../model/recipe.ts";
import { studentParts } from "../model/student.ts";
import { withoutRows } from "../model/withoutRows.ts";
import { blockPasses } from "./blocks.ts";
import { cellsOf } from "./cells.ts";
import type { SqlDialect, SqlKind } from "./dialect.ts";
import { framePasses, type SqlFrame } from "./frame.ts";
import type { KnownKey } from "./keys.ts";
import { momentPasses } from "./moments.ts";
import type { SqlOptions } from "./options.ts";
import type { Passes } from "./passes.ts";
import { sharesSum } from "./symmetric.ts";
import { sqlTerms } from "./terms.ts";

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
  const moments = yield* momentPasses(formula, frame, dialect, options.collinear ?? "error", warnings);
  const terms = sqlTerms(formula, frame, dialect);
  const random = terms.map(({ term }) => term);
  const groups = groupColumns(formula, frame);
  const { fixed } = moments;
  const blocks = yield* blockPasses(frame, moments, terms, dialect);
  const cells = cellsOf(formula.fixed, frame);
  const { n } = frame;
  const weighted = frame.weights !== null;
  const { varying } = blocks;
  warnings.push(
    ...checkCounts(formula, { ...frame, groups }, fixed.names.length, random, { n, weighted, varying }),
  );
  checkSymmetric(random, (term, other) =>
    sharesSum(blocks.cross, random.indexOf(term), random.indexOf(other)),
  );
  const rarest = (labels: readonly string[]): number =>
    blocks.rarest.find((pair) => pair.labels.every((label) => labels.includes(label)))?.rows ?? 0;
  warnReusedLabels({ groups }, formula, (a, b) => rarest([a.label, b.label]), warnings);
  const student = studentParts(random, undefined, options.effects);
  const recipe: Recipe = {
    fixed: formula.fixed,
    kept: fixed.kept,
    names: fixed.names,
    variables: frame.recipes,
    random: terms.map((term) => term.recipe),
    weights: options.weights ?? null,
  };
  const none = { values: new Map([...frame.variables].map(([label, v]) => [label, rowless(v)])) };
  const rowFields = {
    rows: "The numbers of the rows used",
    response: "The response",
    ...(weighted ? { weights: "The weights of the rows" } : {}),
    ...(frame.offsets.length > 0 ? { offset: "The offset of the rows" } : {}),
  };
  const known = {
    inputRows: frame.inputRows,
    weights: null,
    offset: null,
    strata: null,
    variables: none.values,
    recipes: frame.recipes,
    groups,
    warnings,
  };
  return new LinearMixedModel({
    terms: formula,
    frame: withoutRows(known, rowFields as { rows: string; response: string }),
    fixed,
    random,
    recipe,
    student,
    warnings,
    sums: {
      n,
      cells,
      crossProducts: { ...blocks.cross, student: student && { ...student, rows: null } },
      summaries: {
        response: { mean: moments.responseMean, sd: moments.responseSd },
        offsetMean: frame.offsets.reduce((sum, { mean }) => sum + mean, 0),
        ranges: fixed.names.map((name) => {
          const value = frame.numbers.get(name);
          return {
            low: value?.low ?? Number.NEGATIVE_INFINITY,
            high: value?.high ?? Number.POSITIVE_INFINITY,
          };
        }),
        means: new Map([...frame.numbers].map(([label, { mean }]) => [label, mean])),
        terms: blocks.terms,
      },
    },
  });
}

/** Kind, levels and contrasts of a variable, without its rows. */
function rowless(variable: Variable): Variable {
  const what = `The values of ${variable.label}`;
  if (variable.kind === "numeric") {
    const { kind, label, suffixes } = variable;
    return withoutRows({ kind, label, suffixes }, { columns: what });
  }
  const { kind, levels, ordered } = variable.factor;
  return { ...variable, factor: withoutRows({ kind, levels, ordered }, { codes: what }) };
}

function groupColumns(formula: Formula, frame: SqlFrame): Map<string, FactorColumn> {
  const nodes = formula.random.flatMap(({ groups }) => groups.flatMap(({ factors }) => factors));
  return new Map(
    nodes.map((node) => {
      const { column, factor } = frame.keys.get(plainColumn(node) as string) as KnownKey;
      const { kind, levels, ordered } = factor;
      return [deparse(node), withoutRows({ kind, levels, ordered }, { codes: `The labels of ${column}` })];
    }),
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
