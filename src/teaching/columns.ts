/**
 * What the columns of a design are products of, and within which groups they are constant.
 *
 * @module
 */

import type { LinearPart } from "../formula/algebra.ts";
import { designColumns } from "../model/design.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";

/** A factor of a design column: a numeric column, or the coding of one level of a factor. */
export interface Piece {
  /** As it stands in coefficient names: `Days`, `methodhplc`. */
  readonly name: string;
  /** The variable it belongs to. */
  readonly variable: string;
  /** How it codes the variable. */
  readonly coding: "numeric" | "contrasts" | "indicators";
  readonly values: Float64Array;
}

/** A column of the model: of the fixed part, of random terms, or of both. */
export interface ModelColumn {
  /** R's coefficient name. */
  readonly name: string;
  /** What it is the product of; nothing for the intercept. */
  readonly pieces: readonly Piece[];
  /** Place among the fixed coefficients, the intercept 0; columns of random terms alone come behind them. */
  readonly index: number;
  readonly isFixed: boolean;
}

/** The columns of a model. */
export interface ModelColumns {
  readonly all: readonly ModelColumn[];
  /** By random term, column by column. */
  readonly random: readonly (readonly ModelColumn[])[];
}

/** The columns of the fixed part and of the random terms, each once. */
export function modelColumns(model: LinearMixedModel): ModelColumns {
  const { fixed, recipe, terms } = model;
  const pieces = piecesOf(terms.fixed, model);
  const first = fixed.names[0] === "(Intercept)" ? 0 : 1;
  const all: ModelColumn[] = fixed.names.map((name, j) => ({
    name,
    pieces: pieces[fixed.kept[j]],
    index: first + j,
    isFixed: true,
  }));
  let next = first + all.length;
  const random = recipe.random.map(({ part, columns }, t) => {
    const own = piecesOf(part, model);
    return columns.map((column, c) => {
      const name = model.random[t].columns[c];
      const known = all.find((one) => one.name === name && samePieces(one.pieces, own[column]));
      if (known !== undefined) return known;
      const index = own[column].length === 0 ? 0 : next++;
      const added: ModelColumn = { name, pieces: own[column], index, isFixed: false };
      all.push(added);
      return added;
    });
  });
  all.sort((a, b) => a.index - b.index);
  return { all, random };
}

/** Whether two columns are the same product; two codings may share a name, so values count. */
export function samePieces(a: readonly Piece[], b: readonly Piece[]): boolean {
  return (
    a.length === b.length &&
    a.every((piece) => b.some(({ name, values }) => name === piece.name && sameValues(values, piece.values)))
  );
}

function sameValues(a: Float64Array, b: Float64Array): boolean {
  return a === b || a.every((value, i) => value === b[i]);
}

/** The pieces of every column of a linear part, in the order of `designColumns`. */
function piecesOf(part: LinearPart, model: LinearMixedModel): Piece[][] {
  const columns: Piece[][] = part.intercept ? [[]] : [];
  // Without an intercept the first factor takes its place.
  let takesItsPlace = !part.intercept;
  for (const term of part.terms) {
    let product: Piece[][] = [[]];
    term.variables.forEach((index, position) => {
      const label = part.labels[index];
      const isFactor = model.variables.get(label)?.kind === "factor";
      const byContrasts = term.byContrasts[position] && !(isFactor && takesItsPlace);
      if (isFactor) takesItsPlace = false;
      const own = variablePieces(label, byContrasts, model);
      product = own.flatMap((piece) => product.map((left) => [...left, piece]));
    });
    columns.push(...product);
  }
  return columns;
}

function variablePieces(label: string, byContrasts: boolean, model: LinearMixedModel): Piece[] {
  const alone: LinearPart = {
    intercept: true,
    variables: [],
    labels: [label],
    terms: [{ label, variables: [0], byContrasts: [byContrasts] }],
    offsets: [],
  };
  const { names, columns } = designColumns(alone, model.variables, model.n);
  const isNumeric = model.variables.get(label)?.kind === "numeric";
  const coding = isNumeric ? "numeric" : byContrasts ? "contrasts" : "indicators";
  return names.slice(1).map((name, j) => ({ name, variable: label, coding, values: columns[j + 1] }));
}

/** Whether a column has one value in all rows of each level. */
export function isConstantWithin(values: Float64Array, codes: Int32Array, levels: number): boolean {
  const first = new Float64Array(levels).fill(Number.NaN);
  return values.every((value, i) => {
    if (Number.isNaN(first[codes[i]])) first[codes[i]] = value;
    return first[codes[i]] === value;
  });
}
