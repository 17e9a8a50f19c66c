/**
 * Marginal likelihoods and Bayes factors of models that have been sampled.
 *
 * @module
 */

import { showAs, significant } from "../data/format.ts";
import {
  ArgumentError,
  checkKind,
  integerIn,
  knownOptions,
  listOf,
  ModelError,
  PriorError,
} from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { countingTerms } from "../model/predictionRows.ts";
import { checkSameData } from "../model/sameData.ts";
import { requireNormal } from "../model/student.ts";
import { inPieces } from "../pause.ts";
import type { LogEstimate } from "../posterior/bridge.ts";
import { exp } from "../stats/special.ts";
import { evidenceOf } from "./evidence.ts";
import type { Posterior } from "./posterior.ts";
import { stopAt } from "./session.ts";
import { setup } from "./state.ts";
import { workingPriors } from "./workingPriors.ts";

/** Options of {@link marginalLikelihood}. */
export interface EvidenceOptions {
  /** Draws of the variance parameters from the posterior, and from the proposal; defaults to 4000. */
  readonly draws?: number;
  /** An integer from 0 to 2³² − 1, of both models where there are two; defaults to the posterior's own. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Options of {@link bayesFactor}. */
export interface BayesFactorOptions extends EvidenceOptions {
  /** A random term as in `priors.terms`, or a group: the other model is the same one without it. */
  readonly without?: string;
}

/** What {@link marginalLikelihood} returns. */
export interface MarginalLikelihood {
  /** log p(y), natural logarithm, in the units of the response. */
  readonly logMarginal: number;
  /** Standard deviation of its Monte Carlo error. */
  readonly mcse: number;
  readonly draws: number;
  readonly seed: number;
}

/** What {@link bayesFactor} returns. */
export interface BayesFactor {
  /** p(y) under the first model over p(y) under the second. */
  readonly bayesFactor: number;
  readonly logBayesFactor: number;
  /** Standard deviation of the Monte Carlo error of the logarithm. */
  readonly mcse: number;
  /** Posterior probability of the first model when both were equally probable before. */
  readonly probability: number;
  /** Formulas of the two, or the formula and what it was held against. */
  readonly models: readonly [string, string];
}

const OPTIONS = ["draws", "seed", "signal"];

/**
 * The marginal likelihood p(y) of the model of a posterior under its priors: β and b integrated out in closed form, the
 * variance parameters by bridge sampling (Meng & Wong 1996) on draws of its own. R: `bridgesampling::bridge_sampler`.
 *
 * @throws {PriorError} `improper-prior` where a coefficient is flat or an SD has `uniformSd()`
 * @throws {ModelError} `no-marginal-likelihood` for models whose variances are structured (`cs()`, `sigmaBy`), `needs-normal` with Student-t parts
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`, `cancelled`
 *
 * @example
 * const { logMarginal, mcse } = await marginalLikelihood(posterior);
 */
export async function marginalLikelihood(
  posterior: Posterior,
  options: EvidenceOptions = {},
): Promise<MarginalLikelihood> {
  checkPosterior("marginalLikelihood()", posterior);
  knownOptions("marginalLikelihood()", options, OPTIONS);
  const { draws, seed } = settingsOf(options, posterior.seed);
  refuseFlat(flatCoefficients(posterior), "A marginal likelihood");
  const { log, mcse } = await evidence(posterior, [], draws, seed, options.signal);
  const result: MarginalLikelihood = { logMarginal: log, mcse, draws, seed };
  return showAs(
    result,
    () => `log marginal likelihood ${log.toFixed(3)} (MCSE ${significant(mcse, 1)}), by bridge sampling`,
  );
}

/**
 * The Bayes factor of two models of the same data, each under the priors that its posterior was sampled with; or of one
 * model against itself without a random term, `{ without: "Subject" }`. brms: `bayes_factor`.
 *
 * The ratio of two {@link marginalLikelihood}s. A coefficient that both models have in common may be flat: what it
 * would multiply either likelihood by is the same and cancels. Every other prior has to be proper, and matters: a wider
 * prior on what one model has and the other has not counts against it.
 *
 * @throws as {@link marginalLikelihood}; {ModelError} `different-rows`, `different-response`, `different-weights`,
 *   `different-offset`; {ArgumentError} `unknown-term`
 *
 * @example
 * const { bayesFactor: odds } = await bayesFactor(withSlopes, withoutSlopes);
 * await bayesFactor(posterior, { without: "Subject" }); // is there any variance between subjects?
 */
export async function bayesFactor(
  first: Posterior,
  second: Posterior | BayesFactorOptions,
  options: BayesFactorOptions = {},
): Promise<BayesFactor> {
  checkPosterior("bayesFactor()", first);
  const two = typeof second === "object" && second !== null && "model" in second ? second : undefined;
  const own = two === undefined ? (second as BayesFactorOptions) : options;
  knownOptions("bayesFactor()", own, [...OPTIONS, ...(two === undefined ? ["without"] : [])]);
  if (two === undefined && own.without === undefined) {
    throw new ArgumentError(
      "invalid-argument",
      "A Bayes factor compares two models; one was given.",
      'Pass a second posterior, or the term to leave out as { without: "…" }.',
    );
  }
  const { draws, seed } = settingsOf(own, first.seed);
  const absent =
    two === undefined
      ? countingTerms(first.model, [own.without as string])
      : first.model.random.map(() => false);
  if (two !== undefined) {
    checkSameData(first.model, two.model);
    refuseFlat([...flatCoefficients(first, two), ...flatCoefficients(two, first)], "A Bayes factor");
  }
  const one = await evidence(first, [], draws, seed, own.signal);
  const other = await evidence(two ?? first, absent, draws, own.seed ?? two?.seed ?? seed, own.signal);
  return resultOf(one, other, [first.model.formula, two?.model.formula ?? `the same without ${own.without}`]);
}

function resultOf(one: LogEstimate, other: LogEstimate, models: readonly [string, string]): BayesFactor {
  const log = one.log - other.log;
  const result: BayesFactor = {
    bayesFactor: exp(log),
    logBayesFactor: log,
    mcse: Math.sqrt(one.mcse * one.mcse + other.mcse * other.mcse),
    probability: 1 / (1 + exp(-log)),
    models,
  };
  return showAs(
    result,
    () =>
      `Bayes factor ${significant(result.bayesFactor, 3)} (log ${log.toFixed(2)}, MCSE ${significant(result.mcse, 1)}), by bridge sampling\n` +
      `  for     ${models[0]}\n  against ${models[1]}`,
  );
}

/** log p(y), without the terms that are `absent`. */
async function evidence(
  { model, priors }: Posterior,
  absent: readonly boolean[],
  draws: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<LogEstimate> {
  const improper = [
    ...(priors.sigma.type === "uniformSd" ? ["sigma"] : []),
    ...priors.terms.flatMap(({ name, prior }, t) => {
      const sds = prior.type === "lkj" ? [prior.sds].flat() : [prior];
      return absent[t] !== true && sds.some(({ type }) => type === "uniformSd") ? [name] : [];
    }),
  ];
  refuseFlat(improper, "A marginal likelihood");
  requireNormal("A marginal likelihood", model, "Compare such models with looCompare().");
  const structured = model.strata !== null || model.random.some(({ structure }) => structure === "cs");
  if (structured) {
    throw new ModelError(
      "no-marginal-likelihood",
      `${model.formula} has ${model.strata === null ? "a compound-symmetric term" : "a residual SD for each stratum"}, for which the marginal likelihood is not computed.`,
      "Compare such models with looCompare().",
    );
  }
  const working = workingPriors(model, priors);
  const columns = (t: number): number => model.random[t].columns.length;
  const terms = working.terms.map((prior, t) =>
    absent[t] ? { kind: "fixed" as const, lambda: new Float64Array(columns(t) * columns(t)) } : prior,
  );
  const beta = model.fixed.names.map((name) => priors.beta.get(name)!);
  const made = setup(model.crossProducts, { ...working, terms });
  return inPieces(evidenceOf(made, beta, draws, seed), () => stopAt(signal));
}

/** Coefficients with a flat prior, but for those that are flat in the other model too, on the same column. */
function flatCoefficients({ model, priors }: Posterior, other?: Posterior): string[] {
  return model.fixed.names.filter((name, c) => {
    if (priors.beta.get(name)?.type !== "flat") return false;
    if (other?.priors.beta.get(name)?.type !== "flat") return true;
    const theirs = column(other.model, other.model.fixed.names.indexOf(name));
    return !column(model, c).every((value, i) => value === theirs[i]);
  });
}

function column({ fixed, n }: LinearMixedModel, c: number): Float64Array {
  return fixed.values.subarray(c * n, (c + 1) * n);
}

function refuseFlat(names: readonly string[], what: string): void {
  if (names.length === 0) return;
  const unique = [...new Set(names)];
  throw new PriorError(
    "improper-prior",
    `${what} needs proper priors; ${listOf(unique)} ${unique.length === 1 ? "has a flat one" : "have flat ones"}.`,
    "Give a proper prior, such as normal() for a coefficient or halfT() for an SD.",
    { names: unique },
  );
}

function settingsOf(options: EvidenceOptions, seed: number): { draws: number; seed: number } {
  return {
    draws: integerIn("draws", options.draws ?? 4000, 100, 1e7),
    seed: integerIn("seed", options.seed ?? seed, 0, 4294967295),
  };
}

function checkPosterior(call: string, posterior: unknown): void {
  checkKind(call, posterior, ["draws", "model", "priors"], "a posterior", "Pass that of gibbs().");
}
