/**
 * What a model assumes, in the user's names, and where to look when in doubt.
 *
 * @module
 */

import { deparse } from "../formula/parser.ts";
import { varianceSentences } from "./remarks.ts";
import type { Block } from "./statement.ts";
import type { Symbols } from "./symbols.ts";

/** The assumptions, numbered. */
export function assumptions(symbols: Symbols): Block[] {
  const { model, pen, groups, terms } = symbols;
  const y = pen.word(model.response.name);
  const names = groups.map(({ name }) => pen.word(name));
  const { intercept, terms: fixed, offsets } = model.terms.fixed;
  const labels = fixed.map(({ label }) => pen.word(label));
  const less = offsets.map((offset) => ` less ${pen.word(deparse(offset))}`).join("");
  const items = [
    labels.length === 0
      ? `The mean of ${y}${less} is ${intercept ? "the same" : "0"} in all rows, apart from what its groups add.`
      : `The mean of ${y}${less} is a linear function of ${labels.join(", ")}: their effects add up, and nothing else that matters is left out. Plot residuals against fitted values and against each of them.`,
    ...groups.map(({ name, levels }) => {
      const columns = terms
        .filter((term) => term.group.name === name)
        .flatMap((term) => term.columns.map((column) => pen.word(column.name)));
      return `The ${levels.length} levels of ${pen.word(name)} are a random sample of a population of them, in which the effects on ${columns.join(", ")} are normal with mean 0. A normal quantile plot of ranef() shows departures; few levels say little about their variance.`;
    }),
    ...terms
      .filter(({ columns }) => columns.length > 1)
      .map(({ columns, group, isSymmetric }) => {
        const list = columns.map((column) => pen.word(column.name)).join(", ");
        return isSymmetric
          ? `The effects of ${pen.word(group.name)} on ${list} have one SD and one correlation for all pairs.`
          : `The effects of ${pen.word(group.name)} on ${list} may correlate in any way.`;
      }),
    ...groups.flatMap(({ name }) => {
      const own = terms.filter((term) => term.group.name === name);
      if (own.length < 2) return [];
      const sets = own.map(({ columns }) => columns.map((column) => pen.word(column.name)).join(" with "));
      return [`The effects of ${pen.word(name)} on ${sets.join(", ")} are independent of each other.`];
    }),
    `Levels of ${names.join(" and of ")} do not influence each other: rows depend on each other only through the levels they share.`,
    `The random effects are independent of the predictors and of the residuals. If a predictor differs between the levels of ${names.join(" or of ")} for reasons that also raise or lower ${y}, its coefficient mixes the two.`,
    `The residuals are normal and, given the random effects, independent of each other, in time and space too. Look at a normal quantile plot of residuals().`,
    model.strata === null && model.recipe.weights === null
      ? `The residual variance is the same in all rows. Plot residuals against fitted values.`
      : varianceSentences(symbols).join(" "),
  ];
  const left = model.inputRows - model.n;
  if (left > 0) {
    items.push(
      `The ${left} of ${model.inputRows} rows left out say nothing by being absent, given what the others hold.`,
    );
  }
  return [`What ${pen.word(model.formula)} assumes:`, ...items.map((item, i) => `${i + 1}. ${item}`)];
}
