/**
 * The parametric bootstrap: responses simulated from a fit, fitted again, summarised by percentiles.
 *
 * @module
 */

import { ArgumentError, BlmmError, checkKind, integerIn, knownOptions, probabilityOf } from "../errors.ts";
import { breather } from "../pause.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { quantileSorted, sorted } from "../stats/descriptive.ts";
import type { ConfintRow, LmmFit } from "./lmmFit.ts";

/** Options of {@link bootstrap}. */
export interface BootstrapOptions {
  /** Replicates; defaults to 1000. */
  readonly n?: number;
  /** An integer from 0 to 2³² − 1; drawn and recorded when left out. */
  readonly seed?: number;
  /** Called after each replicate with how many are done and how many will be. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops {@link bootstrap}; replicates made so far are kept. */
  readonly signal?: AbortSignal;
}

/** Estimates of every parameter in every replicate. */
export interface Bootstrap {
  readonly variables: readonly string[];
  /** One array per variable, one entry per replicate. */
  readonly replicates: readonly Float64Array[];
  /** Replicates that could not be fitted, by error code. */
  readonly failures: ReadonlyMap<string, number>;
  readonly seed: number;
  readonly status: "complete" | "cancelled";
  /**
   * Percentile intervals, R's quantile type 7.
   *
   * @param level - coverage, defaults to 0.95
   */
  confint(level?: number): ConfintRow[];
}

const OPTIONS = ["n", "seed", "onProgress", "signal"];

/**
 * Draws responses from a fit, refits each by the same method, and keeps all estimates. Between replicates the
 * event loop runs, so `signal` can stop the run. lme4: `bootMer(m, FUN, nsim, seed)`.
 *
 * Singular replicates count as they are: their zeros belong to the sampling distribution.
 *
 * @param fit - from `reml` or `ml`
 * @param options - see {@link BootstrapOptions}
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`; `cancelled` when stopped before a first replicate
 *
 * @example
 * const boot = await bootstrap(fit, { n: 500, seed: 1 });
 * boot.confint(0.9);
 */
export async function bootstrap(fit: LmmFit, options: BootstrapOptions = {}): Promise<Bootstrap> {
  const run = start(fit, options);
  const pause = breather();
  while (run.done < run.total && !options.signal?.aborted) {
    run.next();
    options.onProgress?.(run.done, run.total);
    await pause();
  }
  return run.finish();
}

/**
 * As {@link bootstrap}, in one go and without a promise. `signal` is not looked at.
 *
 * @throws as {@link bootstrap}
 */
export function bootstrapSync(fit: LmmFit, options: BootstrapOptions = {}): Bootstrap {
  const run = start(fit, options);
  while (run.done < run.total) {
    run.next();
    options.onProgress?.(run.done, run.total);
  }
  return run.finish();
}

interface Run {
  readonly total: number;
  readonly done: number;
  next(): void;
  finish(): Bootstrap;
}

function start(fit: LmmFit, options: BootstrapOptions): Run {
  checkKind("bootstrap()", fit, ["refit", "simulate"], "a fit", "Pass a fit of reml() or ml().");
  knownOptions("bootstrap", options, OPTIONS);
  const total = integerIn("n", options.n ?? 1000, 1, 1_000_000);
  const seed = seedOf(options.seed);
  const estimates = fit.estimates();
  const rows: Float64Array[] = [];
  const failures = new Map<string, number>();
  // One seed per replicate, so that a replicate does not depend on how many come before it.
  const seeds = new RandomStream(seed);
  let done = 0;
  return {
    total,
    get done() {
      return done;
    },
    next() {
      const own = Math.floor(seeds.uniform() * 4294967296);
      done++;
      try {
        rows.push(
          Float64Array.from(
            fit.refit(fit.simulate({ seed: own })[0]).estimates(),
            ({ estimate }) => estimate,
          ),
        );
      } catch (error) {
        if (!(error instanceof BlmmError) || error.code === "needs-rows") throw error;
        failures.set(error.code, (failures.get(error.code) ?? 0) + 1);
      }
    },
    finish() {
      if (rows.length === 0) {
        throw new ArgumentError(
          "cancelled",
          "The bootstrap was stopped before a replicate was fitted.",
          "Run it again.",
        );
      }
      const replicates = estimates.map((_, v) => Float64Array.from(rows, (row) => row[v]));
      return {
        variables: estimates.map(({ variable }) => variable),
        replicates,
        failures,
        seed,
        status: done === total ? "complete" : "cancelled",
        confint: (level = 0.95) => percentiles(estimates, replicates, level),
      };
    },
  };
}

function percentiles(
  estimates: readonly { readonly variable: string; readonly estimate: number }[],
  replicates: readonly Float64Array[],
  level: number,
): ConfintRow[] {
  probabilityOf("level", level);
  return estimates.map(({ variable, estimate }, v) => {
    // A correlation is not defined where one of its SDs is estimated as zero.
    const ascending = sorted(replicates[v].filter((value) => !Number.isNaN(value)));
    return {
      variable,
      estimate,
      lower: quantileSorted(ascending, 0.5 - level / 2),
      upper: quantileSorted(ascending, 0.5 + level / 2),
    };
  });
}
