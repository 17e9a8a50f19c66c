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
const DIRECT_LAGS = 32;

// Kept between calls: every function here runs to its end before another can start, and none hands them out.
let centred: Float64Array = new Float64Array(0);
let re: Float64Array = new Float64Array(0);
let im: Float64Array = new Float64Array(0);
let power: Float64Array = new Float64Array(0);
const sums: Float64Array = new Float64Array(DIRECT_LAGS);

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
  let known = 0;
  function at(lag: number): number {
    if (lag >= DIRECT_LAGS) {
      transformed ??= transformedSums(total, n);
      return transformed[lag] * scale;
    }
    for (; known <= lag; known += 4) {
      sums.fill(0, known, known + 4);
      for (let c = 0; c < total; c++) addFourLags(sums, known, centred, c * n, n);
    }
    return sums[lag] * scale;
  }
  return { means, at };
}

/** Adds Σ_i x_i x_(i+t) over a chain of n at `start` to `out[t]` for t = lag … lag + 3: x_i is loaded once for four. */
function addFourLags(out: Float64Array, lag: number, x: Float64Array, start: number, n: number): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = start + n;
  let i = start;
  for (let j = start + lag; j + 3 < end; i++, j++) {
    const value = x[i];
    a += value * x[j];
    b += value * x[j + 1];
    c += value * x[j + 2];
    d += value * x[j + 3];
  }
  for (; i + lag < end; i++) {
    a += x[i] * x[i + lag];
    if (i + lag + 1 < end) b += x[i] * x[i + lag + 1];
    if (i + lag + 2 < end) c += x[i] * x[i + lag + 2];
  }
  out[lag] += a;
  out[lag + 1] += b;
  out[lag + 2] += c;
  out[lag + 3] += d;
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
