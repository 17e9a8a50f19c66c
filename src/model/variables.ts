/**
 * Names of everything a fit estimates, the same for both estimators, after brms's pattern.
 *
 * @module
 */

import type { VariableInfo } from "../posterior/draws.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import { effectDf, RESIDUAL_DF } from "./student.ts";

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
 * random terms, `df_…` of Student-t effects where it is estimated, `sigma`, and `nu` of Student-t residuals where it is. A
 * term `cs(…)` of group g has `sd_g__cs` and `cor_g__cs`.
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
  const { student, random } = model;
  random.forEach(({ group, name: term }, t) => {
    if (student?.effects[t]?.df === null) variables.push({ name: effectDf(term), kind: "df", group });
  });
  sigmaNames(model).forEach((name, c) => {
    const { strata } = model;
    variables.push(
      strata === null
        ? { name, kind: "sigma" }
        : { name, kind: "sigma", group: strata.name, level: strata.levels[c] },
    );
  });
  if (student?.residuals?.df === null) variables.push({ name: RESIDUAL_DF, kind: "df" });
  return variables;
}

/** The SDs and correlations of random term `t`. */
export function termVariables(model: LinearMixedModel, t: number): VariableInfo[] {
  const { group, columns, structure } = model.random[t];
  return parameterVariables(model).filter(
    ({ kind, group: own, term }) =>
      (kind === "sd" || kind === "cor") &&
      own === group &&
      (structure === "cs" ? term === symmetricName(model, t) : columns.includes(term as string)),
  );
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
