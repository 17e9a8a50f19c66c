/**
 * How often a design of a given size finds an effect of a given size.
 *
 * @module
 */

import { showAs, significant, textTable, wordColumn } from "../data/format.ts";
import { ArgumentError, didYouMean, integerIn, knownOptions, listOf, oneOf, show } from "../errors.ts";
import type { LinearMixedModel } from "../model/linearMixedModel.ts";
import { shortName } from "../model/variables.ts";
import { seedOf } from "../random/seed.ts";
import { RandomStream } from "../random/stream.ts";
import { normalQuantile } from "../stats/normal.ts";
import { ESTIMATOR_OPTIONS, type EstimatorOptions, estimatorOf } from "./estimator.ts";
import { extended } from "./extend.ts";
import { checkSimulated, REPLICATION_OPTIONS, type ReplicationOptions, replicate } from "./replicate.ts";
import { simulatorOf, type Truth, truthOf } from "./truth.ts";

/** Options of {@link power}; `estimator` defaults to `"reml"`. */
export interface PowerOptions extends EstimatorOptions, ReplicationOptions {
  /** True values of the coefficients asked about, by name: `{ Days: 5 }`. */
  readonly effect: Readonly<Record<string, number>>;
  /** Sizes by one grouping column of the data: `{ Subject: [10, 20, 40] }`, each at least 2. */
  readonly sizes: Readonly<Record<string, readonly number[]>>;
  /** What `sizes` counts: `"levels"` of the group (default), or `"rows"` of each of its levels. */
  readonly along?: "levels" | "rows";
  /** The other parameters, see {@link Truth}; default to the estimates of `reml(model)`. */
  readonly truth?: Truth;
  /** Data sets per size; defaults to 200. */
  readonly simulations?: number;
}

/** One effect at one size. */
export interface PowerRow {
  readonly coefficient: string;
  readonly size: number;
  /** Rows of the design. */
  readonly rows: number;
  /** Share of the intervals that exclude 0. */
  readonly power: number;
  /** 95% interval of the share (Wilson 1927). */
  readonly lower: number;
  readonly upper: number;
  readonly simulations: number;
  /** Share of the runs with good R-hat and ESS, or of the fits that found their optimum. */
  readonly converged: number;
}

/** What {@link power} returns. */
export interface Power {
  readonly rows: readonly PowerRow[];
  readonly effect: Readonly<Record<string, number>>;
  readonly group: string;
  readonly along: "levels" | "rows";
  readonly estimator: "gibbs" | "reml";
  readonly level: number;
  readonly seed: number;
}

const FEWEST = 20;

/**
 * Simulates data sets with an effect from designs of several sizes, and counts how often its interval excludes 0. By
 * REML that is the t test with Satterthwaite's degrees of freedom. simr: `powerSim`, `extend`, `powerCurve`.
 *
 * A design grows by whole groups of the data, as often each as the others, under new labels; columns that vary between
 * groups keep their proportions. An effect of 0 gives the rate of false alarms. When stopped, the sizes finished by
 * then, and the one under way if it has 20 data sets, are what is returned.
 *
 * @param model - from `lmm`, with its data
 * @throws {ArgumentError} `unknown-coefficient`, `unknown-group`, `unknown-variable`, `invalid-argument`,
 *   `unknown-option`; `cancelled` when stopped before 20 data sets; {ModelError} `design-changed`, `needs-rows`,
 *   `needs-normal` for Student-t parts
 *
 * @example
 * await power(model, { effect: { Days: 5 }, sizes: { Subject: [10, 20, 40] }, seed: 1 });
 */
export async function power(model: LinearMixedModel, options: PowerOptions): Promise<Power> {
  checkSimulated("power()", model);
  knownOptions("power()", options ?? {}, [
    ...["effect", "sizes", "along", "truth", "simulations"],
    ...ESTIMATOR_OPTIONS,
    ...REPLICATION_OPTIONS,
  ]);
  const effect = checkedEffect(model, options?.effect);
  const { group, sizes } = checkedSizes(options.sizes);
  const along = oneOf("along", options.along ?? "levels", ["levels", "rows"]);
  const each = integerIn("simulations", options.simulations ?? 200, FEWEST, 1e6);
  const { estimator, level, estimate } = estimatorOf(options, "reml");
  const seed = seedOf(options.seed);
  const values = truthOf(model, options.truth);
  for (const [name, value] of effect) values.set(`b_${shortName(name)}`, value);
  const designs = sizes.map((size) => extended(model, group, size, along));
  const total = each * sizes.length;
  const rows: PowerRow[] = [];
  for (const [s, design] of designs.entries()) {
    if (s > 0 && options.signal?.aborted) break;
    const simulate = simulatorOf(design, values);
    const found = new Map([...effect.keys()].map((name) => [name, 0]));
    let converged = 0;
    const watch = { ...options, onProgress: (done: number) => options.onProgress?.(s * each + done, total) };
    // The same seeds at every size: the curve is smoother than its points are certain.
    const done = await replicate(each, s === 0 ? FEWEST : 0, seed, watch, (own) => {
      const estimates = estimate(design.withResponse(simulate(new RandomStream(own, 1))), own);
      if (estimates.converged) converged++;
      for (const { variable, lower, upper } of estimates.rows) {
        const name = design.fixed.names.find((one) => `b_${shortName(one)}` === variable);
        const count = name === undefined ? undefined : found.get(name);
        if (count !== undefined && (lower > 0 || upper < 0)) found.set(name as string, count + 1);
      }
    });
    if (done < FEWEST) break;
    for (const [coefficient, count] of found) {
      const [lower, upper] = wilson(count, done);
      const shares = { power: count / done, lower, upper, simulations: done, converged: converged / done };
      rows.push({ coefficient, size: sizes[s], rows: design.n, ...shares });
    }
  }
  const result: Power = { rows, effect: Object.fromEntries(effect), group, along, estimator, level, seed };
  return showAs(result, () => print(result));
}

/** Effects under R's names of the coefficients. */
function checkedEffect(model: LinearMixedModel, effect: unknown): Map<string, number> {
  const { names } = model.fixed;
  const entries = typeof effect === "object" && effect !== null ? Object.entries(effect) : [];
  if (entries.length === 0) {
    throw new ArgumentError(
      "invalid-argument",
      `"effect" must name coefficients and their true values, got ${show(effect)}.`,
      `Give one such as { ${show(names[names.length - 1])}: 5 }.`,
    );
  }
  return new Map(
    entries.map(([key, value]: [string, unknown]) => {
      const name = names.find((own) => own === key || shortName(own) === key);
      if (name === undefined) {
        const near = didYouMean(key, names);
        throw new ArgumentError(
          "unknown-coefficient",
          `The effect ${show(key)} is not a coefficient of the model.`,
          near === undefined
            ? `The coefficients are ${listOf(names, 12) || "none"}.`
            : `Did you mean ${show(near)}?`,
          { name: key },
        );
      }
      if (typeof value === "number" && Number.isFinite(value)) return [name, value];
      throw new ArgumentError(
        "invalid-argument",
        `"effect" gives ${name} as ${show(value)}.`,
        "Give a number.",
      );
    }),
  );
}

function checkedSizes(given: unknown): { group: string; sizes: number[] } {
  const entries = typeof given === "object" && given !== null ? Object.entries(given) : [];
  const sizes: unknown = entries[0]?.[1];
  if (entries.length !== 1 || !Array.isArray(sizes) || sizes.length === 0) {
    throw new ArgumentError(
      "invalid-argument",
      `"sizes" must name one group and a list of sizes, got ${show(given)}.`,
      "Give one such as { Subject: [10, 20, 40] }.",
    );
  }
  return { group: entries[0][0], sizes: sizes.map((size) => integerIn("sizes", size, 2, 1e6)) };
}

/** Wilson's 95% interval of a share. */
function wilson(count: number, n: number): [number, number] {
  const z2 = normalQuantile(0.975) ** 2;
  const centre = (count + z2 / 2) / (n + z2);
  const half = (Math.sqrt(z2) * Math.sqrt((count * (n - count)) / n + z2 / 4)) / (n + z2);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

function print({ rows, effect, group, along, estimator, level }: Power): string {
  const percent = (value: number): string => `${(100 * value).toFixed(1)}%`;
  const table = textTable(
    [
      {
        header: along === "levels" ? group : `rows per ${group}`,
        cells: rows.map(({ size }) => String(size)),
      },
      { header: "rows", cells: rows.map((row) => String(row.rows)) },
      wordColumn(
        "effect",
        rows.map(({ coefficient }) => `${coefficient} = ${significant(effect[coefficient], 4)}`),
      ),
      { header: "power", cells: rows.map((row) => percent(row.power)) },
      {
        header: "95% interval",
        cells: rows.map(({ lower, upper }) => `[${percent(lower)}, ${percent(upper)}]`),
      },
    ],
    { gap: "  " },
  );
  const by = estimator === "reml" ? "REML with Satterthwaite's t" : "Posterior";
  const failed = rows.reduce((sum, row) => sum + Math.round((1 - row.converged) * row.simulations), 0);
  const all = rows.reduce((sum, row) => sum + row.simulations, 0);
  const ends = failed === 0 ? "" : `\n${failed} of ${all} did not converge.`;
  const [first, last] = [rows[0].simulations, rows[rows.length - 1].simulations];
  const stopped = last < first ? `, ${last} at the last` : "";
  return `Power: ${by} intervals (${significant(100 * level, 4)}%) that exclude 0, ${first} data sets per size${stopped}\n${table}${ends}`;
}
