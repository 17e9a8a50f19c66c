/**
 * The matrix notation: y = Xβ + Zb + ε with its dimensions, and the blocks of G and R.
 *
 * @module
 */

import { significant } from "../data/format.ts";
import { listOf } from "../errors.ts";
import { groupVariables } from "../model/variables.ts";
import { codingSentences, varianceSentences } from "./remarks.ts";
import { type Block, type Equation, equation } from "./statement.ts";
import type { Symbols } from "./symbols.ts";

/** Matrices with no more rows and columns are written in full. */
const MOST_ROWS = 12;

/** y = Xβ + Zb + ε. */
export function matrixForm(symbols: Symbols): Block[] {
  const { model, pen, terms } = symbols;
  const { n, p } = model;
  const q = terms.reduce((sum, { group, columns }) => sum + group.levels.length * columns.length, 0);
  const { beta, y, epsilon, offset } = letters(symbols);
  const size = (name: string, rows: number, columns: number, what: string): string =>
    `- ${pen.inline(name)} is ${rows} by ${columns}: ${what}.`;
  const blocks = terms.map(({ group, columns }) => {
    const { length } = group.levels;
    return `${length * columns.length} for ${pen.word(group.name)} (${length} levels, each ${listOf(
      columns.map(({ name }) => pen.word(name)),
      8,
    )})`;
  });
  return [
    [
      { left: y, relation: "=", terms: [...offset, `X${glue(pen.format)}${beta}`, "Zb", epsilon] },
      equation("b", "~", pen.normal("0", "G")),
      equation(epsilon, "~", pen.normal("0", "R"), "independent of b"),
    ],
    size(y, n, 1, `the rows of ${pen.word(model.response.name)}`),
    size(
      "X",
      n,
      p,
      p === 0 ? "no fixed coefficient" : `columns ${listOf(model.fixed.names.map(pen.word), 12)}`,
    ),
    size(beta, p, 1, "fixed coefficients"),
    size(
      "Z",
      n,
      q,
      `columns ${blocks.join(", then ")}; a row has its values in the columns of its own levels and 0 elsewhere`,
    ),
    size("b", q, 1, "random effects, in the order of the columns of Z"),
    `- G is ${q} by ${q}: ${terms.length > 1 ? "block diagonal over the terms" : "block diagonal"}, one block for each level.`,
    structureOfG(symbols),
    `- R is ${n} by ${n}: diagonal.`,
    [structureOfR(symbols)],
    ...inFull(symbols),
    ...codingSentences(symbols),
    ...varianceSentences(symbols),
  ];
}

/** X, Z and b of a small model. */
function inFull({ model, pen }: Symbols): Block[] {
  if (model.n > MOST_ROWS || model.p > MOST_ROWS) return [];
  const Z = model.Z();
  if (Z.names.length > MOST_ROWS) return [];
  const matrix = (rows: readonly (readonly number[])[]): string =>
    pen.matrix(rows.map((row) => row.map((value) => significant(value, 4))));
  const X = model.p === 0 ? [] : [equation("X", "=", matrix(model.X().rows))];
  const names = groupVariables(model).map(({ name }) => pen.name(name));
  return ["In full:", [...X, equation("Z", "=", matrix(Z.rows)), equation("b", "=", pen.vector(names))]];
}

const glue = (format: string): string => (format === "latex" ? " " : "");

/** The letters of the matrix form. */
export function letters({ pen, offset }: Symbols): {
  beta: string;
  y: string;
  epsilon: string;
  /** The offset as a vector, if there is one. */
  offset: string[];
} {
  return {
    beta: pen.symbol("beta"),
    y: "y",
    epsilon: pen.symbol("epsilon"),
    offset: offset === null ? [] : [pen.name("offset")],
  };
}

/** G and the covariance matrices in it. */
function structureOfG({ pen, terms }: Symbols): Equation[] {
  const blocks = terms.map(({ group, covariance, columns }) => {
    const identity = pen.sub("I", pen.name(String(group.levels.length)));
    return columns.length === 1 ? pen.times(covariance, identity) : pen.kronecker(identity, covariance);
  });
  const G = blocks.length === 1 ? blocks[0] : pen.law("diag", ...blocks);
  return [
    equation("G", "=", G),
    ...terms.flatMap(({ columns, covariance, entries }) =>
      columns.length === 1 ? [] : [equation(covariance, "=", pen.matrix(entries))],
    ),
  ];
}

/** R. */
function structureOfR({ model, pen, residualVariance, row }: Symbols): Equation {
  const isOne = model.strata === null && model.recipe.weights === null;
  const R = isOne
    ? pen.times(residualVariance(), pen.sub("I", pen.name(String(model.n))))
    : pen.law("diag", residualVariance());
  return isOne ? equation("R", "=", R) : equation("R", "=", R, `one entry for each row ${row[0]}`);
}
