/**
 * A run from its options to its posterior.
 *
 * @module
 */

import { ArgumentError, checkKind, integerIn, knownOptions, oneOf, show } from "../errors.ts";
import { checkModel, type LinearMixedModel } from "../model/linearMixedModel.ts";
import { groupVariables, parameterVariables } from "../model/variables.ts";
import { atOnce } from "../pause.ts";
import type { VariableInfo } from "../posterior/draws.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { type Checkpoint, type RunSettings, recordOf } from "./checkpoint.ts";
import { choose } from "./choose.ts";
import { MARK_EVERY } from "./effects.ts";
import { checkMemory, drawsThatFit } from "./memory.ts";
import type { Priors } from "./priors.ts";
import type { RunRecord } from "./record.ts";
import { type ResolvedPriors, resolvePriors } from "./resolvePriors.ts";
import { BATCH, type Progress, type Runner, type Work } from "./run.ts";
import { sampler, schemes, type Task } from "./sampler.ts";
import type { Prepared } from "./scheme.ts";
import { type Setup, setup } from "./state.ts";
import { checkedUntil, type Until, watchedNames } from "./until.ts";
import { workingPriors } from "./workingPriors.ts";

/** How a run is watched, stopped and helped; changes no draw. */
export interface RunOptions {
  /** Seconds after which the run stops with what it has; no limit when left out. */
  readonly maxTime?: number;
  /** Called after every turn of a chain, about 10 to 100 times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the run, on one thread within 50 ms (not `gibbsSync`); draws made so far are kept. */
  readonly signal?: AbortSignal;
  /** Who runs the chains of a long run; `workers()` of `blmm/workers`. This thread when left out. */
  readonly runner?: Runner;
}

/** Options of `gibbs`. */
export interface GibbsOptions extends RunOptions {
  /** Independent chains; defaults to 4. */
  readonly chains?: number;
  /**
   * Kept draws per chain. `"auto"` (default) goes on in batches of 1000 until β, SDs, correlations, σ and estimated
   * degrees of freedom meet `until`, or `maxDraws` or `maxTime` is reached.
   */
  readonly draws?: number | "auto";
  /** What `draws: "auto"` goes on for and warnings are judged by; defaults to R-hat at most 1.01, ESS at least 400. */
  readonly until?: Until;
  /** Kept draws per chain that `draws: "auto"` stops at; defaults to 10 000, or fewer where memory is short. */
  readonly maxDraws?: number;
  /**
   * Iterations per chain before the first kept one, beside `draws`; defaults to 50 for the scheme `"collapsed"`, 200 for
   * `"crossed"`, 500 for `"blocked"` and 1000 for `"full-conditionals"`.
   */
  readonly warmup?: number;
  /** Keeps every thin-th iteration; defaults to 1. */
  readonly thin?: number;
  /** An integer from 0 to 2³² − 1; drawn and recorded when left out. */
  readonly seed?: number;
  /** By coefficient, for σ, and by random term; what is left out follows `default@1` (docs/priors.md). */
  readonly priors?: Priors;
  /**
   * `"collapsed"` integrates β and b out; `"crossed"` does so for one large factor after the other; `"blocked"` takes
   * every formula and prior; `"full-conditionals"` is the textbook sampler. `"auto"` (default) takes the one of the first
   * three that suits, and says why in `posterior.scheme`.
   */
  readonly scheme?: "auto" | "collapsed" | "crossed" | "blocked" | "full-conditionals";
  /**
   * `"all"` (default) keeps every draw of every variable. `"hyper"` keeps β, SDs, correlations, σ and degrees of freedom;
   * `posterior.effects()` makes random effects again, with the same bits.
   */
  readonly keep?: "all" | "hyper";
  /** Bytes that the draws may take; defaults to what the platform has left. */
  readonly maxMemory?: number;
}

const RUN_OPTIONS = ["maxTime", "onProgress", "signal", "runner"];
const OPTIONS = [
  ...["chains", "draws", "until", "maxDraws", "warmup", "thin"],
  ...["seed", "priors", "scheme", "keep", "maxMemory"],
];
/** Kept draws per chain that an automatic run stops at. */
const MOST_DRAWS = 10_000;

/** A model made ready to be sampled. */
export interface Session {
  readonly model: LinearMixedModel;
  readonly settings: RunSettings;
  readonly resolved: ResolvedPriors;
  readonly setup: Setup;
  readonly task: Task;
  readonly prepared: Prepared;
  /** Names of what `until` is asked of. */
  readonly watched: readonly string[];
  /** Variables of a draw, and all random effects. */
  readonly info: readonly VariableInfo[];
  readonly effects: readonly VariableInfo[];
  /** Bytes that the draws may take, where the call said. */
  readonly maxMemory?: number | undefined;
}

/**
 * Checks model and options and makes the scheme ready; yields every few milliseconds of a long trial run.
 *
 * @throws as `gibbs`
 */
export function* openSession(model: LinearMixedModel, options: GibbsOptions): Generator<void, Session, void> {
  checkModel("gibbs()", model);
  checkRunOptions("gibbs()", options, OPTIONS);
  const most = Number.MAX_SAFE_INTEGER;
  const name = oneOf("scheme", options.scheme ?? "auto", ["auto", ...schemes.keys()]);
  const keep = oneOf("keep", options.keep ?? "all", ["all", "hyper"]);
  const chains = integerIn("chains", options.chains ?? 4, 1, 1000);
  const draws = options.draws ?? "auto";
  if (draws !== "auto") integerIn("draws", draws, 1, most);
  const thin = integerIn("thin", options.thin ?? 1, 1, most);
  const seed = seedOf(options.seed);
  if (options.warmup !== undefined) integerIn("warmup", options.warmup, 0, most);
  if (options.maxDraws !== undefined) integerIn("maxDraws", options.maxDraws, 1, most);
  if (options.maxDraws !== undefined && draws !== "auto") {
    throw new ArgumentError(
      "invalid-argument",
      `"maxDraws" bounds draws: "auto", and exactly ${draws} draws are asked for.`,
      "Leave one of them out.",
      { name: "maxDraws", value: options.maxDraws },
    );
  }
  const maxMemory = options.maxMemory === undefined ? undefined : positive("maxMemory", options.maxMemory);
  const hyper = parameterVariables(model).length;
  const sizes = { hyper, all: hyper + groupVariables(model).length };
  const first = draws === "auto" ? Math.min(BATCH, options.maxDraws ?? BATCH) : draws;
  checkMemory(sizes, keep, chains, first, maxMemory);
  const fits = Math.max(first, drawsThatFit(sizes[keep], chains, maxMemory));
  const maxDraws = Math.min(options.maxDraws ?? MOST_DRAWS, fits);
  const until = checkedUntil(options.until ?? {}, draws === "auto" ? chains * maxDraws : most);
  const resolved = resolvePriors(model, options.priors);
  yield;
  const made = setup(model.crossProducts, workingPriors(model, resolved));
  yield;
  const { scheme, prepared, reason, warnings } = yield* choose(made, name, seed);
  const settings: RunSettings = {
    chains,
    draws,
    until,
    maxDraws,
    warmup: options.warmup ?? scheme.warmup,
    thin,
    seed,
    keep,
    priors: options.priors ?? {},
    scheme: { name: scheme.name, reason, tuning: prepared.tuning, warnings },
  };
  return { ...sessionOf(model, settings, resolved, made, prepared), maxMemory };
}

function sessionOf(
  model: LinearMixedModel,
  settings: RunSettings,
  resolved: ResolvedPriors,
  made: Setup,
  prepared: Prepared,
): Session {
  const { seed, warmup, thin, keep, scheme } = settings;
  const task: Task = {
    cross: made.cross,
    priors: made.priors,
    scheme: scheme.name,
    tuning: scheme.tuning,
    seed,
    warmup,
    thin,
    ...(keep === "all" ? {} : { effects: [], markEvery: MARK_EVERY }),
  };
  const effects = groupVariables(model);
  const info = [...parameterVariables(model), ...(keep === "all" ? effects : [])];
  const watched = watchedNames(model, resolved);
  return { model, settings, resolved, setup: made, task, prepared, watched, info, effects };
}

/**
 * A session and its record from a checkpoint.
 *
 * @throws {ArgumentError} `invalid-checkpoint`, `checkpoint-mismatch`
 */
export function reopenSession(
  model: LinearMixedModel,
  checkpoint: Checkpoint,
  options: RunOptions,
): { readonly session: Session; readonly record: RunRecord } {
  checkModel("resume()", model);
  checkRunOptions("resume()", options);
  const record = recordOf(model, checkpoint);
  return { session: sessionAgain(model, checkpoint.settings), record };
}

/** The session of a run that was set up before; no trial run is made. */
export function sessionAgain(model: LinearMixedModel, settings: RunSettings): Session {
  const resolved = resolvePriors(model, settings.priors);
  const made = setup(model.crossProducts, workingPriors(model, resolved));
  const scheme = schemes.get(settings.scheme.name)!;
  const prepared = atOnce(scheme.prepare(made, new RandomStream(settings.seed, 0), settings.scheme.tuning));
  return sessionOf(model, settings, resolved, made, prepared);
}

/**
 * What a run of this session works with; chains of its own, so that runs side by side do not meet.
 *
 * @param started - on the clock of `now`; `maxTime` counts from there
 */
export function workOf(session: Session, from: RunRecord, options: RunOptions, started: number): Work {
  const { task, prepared, settings, watched, info } = session;
  const { chains, draws, until, maxDraws } = settings;
  const goal = { draws, until, maxDraws, maxTime: options.maxTime ?? Number.POSITIVE_INFINITY, started };
  const { onProgress, signal, runner } = options;
  const own = sampler(task, prepared);
  return { task, sampler: own, chains, info, watched, goal, from, onProgress, signal, runner };
}

/** The error of a run that was stopped before it had anything to show. */
export function cancelled(): ArgumentError {
  return new ArgumentError("cancelled", "Sampling was cancelled before a draw was kept.", "Run it again.");
}

/** Ends what has nothing to show yet. @throws {ArgumentError} `cancelled` once the signal has come */
export function stopAt(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** Checks what may be given to any run. @throws {ArgumentError} `invalid-argument`; `cancelled` by a signal given already */
export function checkRunOptions(call: string, options: RunOptions, more: readonly string[] = []): void {
  knownOptions(call, options, [...RUN_OPTIONS, ...more]);
  const { maxTime, onProgress, signal, runner } = options;
  if (maxTime !== undefined) positive("maxTime", maxTime);
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new ArgumentError(
      "invalid-argument",
      `"onProgress" must be a function, got ${show(onProgress)}.`,
      "Pass one.",
    );
  }
  if (signal !== undefined) {
    checkKind(
      call,
      signal,
      ["aborted", "addEventListener"],
      "an AbortSignal as signal",
      "Pass controller.signal.",
    );
  }
  if (runner !== undefined) {
    checkKind(call, runner, ["crew"], "a runner", 'Pass workers() of "blmm/workers".');
  }
  stopAt(signal);
}

function positive(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  throw new ArgumentError(
    "invalid-argument",
    `"${name}" must be a positive number, got ${show(value)}.`,
    "Pass one.",
    {
      name,
      value,
    },
  );
}
