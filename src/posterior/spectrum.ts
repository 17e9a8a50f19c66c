/**
 * Spectral density at frequency zero from an autoregressive fit, and Geweke's comparison of early and late draws.
 *
 * @module
 */

import { mean } from "../stats/descriptive.ts";
import { autocovariances } from "./autocovariance.ts";

/**
 * Spectral density at zero, σ̂² / (1 − Σ φ̂_j)², of the Yule–Walker autoregression whose order, up to
 * ⌊10 log₁₀ n⌋, has the smallest AIC. 0 for a straight line. coda: `spectrum0.ar`.
 */
export function spectrumAtZero(chain: Float64Array): number {
  const n = chain.length;
  if (isStraight(chain)) return 0;
  const most = Math.min(n - 1, Math.floor(10 * Math.log10(n)));
  const acov = autocovariances(chain);
  let phi: number[] = [];
  let innovation = acov[0];
  let bestAic = n * Math.log(innovation) + 2;
  let best = spectrum(innovation, phi, n);
  for (let order = 1; order <= most; order++) {
    // Levinson–Durbin: the partial autocorrelation, then the coefficients of the next order.
    let partial = acov[order];
    for (let j = 0; j < phi.length; j++) partial -= phi[j] * acov[order - 1 - j];
    partial /= innovation;
    const previous = phi;
    phi = previous.map((value, j) => value - partial * previous[previous.length - 1 - j]);
    phi.push(partial);
    innovation *= 1 - partial * partial;
    const aic = n * Math.log(innovation) + 2 * order + 2;
    if (aic < bestAic) {
      bestAic = aic;
      best = spectrum(innovation, phi, n);
    }
  }
  return best;
}

function spectrum(innovation: number, phi: readonly number[], n: number): number {
  const variance = (innovation * n) / (n - (phi.length + 1));
  return variance / (1 - phi.reduce((sum, value) => sum + value, 0)) ** 2;
}

/** Whether the residuals about a straight line vanish to R's `all.equal` tolerance, 1.5e-8. */
function isStraight(chain: Float64Array): boolean {
  const n = chain.length;
  const centre = mean(chain);
  const middle = (n - 1) / 2;
  let slope = 0;
  let scale = 0;
  for (let i = 0; i < n; i++) {
    slope += (i - middle) * (chain[i] - centre);
    scale += (i - middle) ** 2;
  }
  slope = n > 1 ? slope / scale : 0;
  let residual = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    residual += (chain[i] - centre - slope * (i - middle)) ** 2;
    size += chain[i] ** 2;
  }
  return residual <= 1e-28 * size;
}

/**
 * Geweke's z of one chain: (x̄_A − x̄_B) / √(S_A/n_A + S_B/n_B), A the first 10% of the draws, B the last 50%,
 * S the spectral density at zero. coda: `geweke.diag`.
 */
export function gewekeZ(chain: Float64Array, first = 0.1, last = 0.5): number {
  const span = chain.length - 1;
  const early = chain.subarray(0, Math.ceil(1 + first * span));
  const late = chain.subarray(Math.floor(1 + span - last * span) - 1);
  const spread = spectrumAtZero(early) / early.length + spectrumAtZero(late) / late.length;
  return (mean(early) - mean(late)) / Math.sqrt(spread);
}
