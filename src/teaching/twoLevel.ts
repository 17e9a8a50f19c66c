/**
 * The two-level notation: an equation for rows, and one for each coefficient that differs between groups.
 *
 * @module
 */

import { isConstantWithin, type ModelColumn, type Piece } from "./columns.ts";
import { codingSentences, indexSentence, varianceSentences } from "./remarks.ts";
import { type Block, type Equation, equation } from "./statement.ts";
import { dictionary, type GroupSymbols, product, type Symbols } from "./symbols.ts";

/** A fixed column that is part of the equation of another column's coefficient. */
interface Predictor {
  readonly column: ModelColumn;
  /** What is left of it beside the other column: constant within the group. */
  readonly pieces: readonly Piece[];
  readonly group: GroupSymbols;
}

/**
 * Level 1 and level 2. A fixed column that is constant within a group, or the product of such a one and a column with a
 * random slope, predicts that coefficient: it moves to level 2.
 */
export function twoLevel(symbols: Symbols): Block[] {
  const { pen, columns, groups, terms, offset, response, residualVariance } = symbols;
  const isRandom = (column: ModelColumn): boolean => terms.some((term) => term.columns.includes(column));
  const predictors = new Map<ModelColumn, Predictor[]>();
  const moved = new Set<ModelColumn>();
  for (const column of columns.all) {
    const home = isRandom(column) ? undefined : homeOf(column, symbols);
    if (home === undefined) continue;
    predictors.set(home.base, [...(predictors.get(home.base) ?? []), home.predictor]);
    moved.add(column);
  }
  const lettersOf = (column: ModelColumn): string[] =>
    groups
      .filter((group) => terms.some((term) => term.group === group && term.columns.includes(column)))
      .map(({ letter }) => letter);
  const level1 = columns.all.filter((column) => !moved.has(column));
  const coefficient = (column: ModelColumn): string =>
    pen.sub(pen.symbol("beta"), String(column.index), ...lettersOf(column));
  const gamma = (column: ModelColumn, position: number): string =>
    pen.sub(pen.symbol("gamma"), String(column.index), String(position));
  const epsilon = pen.sub(pen.symbol("epsilon"), ...symbols.row);
  const rows: Equation[] = [
    {
      left: response,
      relation: "=",
      terms: [
        ...(offset === null ? [] : [offset()]),
        ...level1.map((column) => product(symbols, coefficient(column), column)),
        epsilon,
      ],
    },
    equation(epsilon, "~", pen.normal("0", residualVariance())),
  ];
  const names = new Map<ModelColumn, string>();
  const equations = level1.filter(isRandom).map((column): Equation => {
    const own = predictors.get(column) ?? [];
    if (column.isFixed) names.set(column, gamma(column, 0));
    own.forEach((predictor, l) => {
      names.set(predictor.column, gamma(column, l + 1));
    });
    const effects = terms.flatMap((term) =>
      term.columns.flatMap((one, c) => (one === column ? [term.effects[c]] : [])),
    );
    return {
      left: coefficient(column),
      relation: "=",
      terms: [
        ...(column.isFixed ? [gamma(column, 0)] : []),
        ...own.map(({ pieces, group }, l) =>
          pen.times(gamma(column, l + 1), symbols.value({ pieces }, [group.letter])),
        ),
        ...effects,
      ],
    };
  });
  return [
    `Level 1, rows. ${indexSentence(symbols)}`,
    rows,
    `Level 2, coefficients that differ between the levels of ${groups.map(({ name }) => pen.word(name)).join(" and of ")}.`,
    [...equations, ...effectLaws(symbols)],
    ...independence(symbols),
    ...codingSentences(symbols),
    ...varianceSentences(symbols),
    dictionary(symbols, (column) => names.get(column) ?? coefficient(column)),
  ];
}

/** Where a fixed column belongs at level 2: the coefficient it predicts; `undefined` when it stays at level 1. */
function homeOf(
  column: ModelColumn,
  { terms }: Symbols,
): { base: ModelColumn; predictor: Predictor } | undefined {
  const homes = terms.flatMap(({ columns, group }) =>
    columns.flatMap((base) => {
      const rest = without(column.pieces, base.pieces);
      if (rest === undefined || rest.length === 0) return [];
      if (!rest.every(({ values }) => isConstantWithin(values, group.codes, group.levels.length))) return [];
      return [{ base, predictor: { column, pieces: rest, group } }];
    }),
  );
  // The most of the column explained by a slope, then the coarsest group in which the rest is constant.
  homes.sort(
    (a, b) =>
      b.base.pieces.length - a.base.pieces.length ||
      a.predictor.group.levels.length - b.predictor.group.levels.length,
  );
  return homes[0];
}

/** The pieces left when those of a factor are taken away; `undefined` when it is no factor. */
function without(pieces: readonly Piece[], factor: readonly Piece[]): Piece[] | undefined {
  const rest = pieces.filter(
    (piece) => !factor.some(({ name, coding }) => name === piece.name && coding === piece.coding),
  );
  return rest.length === pieces.length - factor.length ? rest : undefined;
}

/** The distribution of each term's effects. */
export function effectLaws({ pen, terms }: Symbols): Equation[] {
  return terms.flatMap(({ effects, covariance, entries }): Equation[] => {
    if (effects.length === 1) return [equation(effects[0], "~", pen.normal("0", covariance))];
    return [
      equation(pen.vector(effects), "~", pen.normal("0", covariance)),
      equation(covariance, "=", pen.matrix(entries)),
    ];
  });
}

/** What is independent of what, and what a structure ties together. */
export function independence({ pen, terms }: Symbols): string[] {
  const symmetric = terms.filter(({ isSymmetric }) => isSymmetric);
  const several = terms.length > 1 ? ", effects of different terms" : "";
  return [
    `Effects of different levels${several} and residuals are independent.`,
    ...symmetric.map(
      ({ covariance, columns, group, sds, correlation }) =>
        `Compound symmetry: ${pen.inline(covariance)} has one SD ${pen.inline(sds[0])} and one correlation ${pen.inline(correlation(0, 1))} for all ${columns.length} columns of ${pen.word(group.name)}.`,
    ),
  ];
}
