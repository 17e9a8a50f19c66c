/**
 * The Bayesian notation: likelihood, random effects, and the priors in force with their numbers.
 *
 * @module
 */

import { significant } from "../data/format.ts";
import { priorText } from "../gibbs/print.ts";
import type { BetaPrior, Fixed, SdPrior, TermPrior } from "../gibbs/priors.ts";
import type { ResolvedPriors } from "../gibbs/resolvePriors.ts";
import type { Pen } from "./pen.ts";
import { codingSentences, indexSentence, varianceSentences } from "./remarks.ts";
import { type Block, type Equation, equation } from "./statement.ts";
import { dictionary, meanTerms, type Symbols, type TermSymbols } from "./symbols.ts";
import { effectLaws, independence } from "./twoLevel.ts";

const number = (value: number): string => significant(value, 4);

/** Likelihood, random effects, priors. */
export function bayesianForm(symbols: Symbols, priors: ResolvedPriors): Block[] {
  const { model, pen, response, row, residualVariance, terms } = symbols;
  const mu = pen.sub(pen.symbol("mu"), ...row);
  const known = pen.list([pen.symbol("beta"), "b", pen.symbol("sigma")]);
  const sigma = pen.symbol("sigma");
  const sigmas = model.strata?.levels.map((level) => pen.sub(sigma, pen.name(level))) ?? [sigma];
  const fixed = symbols.columns.all.filter(({ isFixed }) => isFixed);
  return [
    `Likelihood. ${indexSentence(symbols)}`,
    [
      equation(pen.given(response, known), "~", pen.normal(mu, residualVariance())),
      { left: mu, relation: "=", terms: meanTerms(symbols) },
    ],
    "Random effects: the distribution that the groups are drawn from.",
    effectLaws(symbols),
    ...independence(symbols),
    `Priors (${priors.name}), scales in units of ${pen.word(model.response.name)}, those of slopes per unit of their column:`,
    [
      ...fixed.map((column) => betaLaw(pen, symbols.beta(column), priors.beta.get(column.name) as BetaPrior)),
      ...terms.flatMap((term, t) => termLaws(pen, term, priors.terms[t].prior)),
      ...sigmas.map((one) => sdLaw(pen, one, priors.sigma)),
    ],
    ...remarks(symbols, priors),
    ...codingSentences(symbols),
    ...varianceSentences(symbols),
    dictionary(symbols, symbols.beta),
  ];
}

function betaLaw(pen: Pen, beta: string, prior: BetaPrior): Equation {
  if (prior.type === "flat") return equation(beta, "∝", "1", "flat");
  return equation(beta, "~", pen.normal(number(prior.mean), pen.squared(number(prior.sd))));
}

/** The prior of one standard deviation. */
function sdLaw(pen: Pen, sd: string, prior: SdPrior | Fixed): Equation {
  switch (prior.type) {
    case "halfT":
      return prior.df === 1
        ? equation(sd, "~", pen.law("half-Cauchy", "0", number(prior.scale)))
        : equation(sd, "~", pen.law("half-t", number(prior.df), "0", number(prior.scale)));
    case "halfNormal":
      return equation(sd, "~", pen.law("half-normal", "0", pen.squared(number(prior.scale))));
    case "exponential":
      return equation(sd, "~", pen.law("exponential", number(prior.rate)));
    case "inverseGamma":
      return equation(
        pen.squared(sd),
        "~",
        pen.law("inverse-gamma", number(prior.shape), number(prior.scale)),
      );
    case "uniformSd":
      return equation(sd, "∝", "1", "flat from 0 to infinity");
    case "fixed":
      return equation(sd, "=", number(prior.value as number), "known");
  }
}

function termLaws(pen: Pen, term: TermSymbols, prior: TermPrior): Equation[] {
  const { sds, covariance, isSymmetric, columns } = term;
  const k = columns.length;
  const correlations = pen.sub("P", ...(k > 1 && !isSymmetric ? [covariance] : []));
  if (prior.type === "fixed" && typeof prior.value !== "number") {
    const rows = prior.value.map((row) => row.map(number));
    return [equation(covariance, "=", pen.matrix(rows), "known")];
  }
  if (isSymmetric) {
    const lowest = pen.divided("-1", String(k - 1));
    return [
      sdLaw(pen, sds[0], prior as SdPrior),
      equation(term.correlation(0, 1), "~", pen.law("uniform", lowest, "1")),
    ];
  }
  if (prior.type === "inverseWishart") {
    const scale = pen.matrix(prior.scale.map((row) => row.map(number)));
    return [equation(covariance, "~", pen.law("inverse-Wishart", number(prior.df), scale))];
  }
  if (prior.type === "huangWand") {
    const scales = sds.map((_, c) => (typeof prior.scale === "number" ? prior.scale : prior.scale[c]));
    const each = sds.map((sd, c) => sdLaw(pen, sd, { type: "halfT", df: prior.df, scale: scales[c] }));
    if (k === 1) return each;
    return [
      equation(covariance, "~", pen.law("Huang-Wand", number(prior.df), ...scales.map(number))),
      ...each,
    ];
  }
  const each = prior.type === "lkj" ? prior.sds : prior;
  const own = sds.map((sd, c) => sdLaw(pen, sd, (Array.isArray(each) ? each[c] : each) as SdPrior | Fixed));
  const eta = prior.type === "lkj" ? prior.eta : 1;
  return k === 1 ? own : [...own, equation(correlations, "~", pen.law("LKJ", number(eta)))];
}

/** What the names of the priors mean. */
function remarks({ pen, terms }: Symbols, priors: ResolvedPriors): string[] {
  const sentences: string[] = [];
  terms.forEach(({ columns, covariance, correlation, isSymmetric }, t) => {
    const { prior } = priors.terms[t];
    if (columns.length === 1 || isSymmetric) return;
    if (prior.type === "huangWand") {
      const pairs = columns.flatMap((_, d) =>
        columns.slice(0, d).map((__, c) => pen.inline(correlation(c, d))),
      );
      const what = pairs.length === 1 ? `the correlation ${pairs[0]}` : "each correlation";
      const shape =
        prior.df === 2
          ? "is uniform from -1 to 1"
          : prior.df > 2
            ? "is drawn towards 0"
            : "is drawn towards -1 and 1";
      sentences.push(
        `The Huang-Wand prior of ${pen.inline(covariance)} has the half-t distributions shown as margins of the SDs; ${what} ${shape}.`,
      );
    } else if (prior.type !== "inverseWishart" && prior.type !== "fixed") {
      const P = pen.inline(pen.sub("P", covariance));
      sentences.push(`${P} is the matrix of the correlations in ${pen.inline(covariance)}.`);
    }
  });
  const given = priors.terms.map(({ name, prior }) => `${pen.word(name)} ${pen.word(priorText(prior))}`);
  sentences.push(
    `As given to gibbs(): ${[...given, `sigma ${pen.word(priorText(priors.sigma))}`].join(", ")}.`,
  );
  return sentences;
}
