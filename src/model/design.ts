/**
 * Design columns: the terms of a linear part, coded as R codes them.
 *
 * @module
 */

import { contrastCoding, indicatorCoding } from "../data/contrasts.ts";
import { ModelError, type Warning, warning } from "../errors.ts";
import type { FormulaTerm, LinearPart } from "../formula/algebra.ts";
import type { Variable } from "./evaluate.ts";
import { analyseRank } from "./rank.ts";

/** Columns of a linear part over n rows. */
export interface DesignColumns {
  /** R's coefficient names. */
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  /** For each column its term: 0 the intercept, t the t-th of `termLabels`, counting from 1. */
  readonly assign: Int32Array;
  readonly termLabels: readonly string[];
}

/** The fixed design. */
export interface FixedDesign {
  /** R's coefficient names, p of them. */
  readonly names: readonly string[];
  /** n × p, column-major. */
  readonly values: Float64Array;
  /** For each column its term: 0 the intercept, t the t-th of `termLabels`, counting from 1. */
  readonly assign: Int32Array;
  readonly termLabels: readonly string[];
  /** Coefficients left out because the others determine their columns, in formula order. */
  readonly dropped: readonly string[];
  /** The columns kept, as indices into the full design before any was dropped. */
  readonly kept: Int32Array;
}

/** A column of one variable. */
export interface Piece {
  /** The label of the variable. */
  readonly label: string;
  /** What follows the label in the name. */
  readonly suffix: string;
  /** Which column of the variable. */
  readonly index: number;
  /** Of a factor: what the column says of each level; `null` of numbers. */
  readonly coding: Float64Array | null;
}

/** What the columns of a linear part are made of, without a row of them. */
export interface DesignLayout extends Omit<DesignColumns, "columns"> {
  /** The pieces whose product each column is; none for the intercept. */
  readonly products: readonly (readonly Piece[])[];
}

/**
 * The columns of a linear part: intercept first, then the terms in order.
 *
 * A factor is coded by contrasts where its margin is in the model and by one column per level where it is
 * not; within a product the first variable varies fastest.
 *
 * @param n rows
 * @throws {ModelError} `too-large`
 * @see R's `model.matrix()`
 */
export function designColumns(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
  n: number,
): DesignColumns {
  const { products, ...named } = designLayout(part, variables);
  if (products.length * n > MOST_ENTRIES) throw tooLarge(products.length, n);
  const columns = products.map((product) => {
    if (product.length === 0) return new Float64Array(n).fill(1);
    const [first, ...rest] = product.map((piece) => valuesOf(piece, variables.get(piece.label) as Variable));
    return rest.reduce((left, right) => left.map((v, i) => v * right[i]), first);
  });
  return { ...named, columns };
}

/**
 * Which columns a linear part has, and of which pieces each is the product. Of the variables only kind, suffixes, levels
 * and contrasts are read.
 */
export function designLayout(part: LinearPart, variables: ReadonlyMap<string, Variable>): DesignLayout {
  const sizes = part.terms.map((term) =>
    term.variables.reduce((size, index) => size * widthOf(variables.get(part.labels[index]) as Variable), 1),
  );
  const most = sizes.reduce((sum, size) => sum + size, 0);
  if (most > MOST_COLUMNS) throw tooLarge(most);
  const products: Piece[][] = [];
  const assign: number[] = [];
  if (part.intercept) {
    products.push([]);
    assign.push(0);
  }
  termPieces(part, variables).forEach((own, t) => {
    let all: Piece[][] | undefined;
    for (const pieces of own) {
      // The first variable varies fastest.
      all =
        all === undefined
          ? pieces.map((b) => [b])
          : pieces.flatMap((b) => (all as Piece[][]).map((a) => [...a, b]));
    }
    for (const product of all ?? []) {
      products.push(product);
      assign.push(t + 1);
    }
  });
  const nameOf = (product: readonly Piece[]): string =>
    product.length === 0 ? "(Intercept)" : product.map(({ label, suffix }) => label + suffix).join(":");
  return {
    names: products.map(nameOf),
    products,
    assign: Int32Array.from(assign),
    termLabels: part.terms.map((term) => term.label),
  };
}

/** Columns, and numbers in them, beyond which no matrix is made. */
const MOST_COLUMNS = 10_000;
const MOST_ENTRIES = 2 ** 31;

/** Columns that a variable has at most. */
function widthOf(variable: Variable): number {
  return variable.kind === "factor" ? variable.factor.levels.length : variable.suffixes.length;
}

function tooLarge(columns: number, n?: number): ModelError {
  return new ModelError(
    "too-large",
    `The terms of the formula have up to ${columns} columns${n === undefined ? "" : ` of ${n} rows`}.`,
    "Write a factor with so many levels as a group: (1 | g).",
    { columns },
  );
}

/** The fixed design with all of its columns. */
export function fullDesign(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
  n: number,
): FixedDesign {
  const all = designColumns(part, variables, n);
  const kept = Int32Array.from(all.names.keys());
  return { ...keepColumns(all, kept, n), dropped: [], kept };
}

/** The columns of each variable in each term: a factor's by contrasts, or one for each level. */
export function termPieces(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
): (readonly Piece[])[][] {
  const inFull = part.intercept ? undefined : firstFactor(part, variables);
  return part.terms.map((term) =>
    term.variables.map((index, position) => {
      const full = !term.byContrasts[position] || (inFull?.term === term && inFull.position === position);
      return pieces(variables.get(part.labels[index]) as Variable, full);
    }),
  );
}

/**
 * The fixed design, with its columns checked for linear dependence.
 *
 * @param collinear `"error"` to refuse dependent columns, `"drop"` to leave out the later ones with a warning
 * @throws {ModelError} `collinear-columns`, naming the relation
 */
export function fixedDesign(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
  n: number,
  collinear: "error" | "drop",
  warnings: Warning[],
): FixedDesign {
  const all = designColumns(part, variables, n);
  const { kept, dropped } = independentColumns(all.names, all.columns, part.intercept, collinear, warnings);
  return { ...keepColumns(all, kept, n), dropped, kept: Int32Array.from(kept) };
}

/**
 * The columns that those before them do not determine, and the names of the others.
 *
 * @throws {ModelError} `collinear-columns`, naming the relation
 */
export function independentColumns(
  names: readonly string[],
  columns: readonly Float64Array[],
  intercept: boolean,
  collinear: "error" | "drop",
  warnings: Warning[],
): { readonly kept: readonly number[]; readonly dropped: readonly string[] } {
  const { kept, relations } = analyseRank(names, columns, intercept);
  const dropped = relations.map((relation) => relation.name);
  if (relations.length > 0) {
    const texts = relations.map((relation) => relation.text);
    const shown = texts.slice(0, 3).join("; ") + (texts.length > 3 ? `; and ${texts.length - 3} more` : "");
    const details = { dropped, relations: texts };
    if (collinear === "error") {
      const [first] = dropped;
      throw new ModelError(
        "collinear-columns",
        `These columns of the fixed part carry the same information: ${shown}.`,
        `Remove one of them, or pass collinear: "drop" to leave out ${dropped.length > 1 ? `${first} and ${dropped.length - 1} more` : first}.`,
        details,
      );
    }
    warnings.push(
      warning("collinear-columns", `Left out because the other columns determine them: ${shown}.`, details),
    );
  }
  return { kept, dropped };
}

/** The columns `kept` of a design, side by side in one n × p array. */
export function keepColumns(
  all: DesignColumns,
  kept: ArrayLike<number>,
  n: number,
): Pick<FixedDesign, "names" | "values" | "assign" | "termLabels"> {
  const order = Array.from(kept);
  const values = new Float64Array(n * order.length);
  order.forEach((column, j) => {
    values.set(all.columns[column], j * n);
  });
  return {
    names: order.map((column) => all.names[column]),
    values,
    assign: Int32Array.from(order, (column) => all.assign[column]),
    termLabels: all.termLabels,
  };
}

/** Without an intercept the first factor takes its place, one column per level. */
function firstFactor(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
): { term: FormulaTerm; position: number } | undefined {
  for (const term of part.terms) {
    const position = term.variables.findIndex(
      (index) => variables.get(part.labels[index])?.kind === "factor",
    );
    if (position >= 0) return { term, position };
  }
  return undefined;
}

function pieces(variable: Variable, full: boolean): Piece[] {
  const { label } = variable;
  if (variable.kind === "numeric") {
    return variable.suffixes.map((suffix, index) => ({ label, suffix, index, coding: null }));
  }
  const { levels } = variable.factor;
  const { suffixes, values } = full ? indicatorCoding(levels) : contrastCoding(variable.contrasts, levels);
  return suffixes.map((suffix, index) => {
    const coding = values.subarray(index * levels.length, (index + 1) * levels.length);
    return { label, suffix, index, coding };
  });
}

function valuesOf({ index, coding }: Piece, variable: Variable): Float64Array {
  if (variable.kind === "numeric") return variable.columns[index];
  const { codes } = variable.factor;
  const values = new Float64Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = codes[i] < 0 ? NaN : (coding as Float64Array)[codes[i]];
  return values;
}
