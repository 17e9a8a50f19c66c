/**
 * Scripts for R's brms.
 *
 * @module
 */

import type { LinearPart } from "../../formula/algebra.ts";
import { priorText } from "../../gibbs/print.ts";
import type { Fixed, SdPrior, TermPrior } from "../../gibbs/priors.ts";
import type { ResolvedPriors } from "../../gibbs/resolvePriors.ts";
import type { LinearMixedModel } from "../../model/linearMixedModel.ts";
import { shortName } from "../../model/variables.ts";
import { type ModelColumn, modelColumns } from "../columns.ts";
import { barTerms, checkUnstructured } from "./estimators.ts";
import { commentText, numberText, rString } from "./literals.ts";
import { checkNoneDropped, header, isRName, type RScript, rScript } from "./rScript.ts";
import { keepsOrder } from "./terms.ts";

/** A name that brms takes: Stan's variables must not end in an underscore or hold two beside each other. */
const isBrmsName = (name: string): boolean => isRName(name) && !/__|_$/.test(name);

/** Lines of priors, and comments on those that brms cannot express. */
interface PriorLines {
  readonly priors: string[];
  readonly remarks: string[];
}

/** brms. */
export function brmsCode(model: LinearMixedModel, resolved: ResolvedPriors): string[] {
  const target = "brms";
  checkUnstructured(model, target);
  checkNoneDropped(model, target);
  const script = rScript(model, target, {
    quote: (name) => (isBrmsName(name) ? name : null),
    offset: true,
    derive: true,
  });
  const formula = `${script.response} ~ ${[script.fixed, ...barTerms(script)].join(" + ")}`;
  const { strata, recipe } = model;
  const scales = [
    strata === null ? "1" : `0 + ${script.names.label(strata.name)}`,
    ...(recipe.weights === null ? [] : [`offset(-0.5 * log(${script.names.number(recipe.weights)}))`]),
  ];
  const hasScales = strata !== null || recipe.weights !== null;
  const { priors, remarks } = priorLines(script, resolved, hasScales);
  return [
    ...header(model, "Hamiltonian Monte Carlo by brms and Stan"),
    "library(brms)",
    "",
    ...script.reading,
    "",
    "# center = FALSE: the intercept is the one of the formula, with a flat prior unless one is set.",
    `formula <- bf(${formula}${hasScales ? `,\n              sigma ~ ${scales.join(" + ")}` : ""}, center = FALSE)`,
    ...(hasScales ? ["# sigma is modelled on the log scale, weights as an offset there."] : []),
    ...remarks.map((remark) => `# ${commentText(remark)}`),
    priors.length === 0 ? "priors <- NULL" : `priors <- c(${priors.join(",\n            ")})`,
    "fit <- brm(formula, data = data, family = gaussian(), prior = priors, seed = 1)",
    "print(summary(fit))",
  ];
}

function priorLines(script: RScript, resolved: ResolvedPriors, hasScales: boolean): PriorLines {
  const { model } = script;
  const { all, random } = modelColumns(model);
  const priors: string[] = [];
  const remarks: string[] = [];
  const set = (text: string, where: string): void => {
    priors.push(`set_prior(${rString(text)}, ${where})`);
  };
  const unsaid = (
    what: string,
    prior: Parameters<typeof priorText>[0],
    why: string,
    instead = "brms uses its default",
  ): void => {
    remarks.push(`NOT THE SAME PRIOR: ${what} ~ ${priorText(prior)} in blmm, ${why}; ${instead}.`);
  };
  // An empty prior of one coefficient means that of the class: only the whole class can be flat.
  const hasFlat = script.terms.some(({ t }) =>
    sdPriors(resolved.terms[t].prior, model.random[t].columns.length)?.some(
      ({ type }) => type === "uniformSd",
    ),
  );
  const instead = hasFlat ? "its prior is flat here, as that of other SDs" : undefined;
  if (hasFlat) set("", `class = "sd"`);
  for (const [name, prior] of resolved.beta) {
    if (prior.type === "flat") continue;
    const coefficient = brmsName(
      all.find((column) => column.isFixed && column.name === name)!,
      model.terms.fixed,
      script,
    );
    if (coefficient === null) unsaid(name, prior, "which brms names in its own way");
    else {
      set(
        `normal(${numberText(prior.mean)}, ${numberText(prior.sd)})`,
        `class = "b", coef = ${rString(coefficient)}`,
      );
    }
  }
  script.terms.forEach((term) => {
    const { prior } = resolved.terms[term.t];
    const group = `group = ${rString(script.group(term))}`;
    const { columns, name } = model.random[term.t];
    const each = sdPriors(prior, columns.length);
    if (each === null) {
      unsaid(`the covariance of ${name}`, prior, "which brms cannot express", instead);
      return;
    }
    columns.forEach((column, c) => {
      const text = sdText(each[c]);
      const coefficient =
        term.isWhole || term.isIntercept
          ? brmsName(random[term.t][c], term.part, script)
          : script.effects(term).slice("0 + ".length);
      if (text === null)
        unsaid(`the SD of ${shortName(column)} of ${name}`, each[c], "which brms cannot express", instead);
      else if (coefficient === null)
        unsaid(`the SD of ${column} of ${name}`, each[c], "which brms names in its own way", instead);
      else if (text !== "") set(text, `class = "sd", ${group}, coef = ${rString(coefficient)}`);
    });
    if (columns.length === 1) return;
    const eta = prior.type === "lkj" ? prior.eta : 1;
    set(`lkj(${numberText(eta)})`, `class = "cor", ${group}`);
    if (prior.type === "huangWand") {
      remarks.push(
        `NOT QUITE THE SAME PRIOR: the covariance of ${name} ~ ${priorText(prior)} in blmm. Here its SDs have the same half-t margins, but are independent of the correlations, which have the prior LKJ(1).`,
      );
    }
  });
  if (hasScales) unsaid("sigma", resolved.sigma, "and sigma has a linear predictor here");
  else {
    const text = sdText(resolved.sigma);
    if (text === null) unsaid("sigma", resolved.sigma, "which brms cannot express");
    else set(text, `class = "sigma"`);
  }
  return { priors, remarks };
}

/** The priors of a term's SDs when the rest is a prior on correlations; `null` otherwise. */
export function sdPriors(prior: TermPrior, k: number): readonly (SdPrior | Fixed)[] | null {
  const all = Array.from({ length: k }, (_, c) => c);
  switch (prior.type) {
    case "inverseWishart":
      return null;
    case "fixed":
      return typeof prior.value === "number"
        ? [prior]
        : k === 1
          ? [{ type: "fixed", value: Math.sqrt(prior.value[0][0]) }]
          : null;
    case "huangWand":
      return all.map((c) => ({
        type: "halfT",
        df: prior.df,
        scale: typeof prior.scale === "number" ? prior.scale : prior.scale[c],
      }));
    case "lkj":
      return all.map((c) => (Array.isArray(prior.sds) ? prior.sds[c] : prior.sds) as SdPrior);
    default:
      return all.map(() => prior);
  }
}

/** A prior of one SD in Stan's words, cut off at 0 by brms; `null` when it has none. */
function sdText(prior: SdPrior | Fixed): string | null {
  switch (prior.type) {
    case "halfT":
      return `student_t(${numberText(prior.df)}, 0, ${numberText(prior.scale)})`;
    case "halfNormal":
      return `normal(0, ${numberText(prior.scale)})`;
    case "exponential":
      return `exponential(${numberText(prior.rate)})`;
    case "uniformSd":
      return "";
    case "fixed":
      return typeof prior.value === "number" ? `constant(${numberText(prior.value)})` : null;
    case "inverseGamma":
      return null;
  }
}

/** A coefficient by brms's name; `null` where that has characters that brms leaves out. */
function brmsName({ name, pieces }: ModelColumn, part: LinearPart, script: RScript): string | null {
  if (name === "(Intercept)") return "Intercept";
  if (pieces.length > 1 && !keepsOrder(part)) return null;
  const parts = pieces.map(
    (piece) => script.variable(piece.variable) + piece.name.slice(piece.variable.length),
  );
  return parts.every(isRName) ? parts.join(":") : null;
}
