/**
 * Priors matched to a model: filled up from the defaults, and checked.
 *
 * @module
 */

import { checkKind, didYouMean, knownOptions, listOf, PriorError, show, wrongKind } from "../errors.ts";
import { checkResidual } from "../model/identify.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { Structure } from "../model/structures.ts";
import { shortName } from "../model/variables.ts";
import {
  type BetaPrior,
  type Fixed,
  flat,
  halfT,
  huangWand,
  isPriorOf,
  type Priors,
  remade,
  SD_PRIORS,
  type SdPrior,
  type TermPrior,
} from "./priors.ts";
import { sharedDirections } from "./sharedDirections.ts";

/** Priors of one model with every default filled in, in the user's units. */
export interface ResolvedPriors {
  /** `"default@1"` where nothing was given, `"custom"` otherwise. */
  readonly name: "default@1" | "custom";
  readonly beta: ReadonlyMap<string, BetaPrior>;
  readonly sigma: SdPrior | Fixed;
  /** One per random term, in the order of `model.random`; under compound symmetry that of its one SD. */
  readonly terms: readonly {
    readonly name: string;
    readonly prior: TermPrior;
    readonly structure: Structure;
  }[];
}

/** The same priors as a user would give them: what is left out no more depends on the response. */
export function asGiven({ beta, sigma, terms }: ResolvedPriors): Priors {
  return {
    beta: Object.fromEntries(beta),
    sigma,
    terms: Object.fromEntries(terms.map(({ name, prior }) => [name, prior])),
  };
}

const BETA_PRIORS = ["flat", "normal"];
const TERM_PRIORS = [...SD_PRIORS, "fixed", "inverseWishart", "huangWand", "lkj"];

/**
 * Fills priors up from `default@1` and checks them against the model.
 *
 * `default@1`: β flat; σ ~ halfT(3, 2.5 sd(y)); each term Huang–Wand with df 2 and scales
 * 2.5 sd(y) / rms(z_i), z_i the term's columns; under compound symmetry τ ~ halfT(2, 2.5 sd(y) / rms(z)), rms over all
 * columns, and ρ flat from −1/(k − 1) to 1. With strata the prior of σ holds for each σ_c.
 *
 * @throws {PriorError} `unknown-prior`, `unknown-prior-target`, `prior-dimension`, `prior-structure`, `improper-posterior`
 * @throws {ModelError} `one-row-per-group`, `too-many-random-effects`, {DataError} `response-constant-within-groups` where σ
 * is not fixed
 */
export function resolvePriors(model: LinearMixedModel, priors: Priors = {}): ResolvedPriors {
  if (typeof priors !== "object" || priors === null || Array.isArray(priors)) {
    const remedy = "Write { beta: …, sigma: …, terms: { … } }, each of which may be left out.";
    throw new PriorError("unknown-prior", `The priors are ${show(priors)}.`, remedy);
  }
  knownOptions("priors", priors, ["beta", "sigma", "terms"]);
  if (priors.terms !== undefined) {
    const [what, remedy] = ["terms by name", `Write terms: { ${show(model.random[0].name)}: halfT(3, 10) }.`];
    checkKind("priors", priors.terms, [], what, remedy);
    if (isPriorOf(priors.terms, TERM_PRIORS))
      throw wrongKind("priors", `one prior, ${priors.terms.type}()`, what, remedy);
  }
  const scale = 2.5 * model.summaries.response.sd;
  const beta = betaPriors(model, priors.beta);
  const flatColumns = model.fixed.names.flatMap((name, l) => (beta.get(name)?.type === "flat" ? [l] : []));
  const terms = model.random.map((term, t) => {
    const k = term.columns.length;
    const { rms, levelsSeen } = model.summaries.terms[t];
    const all = Math.sqrt(rms.reduce((sum, size) => sum + size * size, 0) / k);
    const symmetric = term.structure === "cs";
    const usual = symmetric ? halfT(2, scale / all) : huangWand({ scale: rms.map((size) => scale / size) });
    const given = ownEntry(priors.terms, term.name);
    const prior = given === undefined ? usual : (priorOf(term.name, given, TERM_PRIORS) as TermPrior);
    if (symmetric) checkSymmetricPrior(term.name, prior);
    // Each flat coefficient takes a level at most, so that only few levels need a closer look.
    const spent = (c: number): number =>
      levelsSeen[c] - flatColumns.length >= 2
        ? 1
        : Math.max(1, sharedDirections(model.crossProducts, t, c, flatColumns));
    checkTermPrior(term.name, term.columns, k, levelsSeen, spent, prior);
    return { name: term.name, prior, structure: term.structure };
  });
  const names = model.random.map(({ name }) => name);
  for (const name of Object.keys(priors.terms ?? {})) {
    if (!names.includes(name)) throw noTarget("term", name, names);
  }
  const sigma = priors.sigma === undefined ? halfT(3, scale) : sigmaPrior(priors.sigma);
  if (sigma.type !== "fixed") checkResidual(model);
  const strata = model.crossProducts.strata?.counts ?? [];
  const few = strata.findIndex((count) => count - model.p < 2);
  if (sigma.type === "uniformSd" && few >= 0) {
    throw new PriorError(
      "improper-posterior",
      `A flat prior on the residual SD of ${model.strata?.levels[few]}, with ${strata[few]} rows and ${model.p} coefficients, may give no proper posterior.`,
      "Choose halfT() for sigma.",
      { level: model.strata?.levels[few], rows: strata[few] },
    );
  }
  if (sigma.type === "uniformSd" && model.n - model.p < 2) {
    throw new PriorError(
      "improper-posterior",
      `A flat prior on sigma with ${model.n} rows and ${model.p} coefficients gives no proper posterior.`,
      "Choose halfT() for sigma.",
    );
  }
  const given =
    priors.beta !== undefined || priors.sigma !== undefined || Object.keys(priors.terms ?? {}).length > 0;
  return { name: given ? "custom" : "default@1", beta, sigma, terms };
}

function betaPriors(model: LinearMixedModel, beta: Priors["beta"]): Map<string, BetaPrior> {
  const { names } = model.fixed;
  const out = new Map<string, BetaPrior>(names.map((name) => [name, flat()]));
  if (beta === undefined) return out;
  if (typeof beta !== "object" || beta === null || typeof (beta as { type?: unknown }).type === "string") {
    const one = priorOf("beta", beta, BETA_PRIORS) as BetaPrior;
    return new Map(names.map((name) => [name, one]));
  }
  for (const [key, prior] of Object.entries(beta)) {
    const name = names.find((own) => own === key || shortName(own) === key);
    if (name === undefined) throw noTarget("coefficient", key, names);
    out.set(name, priorOf(name, prior, BETA_PRIORS) as BetaPrior);
  }
  return out;
}

function checkTermPrior(
  name: string,
  columns: readonly string[],
  k: number,
  levels: readonly number[],
  spentOn: (column: number) => number,
  prior: TermPrior,
): void {
  const dimension = (given: number, what: string): void => {
    if (given === k) return;
    throw new PriorError(
      "prior-dimension",
      `The term ${name} has ${k} ${k === 1 ? "effect" : "effects"} (${listOf(columns.map(shortName))}); the prior ${what} ${given}.`,
      `Give ${k}.`,
      { term: name, expected: k, got: given },
    );
  };
  if (prior.type === "inverseWishart") dimension(prior.scale.length, "matrix is for");
  if (prior.type === "huangWand" && typeof prior.scale !== "number")
    dimension(prior.scale.length, "scale has length");
  if (prior.type === "fixed")
    dimension(typeof prior.value === "number" ? 1 : prior.value.length, "matrix is for");
  const sds = prior.type === "lkj" ? prior.sds : undefined;
  if (Array.isArray(sds)) dimension(sds.length, "has SDs:");
  for (const own of Array.isArray(sds) ? sds : sds === undefined ? [] : [sds as SdPrior]) {
    if (!isPriorOf(own, SD_PRIORS)) throw unknownPrior(name, own, SD_PRIORS);
  }
  const flatSd = (c: number): boolean =>
    (sds === undefined ? prior : Array.isArray(sds) ? sds[c] : (sds as SdPrior)).type === "uniformSd";
  // The likelihood falls as τ^−(G − spent) for large τ.
  const few = columns.findIndex((_, c) => flatSd(c) && levels[c] - spentOn(c) < 2);
  if (few < 0) return;
  const spent = spentOn(few);
  const what = k === 1 ? name : `${shortName(columns[few])} of ${name}`;
  throw new PriorError(
    "improper-posterior",
    `A flat prior on the SD of ${what} with ${levels[few]} levels${spent > 1 ? ` and ${spent} flat coefficients` : ""} gives no proper posterior.`,
    `Choose halfT(), or collect at least ${spent === 1 ? "three" : spent + 2} levels.`,
    { term: name, column: columns[few], levels: levels[few] },
  );
}

/** One SD and one correlation: priors on whole matrices do not fit. */
function checkSymmetricPrior(name: string, prior: TermPrior): void {
  if (!isPriorOf(prior, ["inverseWishart", "huangWand", "lkj"])) {
    if (prior.type !== "fixed" || typeof prior.value === "number") return;
    const { value } = prior;
    const off = value.length > 1 ? value[0][1] : 0;
    if (value.every((row, i) => row.every((entry, j) => entry === (i === j ? value[0][0] : off)))) return;
  }
  throw new PriorError(
    "prior-structure",
    `${name} has compound symmetry, one SD and one correlation; ${prior.type === "fixed" ? "the fixed matrix has more" : `${prior.type}() is a prior on a covariance matrix of any kind`}.`,
    "Give a prior on the SD, for example halfT(3, 10); the correlation is flat over its range.",
    { term: name, prior: prior.type },
  );
}

function sigmaPrior(given: SdPrior | Fixed): SdPrior | Fixed {
  const prior = priorOf("sigma", given, [...SD_PRIORS, "fixed"]) as SdPrior | Fixed;
  if (prior.type !== "fixed" || typeof prior.value === "number") return prior;
  throw new PriorError(
    "prior-dimension",
    "sigma is one number; fixed() was given a matrix.",
    "Give fixed(sd).",
  );
}

/** What was given for `target`, by its constructor. */
function priorOf(target: string, given: unknown, types: readonly string[]): BetaPrior | TermPrior {
  if (!isPriorOf(given, types)) throw unknownPrior(target, given, types);
  return remade(given as BetaPrior | TermPrior);
}

function ownEntry<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function unknownPrior(target: string, prior: unknown, types: readonly string[]): PriorError {
  const shown =
    typeof prior === "object" && prior !== null ? show((prior as { type?: unknown }).type) : show(prior);
  return new PriorError(
    "unknown-prior",
    `The prior for ${target} is ${shown}, which cannot stand there.`,
    `Use one of the constructors ${types.join(", ")}.`,
    { target },
  );
}

function noTarget(what: string, name: string, names: readonly string[]): PriorError {
  const near = didYouMean(name, names);
  return new PriorError(
    "unknown-prior-target",
    `A prior is given for the ${what} ${show(name)}, which the model does not have.`,
    near === undefined ? `It has ${listOf(names)}.` : `Did you mean ${show(near)}?`,
    { name, names },
  );
}
