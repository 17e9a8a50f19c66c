/**
 * A posterior held against a REML or ML fit, or against other posteriors: the only place that sees both estimators.
 *
 * @module
 */

import { comparePosteriors, type PosteriorComparison } from "./compare/posteriors.ts";
import { decimalsFor, intervalCell } from "./compare/print.ts";
import {
  fixed,
  htmlTable,
  type PrintedColumn,
  showAs,
  textTable,
  withSpread,
  wordColumn,
} from "./data/format.ts";
import { checkKind, ModelError, NumericalError, PriorError, type Warning } from "./errors.ts";
import { gibbsSync } from "./gibbs/gibbs.ts";
import type { Posterior } from "./gibbs/posterior.ts";
import { lkj, uniformSd } from "./gibbs/priors.ts";
import { checkSameData } from "./model/sameData.ts";
import { requireNormal } from "./model/student.ts";
import type { VariableInfo } from "./posterior/draws.ts";
import { sameFitBy } from "./reml/fit.ts";
import type { LmmFit } from "./reml/lmmFit.ts";
import type { ParameterEstimate } from "./reml/wald.ts";
import { bandwidth, density } from "./stats/density.ts";
import { mean as meanOf } from "./stats/descriptive.ts";

/** Why a posterior mean and an estimate differ by more than a quarter of a standard error; see {@link compare}. */
export type Reason =
  | ""
  | "boundary"
  | "Monte Carlo error"
  | "degrees of freedom"
  | "skewness"
  | "prior pull"
  | "unexplained";

/** One variable, both ways. */
export interface ComparisonRow {
  readonly variable: string;
  /** REML or ML estimate, its standard error and 95% Wald interval. */
  readonly estimate: number;
  readonly se: number;
  readonly lower: number;
  readonly upper: number;
  /** Posterior mean, sd and central 95% interval. */
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  /** (mean − estimate) / se; over the posterior sd where the estimate has no standard error. */
  readonly difference: number;
  /** Empty when |difference| ≤ 0.25. */
  readonly reason: Reason;
}

/** A comparison; prints as a table. */
export interface Comparison {
  readonly method: "REML" | "ML";
  readonly rows: readonly ComparisonRow[];
  readonly warnings: readonly Warning[];
  toString(): string;
}

/** Differences up to a quarter of a standard error need no reason. */
const SMALL = 0.25;
/** Standard errors by which a prior must have moved a mean before it can be the reason. */
const MOVED = 0.1;
/** Random effects up to which a second posterior is sampled on the side. */
const MOST_EFFECTS = 2000;

/**
 * Holds a posterior against a REML or ML fit of the same model, one row per β, SD, correlation and σ, and gives
 * every difference above a quarter of a standard error a reason that was tested ("near" leaves at most a quarter
 * of a standard error or a third of the difference):
 *
 * - `boundary`: the estimate, or its term, lies on the edge of its range, where no mean can follow;
 * - `Monte Carlo error`: two Monte Carlo errors could bring the difference below a quarter, or the draws are too few
 *   to have one;
 * - `degrees of freedom`: the fit is by ML, and the REML estimate of the same model is near the mean;
 * - `skewness`: the mean is away, but the mode of the same draws is near the estimate;
 * - `prior pull`: under flat priors (sampled on the side, with 4 × 500 draws) the mean moves, and mean or mode are
 *   near the estimate;
 * - `unexplained`: none of these, or no posterior under flat priors to tell.
 *
 * Posteriors of the same rows, of one model or several, are put side by side instead: their means, sds and intervals,
 * differences from the first in units of the combined sd, and their leave-one-out.
 *
 * @param posterior - from `gibbs`
 * @param fit - from `reml` or `ml`, of the same model; or further posteriors, of the same rows
 * @throws {ModelError} `different-models`; of posteriors, and where a model holds no rows, `different-rows` (by which
 *   rows, not how many), `different-response`, `different-weights`, `different-offset`
 * @throws {ArgumentError} `invalid-argument`
 *
 * @example
 * console.log(compare(await gibbs(model, { seed: 1 }), reml(model)));
 * console.log(compare(slopes, intercepts));
 */
export function compare(a: Posterior, b: Posterior, ...more: Posterior[]): PosteriorComparison;
export function compare(posterior: Posterior, fit: LmmFit): Comparison;
export function compare(
  posterior: Posterior,
  second: Posterior | LmmFit,
  ...more: Posterior[]
): Comparison | PosteriorComparison {
  checkKind("compare()", posterior, ["draws", "model"], "a posterior first", REMEDY);
  checkKind("compare()", second, ["model"], "a fit second, or posteriors", REMEDY);
  if ("draws" in second || more.length > 0) {
    return comparePosteriors([posterior, second as Posterior, ...more]);
  }
  return compareWithFit(posterior, second);
}

const REMEDY =
  "Write compare(posterior, fit), with the posterior of gibbs() and the fit of reml() or ml(), or compare(a, b, …) with posteriors.";

function compareWithFit(posterior: Posterior, fit: LmmFit): Comparison {
  checkKind("compare()", fit, ["parameters"], "a fit second, or posteriors", REMEDY);
  checkSameModel(posterior, fit);
  const restricted = sameFitBy(fit, "REML");
  const restrictedEstimates = restricted.parameters();
  const evidence: Evidence = {
    posterior,
    flatPosterior: once(() => underFlatPriors(posterior, fit.sigmaKnown)),
    singularGroups: new Set(
      fit.warnings.filter(({ code }) => code === "singular-fit").map(({ details }) => details.group),
    ),
  };
  const summary = posterior.summary();
  const rows = fit.parameters().map((estimate, i): ComparisonRow => {
    const { mean, sd, mcseMean, ...row } = summary[i];
    const scale = estimate.se > 0 ? estimate.se : sd;
    // A parameter that both hold has neither standard error nor sd.
    const difference = mean === estimate.estimate ? 0 : (mean - estimate.estimate) / scale;
    // What a prior fixes has no error; otherwise none is known of draws that are too few.
    const error = sd === 0 ? 0 : mcseMean;
    const reason = reasonFor(evidence, estimate, { mean, error, scale }, restrictedEstimates[i]);
    return {
      variable: estimate.variable,
      estimate: estimate.estimate,
      se: estimate.se,
      lower: estimate.lower,
      upper: estimate.upper,
      mean,
      sd,
      low: row["q2.5"],
      high: row["q97.5"],
      difference,
      reason,
    };
  });
  const comparison = { method: fit.method, rows, warnings: [...posterior.warnings] };
  return showAs(
    comparison,
    () => printComparison(comparison),
    () => comparisonHtml(comparison),
  );
}

interface Evidence {
  readonly posterior: Posterior;
  /** Sampled when first asked for. */
  readonly flatPosterior: () => Posterior | undefined;
  readonly singularGroups: ReadonlySet<unknown>;
}

interface Centre {
  readonly mean: number;
  /** Monte Carlo standard error of the mean, NaN where it is not known. */
  readonly error: number;
  /** What differences are measured in. */
  readonly scale: number;
}

function reasonFor(
  { posterior, flatPosterior, singularGroups }: Evidence,
  { variable, estimate, boundary }: ParameterEstimate,
  { mean, error, scale }: Centre,
  restricted: ParameterEstimate,
): Reason {
  const gap = Math.abs(mean - estimate);
  if (gap <= SMALL * scale) return "";
  // What explains a gap leaves at most a quarter of a standard error, or a third of the gap.
  const near = (value: number, target = estimate): boolean =>
    Math.abs(value - target) <= Math.max(SMALL * scale, gap / 3);
  const info = posterior.draws.describe(variable);
  if (boundary || (isVariance(info) && singularGroups.has(info.group))) return "boundary";
  if (Number.isNaN(error) || gap - SMALL * scale <= 2 * error) return "Monte Carlo error";
  if (restricted.estimate !== estimate && near(mean, restricted.estimate)) return "degrees of freedom";
  if (near(modeOf(posterior.draws.get(variable), info))) return "skewness";
  const flat = flatPosterior()?.draws.get(variable);
  if (flat === undefined) return "unexplained";
  const moved = Math.abs(meanOf(flat) - mean) > Math.max(MOVED * scale, 4 * error);
  return moved && (near(meanOf(flat)) || near(modeOf(flat, info))) ? "prior pull" : "unexplained";
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function isVariance({ kind }: VariableInfo): boolean {
  return kind === "sd" || kind === "cor";
}

/** The mode of a kernel density that respects the variable's range. */
function modeOf(draws: Float64Array, { kind }: VariableInfo): number {
  const range = kind === "cor" ? { lower: -1, upper: 1 } : kind === "fixed" ? {} : { lower: 0 };
  // Twice the usual bandwidth: at the top of a density bias costs less than noise.
  const { x, density: height } = density(draws, { ...range, bandwidth: 2 * bandwidth(draws) });
  return x[height.indexOf(Math.max(...height))];
}

/**
 * The posterior under flat priors on β, σ, SDs and correlations, or undefined where it would be improper or
 * the model is too large to be sampled on the side. A fixed σ stays only where the fit knows it as well.
 */
function underFlatPriors({ model, seed, priors }: Posterior, sigmaKnown: boolean): Posterior | undefined {
  const effects = model.random.reduce((sum, { levels, columns }) => sum + levels.length * columns.length, 0);
  if (effects > MOST_EFFECTS || model.random.some(({ levels }) => levels.length < 3)) return undefined;
  const terms = Object.fromEntries(
    model.random.map(({ name, structure }) => [name, structure === "cs" ? uniformSd() : lkj(1, uniformSd())]),
  );
  const sigma = sigmaKnown && priors.sigma.type === "fixed" ? priors.sigma : uniformSd();
  try {
    return gibbsSync(model, { seed, draws: 500, priors: { sigma, terms } });
  } catch (error) {
    if (error instanceof PriorError || error instanceof NumericalError) return undefined;
    throw error;
  }
}

function checkSameModel(posterior: Posterior, fit: LmmFit): void {
  const a = posterior.model;
  const b = fit.model;
  if (a === b) return;
  requireNormal("compare()", a, "Compare with the posterior of the normal model by looCompare().");
  const sameSigma = a.strata?.name === b.strata?.name;
  if (a.formula === b.formula && sameSigma) {
    if (!a.hasRows || !b.hasRows) {
      checkSameData(a, b);
      return;
    }
    if (a.n === b.n && a.response.values.every((value, i) => value === b.response.values[i])) return;
  }
  throw new ModelError(
    "different-models",
    a.formula === b.formula
      ? `The posterior and the fit use different ${sameSigma ? "rows" : "sigmaBy"} for ${a.formula}.`
      : `The posterior is of ${a.formula}, the fit of ${b.formula}.`,
    "Fit both from the same model object.",
    { posterior: a.formula, fit: b.formula },
  );
}

/** A comparison as an HTML table. */
export function comparisonHtml({ rows, method }: Omit<Comparison, "toString">): string {
  const column = (header: string, pick: (row: (typeof rows)[number]) => number): PrintedColumn => ({
    header,
    cells: rows.map((row) => withSpread(pick(row), row.sd)),
  });
  return htmlTable([
    wordColumn(
      "",
      rows.map(({ variable }) => variable),
    ),
    column(method, (row) => row.estimate),
    column("se", (row) => row.se),
    column("mean", (row) => row.mean),
    column("sd", (row) => row.sd),
    column("2.5%", (row) => row.low),
    column("97.5%", (row) => row.high),
    { header: "difference / se", cells: rows.map(({ difference }) => withSpread(difference, 1)) },
    wordColumn(
      "why",
      rows.map(({ reason }) => reason),
    ),
  ]);
}

function printComparison({ method, rows }: Pick<Comparison, "method" | "rows">): string {
  const decimalsOf = ({ se, sd }: ComparisonRow): number => decimalsFor(se > 0 ? Math.min(se, sd) : sd);
  const column = (header: string, pick: (row: ComparisonRow) => number) => ({
    header,
    cells: rows.map((row) => fixed(pick(row), decimalsOf(row))),
  });
  const interval = (
    header: string,
    low: (row: ComparisonRow) => number,
    high: (row: ComparisonRow) => number,
  ) => ({
    header,
    cells: rows.map((row) => intervalCell(low(row), high(row), decimalsOf(row))),
  });
  const table = textTable(
    [
      wordColumn(
        "",
        rows.map(({ variable }) => variable),
      ),
      column(method, (row) => row.estimate),
      interval(
        "95% Wald",
        (row) => row.lower,
        (row) => row.upper,
      ),
      column("Posterior", (row) => row.mean),
      interval(
        "95% CI",
        (row) => row.low,
        (row) => row.high,
      ),
      { header: "Diff/SE", cells: rows.map(({ difference }) => fixed(difference, 2)) },
      wordColumn(
        "Reason",
        rows.map(({ reason }) => reason),
      ),
    ],
    { gap: "  " },
  );
  return `Posterior against ${method}\n${table}`;
}
