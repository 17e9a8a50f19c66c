/**
 * Whether an estimator recovers parameters that are known.
 *
 * @module
 */

import { formatNumbers, showAs, significant, textTable, wordColumn } from "../data/format.ts";
import { integerIn, knownOptions } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { mean, sd } from "../stats/descriptive.ts";
import { ESTIMATOR_OPTIONS, type Estimates, type EstimatorOptions, estimatorOf } from "./estimator.ts";
import { checkSimulated, REPLICATION_OPTIONS, type ReplicationOptions, replicate } from "./replicate.ts";
import { simulatorOf, type Truth, truthOf } from "./truth.ts";

/** Options of {@link recover}; `estimator` defaults to `"gibbs"`. */
export interface RecoverOptions extends EstimatorOptions, ReplicationOptions {
  /** Data sets; defaults to 100. */
  readonly simulations?: number;
}

/** How one parameter is recovered, in the units of the data. */
export interface RecoverRow {
  readonly variable: string;
  readonly truth: number;
  /** Mean of the estimates. */
  readonly mean: number;
  /** Mean less truth, and its Monte Carlo error. */
  readonly bias: number;
  readonly biasMcse: number;
  /** Root mean square of estimate less truth. */
  readonly rmse: number;
  /** Share of the intervals that hold the truth, and its Monte Carlo error. */
  readonly coverage: number;
  readonly coverageMcse: number;
  /** Data sets that give an estimate: a correlation has none where an SD is estimated as 0. */
  readonly estimates: number;
}

/** What {@link recover} returns. */
export interface Recovery {
  readonly rows: readonly RecoverRow[];
  readonly estimator: "gibbs" | "reml";
  readonly level: number;
  readonly simulations: number;
  /** Share of the runs with good R-hat and ESS, or of the fits that found their optimum. */
  readonly converged: number;
  readonly seed: number;
}

const FEWEST = 10;

/**
 * Simulates data sets of the model's design from known parameters, estimates each, and says how far the estimates are
 * off and how often the intervals hold the truth.
 *
 * Random effects are drawn afresh for every data set. Under priors intervals cover at their level on average over
 * the prior, not at every truth: that is what `sbc` looks at.
 *
 * @param model - from `lmm`
 * @param truth - see {@link Truth}; defaults to the estimates of `reml(model)`
 * @throws {ArgumentError} `unknown-variable`, `invalid-argument`, `unknown-option`; `cancelled` when stopped before 10
 *   data sets; as `gibbs`
 * @throws {ModelError} `needs-rows`, `needs-normal` for Student-t parts
 *
 * @example
 * await recover(model, { b_Days: 5, sd_Subject__Days: 0 }, { simulations: 200, seed: 1 });
 */
export async function recover(
  model: LinearMixedModel,
  truth: Truth = {},
  options: RecoverOptions = {},
): Promise<Recovery> {
  checkSimulated("recover()", model);
  knownOptions("recover()", options, ["simulations", ...ESTIMATOR_OPTIONS, ...REPLICATION_OPTIONS]);
  const total = integerIn("simulations", options.simulations ?? 100, FEWEST, 1e6);
  const { estimator, level, estimate } = estimatorOf(options, "gibbs");
  const seed = seedOf(options.seed);
  const values = truthOf(model, truth);
  const simulate = simulatorOf(model, values);
  const found: Estimates[] = [];
  const simulations = await replicate(total, FEWEST, seed, options, (own) => {
    found.push(estimate(model.withResponse(simulate(new RandomStream(own, 1))), own));
  });
  const rows = [...values].map(([variable, value], v) =>
    rowOf(
      variable,
      value,
      found.map(({ rows }) => rows[v]),
    ),
  );
  const converged = mean(found.map((one) => (one.converged ? 1 : 0)));
  const result: Recovery = { rows, estimator, level, simulations, converged, seed };
  return showAs(result, () => print(result));
}

function rowOf(variable: string, truth: number, all: readonly Estimates["rows"][number][]): RecoverRow {
  const errors = all.map(({ estimate }) => estimate - truth).filter((error) => !Number.isNaN(error));
  const bias = mean(errors);
  const coverage = mean(all.map(({ lower, upper }) => (lower <= truth && truth <= upper ? 1 : 0)));
  return {
    variable,
    truth,
    mean: truth + bias,
    bias,
    biasMcse: sd(errors) / Math.sqrt(errors.length),
    rmse: Math.sqrt(mean(errors.map((error) => error * error))),
    coverage,
    coverageMcse: Math.sqrt((coverage * (1 - coverage)) / all.length),
    estimates: errors.length,
  };
}

function print({ rows, estimator, level, simulations, converged }: Recovery): string {
  const column = (header: string, pick: (row: RecoverRow) => number) => ({
    header,
    cells: rows.map((row) => formatNumbers([pick(row)], { digits: 3 })[0]),
  });
  const share = (value: number): string => `${(100 * value).toFixed(1)}%`;
  const table = textTable(
    [
      wordColumn(
        "",
        rows.map(({ variable }) => variable),
      ),
      column("truth", (row) => row.truth),
      column("mean", (row) => row.mean),
      column("bias", (row) => row.bias),
      column("mcse", (row) => row.biasMcse),
      column("rmse", (row) => row.rmse),
      { header: "coverage", cells: rows.map((row) => share(row.coverage)) },
      { header: "mcse", cells: rows.map((row) => share(row.coverageMcse)) },
    ],
    { gap: "  " },
  );
  const names = { gibbs: "Posterior means", reml: "REML estimates" };
  const ends = converged === 1 ? "All runs converged." : `${share(converged)} of the runs converged.`;
  return `${names[estimator]} and ${significant(100 * level, 4)}% intervals of ${simulations} simulated data sets\n${table}\n${ends}`;
}
