/**
 * Random slopes whose predictor is far from zero, where the intercepts that go with them are: `(year | country)`.
 *
 * @module
 */

import { type Warning, warning } from "../errors.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";

/**
 * `slope-far-from-zero`, for each numeric column that is so far from zero beside an intercept it may correlate with.
 *
 * @param least - how far, |mean| in SDs of the column
 * @param harm - a sentence on what comes of it
 * @param spared - names of terms that are left out
 */
export function farSlopes(
  { crossProducts: { places, factors }, random, terms, variables }: LinearMixedModel,
  least: number,
  harm: string,
  spared: readonly string[] = [],
): Warning[] {
  const warnings: Warning[] = [];
  random.forEach(({ name, group, columns, structure }, t) => {
    const intercept = columns.indexOf("(Intercept)");
    if (intercept < 0 || structure === "cs" || spared.includes(name)) return;
    const { factor, offset } = places[t];
    const { k, ztz } = factors[factor];
    const sum = (a: number, b: number): number => {
      let total = 0;
      for (let at = offset + a + (offset + b) * k; at < ztz.length; at += k * k) total += ztz[at];
      return total;
    };
    const rows = sum(intercept, intercept);
    columns.forEach((column, c) => {
      if (c === intercept || variables.get(column)?.kind !== "numeric") return;
      // Lengths, of which the mean takes this share.
      const share = Math.min(1, sum(intercept, c) ** 2 / (rows * sum(c, c)));
      const sds = Math.sqrt(share / Math.max(1 - share, 1e-15));
      if (!(sds >= least)) return;
      const own = `(${column} | ${group})`;
      const change = `. ~ . - ${own} + (center(${column}) | ${group})`;
      const plain = terms.random.some(({ part }) =>
        part.variables.some((node) => node.type === "name" && node.name === column),
      );
      warnings.push(
        warning(
          "slope-far-from-zero",
          `The intercepts of ${name} are at ${column} = 0, ${Math.round(sds)} SDs of ${column} away from its mean, where they and the slopes correlate by almost ±1. ${harm} Write center(${column}).`,
          { term: name, column, sds },
          plain && terms.random.some(({ text }) => text === own) ? `model.update("${change}")` : undefined,
        ),
      );
    });
  });
  return warnings;
}
