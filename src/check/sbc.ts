/**
 * Simulation-based calibration: whether posteriors of a model are right on average over its prior.
 *
 * @module
 */

import { showAs, significant, textTable, wordColumn } from "../data/format.ts";
import { integerIn, knownOptions, oneOf } from "../errors.ts";
import { drawOnce, fixedValues } from "../gibbs/priorPredictive.ts";
import type { Priors } from "../gibbs/priors.ts";
import { asGiven, resolvePriors } from "../gibbs/resolvePriors.ts";
import { sampler } from "../gibbs/sampler.ts";
import { openSession } from "../gibbs/session.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { atOnce } from "../pause.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { chiSquareUpper } from "../stats/distributions.ts";
import {
  ENOUGH,
  REPLICATION_OPTIONS,
  type ReplicationOptions,
  replicate,
  SCHEMES,
  watchedVariables,
} from "./replicate.ts";

/** Options of {@link sbc}. */
export interface SbcOptions extends ReplicationOptions {
  /** Replications; defaults to 200. Bins of the ranks hold a twentieth of them. */
  readonly simulations?: number;
  /** Priors, as `gibbs` takes them; their scales stay what they are for the model's own response. */
  readonly priors?: Priors;
  /** Values of coefficients whose prior is flat; default to 0, which is as good as any: the posterior moves along. */
  readonly beta?: Readonly<Record<string, number>>;
  /** The scheme to check; defaults to `"auto"`. */
  readonly scheme?: (typeof SCHEMES)[number];
  /** Iterations between two of the 99 draws that a rank is taken among; defaults to what suits the scheme. */
  readonly thin?: number;
}

/** How one variable's ranks are spread. */
export interface SbcRow {
  readonly variable: string;
  /** χ² of the ranks in 20 bins against uniformity, 19 degrees of freedom, and its upper tail. */
  readonly chiSquare: number;
  readonly p: number;
  /** Rank of the truth among 99 draws, one per replication. */
  readonly ranks: readonly number[];
}

/** What {@link sbc} returns. */
export interface Sbc {
  readonly rows: readonly SbcRow[];
  readonly simulations: number;
  readonly seed: number;
  /** Whether no p is below 1% over the number of variables (Bonferroni). */
  readonly calibrated: boolean;
}

const DRAWS = 99;
const BINS = 20;
/** Iterations between draws that are independent enough, by the scheme that is taken. */
const THIN: Readonly<Record<string, number>> = {
  collapsed: 6,
  crossed: 8,
  blocked: 15,
  "full-conditionals": 200,
};

/**
 * Draws parameters from the priors, data from the parameters, and a posterior from the data, again and again: ranks
 * of the true parameters among the draws must be uniform. Talts, Betancourt, Simpson, Vehtari & Gelman 2018,
 * arXiv:1804.06788.
 *
 * Of random effects the first level of each term is watched; what a prior fixes is not.
 *
 * @param model - from `lmm`; only its design counts, and the scales of `default@1` that its response gives
 * @throws {PriorError} `improper-prior` for `uniformSd()`; as `gibbs`
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`; `cancelled` when stopped before 20 replications
 *
 * @example
 * const { calibrated, rows } = await sbc(model, { simulations: 1000, seed: 1 });
 */
export async function sbc(model: LinearMixedModel, options: SbcOptions = {}): Promise<Sbc> {
  checkModel("sbc()", model);
  knownOptions("sbc()", options, [
    ...["simulations", "priors", "beta", "scheme", "thin"],
    ...REPLICATION_OPTIONS,
  ]);
  const total = integerIn("simulations", options.simulations ?? 200, BINS, 1e6);
  const scheme = oneOf("scheme", options.scheme ?? "auto", SCHEMES);
  const thin = options.thin === undefined ? undefined : integerIn("thin", options.thin, 1, 1e6);
  const seed = seedOf(options.seed);
  const resolved = resolvePriors(model, options.priors);
  const flat = Object.fromEntries(
    [...resolved.beta].flatMap(([name, { type }]) => (type === "flat" ? [[name, 0]] : [])),
  );
  const fixed = fixedValues(model, resolved, { ...flat, ...options.beta });
  const priors = asGiven(resolved);
  const watched = watchedVariables(model, resolved);
  const ranks = watched.map((): number[] => []);
  const done = await replicate(total, BINS, seed, options, (own) => {
    const { parameters, response } = drawOnce(model, resolved, fixed, new RandomStream(own, 1));
    const settings = { scheme, seed: own, priors, draws: DRAWS, maxMemory: ENOUGH };
    const { task, prepared } = atOnce(openSession(model.withResponse(response), settings));
    const thinned = { ...task, thin: thin ?? THIN[task.scheme] };
    const chain = sampler(thinned, prepared);
    const { draws } = chain.turn(0, task.warmup + DRAWS * thinned.thin);
    watched.forEach(({ place }, v) => {
      let rank = 0;
      for (let at = place; at < draws.length; at += chain.length) if (draws[at] < parameters[place]) rank++;
      ranks[v].push(rank);
    });
  });
  const rows = watched.map(({ name }, v): SbcRow => {
    const chiSquare = chiSquareOfRanks(ranks[v]);
    return { variable: name, chiSquare, p: chiSquareUpper(chiSquare, BINS - 1), ranks: ranks[v] };
  });
  const result: Sbc = {
    rows,
    simulations: done,
    seed,
    calibrated: rows.every(({ p }) => p > 0.01 / rows.length),
  };
  return showAs(result, () => print(result));
}

/** χ² of ranks 0 … 99 in 20 bins against uniformity. */
function chiSquareOfRanks(ranks: readonly number[]): number {
  const bins = new Float64Array(BINS);
  for (const rank of ranks) bins[Math.floor((rank * BINS) / (DRAWS + 1))]++;
  const expected = ranks.length / BINS;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function print({ rows, simulations, calibrated }: Sbc): string {
  const table = textTable([
    wordColumn(
      "",
      rows.map(({ variable }) => variable),
    ),
    { header: "chi2(19)", cells: rows.map(({ chiSquare }) => chiSquare.toFixed(1)) },
    { header: "p", cells: rows.map(({ p }) => significant(p, 2)) },
  ]);
  const verdict = calibrated
    ? "Ranks are as uniform as chance has them (Bonferroni, 1%)."
    : "Ranks are not uniform: the posterior is wrong, or draws within a rank are too dependent (raise thin).";
  return `Simulation-based calibration, ${simulations} replications\n${table}\n${verdict}`;
}
