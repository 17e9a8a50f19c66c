/**
 * Scripts for R's MCMCglmm.
 *
 * @module
 */

import { priorText } from "../../gibbs/print.ts";
import type { TermPrior } from "../../gibbs/priors.ts";
import type { ResolvedPriors } from "../../gibbs/resolvePriors.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { sdPriors } from "./brms.ts";
import { checkNoWeights, checkUnstructured, groupColumn } from "./estimators.ts";
import { commentText, numberText } from "./literals.ts";
import { checkNoneDropped, header, isRName, rScript } from "./rScript.ts";
import { cannot } from "./sheet.ts";
import { keepsOrder } from "./terms.ts";

/** Names that mean something else to it. */
const RESERVED = ["units", "trait", "animal"];

/** MCMCglmm. */
export function mcmcglmmCode(model: LinearMixedModel, resolved: ResolvedPriors): string[] {
  const target = "MCMCglmm";
  checkUnstructured(model, target);
  checkNoWeights(model, target);
  checkNoneDropped(model, target);
  const script = rScript(model, target, {
    quote: (name) => (isRName(name) && !RESERVED.includes(name) ? name : null),
    offset: false,
    derive: true,
  });
  const lines: string[] = [];
  const remarks: string[] = [];
  const unsaid = (what: string, text: string): void => {
    remarks.push(`NOT THE SAME PRIOR: ${what} ~ ${text} in blmm, which MCMCglmm cannot express.`);
  };
  const random = script.terms.map((term) => {
    const group = groupColumn(script, term, lines);
    // It takes the intercept out of a variance structure unless it is asked for.
    return term.isIntercept ? group : `us(${script.effects(term).replace(/^0 \+ /, "")}):${group}`;
  });
  const structures = script.terms.map(({ t }, g) => {
    const { prior } = resolved.terms[t];
    const k = model.random[t].columns.length;
    const written = structurePrior(prior, k);
    if (written === null) unsaid(`the covariance of ${model.random[t].name}`, priorText(prior));
    return `G${g + 1} = ${written ?? `list(V = diag(${k}), nu = ${k === 1 ? "0.002" : numberText(k)})`}`;
  });
  const residual = residualPrior(resolved.sigma, model.strata?.levels.length ?? 1);
  if (residual === null) unsaid("sigma", priorText(resolved.sigma));
  const strata = model.strata?.levels.length ?? 1;
  const beta = [...resolved.beta.values()];
  const hasNormal = beta.some(({ type }) => type === "normal");
  if (hasNormal && !keepsOrder(model.terms.fixed)) {
    throw cannot(
      target,
      "it orders the coefficients of products differently, so priors would go to other ones",
    );
  }
  const B = hasNormal
    ? [
        "B = list(",
        `mu = c(${beta.map((prior) => (prior.type === "normal" ? numberText(prior.mean) : "0")).join(", ")}), `,
        `V = diag(c(${beta.map((prior) => (prior.type === "normal" ? numberText(prior.sd ** 2) : "1e10")).join(", ")}), ${beta.length}))`,
      ].join("")
    : null;
  const parts = [
    ...(B === null ? [] : [B]),
    `R = ${residual ?? `list(V = ${strata === 1 ? "1" : `diag(${strata})`}, nu = 0.002)`}`,
    `G = list(${structures.join(",\n                       ")})`,
  ];
  return [
    ...header(model, "Gibbs sampling by MCMCglmm"),
    "library(MCMCglmm)",
    "",
    ...script.reading,
    ...lines,
    "",
    "# Coefficients with flat priors in blmm have normal ones with variance 1e10 here.",
    ...remarks.map((remark) => `# ${commentText(remark)}`),
    `prior <- list(${parts.join(",\n              ")})`,
    "set.seed(1)",
    `fit <- MCMCglmm(${script.response} ~ ${script.fixed},`,
    `                random = ~ ${random.join(" + ")},`,
    `                rcov = ~ ${model.strata === null ? "units" : `idh(${script.names.label(model.strata.name)}):units`},`,
    "                data = data, prior = prior, pr = TRUE, nitt = 65000, burnin = 5000, thin = 60)",
    "print(summary(fit))",
  ];
}

/** The prior of a covariance matrix; MCMCglmm's inverse-Wishart has the scale nu V. `null` when it has none. */
function structurePrior(prior: TermPrior, k: number): string | null {
  if (prior.type === "inverseWishart") {
    const V = prior.scale.flat().map((value) => numberText(value / prior.df));
    return `list(V = matrix(c(${V.join(", ")}), ${k}), nu = ${numberText(prior.df)})`;
  }
  if (prior.type === "fixed" && typeof prior.value !== "number") {
    return `list(V = matrix(c(${prior.value.flat().map(numberText).join(", ")}), ${k}), fix = 1)`;
  }
  const [only] = k === 1 ? (sdPriors(prior, 1) ?? []) : [];
  switch (only?.type) {
    // Parameter expansion: alpha ~ N(0, scale²) times the root of an inverse-gamma variance is a half-t.
    case "halfT":
      return `list(V = 1, nu = ${numberText(only.df)}, alpha.mu = 0, alpha.V = ${numberText(only.scale ** 2)})`;
    case "inverseGamma":
      return `list(V = ${numberText(only.scale / only.shape)}, nu = ${numberText(2 * only.shape)})`;
    case "fixed":
      return `list(V = ${numberText((only.value as number) ** 2)}, fix = 1)`;
    default:
      return null;
  }
}

/** The prior of the residual variance, which takes no parameter expansion; `null` when it has none. */
function residualPrior(prior: ResolvedPriors["sigma"], strata: number): string | null {
  const V = (value: number): string =>
    strata === 1 ? numberText(value) : `diag(${numberText(value)}, ${strata})`;
  if (prior.type === "fixed") return `list(V = ${V((prior.value as number) ** 2)}, fix = 1)`;
  if (prior.type === "inverseGamma" && strata === 1) {
    return `list(V = ${V(prior.scale / prior.shape)}, nu = ${numberText(2 * prior.shape)})`;
  }
  return null;
}
