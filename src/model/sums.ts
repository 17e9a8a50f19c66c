/**
 * The sums of a model: all that its estimators need of the data, as plain data without a row of them.
 *
 * @module
 */

import type { ContrastName } from "../data/contrasts.ts";
import type { FactorColumn } from "../data/factor.ts";
import { columnOf } from "../data/table.ts";
import type { Warning } from "../errors.ts";
import { deparse } from "../formula/parser.ts";
import type { Formula } from "../formula/terms.ts";
import type { TransformState } from "../formula/transforms.ts";
import type { BlockSystem } from "../linalg/blocks.ts";
import { standInRows } from "./cells.ts";
import type { TermPlace } from "./crossProducts.ts";
import { designLayout } from "./design.ts";
import { plainColumn } from "./evaluate.ts";
import { LinearMixedModel } from "./linearMixedModel.ts";
import type { RowSummaries } from "./rowSummaries.ts";
import { namedEffects, type Student, studentParts } from "./student.ts";
import { outlineOf } from "./sumsOutline.ts";
import { cellsSeen, groupsSeen, type SummedCells, talliesOf } from "./tallies.ts";
import { tableOf, withoutRows } from "./withoutRows.ts";

/** Labels of a column, and how lists of them are put in order: as numbers, as text, or as listed. */
export interface SummedLabels {
  readonly label: string;
  readonly levels: readonly string[];
  readonly ordered: boolean;
  readonly order: "number" | "text" | readonly string[];
}

/** A variable without its rows. */
export type SummedVariable =
  | (SummedLabels & {
      readonly kind: "factor";
      readonly column: string;
      readonly contrasts: ContrastName;
    })
  | {
      readonly kind: "numeric";
      readonly label: string;
      readonly suffixes: readonly string[];
      readonly states: readonly TransformState[];
      /** Over the rows; `null` where it is several columns, or an offset. */
      readonly mean: number | null;
      /** Of a column of X; `null` where the variable is none. */
      readonly range: { readonly low: number; readonly high: number } | null;
    };

/** A grouping factor, in the order of the factors of the cross-products. */
export interface SummedGroup {
  readonly label: string;
  /** The columns it crosses. */
  readonly columns: readonly string[];
  /** The level of each of them, by level of the group. */
  readonly codes: readonly Int32Array[];
}

/** Rows by level, and what is read of them without weights. */
export interface Tallies {
  /** Rows by level, one array per grouping factor. */
  readonly groups: readonly Float64Array[];
  /** Rows by pair of levels, in the places that the pairs have in the products. */
  readonly pairs: readonly (readonly Float64Array[])[];
  /** Rows by cell. */
  readonly cells: Float64Array;
  /** The value of each column in each level, level after level: `NaN` where it varies. One array per grouping factor. */
  readonly constants: readonly Float64Array[];
  /** Z′Z without weights, k × k; one array per grouping factor. */
  readonly squares: readonly Float64Array[];
}

/** Cross-products as {@link CrossProducts} has them, but that X may lack rank: X = QR with R of r × p, q = r + 1. */
export interface SummedProducts extends BlockSystem {
  readonly R: Float64Array;
  readonly betaOls: Float64Array;
  readonly yScale: number;
  readonly zScale: readonly Float64Array[];
  readonly sumLogWeights: number;
  readonly strata: { readonly counts: readonly number[]; readonly systems: readonly BlockSystem[] } | null;
}

/** The sums of a model. Plain: texts, numbers, `null`, arrays, plain objects, `Float64Array`s and `Int32Array`s. */
export interface ModelSums {
  readonly formula: string;
  /** The column of weights. */
  readonly weights: string | null;
  readonly residuals: Student | null;
  /** Student-t effects, by the name of their term. */
  readonly effects: readonly (readonly [term: string, student: Student])[];
  readonly inputRows: number;
  readonly n: number;
  readonly warnings: readonly Warning[];
  /** Labels of `sigmaBy`. */
  readonly strata: SummedLabels | null;
  /** Of the fixed part, the random terms and the offsets. */
  readonly variables: readonly SummedVariable[];
  /** Columns of labels that random terms group by. */
  readonly labels: readonly SummedLabels[];
  readonly groups: readonly SummedGroup[];
  /** The columns of X kept, as indices into the full design, and the names of the others. */
  readonly kept: Int32Array;
  readonly dropped: readonly string[];
  /** The combinations of levels that occur in the fixed part: for each of its factors the level in each of them. */
  readonly cells: SummedCells;
  readonly response: { readonly mean: number; readonly sd: number };
  readonly offsetMean: number;
  readonly tallies: Tallies;
  readonly products: SummedProducts;
}

/** The sums of a model, bit for bit those that its estimators work on. */
export function sumsOf(model: LinearMixedModel): ModelSums {
  if (model.sums !== undefined) return model.sums;
  const { terms, recipe, random, student, summaries, fixed, variables, groups, strata } = model;
  const { R, betaOls, yScale, zScale, sumLogWeights, ...cross } = model.crossProducts;
  const { counts, ...cells } = cellsSeen(model);
  return {
    formula: terms.text,
    weights: recipe.weights,
    residuals: student?.residuals ?? null,
    effects: namedEffects(random, student),
    inputRows: model.inputRows,
    n: model.n,
    warnings: model.warnings,
    strata: strata && {
      label: strata.name,
      levels: strata.levels,
      ordered: false,
      order: orderOf(model, strata.name),
    },
    variables: [...recipe.variables.values()].map((own): SummedVariable => {
      if (own.kind === "factor") return { ...own, order: orderOf(model, own.column) };
      const { kind, label, suffixes, states } = own;
      const mean = variables.has(label) ? (summaries.means.get(label) ?? null) : null;
      const { low, high } = summaries.ranges[fixed.names.indexOf(label)] ?? {
        low: -Infinity,
        high: Infinity,
      };
      const range = Number.isFinite(low) && Number.isFinite(high) ? { low, high } : null;
      return { kind, label, suffixes, states, mean, range };
    }),
    labels: groupColumns(terms).map(([label, column]) => {
      const { levels, ordered } = groups.get(label) as FactorColumn;
      return { label, levels, ordered, order: orderOf(model, column) };
    }),
    groups: groupsSeen(model),
    kept: fixed.kept,
    dropped: fixed.dropped,
    cells,
    response: { ...summaries.response, sd: model.n > 1 ? summaries.response.sd : 0 },
    offsetMean: summaries.offsetMean,
    tallies: talliesOf(model, counts),
    products: {
      ...systemOf(cross),
      R,
      betaOls,
      yScale,
      zScale,
      sumLogWeights,
      strata: cross.strata && {
        counts: cross.strata.counts,
        systems: cross.strata.systems.map(systemOf),
      },
    },
  };
}

/**
 * The model of sums. It holds no rows, and refuses with `needs-rows` what reads them; its cross-products are those of the
 * sums, bit for bit.
 */
export function modelOfSums(sums: ModelSums): LinearMixedModel {
  const { n, kept, dropped, strata, warnings, weights, products } = sums;
  const { formula, variables, recipes, terms, places, groups } = outlineOf(sums);
  const layout = designLayout(formula.fixed, variables);
  const fixed = withoutRows(
    {
      names: Array.from(kept, (j) => layout.names[j]),
      assign: Int32Array.from(kept, (j) => layout.assign[j]),
      termLabels: layout.termLabels,
      dropped,
      kept,
    },
    { values: "the design matrix X" },
  );
  const student = studentParts(
    terms.map(({ term }) => term),
    sums.residuals ?? undefined,
    Object.fromEntries(sums.effects),
  );
  const known = {
    inputRows: sums.inputRows,
    weights: null,
    offset: null,
    strata:
      strata &&
      withoutRows({ name: strata.label, levels: strata.levels }, { codes: `the labels of ${strata.label}` }),
    variables,
    recipes,
    groups,
    warnings,
  };
  const rowFields = {
    rows: "the numbers of the rows used",
    response: "the response",
    ...(weights === null ? {} : { weights: "the weights of the rows" }),
    ...(formula.fixed.offsets.length > 0 ? { offset: "the offset of the rows" } : {}),
  };
  const { labels, codes } = sums.cells;
  const { strata: systems, ...cross } = products;
  return new LinearMixedModel({
    terms: formula,
    frame: withoutRows(known, rowFields as { rows: string; response: string }),
    fixed,
    random: terms.map(({ term }) => term),
    recipe: {
      fixed: formula.fixed,
      kept,
      names: fixed.names,
      variables: recipes,
      random: terms.map(({ recipe }) => recipe),
      weights,
    },
    student,
    warnings,
    sums: {
      plain: sums,
      cells: standInRows(
        formula.fixed,
        variables,
        codes[0]?.length ?? 1,
        new Map(labels.map((label, f) => [label, codes[f]])),
      ),
      crossProducts: {
        ...cross,
        n,
        p: kept.length,
        places,
        strata: systems,
        student: student && { ...student, rows: null },
      },
      summaries: summariesOf(sums, fixed.names, places),
    },
  });
}

/** The columns that random terms group by: label in the formula, and name. */
function groupColumns({ random }: Formula): [label: string, column: string][] {
  const nodes = random.flatMap(({ groups }) => groups.flatMap(({ factors }) => factors));
  return [...new Map(nodes.map((node) => [deparse(node), plainColumn(node) as string]))];
}

/** What puts the labels of a column in order. */
function orderOf(model: LinearMixedModel, column: string): SummedLabels["order"] {
  const { levels = {} } = model.optionsGiven;
  if (Object.hasOwn(levels, column)) return levels[column];
  const own = columnOf(tableOf(model), column);
  if (own.kind === "factor") return own.levels;
  return own.kind === "number" ? "number" : "text";
}

function systemOf({ q, xtx, factors, pairs }: BlockSystem): BlockSystem {
  return { q, xtx, factors, pairs };
}

function summariesOf(sums: ModelSums, names: readonly string[], places: readonly TermPlace[]): RowSummaries {
  const numbers = new Map(
    sums.variables.flatMap((own) => (own.kind === "numeric" ? [[own.label, own] as const] : [])),
  );
  const unknown = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const means = [...numbers].flatMap(([label, { mean }]) => (mean === null ? [] : [[label, mean] as const]));
  return {
    response: sums.response,
    offsetMean: sums.offsetMean,
    ranges: names.map((name) => numbers.get(name)?.range ?? unknown),
    means: new Map(means),
    terms: places.map((place) => termSummary(sums, place)),
  };
}

function termSummary(
  { n, tallies, products }: ModelSums,
  { factor, offset, k }: TermPlace,
): RowSummaries["terms"][number] {
  const size = products.factors[factor].k;
  const columns = Array.from({ length: k }, (_, c) => offset + c);
  const squares = tallies.squares[factor];
  return {
    rms: columns.map((c) => Math.sqrt(Math.max(0, squares[c * (size + 1)]) / n)),
    levelsSeen: columns.map((c) =>
      tallies.constants[factor].reduce(
        (count, value, at) => (at % size === c && value !== 0 ? count + 1 : count),
        0,
      ),
    ),
  };
}
