/**
 * Priors matched to a model, filled up from the defaults, checked, and put into working units.
 *
 * @module
 */

import { checkKind, didYouMean, knownOptions, listOf, PriorError, show } from "../errors.ts";
import { choleskyInto } from "../linalg/cholesky.ts";
import type { CrossProducts } from "../model/crossProducts.ts";
import { checkResidualVariance } from "../model/identify.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import type { Structure } from "../model/structures.ts";
import { shortName } from "../model/variables.ts";
import {
  type BetaPrior,
  type Fixed,
  flat,
  halfT,
  huangWand,
  type Priors,
  remade,
  type SdPrior,
  type TermPrior,
} from "./priors.ts";

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

/** Prior of one random term in working units. */
export type WorkingTermPrior =
  /** Λ with Σ = ΛΛ′ known. */
  | { readonly kind: "fixed"; readonly lambda: Float64Array }
  | { readonly kind: "inverseWishart"; readonly df: number; readonly scale: Float64Array }
  | { readonly kind: "huangWand"; readonly df: number; readonly scale: Float64Array }
  | { readonly kind: "sds"; readonly eta: number; readonly sds: readonly SdPrior[] }
  /** One SD, and one correlation flat over its range. */
  | { readonly kind: "symmetric"; readonly sd: SdPrior };

/** Priors in working units, as the samplers take them. */
export interface WorkingPriors {
  /** Prior precision of the working coefficients, p × p; null when all are flat. */
  readonly betaPrecision: Float64Array | null;
  /** Precision times mean, p. */
  readonly betaShift: Float64Array;
  /** m′Pm. */
  readonly betaConstant: number;
  readonly sigma: SdPrior | { readonly type: "fixed"; readonly value: number };
  readonly terms: readonly WorkingTermPrior[];
}

const SD_PRIORS = ["halfT", "halfNormal", "exponential", "inverseGamma", "uniformSd"];
const TERM_PRIORS = [...SD_PRIORS, "fixed", "inverseWishart", "huangWand", "lkj"];
const CONSTRUCTORS =
  "flat, normal, halfT, halfCauchy, halfNormal, exponential, inverseGamma, inverseWishart, huangWand, lkj, fixed, uniformSd";

/**
 * Fills priors up from `default@1` and checks them against the model.
 *
 * `default@1`: β flat; σ ~ halfT(3, 2.5 sd(y)); each term Huang–Wand with df 2 and scales
 * 2.5 sd(y) / rms(z_i), z_i the term's columns; under compound symmetry τ ~ halfT(2, 2.5 sd(y) / rms(z)), rms over all
 * columns, and ρ flat from −1/(k − 1) to 1. With strata the prior of σ holds for each σ_c.
 *
 * @throws {PriorError} `unknown-prior`, `unknown-prior-target`, `prior-dimension`, `prior-structure`, `improper-posterior`
 * @throws {ModelError} `one-row-per-group`, `too-many-random-effects` where σ is not fixed
 */
export function resolvePriors(model: LinearMixedModel, priors: Priors = {}): ResolvedPriors {
  knownOptions("priors", priors, ["beta", "sigma", "terms"]);
  if (priors.terms !== undefined)
    checkKind("priors", priors.terms, [], "terms as an object", "Write { Subject: halfT(3, 10) }.");
  const scale = 2.5 * model.summaries.response.sd;
  const beta = betaPriors(model, priors.beta);
  const flatCount = [...beta.values()].filter(({ type }) => type === "flat").length;
  const terms = model.random.map((term, t) => {
    const given = ownEntry(priors.terms, term.name);
    const k = term.columns.length;
    const { rms, levelsSeen } = model.summaries.terms[t];
    const all = Math.sqrt(rms.reduce((sum, size) => sum + size * size, 0) / k);
    const symmetric = term.structure === "cs";
    const usual = symmetric ? halfT(2, scale / all) : huangWand({ scale: rms.map((size) => scale / size) });
    const prior = isPriorOf(given, TERM_PRIORS) ? remade(given as TermPrior) : (given ?? usual);
    if (symmetric) checkSymmetricPrior(term.name, prior);
    // Where every level has one row, each flat coefficient takes a level.
    const spent = term.levels.length === model.n ? Math.max(1, flatCount) : 1;
    checkTermPrior(term.name, term.columns, k, levelsSeen, spent, prior);
    return { name: term.name, prior, structure: term.structure };
  });
  const names = model.random.map(({ name }) => name);
  for (const name of Object.keys(priors.terms ?? {})) {
    if (!names.includes(name)) throw noTarget("term", name, names);
  }
  const sigma = priors.sigma ?? halfT(3, scale);
  checkSdPrior("sigma", sigma);
  if (sigma.type !== "fixed") checkResidualVariance(model.random, model.n);
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
  if (isPriorOf(beta, ["flat", "normal"])) {
    const one = remade(beta as BetaPrior);
    return new Map(names.map((name) => [name, one]));
  }
  if (typeof beta !== "object" || beta === null || typeof (beta as { type?: unknown }).type === "string") {
    throw unknownPrior("beta", beta, "flat, normal");
  }
  for (const [key, prior] of Object.entries(beta)) {
    const name = names.find((own) => own === key || shortName(own) === key);
    if (name === undefined) throw noTarget("coefficient", key, names);
    if (!isPriorOf(prior, ["flat", "normal"])) throw unknownPrior(name, prior, "flat, normal");
    out.set(name, remade(prior));
  }
  return out;
}

function checkTermPrior(
  name: string,
  columns: readonly string[],
  k: number,
  levels: readonly number[],
  spent: number,
  prior: TermPrior,
): void {
  if (!isPriorOf(prior, TERM_PRIORS)) {
    throw unknownPrior(name, prior, CONSTRUCTORS);
  }
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
    if (!isPriorOf(own, SD_PRIORS)) throw unknownPrior(name, own, SD_PRIORS.join(", "));
    remade(own);
  }
  const flatSd = (c: number): boolean =>
    (sds === undefined ? prior : Array.isArray(sds) ? sds[c] : (sds as SdPrior)).type === "uniformSd";
  // The likelihood falls as τ^−(G − spent) for large τ.
  const few = columns.findIndex((_, c) => flatSd(c) && levels[c] - spent < 2);
  if (few < 0) return;
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

function checkSdPrior(name: string, prior: SdPrior | Fixed): void {
  if (!isPriorOf(prior, [...SD_PRIORS, "fixed"]))
    throw unknownPrior(name, prior, `${SD_PRIORS.join(", ")}, fixed`);
  remade(prior);
  if (prior.type === "fixed" && typeof prior.value !== "number") {
    throw new PriorError(
      "prior-dimension",
      `${name} is one number; fixed() was given a matrix.`,
      "Give fixed(sd).",
    );
  }
}

/** The prior in working units: y over yScale, column i of z over zScale_i, β in the coordinates of Q. */
export function workingPriors(model: LinearMixedModel, resolved: ResolvedPriors): WorkingPriors {
  const cross = model.crossProducts;
  const sigma =
    resolved.sigma.type === "fixed"
      ? { type: "fixed" as const, value: (resolved.sigma.value as number) / cross.yScale }
      : scaledSd(resolved.sigma, 1 / cross.yScale);
  const terms = resolved.terms.map(({ prior }, t) => {
    const { factor, offset, k, structure } = cross.places[t];
    const units = Array.from({ length: k }, (_, i) => cross.zScale[factor][offset + i] / cross.yScale);
    if (structure === "cs" && isSdPrior(prior))
      return { kind: "symmetric" as const, sd: scaledSd(prior, units[0]) };
    return workingTermPrior(prior, k, units);
  });
  const { betaPrecision, betaShift, betaConstant } = workingBeta(model, cross, resolved.beta);
  // No spread here or below: engines forget the shape of an object that was copied from another, and compiled code with it.
  return { betaPrecision, betaShift, betaConstant, sigma, terms };
}

function workingTermPrior(prior: TermPrior, k: number, units: readonly number[]): WorkingTermPrior {
  switch (prior.type) {
    case "huangWand": {
      const { scale } = prior;
      const each = units.map((unit, i) => unit * (typeof scale === "number" ? scale : scale[i]));
      return { kind: "huangWand", df: prior.df, scale: Float64Array.from(each) };
    }
    case "inverseWishart":
      return { kind: "inverseWishart", df: prior.df, scale: scaledMatrix(prior.scale, units) };
    case "fixed": {
      const matrix = typeof prior.value === "number" ? [[prior.value * prior.value]] : prior.value;
      const lambda = scaledMatrix(matrix, units);
      choleskyInto(lambda, k);
      for (let j = 1; j < k; j++) for (let i = 0; i < j; i++) lambda[i + j * k] = 0;
      return { kind: "fixed", lambda };
    }
    case "lkj": {
      const each = units.map((unit, i) =>
        scaledSd(Array.isArray(prior.sds) ? prior.sds[i] : prior.sds, unit),
      );
      return { kind: "sds", eta: prior.eta, sds: each };
    }
    default:
      return { kind: "sds", eta: 1, sds: Array.from({ length: k }, (_, i) => scaledSd(prior, units[i])) };
  }
}

function scaledMatrix(matrix: readonly (readonly number[])[], units: readonly number[]): Float64Array {
  const k = units.length;
  const out = new Float64Array(k * k);
  for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) out[i + j * k] = matrix[i][j] * units[i] * units[j];
  return out;
}

/** The prior of unit · τ when `prior` is that of τ. */
function scaledSd(prior: SdPrior, unit: number): SdPrior {
  switch (prior.type) {
    case "halfT":
      return { type: "halfT", df: prior.df, scale: prior.scale * unit };
    case "halfNormal":
      return { type: "halfNormal", scale: prior.scale * unit };
    case "exponential":
      return { type: "exponential", rate: prior.rate / unit };
    case "inverseGamma":
      return { type: "inverseGamma", shape: prior.shape, scale: prior.scale * unit * unit };
    case "uniformSd":
      return prior;
  }
}

/**
 * Independent normals on β as precision P and shift P m on the working coefficients β_w, where
 * β = R⁻¹(yScale β_w + β_ols): P_w = yScale² R⁻ᵀ P R⁻¹, P_w m_w = yScale R⁻ᵀ P (m − R⁻¹ β_ols).
 */
function workingBeta(
  model: LinearMixedModel,
  cross: CrossProducts,
  beta: ReadonlyMap<string, BetaPrior>,
): Pick<WorkingPriors, "betaPrecision" | "betaShift" | "betaConstant"> {
  const { p, R, betaOls, yScale } = cross;
  const betaShift = new Float64Array(p);
  let betaConstant = 0;
  const list = model.fixed.names.map((name) => beta.get(name) as BetaPrior);
  if (list.every(({ type }) => type === "flat")) return { betaPrecision: null, betaShift, betaConstant };
  const inverse = new Float64Array(p * p);
  const origin = new Float64Array(p);
  for (let c = 0; c <= p; c++) {
    for (let i = p - 1; i >= 0; i--) {
      let value = c === p ? betaOls[i] : i === c ? 1 : 0;
      for (let l = i + 1; l < p; l++) value -= R[i + l * p] * (c === p ? origin[l] : inverse[l + c * p]);
      value /= R[i + i * p];
      if (c === p) origin[i] = value;
      else inverse[i + c * p] = value;
    }
  }
  const betaPrecision = new Float64Array(p * p);
  list.forEach((prior, l) => {
    if (prior.type !== "normal") return;
    const precision = 1 / (prior.sd * prior.sd);
    const distance = prior.mean - origin[l];
    betaConstant += precision * distance * distance;
    for (let j = 0; j < p; j++) {
      betaShift[j] += yScale * precision * inverse[l + j * p] * distance;
      for (let i = 0; i < p; i++) {
        betaPrecision[i + j * p] += yScale * yScale * precision * inverse[l + i * p] * inverse[l + j * p];
      }
    }
  });
  return { betaPrecision, betaShift, betaConstant };
}

function isSdPrior(prior: TermPrior): prior is SdPrior {
  return isPriorOf(prior, SD_PRIORS);
}

function isPriorOf(prior: unknown, types: readonly string[]): boolean {
  if (typeof prior !== "object" || prior === null) return false;
  const { type } = prior as { type?: unknown };
  return typeof type === "string" && types.includes(type);
}

function ownEntry<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function unknownPrior(target: string, prior: unknown, known: string): PriorError {
  const shown =
    typeof prior === "object" && prior !== null ? show((prior as { type?: unknown }).type) : show(prior);
  return new PriorError(
    "unknown-prior",
    `The prior for ${target} is ${shown}, which cannot stand there.`,
    `Use one of the constructors ${known}.`,
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
