/**
 * Names of everything a fit estimates, the same for both estimators, after brms's pattern.
 *
 * @module
 */

import type { VariableInfo } from "../posterior/draws.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";

/** `(Intercept)` is printed `Intercept` in variable names; every other coefficient keeps R's name. */
export function shortName(coefficient: string): string {
  return coefficient === "(Intercept)" ? "Intercept" : coefficient;
}

/**
 * β, SDs, correlations and σ of a model, in the order of brms's summary: `b_…`, then `sd_…` and `cor_…` of the
 * random terms, then `sigma`.
 */
export function parameterVariables(model: LinearMixedModel): VariableInfo[] {
  const variables: VariableInfo[] = model.fixed.names.map((term) => ({
    name: `b_${shortName(term)}`,
    kind: "fixed",
    term,
  }));
  for (const { group, columns } of model.random) {
    for (const term of columns)
      variables.push({ name: `sd_${group}__${shortName(term)}`, kind: "sd", group, term });
  }
  for (const { group, columns } of model.random) {
    for (let i = 1; i < columns.length; i++) {
      for (let j = 0; j < i; j++) {
        variables.push({
          name: `cor_${group}__${shortName(columns[j])}__${shortName(columns[i])}`,
          kind: "cor",
          group,
          term: columns[j],
          term2: columns[i],
        });
      }
    }
  }
  variables.push({ name: "sigma", kind: "sigma" });
  return variables;
}

/** The random effects, `r_Subject[308,Days]`: term after term, level after level, column after column. */
export function groupVariables(model: LinearMixedModel): VariableInfo[] {
  const variables: VariableInfo[] = [];
  for (const { group, levels, columns } of model.random) {
    for (const level of levels) {
      for (const term of columns) {
        variables.push({
          name: `r_${group}[${level},${shortName(term)}]`,
          kind: "group",
          group,
          level,
          term,
        });
      }
    }
  }
  return variables;
}
