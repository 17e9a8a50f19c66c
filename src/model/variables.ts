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
 * The name of what a term `cs(…)` has instead of its columns: `cs`, or `cs.1`, `cs.2`, … for the further ones of its
 * group.
 */
export function symmetricName(model: LinearMixedModel, t: number): string {
  const { group } = model.random[t];
  const before = model.random.slice(0, t).filter((term) => term.group === group && term.structure === "cs");
  return before.length === 0 ? "cs" : `cs.${before.length}`;
}

/** The names of the residual SDs: `sigma`, or `sigma_<level>` for each stratum. */
export function sigmaNames({ strata }: LinearMixedModel): string[] {
  return strata === null ? ["sigma"] : strata.levels.map((level) => `sigma_${level}`);
}

/**
 * β, SDs, correlations and σ of a model, in the order of brms's summary: `b_…`, then `sd_…` and `cor_…` of the
 * random terms, then `sigma`. A term `cs(…)` of group g has `sd_g__cs` and `cor_g__cs`.
 */
export function parameterVariables(model: LinearMixedModel): VariableInfo[] {
  const variables: VariableInfo[] = model.fixed.names.map((term) => ({
    name: `b_${shortName(term)}`,
    kind: "fixed",
    term,
  }));
  model.random.forEach(({ group, columns, structure }, t) => {
    for (const term of structure === "cs" ? [symmetricName(model, t)] : columns)
      variables.push({ name: `sd_${group}__${shortName(term)}`, kind: "sd", group, term });
  });
  model.random.forEach(({ group, columns, structure }, t) => {
    if (structure === "cs") {
      const term = symmetricName(model, t);
      variables.push({ name: `cor_${group}__${term}`, kind: "cor", group, term });
      return;
    }
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
  });
  sigmaNames(model).forEach((name, c) => {
    const { strata } = model;
    variables.push(
      strata === null
        ? { name, kind: "sigma" }
        : { name, kind: "sigma", group: strata.name, level: strata.levels[c] },
    );
  });
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
