/**
 * Geweke's joint-distribution test: whether a sampler leaves the posterior of a model as it is.
 *
 * @module
 */

import { fixed, showAs, significant, textTable, wordColumn } from "../data/format.ts";
import { integerIn, knownOptions, oneOf } from "../errors.ts";
import { drawOnce, fixedValues } from "../gibbs/priorPredictive.ts";
import type { Priors } from "../gibbs/priors.ts";
import { asGiven, type ResolvedPriors, resolvePriors } from "../gibbs/resolvePriors.ts";
import { type GibbsOptions, openSession, type Session } from "../gibbs/session.ts";
import { drawResponse } from "../gibbs/simulate.ts";
import { recorder } from "../gibbs/state.ts";
import { stateOf } from "../gibbs/stateOf.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { atOnce } from "../pause.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { mean, sd, sorted } from "../stats/descriptive.ts";
import { tTwoSided } from "../stats/distributions.ts";
import {
  checkSimulated,
  ENOUGH,
  REPLICATION_OPTIONS,
  type ReplicationOptions,
  replicate,
  SCHEMES,
  type Watched,
  watchedVariables,
} from "./replicate.ts";

/** Options of {@link jointTest}. */
export interface JointTestOptions extends ReplicationOptions {
  /** Priors, all of them proper; their scales stay what they are for the model's own response. */
  readonly priors?: Priors;
  /** The scheme to check; defaults to `"auto"`. */
  readonly scheme?: (typeof SCHEMES)[number];
  /** Pairs of simulators; defaults to 200. */
  readonly simulations?: number;
  /** Turns of the successive simulator, each one iteration of the sampler and one response; defaults to 10. */
  readonly turns?: number;
}

/** One statistic under both simulators. */
export interface JointTestRow {
  readonly variable: string;
  /** `"location"`: u, the share of the prior below the variable; `"spread"`: (2u − 1)². Both lie between 0 and 1. */
  readonly statistic: (typeof KINDS)[number];
  /** Mean under the successive less mean under the marginal simulator, and its Monte Carlo error. */
  readonly difference: number;
  readonly mcse: number;
  readonly z: number;
  /** Two-sided, by t with as many degrees of freedom as there are pairs less one. */
  readonly p: number;
}

/** What {@link jointTest} returns. */
export interface JointTest {
  readonly rows: readonly JointTestRow[];
  readonly simulations: number;
  readonly turns: number;
  readonly seed: number;
  /** Whether no p is below 1% over the number of statistics (Bonferroni). */
  readonly passed: boolean;
}

const KINDS = ["location", "spread"] as const;
const FEWEST = 20;
/** Size of the sample of the prior. */
const REFERENCE = 1000;

/** Makes a sampler ready for a model. */
export type Open = (model: LinearMixedModel, options: GibbsOptions) => Session;

/**
 * Simulates parameters and data together in two ways, and compares. The marginal simulator draws parameters from the
 * priors and a response from the parameters. The successive one goes on from there: in turns one iteration of the
 * sampler given the response, and a response given the parameters. If every iteration leaves the posterior as it is,
 * both have the same distribution. Geweke 2004, Journal of the American Statistical Association 99, 799.
 *
 * Statistics are bounded, so that heavy-tailed priors do no harm. Pairs of simulators are independent and begin at
 * the same draw: the error is that of a mean of independent differences, and no autocorrelation has to be estimated.
 * An error in a random number, a prior or a conditional shows here within seconds; draws that merely depend on one
 * another too much do not, which is what `sbc` and R-hat are for. Few rows make it sharper: the less a response says,
 * the faster the turns wander.
 *
 * @param model - from `lmm`; only its design counts, and the scales of `default@1` that its response gives
 * @throws {PriorError} `improper-prior` for flat coefficients or SDs; as `gibbs`
 * @throws {ModelError} `needs-normal` for Student-t parts, `needs-rows`
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`, `scheme-cannot`; `cancelled` when stopped before 20 pairs
 *
 * @example
 * const { passed } = await jointTest(model, { priors: { beta: normal(0, 10) }, seed: 1 });
 */
export function jointTest(model: LinearMixedModel, options: JointTestOptions = {}): Promise<JointTest> {
  return jointTestOf(model, options, (own, settings) => atOnce(openSession(own, settings)));
}

/** The same for any sampler. */
export async function jointTestOf(
  model: LinearMixedModel,
  options: JointTestOptions,
  open: Open,
): Promise<JointTest> {
  checkSimulated("jointTest()", model);
  knownOptions("jointTest()", options, ["priors", "scheme", "simulations", "turns", ...REPLICATION_OPTIONS]);
  const total = integerIn("simulations", options.simulations ?? 200, FEWEST, 1e6);
  const turns = integerIn("turns", options.turns ?? 10, 1, 1e6);
  const scheme = oneOf("scheme", options.scheme ?? "auto", SCHEMES);
  const seed = seedOf(options.seed);
  const resolved = resolvePriors(model, options.priors);
  const none = fixedValues(model, resolved, {});
  const priors = asGiven(resolved);
  const watched = watchedVariables(model, resolved);
  const statistics = statisticsOf(watched, priorSample(model, resolved, none, seed));
  const differences: Float64Array[] = [];
  const done = await replicate(total, FEWEST, seed, options, (own) => {
    const stream = new RandomStream(own, 1);
    const { parameters, response: first } = drawOnce(model, resolved, none, stream);
    const difference = statistics(parameters).map((value) => -value);
    const draw = Float64Array.from(parameters);
    let response = first;
    for (let turn = 0; turn < turns; turn++) {
      // A trial run of its own for every response: what it finds depends on nothing but the response and its seed.
      const settings = { scheme, priors, draws: 1, seed: (own + turn) >>> 0, maxMemory: ENOUGH };
      const { setup, prepared } = open(model.withResponse(response), settings);
      const chain = prepared.start(stream, stateOf(model, setup, draw));
      chain.step();
      recorder(setup).write(chain.state, draw, 0);
      statistics(draw).forEach((value, s) => {
        difference[s] += value / turns;
      });
      response = drawResponse(model, draw, stream);
    }
    differences.push(difference);
  });
  const rows = watched.flatMap(({ name }, v) =>
    KINDS.map((statistic, kind): JointTestRow => {
      const values = differences.map((pair) => pair[KINDS.length * v + kind]);
      const difference = mean(values);
      const mcse = sd(values) / Math.sqrt(done);
      // A sampler that never moves leaves everything as it is.
      const z = mcse === 0 ? 0 : difference / mcse;
      return { variable: name, statistic, difference, mcse, z, p: tTwoSided(z, done - 1) };
    }),
  );
  const passed = rows.every(({ p }) => p > 0.01 / rows.length);
  const result: JointTest = { rows, simulations: done, turns, seed, passed };
  return showAs(result, () => print(result));
}

/** Draws from the prior that the shares u are counted among. */
function priorSample(
  model: LinearMixedModel,
  resolved: ResolvedPriors,
  fixedBeta: readonly number[],
  seed: number,
): number[][] {
  const stream = new RandomStream(seed);
  return Array.from({ length: REFERENCE }, () => drawOnce(model, resolved, fixedBeta, stream).parameters);
}

/** Makes a function of a draw: location and spread of one variable after the other. */
function statisticsOf(
  watched: readonly Watched[],
  sample: readonly number[][],
): (draw: ArrayLike<number>) => Float64Array {
  const ascending = watched.map(({ place }) => sorted(sample.map((draw) => draw[place])));
  return (draw) => {
    const out = new Float64Array(KINDS.length * watched.length);
    watched.forEach(({ place }, v) => {
      const u = shareBelow(ascending[v], draw[place]);
      out[KINDS.length * v] = u;
      out[KINDS.length * v + 1] = (2 * u - 1) ** 2;
    });
    return out;
  };
}

/** The share of ascending numbers that lie below a value, from 0 to 1. */
function shareBelow(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low / ascending.length;
}

function print({ rows, simulations, turns, passed }: JointTest): string {
  const of = (statistic: JointTestRow["statistic"]) => rows.filter((row) => row.statistic === statistic);
  const columns = KINDS.flatMap((statistic) => [
    { header: `${statistic} z`, cells: of(statistic).map(({ z }) => fixed(z, 2)) },
    { header: "p", cells: of(statistic).map(({ p }) => significant(p, 2)) },
  ]);
  const names = of("location").map(({ variable }) => variable);
  const table = textTable([wordColumn("", names), ...columns]);
  const verdict = passed
    ? "Both simulators agree as far as chance lets them (Bonferroni, 1%)."
    : "The simulators differ: the sampler does not leave the posterior as it is.";
  return `Joint-distribution test, ${simulations} pairs of simulators, ${turns} turns each\n${table}\n${verdict}`;
}
