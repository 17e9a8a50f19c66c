/**
 * Autocovariances of chains: lag by lag where few are needed, by Fourier transform where many are.
 *
 * Biased estimates as Geyer (1992) recommends: c(t) = (1/n) Σ_i (x_i − x̄)(x_(i+t) − x̄).
 *
 * @module
 */

import { fftInPlace, powerOfTwo } from "../stats/fft.ts";
import type { Chains } from "./chains.ts";

/** Up to this lag a direct sum is cheaper than transforms of all chains. */
const DIRECT_LAGS = 16;

// Kept between calls: every function here runs to its end before another can start, and none hands them out.
let centred: Float64Array = new Float64Array(0);
let re: Float64Array = new Float64Array(0);
let im: Float64Array = new Float64Array(0);
let power: Float64Array = new Float64Array(0);

/** Means of the chains, and the autocovariance at a lag averaged over them. */
export interface MeanAutocovariance {
  readonly means: readonly number[];
  at(lag: number): number;
}

/**
 * Autocovariances averaged over chains, computed as they are asked for.
 * The result is good until the next call of this function.
 */
export function meanAutocovariance(chains: Chains): MeanAutocovariance {
  const { starts, length: n } = chains;
  const means = centreInto(chains);
  const total = starts.length;
  const scale = 1 / (n * total);
  let transformed: Float64Array | undefined;
  function at(lag: number): number {
    if (lag >= DIRECT_LAGS) {
      transformed ??= transformedSums(total, n);
      return transformed[lag] * scale;
    }
    let sum = 0;
    for (let c = 0; c < total; c++) sum += laggedProduct(centred, c * n, (c + 1) * n - lag, lag);
    return sum * scale;
  }
  return { means, at };
}

/** Σ x_i x_(i+lag) over i = start … end − 1, in four sums so that additions need not wait for each other. */
function laggedProduct(x: Float64Array, start: number, end: number, lag: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += x[i] * x[i + lag];
    b += x[i + 1] * x[i + 1 + lag];
    c += x[i + 2] * x[i + 2 + lag];
    d += x[i + 3] * x[i + 3 + lag];
  }
  for (; i < end; i++) a += x[i] * x[i + lag];
  return a + b + (c + d);
}

/** Autocovariances of one chain at every lag 0 … n − 1. posterior: `autocovariance`. */
export function autocovariances(chain: Float64Array): Float64Array {
  const n = chain.length;
  centreInto({ values: chain, starts: [0], length: n });
  const sums = transformedSums(1, n).slice(0, n);
  for (let t = 0; t < n; t++) sums[t] /= n;
  return sums;
}

function centreInto({ values, starts, length: n }: Chains): number[] {
  if (centred.length < n * starts.length) centred = new Float64Array(n * starts.length);
  return starts.map((start, c) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[start + i];
    const first = sum / n;
    let rest = 0;
    for (let i = 0; i < n; i++) rest += values[start + i] - first;
    const mean = first + rest / n;
    for (let i = 0; i < n; i++) centred[c * n + i] = values[start + i] - mean;
    return mean;
  });
}

/**
 * Σ_c Σ_i of lagged products for every lag: the inverse transform of the summed power spectra of the padded chains.
 * Two chains share one complex transform z = a + ib, for |A_k|² + |B_k|² = (|Z_k|² + |Z_(N−k)|²)/2.
 */
function transformedSums(total: number, n: number): Float64Array {
  const size = powerOfTwo(2 * n);
  if (re.length !== size) {
    re = new Float64Array(size);
    im = new Float64Array(size);
    power = new Float64Array(size);
  }
  power.fill(0);
  for (let c = 0; c < total; c += 2) {
    re.fill(0);
    im.fill(0);
    re.set(centred.subarray(c * n, (c + 1) * n));
    if (c + 1 < total) im.set(centred.subarray((c + 1) * n, (c + 2) * n));
    fftInPlace(re, im);
    for (let k = 0; k < size; k++) {
      power[k] += re[k] * re[k] + im[k] * im[k];
    }
  }
  re[0] = power[0];
  for (let k = 1; k < size; k++) re[k] = (power[k] + power[size - k]) / 2;
  im.fill(0);
  fftInPlace(re, im);
  for (let t = 0; t < n; t++) re[t] /= size;
  return re;
}
