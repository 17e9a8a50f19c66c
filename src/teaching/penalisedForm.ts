/**
 * The penalised notation: least squares with a ridge-like penalty on the random effects.
 *
 * @module
 */

import { codingSentences, indexSentence, varianceSentences } from "./remarks.ts";
import { type Block, type Equation, equation } from "./statement.ts";
import { dictionary, meanTerms, type Symbols } from "./symbols.ts";

/** What β and b minimise when the variances are known. */
export function penalisedForm(symbols: Symbols): Block[] {
  const { model, pen, terms, response, row, residualVariance } = symbols;
  const sigma2 = pen.squared(pen.symbol("sigma"));
  const mu = pen.sub(pen.symbol("mu"), ...row);
  const square = pen.squared(`(${response} - ${mu})`);
  const byStratum = model.strata !== null;
  const weight = model.recipe.weights === null ? null : pen.sub(pen.name(model.recipe.weights), ...row);
  const loss = byStratum
    ? pen.divided(square, `(${residualVariance()})`)
    : weight === null
      ? square
      : pen.times(weight, square);
  const isScalar = ({ columns }: Symbols["terms"][number]): boolean => columns.length === 1;
  const lambda = (t: number): string =>
    pen.sub(
      pen.symbol("lambda"),
      ...(terms.filter(isScalar).length > 1 ? [String(terms.slice(0, t + 1).filter(isScalar).length)] : []),
    );
  const penalties = terms.map((term, t) => {
    const { effects, covariance, group } = term;
    if (isScalar(term)) {
      const sum = pen.sum(group.letter, pen.squared(bare(effects[0], pen.format)));
      return pen.times(byStratum ? pen.divided("1", covariance) : lambda(t), sum);
    }
    const b = pen.format === "latex" ? `\\mathbf{b}_{${group.letter}}` : `b_${group.letter}`;
    const form = pen.times(pen.transposed(b), pen.inverted(covariance), b);
    return pen.times(...(byStratum ? [] : [sigma2]), pen.sum(group.letter, form));
  });
  const definitions = terms.flatMap((term, t): Equation[] => {
    if (!isScalar(term)) return [equation(term.covariance, "=", pen.matrix(term.entries))];
    return byStratum ? [] : [equation(lambda(t), "=", pen.divided(sigma2, term.covariance))];
  });
  const vectors = terms
    .filter((term) => !isScalar(term))
    .map(
      ({ effects, group }) =>
        `${pen.inline(pen.format === "latex" ? `\\mathbf{b}_{${group.letter}}` : `b_${group.letter}`)} is ${pen.inline(pen.vector(effects))}, the effects of one level of ${pen.word(group.name)}.`,
    );
  return [
    `With the variances known, the best estimates of the fixed and the random effects minimise`,
    [
      {
        left: pen.law("loss", pen.symbol("beta"), "b"),
        relation: "=",
        terms: [pen.sum("i", loss), ...penalties],
      },
      { left: mu, relation: "=", terms: meanTerms(symbols) },
      ...definitions,
    ],
    indexSentence(symbols),
    ...vectors,
    "The first sum is least squares, the rest a ridge penalty on the random effects alone. Small variances of the " +
      "effects make the penalty large and pull the groups together (complete pooling at 0); large ones leave every " +
      "group to its own data (no pooling).",
    ...codingSentences(symbols),
    ...varianceSentences(symbols),
    dictionary(symbols, symbols.beta),
  ];
}

/** A symbol as the base of an exponent; subscripts stay. */
function bare(effect: string, format: string): string {
  return format === "latex" ? `{${effect}}` : effect;
}
