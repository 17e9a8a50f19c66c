/**
 * The posterior of a linear mixed model by Gibbs sampling.
 *
 * @module
 */

import { ArgumentError, integerIn, knownOptions, oneOf, type Warning } from "../errors.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { groupVariables, parameterVariables } from "../model/variables.ts";
import { Draws } from "../posterior/draws.ts";
import { diagnosticWarnings, priorWarnings } from "./checks.ts";
import { type Choice, choose } from "./choose.ts";
import { Posterior } from "./posterior.ts";
import type { Priors } from "./priors.ts";
import { type Plan, type Round, run } from "./sampler.ts";
import { type Setup, setup } from "./state.ts";
import { type ResolvedPriors, resolvePriors, workingPriors } from "./workingPriors.ts";

/** Options of {@link gibbs}. */
export interface GibbsOptions {
  /** Independent chains; defaults to 4. */
  readonly chains?: number;
  /** Kept draws per chain; defaults to 1000. */
  readonly draws?: number;
  /** Iterations per chain before the first kept one; defaults to the scheme's own (50, 500 or 1000). */
  readonly warmup?: number;
  /** Keeps every thin-th iteration; defaults to 1. */
  readonly thin?: number;
  /** An integer from 0 to 2³² − 1; drawn and recorded when left out. */
  readonly seed?: number;
  /** What is left out follows `default@1`. */
  readonly priors?: Priors;
  /**
   * `"collapsed"` integrates β and b out; `"blocked"` takes every formula and prior; `"full-conditionals"` is the textbook
   * sampler. `"auto"` (default) takes the first that suits and says why in `posterior.scheme`.
   */
  readonly scheme?: "auto" | "collapsed" | "blocked" | "full-conditionals";
  /** Called about every 50 iterations of a chain. */
  readonly onProgress?: (round: Round) => void;
  /** Stops {@link gibbs}; draws made so far are kept. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ["chains", "draws", "warmup", "thin", "seed", "priors", "scheme", "onProgress", "signal"];

interface Job {
  readonly model: LinearMixedModel;
  readonly priors: ResolvedPriors;
  readonly setup: Setup;
  readonly plan: Plan;
  readonly values: Float64Array;
  readonly choice: Choice;
  readonly options: GibbsOptions;
  readonly started: number;
}

/**
 * Samples the posterior of β, b, σ and Σ given the data; brms: `brm()`, MCMCglmm: `MCMCglmm()`.
 *
 * The same model, options and seed give the same draws. Between rounds the event loop runs, so a page stays
 * alive and `signal` can stop the run.
 *
 * @param model - from `lmm`
 * @param options - see {@link GibbsOptions}
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`; `cancelled` when stopped before a first draw
 * @throws {PriorError} `unknown-prior`, `unknown-prior-target`, `prior-dimension`, `improper-posterior`
 *
 * @example
 * const posterior = await gibbs(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy), { seed: 1 });
 * posterior.summary()[1]; // { variable: "b_Days", mean: 10.5, … }
 */
export async function gibbs(model: LinearMixedModel, options: GibbsOptions = {}): Promise<Posterior> {
  const job = prepare(model, options);
  let rested = now();
  let kept = 0;
  for (const round of run(job.setup, job.plan, job.values)) {
    kept = round.kept;
    options.onProgress?.(round);
    if (now() - rested > 20) {
      await new Promise((resolve) => setTimeout(resolve));
      rested = now();
    }
    if (options.signal?.aborted) return finish(job, kept);
  }
  return finish(job, job.plan.draws);
}

/**
 * As {@link gibbs}, in one go and without a promise. `signal` is not looked at.
 *
 * @throws as {@link gibbs}
 */
export function gibbsSync(model: LinearMixedModel, options: GibbsOptions = {}): Posterior {
  const job = prepare(model, options);
  for (const round of run(job.setup, job.plan, job.values)) options.onProgress?.(round);
  return finish(job, job.plan.draws);
}

function prepare(model: LinearMixedModel, options: GibbsOptions): Job {
  checkModel("gibbs()", model);
  knownOptions("gibbs", options, OPTIONS);
  const most = Number.MAX_SAFE_INTEGER;
  const name = oneOf("scheme", options.scheme ?? "auto", [
    "auto",
    "collapsed",
    "blocked",
    "full-conditionals",
  ]);
  const chains = integerIn("chains", options.chains ?? 4, 1, 1000);
  const draws = integerIn("draws", options.draws ?? 1000, 1, most);
  const thin = integerIn("thin", options.thin ?? 1, 1, most);
  const seed = integerIn("seed", options.seed ?? Math.floor(Math.random() * 4294967296), 0, 4294967295);
  if (options.warmup !== undefined) integerIn("warmup", options.warmup, 0, most);
  if (options.signal?.aborted) throw cancelled();
  const started = now();
  const variables = parameterVariables(model).length + groupVariables(model).length;
  const numbers = variables * chains * draws;
  // 2³¹ doubles is what an engine may refuse to allocate at once.
  if (numbers > 2147483647) {
    throw new ArgumentError(
      "too-many-draws",
      `${variables} variables × ${chains} chains × ${draws} draws need ${Math.ceil(numbers / 131072)} MB.`,
      "Ask for fewer draws, or thin them.",
      { variables, chains, draws },
    );
  }
  const priors = resolvePriors(model, options.priors);
  const working = setup(model.crossProducts, workingPriors(model, priors));
  const choice = choose(working, name, seed);
  const warmup = options.warmup ?? choice.scheme.warmup;
  return {
    model,
    priors,
    setup: working,
    choice,
    plan: { prepared: choice.prepared, chains, draws, warmup, thin, seed, variables },
    values: new Float64Array(numbers),
    options,
    started,
  };
}

/** Cuts the draws to what every chain has reached and wraps them. */
function finish(job: Job, kept: number): Posterior {
  const { model, plan, priors } = job;
  if (kept === 0) throw cancelled();
  const all = new Draws({
    info: [...parameterVariables(model), ...groupVariables(model)],
    chains: plan.chains,
    iterations: plan.draws,
    values: job.values,
  });
  const draws =
    kept === plan.draws ? all : all.subset({ iterations: Array.from({ length: kept }, (_, i) => i) });
  const warnings = (): Warning[] => [
    ...model.warnings,
    ...job.choice.warnings,
    ...diagnosticWarnings(draws),
    ...priorWarnings(model, priors, job.setup, draws),
  ];
  return new Posterior({
    model,
    draws,
    priors,
    scheme: { name: job.choice.scheme.name, reason: job.choice.reason },
    seed: plan.seed,
    status: kept === plan.draws ? "complete" : "cancelled",
    warmup: plan.warmup,
    thin: plan.thin,
    warnings,
    timing: { seconds: (now() - job.started) / 1000 },
  });
}

function cancelled(): ArgumentError {
  return new ArgumentError("cancelled", "Sampling was cancelled before a draw was kept.", "Run it again.");
}

function now(): number {
  return performance.now();
}
