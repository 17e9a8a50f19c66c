/**
 * Scripts for R's lme4 and nlme.
 *
 * @module
 */

import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { isNested } from "../marginalForm.ts";
import { rString } from "./literals.ts";
import { backQuoted, checkNoneDropped, header, isRName, type RScript, rScript } from "./rScript.ts";
import { cannot } from "./sheet.ts";
import type { ExportedTerm } from "./terms.ts";

/** How a fit is made. */
export type Method = "REML" | "ML";

/** Refuses compound symmetry. */
export function checkUnstructured(model: LinearMixedModel, target: string): void {
  const symmetric = model.random.find(({ structure }) => structure === "cs");
  if (symmetric !== undefined)
    throw cannot(target, `it has no compound symmetry, which ${symmetric.group} has`);
}

/** Refuses residual SDs by stratum. */
export function checkOneSigma(model: LinearMixedModel, target: string): void {
  if (model.strata !== null)
    throw cannot(target, `it has one residual SD, and this model one for each ${model.strata.name}`);
}

/** Refuses prior weights. */
export function checkNoWeights(model: LinearMixedModel, target: string): void {
  if (model.recipe.weights !== null)
    throw cannot(target, `it takes no weights of residual variances (here ${model.recipe.weights})`);
}

/** Random terms of a formula in lme4's grammar: `(1 + Days | Subject)`. */
export function barTerms(script: RScript): string[] {
  return script.terms.map((term) => `(${script.effects(term)} | ${script.group(term)})`);
}

/** lme4. */
export function lme4Code(model: LinearMixedModel, method: Method): string[] {
  const target = "lme4";
  checkUnstructured(model, target);
  checkOneSigma(model, target);
  const script = rScript(model, target, { quote: backQuoted, offset: true });
  const { weights } = model.recipe;
  const formula = `${script.response} ~ ${[script.fixed, ...barTerms(script)].join(" + ")}`;
  return [
    ...header(model, `${method} by lme4`),
    "library(lme4)",
    "",
    ...script.reading,
    "",
    `fit <- lmer(${formula},`,
    `            data = data,${weights === null ? "" : ` weights = ${script.names.number(weights)},`} REML = ${method === "REML" ? "TRUE" : "FALSE"})`,
    "print(summary(fit))",
  ];
}

/** nlme. */
export function nlmeCode(model: LinearMixedModel, method: Method): string[] {
  const target = "nlme";
  checkNoneDropped(model, target);
  // nlme takes pi in a formula for the number, whatever the table holds.
  const quote = (name: string): string | null => (isRName(name) && name !== "pi" ? name : null);
  const script = rScript(model, target, { quote, offset: false });
  const lines: string[] = [];
  // Outer groups first.
  const groups = [...new Set(model.random.map(({ group }) => group))].reverse();
  groups.sort((a, b) => termOf(model, a).levels.length - termOf(model, b).levels.length);
  groups.forEach((outer, g) => {
    for (const inner of groups.slice(g + 1)) {
      if (isNested(termOf(model, inner), termOf(model, outer))) continue;
      throw cannot(target, `its groups must be nested, and ${outer} and ${inner} are crossed`);
    }
  });
  const random = groups.map((group) => {
    const own = script.terms.filter(({ t }) => model.random[t].group === group);
    const name = groupColumn(script, own[0], lines);
    const pieces = own.map((term) => {
      const { columns, structure } = model.random[term.t];
      const kind = structure === "cs" ? "pdCompSymm" : columns.length > 1 ? "pdLogChol" : "pdIdent";
      return `${kind}(~ ${script.effects(term)})`;
    });
    return `${name} = ${pieces.length === 1 ? pieces[0] : `pdBlocked(list(${pieces.join(", ")}))`}`;
  });
  const variances: string[] = [];
  if (model.recipe.weights !== null) {
    const name = script.names.fresh("variance");
    lines.push(
      `data[[${rString(name)}]] <- 1 / data[[${rString(script.names.plainNumber(model.recipe.weights))}]]`,
    );
    variances.push(`varFixed(~ ${name})`);
  }
  if (model.strata !== null)
    variances.push(`varIdent(form = ~ 1 | ${script.names.label(model.strata.name)})`);
  const weights = variances.length > 1 ? `varComb(${variances.join(", ")})` : variances[0];
  return [
    ...header(model, `${method} by nlme`),
    "library(nlme)",
    "",
    ...script.reading,
    ...lines,
    "",
    `fit <- lme(${script.response} ~ ${script.fixed},`,
    `           random = list(${random.join(", ")}),`,
    ...(weights === undefined ? [] : [`           weights = ${weights},`]),
    `           data = data, method = "${method}")`,
    "print(summary(fit))",
  ];
}

const termOf = (model: LinearMixedModel, group: string): LinearMixedModel["random"][number] =>
  model.random.find((term) => term.group === group)!;

/** The name of the column that a term groups by; crossed labels get a column of their own. */
export function groupColumn(script: RScript, term: ExportedTerm, lines: string[]): string {
  if (term.factors.length === 1) return script.names.label(term.factors[0]);
  const name = script.names.fresh("group");
  const cells = term.factors.map((column) => `data[[${rString(script.names.plainLabel(column))}]]`);
  lines.push(`data[[${rString(name)}]] <- factor(paste(${cells.join(", ")}, sep = ":"))`);
  return name;
}
