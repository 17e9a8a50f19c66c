/**
 * Why posterior means and estimates differ: reasons that were tested.
 *
 * @module
 */

import { NumericalError, PriorError } from "../errors.ts";
import { gibbsSync } from "../gibbs/gibbs.ts";
import type { Posterior } from "../gibbs/posterior.ts";
import { lkj, uniformSd } from "../gibbs/priors.ts";
import type { VariableInfo } from "../posterior/draws.ts";
import type { SummaryRow } from "../posterior/summarize.ts";
import { sameFitBy } from "../reml/fit.ts";
import type { LmmFit } from "../reml/lmmFit.ts";
import type { ParameterEstimate } from "../reml/wald.ts";
import { bandwidth, density } from "../stats/density.ts";
import { mean as meanOf } from "../stats/descriptive.ts";

/** Why a posterior mean and an estimate differ by more than a quarter of a standard error; see `compare`. */
export type Reason =
  | ""
  | "boundary"
  | "Monte Carlo error"
  | "degrees of freedom"
  | "skewness"
  | "prior pull"
  | "averaging"
  | "unexplained";

/** Differences up to a quarter of a standard error need no reason. */
const SMALL = 0.25;
/** Standard errors by which a prior must have moved a mean before it can be the reason. */
const MOVED = 0.1;
/** Random effects up to which a second posterior is sampled on the side. */
const MOST_EFFECTS = 2000;

/** What differences are measured in: the standard error, or the posterior sd where there is none. */
export function scaleOf({ se }: ParameterEstimate, sd: number): number {
  return se > 0 ? se : sd;
}

/** The reason of each parameter of the fit. @param fit - of the posterior's model */
export function reasonsFor(posterior: Posterior, fit: LmmFit): Reason[] {
  const { draws } = posterior;
  const restricted = sameFitBy(fit, "REML").parameters();
  const singular = new Set(
    fit.warnings.filter(({ code }) => code === "singular-fit").map(({ details }) => details.group),
  );
  const summary = posterior.summary();
  const gaps = fit.parameters().map((estimate, i): Gap => {
    const info = draws.describe(estimate.variable);
    const atEdge = estimate.boundary || (isVariance(info) && singular.has(info.group));
    return {
      info,
      row: summary[i],
      estimate,
      restricted: restricted[i].estimate,
      atEdge,
      draws: draws.get(estimate.variable),
    };
  });
  const first = gaps.map(ownReason);
  // Where the likelihood of an SD or a correlation ends or leans, its peak is not its middle, nor that of the others.
  const uneven = gaps.some(({ info, row }, i) => {
    const leans = first[i] === "boundary" || first[i] === "skewness";
    return isVariance(info) && (leans || distanceToEdge(info, row.mean) < 2 * row.sd);
  });
  const flat = once(() => underFlatPriors(posterior, fit.sigmaKnown));
  return gaps.map((gap, i) => first[i] ?? reasonUnder(flat()?.draws.get(gap.estimate.variable), gap, uneven));
}

/** A parameter both ways. */
interface Gap {
  readonly info: VariableInfo;
  readonly row: SummaryRow;
  readonly estimate: ParameterEstimate;
  /** By REML. */
  readonly restricted: number;
  /** Whether the estimate, or its term, lies on the edge of its range. */
  readonly atEdge: boolean;
  readonly draws: Float64Array;
}

/** The reason that estimate and draws tell by themselves. */
function ownReason(gap: Gap): Reason | undefined {
  const { info, row, estimate, restricted, atEdge, draws } = gap;
  const size = sizeOf(gap);
  const scale = scaleOf(estimate, row.sd);
  if (size <= SMALL * scale) return "";
  if (atEdge) return "boundary";
  const error = errorOf(row);
  if (Number.isNaN(error) || size - SMALL * scale <= 2 * error) return "Monte Carlo error";
  if (restricted !== estimate.estimate && explains(gap, row.mean, restricted)) return "degrees of freedom";
  return explains(gap, modeOf(draws, info)) ? "skewness" : undefined;
}

/** The reason that draws under flat priors tell. */
function reasonUnder(flat: Float64Array | undefined, gap: Gap, uneven: boolean): Reason {
  if (flat === undefined) return "unexplained";
  const { info, row, estimate } = gap;
  const centre = meanOf(flat);
  const byPrior = Math.abs(centre - row.mean);
  const moved = byPrior > Math.max(MOVED * scaleOf(estimate, row.sd), 4 * errorOf(row));
  if (moved && (explains(gap, centre) || explains(gap, modeOf(flat, info)))) return "prior pull";
  if (!uneven) return "unexplained";
  return moved && byPrior > Math.abs(centre - estimate.estimate) ? "prior pull" : "averaging";
}

function sizeOf({ row, estimate }: Gap): number {
  return Math.abs(row.mean - estimate.estimate);
}

/** Whether `value` leaves at most a quarter of a standard error of the gap, or a third of it. */
function explains(gap: Gap, value: number, target: number = gap.estimate.estimate): boolean {
  const scale = scaleOf(gap.estimate, gap.row.sd);
  return Math.abs(value - target) <= Math.max(SMALL * scale, sizeOf(gap) / 3);
}

/** Monte Carlo standard error of the mean: none of what a prior fixes, NaN of draws that are too few. */
function errorOf({ sd, mcseMean }: SummaryRow): number {
  return sd === 0 ? 0 : mcseMean;
}

function isVariance({ kind }: VariableInfo): boolean {
  return kind === "sd" || kind === "cor";
}

/** From the mean of an SD or a correlation to the nearest end of its range. */
function distanceToEdge({ kind }: VariableInfo, mean: number): number {
  return kind === "cor" ? 1 - Math.abs(mean) : mean;
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

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
