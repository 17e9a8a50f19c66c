/**
 * Moments, quantiles and ranks of a sample. NaN in, NaN out: nothing is dropped silently.
 *
 * @module
 */

/** Arithmetic mean, with R's second pass over the residuals so that large offsets lose no digits. R: `mean`. */
export function mean(values: ArrayLike<number>): number {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const first = sum / n;
  if (!Number.isFinite(first)) return first;
  let rest = 0;
  for (let i = 0; i < n; i++) rest += values[i] - first;
  return first + rest / n;
}

/** Variance with divisor n − 1; NaN for fewer than two values. R: `var`. */
export function variance(values: ArrayLike<number>): number {
  const n = values.length;
  if (n < 2) return Number.NaN;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (values[i] - centre) * (values[i] - centre);
  return sum / (n - 1);
}

/** Standard deviation with divisor n − 1. R: `sd`. */
export function sd(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values));
}

/** Pearson's correlation of two samples of one length; NaN where one is constant. R: `cor`. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [mx, my] = [mean(x), mean(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mx) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
    yy += (y[i] - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

/** An ascending copy. NaN values go to the end, as in `Float64Array.prototype.sort`. */
export function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * Quantile of values already in ascending order, R's type 7: with h = (n − 1)p the value x₍⌊h⌋₎ + (h − ⌊h⌋)
 * (x₍⌊h⌋+1₎ − x₍⌊h⌋₎). NaN for an empty sample or one that holds NaN (which sorts last).
 */
export function quantileSorted(ascending: ArrayLike<number>, p: number): number {
  const n = ascending.length;
  if (n === 0 || !(p >= 0 && p <= 1) || Number.isNaN(ascending[n - 1])) return Number.NaN;
  const h = (n - 1) * p;
  // R's fuzz: a position within 4 ulp of a whole number is that number.
  const below = Math.floor(h + 4 * Number.EPSILON);
  const weight = h - below;
  const low = ascending[below];
  if (Math.abs(weight) < 1e-12 || below + 1 >= n) return low;
  const high = ascending[below + 1];
  return low === high ? low : (1 - weight) * low + weight * high;
}

/** Quantile of a sample, R's type 7. R: `quantile(x, p)`. */
export function sampleQuantile(values: ArrayLike<number>, p: number): number {
  return quantileSorted(sorted(values), p);
}

/** Median. R: `median`. */
export function median(values: ArrayLike<number>): number {
  return medianSorted(sorted(values));
}

/** Median of values already in ascending order. */
export function medianSorted(ascending: ArrayLike<number>): number {
  const n = ascending.length;
  if (n === 0 || Number.isNaN(ascending[n - 1])) return Number.NaN;
  const half = n >> 1;
  if (n % 2 === 1) return ascending[half];
  const low = ascending[half - 1];
  const high = ascending[half];
  return low === high ? low : (low + high) / 2;
}

/** R's constant that makes the median absolute deviation estimate a normal standard deviation. */
export const MAD_CONSTANT = 1.4826;

/** Median absolute deviation 1.4826 · median(|x − median(x)|). R: `mad`. */
export function mad(values: ArrayLike<number>): number {
  const centre = median(values);
  return MAD_CONSTANT * median(Float64Array.from(values, (value) => Math.abs(value - centre)));
}
