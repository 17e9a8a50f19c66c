/**
 * Gaussian kernel densities.
 *
 * @module
 */

import { quantileSorted, sd, sorted } from "./descriptive.ts";

/**
 * Silverman's rule of thumb 0.9 · min(sd, IQR/1.34) · n^(−1/5), with R's fallbacks for no spread.
 * R: `bw.nrd0`.
 */
export function bandwidth(values: ArrayLike<number>): number {
  const ascending = sorted(values);
  const spread = sd(ascending);
  const quartiles = quantileSorted(ascending, 0.75) - quantileSorted(ascending, 0.25);
  const narrow = Math.min(spread, quartiles / 1.34) || spread || Math.abs(Number(values[0])) || 1;
  return 0.9 * narrow * values.length ** -0.2;
}

/** Options of {@link density}. */
export interface DensityOptions {
  /** Standard deviation of the kernel, in units of the values; defaults to {@link bandwidth}, or to the width of a point. */
  readonly bandwidth?: number;
  /** Number of grid points; defaults to 256. */
  readonly points?: number;
  /** First grid point; defaults to 3 bandwidths below the smallest value, or to the lower bound. */
  readonly from?: number;
  /** Last grid point; defaults to 3 bandwidths above the largest value, or to the upper bound. */
  readonly to?: number;
  /** Lower end of the support; mass that the kernel puts below it is reflected. Defaults to −∞. */
  readonly lower?: number;
  /** Upper end of the support; mass that the kernel puts above it is reflected. Defaults to ∞. */
  readonly upper?: number;
}

/** A density on an even grid. */
export interface DensityCurve {
  readonly x: Float64Array;
  readonly density: Float64Array;
}

/**
 * Gaussian kernel density f̂(x) = (1/nh) Σ_i φ((x − x_i)/h) on a grid, reflected at the ends of a bounded support.
 *
 * The draws are first shared out linearly over a fine grid, whose weights are then convolved with the kernel: the cost
 * does not depend on their number. R: `density` (which does not reflect). Values that are all the same have no spread to
 * smooth: their density is a spike in a grid of a tenth of them to either side.
 */
export function density(values: ArrayLike<number>, options: DensityOptions = {}): DensityCurve {
  const n = values.length;
  const { points = 256, lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = options;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    smallest = Math.min(smallest, values[i]);
    largest = Math.max(largest, values[i]);
  }
  const constant = n > 0 && smallest === largest;
  const usual = options.bandwidth ?? bandwidth(values);
  const margin = constant ? Math.abs(largest) / 10 || 1 : 3 * usual;
  const from = options.from ?? Math.max(smallest - margin, lower);
  const to = options.to ?? Math.min(largest + margin, upper);
  const h = constant && options.bandwidth === undefined && to > from ? (to - from) / points : usual;
  // Bins of an eighth of a bandwidth make the binning error smaller than a pixel; 4096 bound the work.
  const bins = Math.max(2, Math.min(4096, Math.ceil((largest - smallest) / (h / 8)) + 1));
  const width = (largest - smallest) / (bins - 1) || 1;
  const weights = new Float64Array(bins);
  for (let i = 0; i < n; i++) {
    const place = (values[i] - smallest) / width;
    const bin = Math.min(bins - 2, Math.floor(place));
    weights[bin] += (1 - (place - bin)) / n;
    weights[bin + 1] += (place - bin) / n;
  }
  const x = new Float64Array(points);
  const heights = new Float64Array(points);
  const factor = 1 / (h * Math.sqrt(2 * Math.PI));
  const smooth = (at: number): number => {
    const first = Math.max(0, Math.floor((at - 8 * h - smallest) / width));
    const last = Math.min(bins - 1, Math.ceil((at + 8 * h - smallest) / width));
    let sum = 0;
    for (let b = first; b <= last; b++) {
      if (weights[b] === 0) continue;
      const z = (at - smallest - b * width) / h;
      sum += weights[b] * Math.exp(-0.5 * z * z);
    }
    return sum * factor;
  };
  for (let k = 0; k < points; k++) {
    x[k] = from + ((to - from) * k) / (points - 1);
    if (x[k] < lower || x[k] > upper) continue;
    heights[k] = smooth(x[k]);
    if (lower > Number.NEGATIVE_INFINITY) heights[k] += smooth(2 * lower - x[k]);
    if (upper < Number.POSITIVE_INFINITY) heights[k] += smooth(2 * upper - x[k]);
  }
  return { x, density: heights };
}
