/** Tests of fit with stated false-alarm rates. All seeds are fixed, so a test that passes goes on passing. */

/**
 * √n D of Kolmogorov and Smirnov, D the largest distance of the empirical distribution function from `cdf`.
 * P(√n D > x) → 2 exp(−2x²).
 */
export function kolmogorovSmirnov(sample: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  const n = sorted.length;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const value = cdf(sorted[i]);
    largest = Math.max(largest, value - i / n, (i + 1) / n - value);
  }
  return Math.sqrt(n) * largest;
}

/** 2 exp(−2 · 2.63²) = 2e-6: what a right sampler exceeds with one seed in 500 000. */
export const KS_BOUND = 2.63;

/** A normal deviation beyond 4.75 has probability 2e-6 as well. */
export const Z_BOUND = 4.75;

/** (mean of f(x) − expected) in standard errors, from the sample's own spread. */
export function zOfMean(sample: ArrayLike<number>, expected: number, f = (x: number): number => x): number {
  const n = sample.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += f(sample[i]) / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (f(sample[i]) - mean) ** 2;
  return (mean - expected) / Math.sqrt(squares / (n - 1) / n);
}
