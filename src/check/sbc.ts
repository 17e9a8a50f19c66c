/**
 * Simulation-based calibration: whether posteriors of a model are right on average over its prior.
 *
 * @module
 */

import { showAs, significant, textTable, wordColumn } from "../data/format.ts";
import { ArgumentError, integerIn, knownOptions, oneOf } from "../errors.ts";
import { gibbsSync } from "../gibbs/gibbs.ts";
import { drawOnce, fixedValues } from "../gibbs/priorPredictive.ts";
import type { Priors } from "../gibbs/priors.ts";
import { asGiven, resolvePriors } from "../gibbs/workingPriors.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { groupVariables, parameterVariables } from "../model/variables.ts";
import { breather } from "../pause.ts";
import { RandomStream } from "../random/stream.ts";
import { chiSquareUpper } from "../stats/distributions.ts";

/** Options of {@link sbc}. */
export interface SbcOptions {
  /** Replications; defaults to 200. Bins of the ranks hold a twentieth of them. */
  readonly simulations?: number;
  /** Priors, as `gibbs` takes them; their scales stay what they are for the model's own response. */
  readonly priors?: Priors;
  /** Values of coefficients whose prior is flat; default to 0, which is as good as any: the posterior moves along. */
  readonly beta?: Readonly<Record<string, number>>;
  readonly scheme?: "auto" | "collapsed" | "crossed" | "blocked" | "full-conditionals";
  /** Iterations between two of the 99 draws that a rank is taken among; defaults to what suits the scheme. */
  readonly thin?: number;
  /** An integer from 0 to 2³² − 1; drawn and recorded when left out. */
  readonly seed?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops; the replications made so far count. */
  readonly signal?: AbortSignal;
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
const THIN: Readonly<Record<string, number>> = {
  auto: 8,
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
 * Of random effects the first level of each term is watched.
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
    ...["simulations", "priors", "beta", "scheme", "thin", "seed"],
    ...["onProgress", "signal"],
  ]);
  const total = integerIn("simulations", options.simulations ?? 200, BINS, 1e6);
  const scheme = oneOf("scheme", options.scheme ?? "auto", [
    ...(["auto", "collapsed", "crossed"] as const),
    ...(["blocked", "full-conditionals"] as const),
  ]);
  const thin = integerIn("thin", options.thin ?? THIN[scheme], 1, 1e6);
  const seed = integerIn("seed", options.seed ?? Math.floor(Math.random() * 4294967296), 0, 4294967295);
  const resolved = resolvePriors(model, options.priors);
  const flat = Object.fromEntries(
    [...resolved.beta].flatMap(([name, { type }]) => (type === "flat" ? [[name, 0]] : [])),
  );
  const fixed = fixedValues(model, resolved, { ...flat, ...options.beta });
  const priors = asGiven(resolved);
  const watched = watchedPlaces(model);
  const ranks = watched.map((): number[] => []);
  const pause = breather();
  let done = 0;
  for (; done < total && !options.signal?.aborted; done++) {
    // Seeds of its own for every replication: it does not depend on how many come before.
    const own = (Math.imul(done + 1, 0x9e3779b1) ^ seed) >>> 0;
    const { parameters, response } = drawOnce(model, resolved, fixed, new RandomStream(own, 1));
    const posterior = gibbsSync(model.withResponse(response), {
      scheme,
      chains: 1,
      draws: DRAWS,
      thin,
      priors,
      seed: own,
    });
    watched.forEach(({ name, place }, v) => {
      const truth = parameters[place];
      ranks[v].push(posterior.draws.get(name).reduce((count, draw) => count + (draw < truth ? 1 : 0), 0));
    });
    options.onProgress?.(done + 1, total);
    await pause();
  }
  if (done < BINS) {
    throw new ArgumentError(
      "cancelled",
      `Cancelled after ${done} replications; ${BINS} are the fewest.`,
      "Run it again.",
    );
  }
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

/** Variables whose prior is not a point, and where their truth stands among the parameters drawn. */
function watchedPlaces(model: LinearMixedModel): { name: string; place: number }[] {
  const parameters = parameterVariables(model);
  const effects = groupVariables(model);
  const first = new Set<string>();
  let at = 0;
  for (const { levels, columns } of model.random) {
    for (let c = 0; c < columns.length; c++) first.add(effects[at + c].name);
    at += levels.length * columns.length;
  }
  return [...parameters, ...effects].flatMap(({ name, kind }, place) =>
    kind !== "group" || first.has(name) ? [{ name, place }] : [],
  );
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
