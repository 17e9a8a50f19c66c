/**
 * Pareto smoothed importance sampling: the largest importance ratios are replaced by quantiles of a generalised Pareto
 * distribution fitted to them. Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25(72); R: loo 2.5.1, `psis`.
 *
 * @module
 */

/** Fewest tail draws that a Pareto distribution is fitted to. */
const FEWEST = 5;

/** A generalised Pareto distribution, density ∝ (1 + k x/σ)^(−1/k − 1). */
export interface Pareto {
  readonly k: number;
  readonly sigma: number;
}

/**
 * Fits a generalised Pareto distribution to exceedances. Zhang & Stephens 2009, with k drawn towards ½ as if by ten
 * more observations; loo: `gpdfit`.
 *
 * @param x - exceedances, ascending, positive
 */
export function paretoFit(x: Float64Array): Pareto {
  const N = x.length;
  const M = 30 + Math.floor(Math.sqrt(N));
  const quartile = x[Math.floor(N / 4 + 0.5) - 1];
  const theta = Float64Array.from(
    { length: M },
    (_, j) => 1 / x[N - 1] + (1 - Math.sqrt(M / (j + 0.5))) / 3 / quartile,
  );
  const shape = (t: number): number => {
    let sum = 0;
    for (let i = 0; i < N; i++) sum += Math.log1p(-t * x[i]);
    return sum / N;
  };
  const logL = theta.map((t) => {
    const k = shape(t);
    return N * (Math.log(-t / k) - k - 1);
  });
  const total = logSumExp(logL);
  let mean = 0;
  for (let j = 0; j < M; j++) mean += theta[j] * Math.exp(logL[j] - total);
  const k = shape(mean);
  const pulled = (k * N + 5) / (N + 10);
  return { k: Number.isNaN(pulled) ? Number.POSITIVE_INFINITY : pulled, sigma: -k / mean };
}

/** Smoothed log weights of one observation. */
export interface SmoothedWeights {
  /** Normalised: Σ e^w = 1. */
  readonly logWeights: Float64Array;
  /** Shape of the tail: above 0.7 the estimate cannot be trusted. Infinite where no tail could be fitted. */
  readonly paretoK: number;
}

/**
 * Smooths log importance ratios.
 *
 * @param logRatios - one per draw, in any order
 * @param relativeEfficiency - effective draws per draw; sets the length of the tail, min(S/5, 3√(S/r))
 */
export function psis(logRatios: Float64Array, relativeEfficiency: number): SmoothedWeights {
  const S = logRatios.length;
  const top = logRatios.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const weights = logRatios.map((value) => value - top);
  const length = Math.ceil(Math.min(0.2 * S, 3 * Math.sqrt(S / relativeEfficiency)));
  let paretoK = Number.POSITIVE_INFINITY;
  if (length >= FEWEST) {
    const order = Int32Array.from(weights, (_, s) => s).sort((a, b) => weights[a] - weights[b] || a - b);
    const tail = order.subarray(S - length);
    const spread = weights[tail[length - 1]] - weights[tail[0]];
    // A tail of equal ratios has nothing to be smoothed.
    if (spread >= Number.EPSILON / 100) {
      const cutoff = Math.exp(weights[order[S - length - 1]]);
      const { k, sigma } = paretoFit(Float64Array.from(tail, (s) => Math.exp(weights[s]) - cutoff));
      paretoK = k;
      if (Number.isFinite(k)) {
        tail.forEach((s, i) => {
          const quantile = (sigma * Math.expm1(-k * Math.log1p(-(i + 0.5) / length))) / k;
          // No smoothed weight above the largest raw one.
          weights[s] = Math.min(0, Math.log(quantile + cutoff));
        });
      }
    }
  }
  const total = logSumExp(weights);
  for (let s = 0; s < S; s++) weights[s] -= total;
  return { logWeights: weights, paretoK };
}

/** log Σ e^x without overflow. */
export function logSumExp(values: ArrayLike<number>): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) top = Math.max(top, values[i]);
  if (!Number.isFinite(top)) return top;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - top);
  return top + Math.log(sum);
}
