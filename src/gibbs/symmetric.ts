/**
 * Compound symmetry in unbounded coordinates (log α, log β), and its prior and full conditional there.
 *
 * Σ = τ²[(1 − ρ)I + ρ11′] has the eigenvalue α² = τ²(1 + (k − 1)ρ) for the mean of the k columns and, k − 1 times,
 * β² = τ²(1 − ρ) for their differences. With p(τ) on the SD and ρ flat on (−1/(k − 1), 1),
 *
 *   log p(log α, log β) = log p(τ) − 3 log τ + 2 log α + 2 log β + const,   τ² = (α² + (k − 1)β²)/k.
 *
 * @module
 */

import { slice } from "../random/distributions.ts";
import type { RandomStream } from "../random/stream.ts";
import { exp, ln } from "../stats/special.ts";
import type { SdPrior } from "./priors.ts";
import { logSdPrior } from "./sdPrior.ts";

/** log τ at log α and log β. */
export function logSd(a: number, b: number, k: number): number {
  const top = Math.max(a, b);
  return top + 0.5 * ln((exp(2 * (a - top)) + (k - 1) * exp(2 * (b - top))) / k);
}

/** Log prior density of a term in its coordinates, up to a constant. */
export function logSymmetricPrior(sd: SdPrior, a: number, b: number, k: number): number {
  const u = logSd(a, b, k);
  return logSdPrior(sd, u) - 3 * u + 2 * a + 2 * b;
}

/** (log α, log β) ← Λ, the Cholesky factor of Σ, k × k lower, by sums of positive numbers alone. */
export function symmetricCoordinatesInto(coordinates: Float64Array, L: Float64Array, k: number): void {
  const variance = L[0] * L[0];
  const rho = L[1] / L[0];
  const last = L[k * k - 1] * L[k * k - 1];
  // Λ_11² = τ²(1 − ρ²), and the last pivot is kα²β²/(β² + (k − 1)α²).
  const differences = rho < 0 ? variance * (1 - rho) : (L[1 + k] * L[1 + k]) / (1 + rho);
  const mean =
    rho < 0 ? (last * differences) / (k * differences - (k - 1) * last) : variance * (1 + (k - 1) * rho);
  coordinates[0] = 0.5 * ln(mean);
  coordinates[1] = 0.5 * ln(differences);
}

/**
 * Draws (log α, log β) given the effects of G levels, SS_α = Σ_j (1′b_j)²/k and SS_β = Σ_j b_j′b_j − SS_α:
 *
 *   −G log α − SS_α/(2α²) − (k − 1)G log β − SS_β/(2β²) + log prior,
 *
 * one slice each; without the prior the two are independent variances with N = G and N = (k − 1)G.
 *
 * @param coordinates - the present ones, overwritten
 * @param E - Σ_j b_j b_j′, k × k
 */
export function drawSymmetricInto(
  coordinates: Float64Array,
  sd: SdPrior,
  E: Float64Array,
  k: number,
  levels: number,
  stream: RandomStream,
): void {
  let all = 0;
  let trace = 0;
  for (let j = 0; j < k; j++) {
    trace += E[j + j * k];
    for (let i = 0; i < k; i++) all += E[i + j * k];
  }
  const squares = [all / k, Math.max(0, trace - all / k)];
  const counts = [levels, (k - 1) * levels];
  for (let c = 0; c < 2; c++) {
    const other = coordinates[1 - c];
    coordinates[c] = slice(stream, coordinates[c], 1, (u) => {
      const prior = c === 0 ? logSymmetricPrior(sd, u, other, k) : logSymmetricPrior(sd, other, u, k);
      return prior - counts[c] * u - 0.5 * squares[c] * exp(-2 * u);
    });
  }
}
