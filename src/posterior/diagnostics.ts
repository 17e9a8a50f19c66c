/**
 * Convergence diagnostics as R's posterior 1.4.0 defines them (Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021,
 * "Rank-normalization, folding, and localization: an improved R̂", Bayesian Analysis 16(2)).
 *
 * Every function takes one array of draws per chain, all of one length, without warmup; a single array is one chain.
 * Each returns NaN where posterior returns NA: for draws that are not finite, for constant draws, for too few.
 *
 * @module
 */

import { ArgumentError, knownOptions, oneOf, show } from "../errors.ts";
import { MAD_CONSTANT, mean, medianSorted, quantileSorted, sd, sorted } from "../stats/descriptive.ts";
import { betaQuantile } from "../stats/distributions.ts";
import { autocovariances } from "./autocovariance.ts";
import {
  asChains,
  type Chains,
  type ChainsInput,
  chainsOf,
  isDefined,
  splitChains,
  withValues,
} from "./chains.ts";
import { effectiveSize, quantileEss, tailEss } from "./ess.ts";
import { orderChains, rankNormalize } from "./ranks.ts";
import { bulkDiagnostics, scaleReduction } from "./rhat.ts";
import { gewekeZ } from "./spectrum.ts";

/**
 * R-hat: the larger of the rank-normalised split R-hat and the same of the folded draws (section 4). Values above
 * 1.01 say that the chains have not mixed. posterior: `rhat`.
 *
 * @throws `no-draws`, `unequal-chains`, `not-a-number`.
 * @example
 * ```ts
 * rhat([[0.1, -0.3, 0.7, 0.2], [0.4, -0.1, 0.0, 0.5]]);
 * ```
 */
export function rhat(chains: ChainsInput): number {
  return bulkDiagnostics(orderChains(asChains(chains))).rhat;
}

/**
 * The traditional split R-hat, √((B/W + n − 1)/n) (eq. 1–4), without ranks. posterior: `rhat_basic`.
 *
 * @param options.split whether chains are cut into halves first; defaults to true.
 */
export function rhatBasic(chains: ChainsInput, options: { split?: boolean } = {}): number {
  return scaleReduction(maybeSplit(asChains(chains), options));
}

/** Effective sample size in the bulk: of the rank-normalised split chains (section 4.1). posterior: `ess_bulk`. */
export function essBulk(chains: ChainsInput): number {
  const draws = orderChains(asChains(chains));
  if (Number.isNaN(draws.median)) return Number.NaN;
  return effectiveSize(rankNormalize(splitChains(draws.chains), draws.chains.values, draws.order));
}

/** Effective sample size in the tails: the smaller of those of the 5% and 95% quantiles. posterior: `ess_tail`. */
export function essTail(chains: ChainsInput): number {
  const read = asChains(chains);
  return tailEss(read, sorted(read.values));
}

/** Effective sample size for the mean, split chains without ranks. posterior: `ess_mean`. */
export function essMean(chains: ChainsInput): number {
  return effectiveSize(splitChains(asChains(chains)));
}

/**
 * The basic effective sample size (eq. 10–13). posterior: `ess_basic`.
 *
 * @param options.split whether chains are cut into halves first; defaults to true.
 */
export function essBasic(chains: ChainsInput, options: { split?: boolean } = {}): number {
  return effectiveSize(maybeSplit(asChains(chains), options));
}

/** Effective sample size for the standard deviation: that of |x − x̄|. posterior: `ess_sd`. */
export function essSd(chains: ChainsInput): number {
  const read = asChains(chains);
  const centre = mean(read.values);
  const distances = read.values.map((value) => Math.abs(value - centre));
  return effectiveSize(splitChains(withValues(read, distances)));
}

/**
 * Effective sample size for the quantile at probability `p`: that of the indicator x ≤ quantile (section 4.3).
 * posterior: `ess_quantile`.
 *
 * @throws `invalid-argument` for p outside [0, 1].
 */
export function essQuantile(chains: ChainsInput, p: number): number {
  const read = asChains(chains);
  return quantileEss(read, sorted(read.values), probability(p));
}

/** Monte Carlo standard error of the mean: sd/√(S_eff of the mean), in units of the draws. posterior: `mcse_mean`. */
export function mcseMean(chains: ChainsInput): number {
  const read = asChains(chains);
  return sd(read.values) / Math.sqrt(effectiveSize(splitChains(read)));
}

/**
 * Monte Carlo standard error of the standard deviation, by the delta method from fourth moments:
 * √((m₄ − m₂²) / S_eff / m₂ / 4), m_k the central moments, S_eff that of (x − x̄)² (Kenney and Keeping 1951). posterior: `mcse_sd`.
 */
export function mcseSd(chains: ChainsInput): number {
  const read = asChains(chains);
  const centre = mean(read.values);
  const squares = read.values.map((value) => (value - centre) ** 2);
  const second = mean(squares);
  const fourth = mean(squares.map((square) => square * square));
  const ess = effectiveSize(splitChains(withValues(read, squares)));
  return Math.sqrt((fourth - second * second) / ess / second / 4);
}

/**
 * Monte Carlo standard error of the quantile at probability `p`: half the width between the order statistics at the
 * 16% and 84% quantiles of Beta(S_eff p + 1, S_eff (1 − p) + 1) (section 4.4). posterior: `mcse_quantile`.
 *
 * @throws `invalid-argument` for p outside [0, 1].
 */
export function mcseQuantile(chains: ChainsInput, p: number): number {
  const read = asChains(chains);
  const ascending = sorted(read.values);
  const ess = quantileEss(read, ascending, probability(p));
  if (Number.isNaN(ess)) return Number.NaN;
  const total = ascending.length;
  const shape1 = ess * p + 1;
  const shape2 = ess * (1 - p) + 1;
  const low = Math.max(Math.floor(betaQuantile(0.1586553, shape1, shape2) * total), 1);
  const high = Math.min(Math.ceil(betaQuantile(0.8413447, shape1, shape2) * total), total);
  return (ascending[high - 1] - ascending[low - 1]) / 2;
}

/**
 * Autocorrelation at lags 0 … n − 1 with Geyer's biased estimate; of several chains the average of theirs at each lag.
 * posterior: `autocorrelation`.
 */
export function autocorrelation(chains: ChainsInput): number[] {
  const { values, starts, length } = asChains(chains);
  const total = new Array<number>(length).fill(0);
  for (const start of starts) {
    const one = { values: values.subarray(start, start + length), starts: [0], length };
    const acov = isDefined(one) ? autocovariances(one.values) : undefined;
    for (let t = 0; t < length; t++) {
      total[t] += acov === undefined ? Number.NaN : acov[t] / acov[0] / starts.length;
    }
  }
  return total;
}

/**
 * Geweke's z: the first 10% of the draws against the last 50%, in standard errors from the spectral density at zero.
 * Of several chains the z that is farthest from 0; for each chain's own, pass it alone. coda: `geweke.diag`.
 */
export function geweke(chains: ChainsInput): number {
  const { values, starts, length } = asChains(chains);
  let worst = Number.NaN;
  for (const start of starts) {
    const z = gewekeZ(values.subarray(start, start + length));
    if (Number.isNaN(worst) || Math.abs(z) > Math.abs(worst)) worst = z;
  }
  return worst;
}

/** How {@link hdi} counts the draws inside and chooses among equally short intervals. */
export interface HdiOptions {
  /**
   * `"bayestestR"` (default): ⌈level · S⌉ steps, and of several shortest intervals the middle one where they
   * adjoin and the rightmost where they do not, as `hdi` there;
   * `"coda"`: round(level · S) steps, the first of the shortest, as `HPDinterval`.
   */
  readonly rule?: "bayestestR" | "coda";
}

/**
 * Highest-density interval [low, high]: the shortest that holds `level` of the draws of all chains.
 * bayestestR: `hdi`; coda: `HPDinterval`.
 *
 * @param level defaults to 0.95.
 * @throws `invalid-argument` for a level outside (0, 1).
 */
export function hdi(chains: ChainsInput, level = 0.95, options: HdiOptions = {}): [number, number] {
  knownOptions("hdi()", options, ["rule"]);
  const rule = oneOf("rule", options.rule ?? "bayestestR", ["bayestestR", "coda"]);
  if (!(typeof level === "number" && level > 0 && level < 1)) throw outside("level", level);
  const ascending = sorted(asChains(chains).values);
  const total = ascending.length;
  // 0.95 · 2000 is a hair above 1900 in binary: a step within rounding error of a whole number is that number.
  const exact = level * total;
  const near = Math.round(exact);
  const steps =
    rule === "coda"
      ? Math.max(1, Math.min(total - 1, near))
      : Math.abs(exact - near) < 1e-9 * total
        ? near
        : Math.ceil(exact);
  if (steps >= total || steps < 1 || Number.isNaN(ascending[total - 1])) return [Number.NaN, Number.NaN];
  let shortest = Number.POSITIVE_INFINITY;
  let ties: number[] = [0];
  for (let i = 0; i + steps < total; i++) {
    const width = ascending[i + steps] - ascending[i];
    if (width < shortest) {
      shortest = width;
      ties = [i];
    } else if (width === shortest) ties.push(i);
  }
  const [first, last] = [ties[0], ties[ties.length - 1]];
  const adjoining = last - first === ties.length - 1;
  const middle = Math.floor((first + last) / 2);
  const at = rule === "coda" ? first : adjoining ? middle : last;
  return [ascending[at], ascending[at + steps]];
}

/**
 * Quantile over all chains, R's type 7. R: `quantile`; posterior: `quantile2`.
 *
 * @throws `invalid-argument` for p outside [0, 1].
 */
export function quantile(chains: ChainsInput, p: number): number {
  return quantileSorted(sorted(asChains(chains).values), probability(p));
}

/** {@link rhat}, {@link essBulk} and {@link essTail} of one variable laid out [chain][iteration], from one sort of the draws. */
export function convergence(
  values: Float64Array,
  chains: number,
): { readonly rhat: number; readonly essBulk: number; readonly essTail: number } {
  const read = chainsOf(values, chains);
  const draws = orderChains(read);
  const bulk = bulkDiagnostics(draws);
  return { rhat: bulk.rhat, essBulk: bulk.essBulk, essTail: tailEss(read, draws.ascending) };
}

/** Everything that one row of a summary shows, from one sort of the draws. */
export interface DrawsSummary {
  readonly mean: number;
  readonly median: number;
  readonly sd: number;
  readonly mad: number;
  readonly rhat: number;
  readonly essBulk: number;
  readonly essTail: number;
  readonly mcseMean: number;
  readonly quantile: (p: number) => number;
}

/** Summarises one variable laid out [chain][iteration] in `chains` chains. */
export function summarizeValues(values: Float64Array, chains: number): DrawsSummary {
  const read = chainsOf(values, chains);
  const draws = orderChains(read);
  const { foldedAscending, ...bulk } = bulkDiagnostics(draws);
  const spread = sd(values);
  return {
    mean: mean(values),
    median: draws.median,
    sd: spread,
    mad: MAD_CONSTANT * medianSorted(foldedAscending),
    ...bulk,
    essTail: tailEss(read, draws.ascending),
    mcseMean: spread / Math.sqrt(effectiveSize(splitChains(read))),
    quantile: (p) => quantileSorted(draws.ascending, p),
  };
}

function maybeSplit(chains: Chains, options: { split?: boolean }): Chains {
  knownOptions("The diagnostic", options, ["split"]);
  return options.split === false ? chains : splitChains(chains);
}

function probability(p: number): number {
  if (typeof p === "number" && p >= 0 && p <= 1) return p;
  throw outside("p", p);
}

function outside(name: string, value: unknown): ArgumentError {
  return new ArgumentError(
    "invalid-argument",
    `"${name}" must be a probability, got ${show(value)}.`,
    "Pass a number between 0 and 1.",
    { name, value },
  );
}
