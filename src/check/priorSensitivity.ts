/**
 * A posterior under other priors.
 *
 * @module
 */

import { formatNumbers, showAs, textTable, wordColumn } from "../data/format.ts";
import { ArgumentError, checkKind, knownOptions, show, type Warning } from "../errors.ts";
import { gibbs } from "../gibbs/gibbs.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import type { BetaPrior, Priors } from "../gibbs/priors.ts";
import { asGiven } from "../gibbs/resolvePriors.ts";
import { seedOf } from "../random/seed.ts";
import { REPLICATION_OPTIONS, type ReplicationOptions } from "./replicate.ts";

/** Options of {@link priorSensitivity}; `onProgress` counts posteriors, and the seed defaults to one more than theirs. */
export interface PriorSensitivityOptions extends ReplicationOptions {
  /** Priors by a name to print them under; what one leaves out stays as it is in the posterior. */
  readonly alternatives: Readonly<Record<string, Priors>>;
}

/** One parameter under one set of priors, in the units of the data. */
export interface PriorSensitivityRow {
  readonly variable: string;
  readonly priors: string;
  readonly mean: number;
  readonly sd: number;
  readonly median: number;
  /** Central 95% interval. */
  readonly lower: number;
  readonly upper: number;
  /** Mean less that of the posterior given, in its sds, and the Monte Carlo error of both. */
  readonly shift: number;
  readonly shiftMcse: number;
}

/** What {@link priorSensitivity} returns. */
export interface PriorSensitivity {
  /** Parameter after parameter, the posterior given first. */
  readonly rows: readonly PriorSensitivityRow[];
  /** The posteriors sampled, by the names of the alternatives. */
  readonly posteriors: ReadonlyMap<string, Posterior>;
  /** Of all posteriors, each under the name of its priors: chains that have not mixed make shifts worthless. */
  readonly warnings: readonly (Warning & { readonly priors: string })[];
}

/**
 * Samples the model of a posterior under other priors and puts the parameters side by side.
 *
 * Every run has a seed of its own, so that Monte Carlo errors are independent. When stopped, the alternatives finished by
 * then are what is returned.
 *
 * @param posterior - from `gibbs`
 * @throws {ArgumentError} `invalid-argument`, `unknown-option`; `cancelled` when stopped before the first alternative;
 *   as `gibbs`
 *
 * @example
 * await priorSensitivity(posterior, { alternatives: { tight: { sigma: halfNormal(10) } } });
 */
export async function priorSensitivity(
  posterior: Posterior,
  options: PriorSensitivityOptions,
): Promise<PriorSensitivity> {
  checkKind(
    "priorSensitivity()",
    posterior,
    ["draws", "priors"],
    "a posterior",
    "Pass the posterior of gibbs().",
  );
  knownOptions("priorSensitivity()", options ?? {}, ["alternatives", ...REPLICATION_OPTIONS]);
  const { alternatives, onProgress, signal } = options ?? {};
  const entries =
    typeof alternatives === "object" && alternatives !== null ? Object.entries(alternatives) : [];
  if (entries.length === 0) {
    throw new ArgumentError(
      "invalid-argument",
      `"alternatives" must hold priors by name, got ${show(alternatives)}.`,
      "Give some such as { tight: { sigma: halfNormal(10) } }.",
    );
  }
  const seed = seedOf(options.seed ?? (posterior.seed + 1) >>> 0);
  const base = asGiven(posterior.priors);
  const posteriors = new Map<string, Posterior>();
  for (const [i, [name, priors]] of entries.entries()) {
    if (signal?.aborted) break;
    const settings = { priors: changed(base, priors), seed: (seed + i) >>> 0 };
    const next = await gibbs(posterior.model, { ...settings, ...(signal === undefined ? {} : { signal }) });
    if (next.status === "cancelled") break;
    posteriors.set(name, next);
    onProgress?.(i + 1, entries.length);
  }
  if (posteriors.size === 0) {
    throw new ArgumentError(
      "cancelled",
      "Cancelled before a first alternative was sampled.",
      "Run it again.",
    );
  }
  const all: [string, Posterior][] = [[posterior.priors.name, posterior], ...posteriors];
  const reference = posterior.summary();
  const summaries = all.map(([name, one]) => ({ name, summary: one.summary() }));
  const rows = reference.flatMap((from, v) =>
    summaries.map(({ name, summary }, i): PriorSensitivityRow => {
      const row = summary[v];
      return {
        variable: row.variable,
        priors: name,
        mean: row.mean,
        sd: row.sd,
        median: row.median,
        lower: row["q2.5"],
        upper: row["q97.5"],
        shift: i === 0 ? 0 : (row.mean - from.mean) / from.sd,
        shiftMcse: i === 0 ? 0 : Math.sqrt(row.mcseMean ** 2 + from.mcseMean ** 2) / from.sd,
      };
    }),
  );
  const warnings = all.flatMap(([name, one]) => one.warnings.map((own) => ({ ...own, priors: name })));
  return showAs({ rows, posteriors, warnings }, () => print(rows, warnings));
}

/** Priors with some of them replaced. */
function changed(base: Priors, priors: Priors): Priors {
  const one = typeof (priors.beta as BetaPrior | undefined)?.type === "string";
  return {
    ...base,
    ...priors,
    beta: one ? (priors.beta as BetaPrior) : { ...base.beta, ...priors.beta },
    terms: { ...base.terms, ...priors.terms },
  } as Priors;
}

function print(rows: readonly PriorSensitivityRow[], warnings: PriorSensitivity["warnings"]): string {
  const digits = (values: number[]): string[] => formatNumbers(values, { digits: 3 });
  const each = (pick: (row: PriorSensitivityRow) => number): string[] =>
    rows.flatMap((row) => digits([pick(row)]));
  const first = (row: PriorSensitivityRow, i: number): boolean =>
    i === 0 || rows[i - 1].variable !== row.variable;
  const [low, high] = [each((row) => row.lower), each((row) => row.upper)];
  const table = textTable(
    [
      wordColumn(
        "",
        rows.map((row, i) => (first(row, i) ? row.variable : "")),
      ),
      wordColumn(
        "priors",
        rows.map((row) => row.priors),
      ),
      { header: "mean", cells: each((row) => row.mean) },
      { header: "sd", cells: each((row) => row.sd) },
      { header: "median", cells: each((row) => row.median) },
      { header: "95% interval", cells: low.map((text, i) => `[${text}, ${high[i]}]`) },
      {
        header: "shift/sd",
        cells: rows.map((row, i) => (first(row, i) ? "" : row.shift.toFixed(2).replace(/^-(?=0\.00$)/, ""))),
      },
    ],
    { gap: "  " },
  );
  const notes = warnings.map(({ priors, code, message }) => `\n${priors}: ${code}: ${message}`);
  return `${table}${notes.join("")}`;
}
