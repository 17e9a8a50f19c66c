/**
 * The two estimators as one: estimates and intervals of every parameter of a model.
 *
 * @module
 */

import { ArgumentError, oneOf, probabilityOf } from "../errors.ts";
import { gibbsSync } from "../gibbs/gibbs.ts";
import type { Priors } from "../gibbs/priors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName } from "../model/variables.ts";
import { reml } from "../reml/fit.ts";
import { mean, quantileSorted, sorted } from "../stats/descriptive.ts";
import { tQuantile } from "../stats/distributions.ts";
import { ENOUGH } from "./replicate.ts";

/** How a check estimates. */
export interface EstimatorOptions {
  /**
   * `"gibbs"`: posterior means and central intervals of runs that go on until they are good. `"reml"`: estimates with
   * Satterthwaite's t intervals for coefficients and Wald intervals for the rest; some ten times as fast. Defaults to
   * `"gibbs"` in `recover`, to `"reml"` in `power`.
   */
  readonly estimator?: "gibbs" | "reml";
  /** Coverage of the intervals; defaults to 0.95. */
  readonly level?: number;
  /** Priors of `estimator: "gibbs"`; `default@1` follows each simulated response. */
  readonly priors?: Priors;
}

/** Names of {@link EstimatorOptions}. */
export const ESTIMATOR_OPTIONS = ["estimator", "level", "priors"] as const;

/** What one data set says of one parameter. */
export interface Estimated {
  readonly variable: string;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** What one data set says. */
export interface Estimates {
  readonly rows: readonly Estimated[];
  /** Whether R-hat and ESS are good, or the optimum was found. */
  readonly converged: boolean;
}

/** An estimator by its name, its level, and what it does. */
export interface Estimator {
  readonly estimator: "gibbs" | "reml";
  readonly level: number;
  estimate(model: LinearMixedModel, seed: number): Estimates;
}

/**
 * Makes an estimator.
 *
 * @throws {ArgumentError} `invalid-argument`
 */
export function estimatorOf(options: EstimatorOptions, usual: "gibbs" | "reml"): Estimator {
  const estimator = oneOf("estimator", options.estimator ?? usual, ["gibbs", "reml"]);
  const { level = 0.95, priors } = options;
  probabilityOf("level", level);
  if (estimator === "reml" && priors !== undefined) {
    throw new ArgumentError(
      "invalid-argument",
      '"priors" are given, and estimator: "reml" has none.',
      'Leave them out, or choose estimator: "gibbs".',
    );
  }
  const estimate =
    estimator === "reml"
      ? (model: LinearMixedModel) => byReml(model, level)
      : (model: LinearMixedModel, seed: number) => byGibbs(model, seed, level, priors);
  return { estimator, level, estimate };
}

function byReml(model: LinearMixedModel, level: number): Estimates {
  const fit = reml(model);
  const tests = new Map(fit.coefTable().map((row) => [`b_${shortName(row.term)}`, row]));
  const rows = fit.parameters(level).map(({ variable, estimate, lower, upper }) => {
    const test = tests.get(variable);
    if (test === undefined) return { variable, estimate, lower, upper };
    const half = tQuantile(0.5 + level / 2, test.df) * test.se;
    return { variable, estimate, lower: estimate - half, upper: estimate + half };
  });
  return { rows, converged: fit.convergence.ok };
}

/** Apart from the seed that the response was drawn with: chains must not see its random numbers again. */
const CHAINS = 0x3c6ef372;

function byGibbs(
  model: LinearMixedModel,
  seed: number,
  level: number,
  priors: Priors | undefined,
): Estimates {
  const options = {
    seed: (seed ^ CHAINS) >>> 0,
    keep: "hyper",
    maxMemory: ENOUGH,
    ...(priors === undefined ? {} : { priors }),
  } as const;
  const { draws, status } = gibbsSync(model, options);
  const rows = draws.variables.map((variable) => {
    const values = draws.get(variable);
    const ascending = sorted(values);
    const [lower, upper] = [0.5 - level / 2, 0.5 + level / 2].map((p) => quantileSorted(ascending, p));
    return { variable, estimate: mean(values), lower, upper };
  });
  return { rows, converged: status === "complete" };
}
