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

/** A named column of one variable within a term. */
interface Piece {
  readonly name: string;
  readonly values: Float64Array;
}

/**
 * The columns of a linear part: intercept first, then the terms in order.
 *
 * A factor is coded by contrasts where its margin is in the model and by one column per level where it is
 * not; within a product the first variable varies fastest.
 *
 * @param n rows
 * @see R's `model.matrix()`
 */
export function designColumns(
  part: LinearPart,
  variables: ReadonlyMap<string, Variable>,
  n: number,
): DesignColumns {
  const names: string[] = [];
  const columns: Float64Array[] = [];
  const assign: number[] = [];
  if (part.intercept) {
    names.push("(Intercept)");
    columns.push(new Float64Array(n).fill(1));
    assign.push(0);
  }
  const inFull = part.intercept ? undefined : firstFactor(part, variables);
  part.terms.forEach((term, t) => {
    let product: Piece[] | undefined;
    term.variables.forEach((index, position) => {
      const variable = variables.get(part.labels[index]) as Variable;
      const full = !term.byContrasts[position] || (inFull?.term === term && inFull.position === position);
      const own = pieces(variable, full);
      product = product === undefined ? own : multiply(product, own);
    });
    for (const piece of product ?? []) {
      names.push(piece.name);
      columns.push(piece.values);
      assign.push(t + 1);
    }
  });
  return {
    names,
    columns,
    assign: Int32Array.from(assign),
    termLabels: part.terms.map((term) => term.label),
  };
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
  const { kept, relations } = analyseRank(all.names, all.columns, part.intercept);
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
  return { ...keepColumns(all, kept, n), dropped, kept: Int32Array.from(kept) };
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
  if (variable.kind === "numeric") {
    return variable.suffixes.map((suffix, j) => ({
      name: variable.label + suffix,
      values: variable.columns[j],
    }));
  }
  const { levels, codes } = variable.factor;
  const coding = full ? indicatorCoding(levels) : contrastCoding(variable.contrasts, levels);
  return coding.suffixes.map((suffix, j) => {
    const values = new Float64Array(codes.length);
    const offset = j * levels.length;
    for (let i = 0; i < codes.length; i++) values[i] = codes[i] < 0 ? NaN : coding.values[offset + codes[i]];
    return { name: variable.label + suffix, values };
  });
}

function multiply(left: readonly Piece[], right: readonly Piece[]): Piece[] {
  return right.flatMap((b) =>
    left.map((a) => ({ name: `${a.name}:${b.name}`, values: a.values.map((v, i) => v * b.values[i]) })),
  );
}
