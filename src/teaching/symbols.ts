/**
 * The symbols of a model: one set for all notations, so that they can be read beside each other.
 *
 * Row i belongs to level j of the first group, k of the second and so on. β_c is the c-th fixed coefficient, the
 * intercept being β_0; b_cj what level j adds to the coefficient of the same column; τ_c its standard deviation, ρ_cd
 * a correlation, Σ the covariance matrix of a term; σ the residual standard deviation. With several groups b, τ, ρ and Σ
 * carry the group's name as well.
 *
 * @module
 */

import { deparse } from "../formula/parser.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { parameterVariables, symmetricName } from "../model/variables.ts";
import { type ModelColumn, type ModelColumns, modelColumns } from "./columns.ts";
import type { Pen } from "./pen.ts";
import { TOGETHER } from "./statement.ts";

/** A grouping factor. */
export interface GroupSymbols {
  readonly name: string;
  /** The index of its levels. */
  readonly letter: string;
  readonly levels: readonly string[];
  readonly codes: Int32Array;
}

/** The effects of one random term. */
export interface TermSymbols {
  readonly group: GroupSymbols;
  readonly columns: readonly ModelColumn[];
  /** b_cj of each column. */
  readonly effects: readonly string[];
  /** Standard deviation of each column; under compound symmetry all the same one. */
  readonly sds: readonly string[];
  /** Correlation of two columns. */
  readonly correlation: (c: number, d: number) => string;
  /** The covariance matrix: τ_c² of a single column, Σ of several. */
  readonly covariance: string;
  /** Its entries. */
  readonly entries: readonly (readonly string[])[];
  readonly isSymmetric: boolean;
}

/** A model and the symbols for it. */
export interface Symbols {
  readonly model: LinearMixedModel;
  readonly pen: Pen;
  readonly columns: ModelColumns;
  readonly groups: readonly GroupSymbols[];
  readonly terms: readonly TermSymbols[];
  /** Indices of a row: `i`, then those of its groups. */
  readonly row: readonly string[];
  /** Reaction_ij. */
  readonly response: string;
  /** β of a column of the fixed part. */
  readonly beta: (column: ModelColumn) => string;
  /** A column in one row, or with other indices; "" for the intercept. */
  readonly value: (column: Pick<ModelColumn, "pieces">, indices?: readonly string[]) => string;
  /** What is added to the mean as it stands; `null` without offset. */
  readonly offset: ((indices?: readonly string[]) => string) | null;
  /** The variance of ε in one row, or with other indices. */
  readonly residualVariance: (indices?: readonly string[]) => string;
}

const LETTERS = [..."jklmopqrstuvw"];

/** The symbols of a model, written by a pen. */
export function symbolsOf(model: LinearMixedModel, pen: Pen): Symbols {
  const { strata, recipe, terms: formula } = model;
  const columns = modelColumns(model);
  const names = [...new Set(model.random.map(({ group }) => group))];
  const groups = names.map((name, g): GroupSymbols => {
    const { levels, codes } = model.random.find(({ group }) => group === name)!;
    return { name, letter: LETTERS[g] ?? `j${g}`, levels, codes };
  });
  const row = ["i", ...groups.map(({ letter }) => letter)];
  const own = (group: GroupSymbols): string[] => (groups.length > 1 ? [pen.name(group.name)] : []);
  const terms = model.random.map(({ group: name, structure }, t): TermSymbols => {
    const group = groups[names.indexOf(name)];
    const isSymmetric = structure === "cs";
    const ofTerm = columns.random[t];
    const label = (c: number): string =>
      isSymmetric ? pen.name(symmetricName(model, t)) : String(ofTerm[c].index);
    const sds = ofTerm.map((_, c) => pen.sub(pen.symbol("tau"), ...own(group), label(c)));
    const correlation = (c: number, d: number): string =>
      isSymmetric
        ? pen.sub(pen.symbol("rho"), ...own(group), label(c))
        : pen.sub(pen.symbol("rho"), ...own(group), String(ofTerm[c].index), String(ofTerm[d].index));
    const entries = ofTerm.map((_, c) =>
      ofTerm.map((__, d) => {
        if (c === d) return pen.squared(sds[c]);
        const [low, high] = c < d ? [c, d] : [d, c];
        const sizes = isSymmetric ? [pen.squared(sds[0])] : [sds[low], sds[high]];
        return pen.times(correlation(low, high), ...sizes);
      }),
    );
    // A second matrix of one group is told apart by its number.
    const earlier = model.random.slice(0, t).filter((term) => term.group === name && term.columns.length > 1);
    const number = earlier.length === 0 ? [] : [String(earlier.length)];
    const isOne = ofTerm.length === 1;
    return {
      group,
      columns: ofTerm,
      effects: ofTerm.map(({ index }) => pen.sub("b", ...own(group), String(index), group.letter)),
      sds,
      correlation,
      covariance: isOne ? pen.squared(sds[0]) : pen.sub(pen.symbol("Sigma"), ...own(group), ...number),
      entries,
      isSymmetric,
    };
  });
  const cell = (name: string, indices: readonly string[] = row): string =>
    pen.sub(pen.name(name), ...indices);
  const sigma = pen.symbol("sigma");
  const residualVariance = (indices: readonly string[] = row): string => {
    const own = strata === null ? sigma : pen.sub(sigma, `${pen.name(strata.name)}[${indices.join("")}]`);
    const variance = pen.squared(own);
    return recipe.weights === null ? variance : pen.divided(variance, cell(recipe.weights, indices));
  };
  const { offsets } = formula.fixed;
  return {
    model,
    pen,
    columns,
    groups,
    terms,
    row,
    response: cell(model.response.name),
    beta: ({ index }) => pen.sub(pen.symbol("beta"), String(index)),
    value: ({ pieces }, indices) => pen.dot(pieces.map(({ name }) => cell(name, indices))),
    offset:
      offsets.length === 0
        ? null
        : (indices) => offsets.map((node) => cell(deparse(node), indices)).join(" + "),
    residualVariance,
  };
}

/** A coefficient times its column. */
export function product(
  { pen, value }: Symbols,
  coefficient: string,
  column: ModelColumn,
  indices?: readonly string[],
): string {
  return column.pieces.length === 0 ? coefficient : pen.times(coefficient, value(column, indices));
}

/** The mean of a row given the effects of its groups, summand by summand: `(β_1 + b_1j) Days_ij`. */
export function meanTerms(symbols: Symbols): string[] {
  const { columns, terms, beta, offset } = symbols;
  const summands = columns.all.flatMap((column) => {
    const effects = terms.flatMap((term) =>
      term.columns.flatMap((own, c) => (own === column ? [term.effects[c]] : [])),
    );
    const all = column.isFixed ? [beta(column), ...effects] : effects;
    if (column.pieces.length === 0) return all;
    return [product(symbols, all.length === 1 ? all[0] : `(${all.join(" + ")})`, column)];
  });
  return offset === null ? summands : [offset(), ...summands];
}

/** The fixed part of the mean of a row with the indices given. */
export function fixedTerms(symbols: Symbols, indices: readonly string[]): string[] {
  const { columns, beta, offset } = symbols;
  const fixed = columns.all
    .filter(({ isFixed }) => isFixed)
    .map((column) => product(symbols, beta(column), column, indices));
  const all = offset === null ? fixed : [offset(indices), ...fixed];
  return all.length === 0 ? ["0"] : all;
}

/** Which symbol is which name in fits and draws: `β_0 b_Intercept`; coefficients as `coefficient` writes them. */
export function dictionary(symbols: Symbols, coefficient: (column: ModelColumn) => string): string {
  const { model, pen, columns, terms } = symbols;
  const sds = terms.flatMap(({ sds, isSymmetric }) => (isSymmetric ? sds.slice(0, 1) : sds));
  const correlations = terms.flatMap(({ columns: own, correlation, isSymmetric }) =>
    isSymmetric
      ? [correlation(0, 1)]
      : own.flatMap((_, d) => own.slice(0, d).map((__, c) => correlation(c, d))),
  );
  const sigma = pen.symbol("sigma");
  const sigmas = model.strata?.levels.map((level) => pen.sub(sigma, pen.name(level))) ?? [sigma];
  const written = [
    ...columns.all.filter(({ isFixed }) => isFixed).map(coefficient),
    ...sds,
    ...correlations,
    ...sigmas,
  ];
  const pairs = parameterVariables(model).map(
    ({ name }, v) => `${pen.inline(written[v])}${TOGETHER}${pen.word(name)}`,
  );
  return `Names in fits and draws: ${pairs.join(", ")}.`;
}
