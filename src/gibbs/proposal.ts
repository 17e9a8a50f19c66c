/**
 * An independence proposal: split (two-piece) scales on whitened axes, with a heavy-tailed radial mixture.
 *
 * x = m + L(c + z), z_i = ± s_i^± |n_i| a/√g with n standard normal, g ~ χ²_ν/ν, the sign positive with
 * probability s⁺/(s⁺ + s⁻). 95% of the time a = 1 and ν ≈ 20, else a = 2.5 and ν ≈ 3: without the heavy component
 * chains can hide from the tails while their acceptance looks fine. The density depends on v = Σ (z_i/s_i)² alone.
 *
 * @module
 */

import { choleskyInto, solveLowerInto } from "../linalg/cholesky.ts";
import type { RandomStream } from "../random/stream.ts";
import { ln } from "../stats/special.ts";

const HEAVY = 0.05;
const STRETCH = 2.5;

/** A proposal over d coordinates. */
export interface Proposal {
  readonly d: number;
  readonly centre: Float64Array;
  /** d × d lower. */
  readonly axes: Float64Array;
  /** Split points, and scales below and above them, on the whitened axes. */
  readonly split: Float64Array;
  readonly below: Float64Array;
  readonly above: Float64Array;
}

/** A symmetric proposal around `centre` with the given covariance (d × d). */
export function symmetricProposal(centre: Float64Array, covariance: Float64Array): Proposal {
  const d = centre.length;
  const axes = covariance.slice();
  if (choleskyInto(axes, d) >= 0) {
    // Not positive definite: fall back to its diagonal, at least a tenth of a unit.
    axes.fill(0);
    for (let i = 0; i < d; i++) axes[i + i * d] = Math.sqrt(Math.max(covariance[i + i * d], 0.01));
  }
  return { d, centre: centre.slice(), axes, split: new Float64Array(d), below: ones(d), above: ones(d) };
}

/**
 * A split proposal fitted to a sample: mean and covariance give the axes, then every whitened axis its split point
 * and scales by the two-piece normal's maximum likelihood, which minimises SS₋^⅓ + SS₊^⅓.
 *
 * @param sample - N × d, point after point
 */
export function fittedProposal(sample: Float64Array, d: number): Proposal {
  const n = sample.length / d;
  const centre = new Float64Array(d);
  for (let s = 0; s < n; s++) for (let i = 0; i < d; i++) centre[i] += sample[s * d + i] / n;
  const covariance = new Float64Array(d * d);
  for (let s = 0; s < n; s++) {
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++) {
        covariance[i + j * d] += ((sample[s * d + i] - centre[i]) * (sample[s * d + j] - centre[j])) / n;
      }
    }
  }
  for (let i = 0; i < d; i++) covariance[i + i * d] *= 1 + 1e-9;
  const proposal = symmetricProposal(centre, covariance);
  const white = new Float64Array(n * d);
  const z = new Float64Array(d);
  for (let s = 0; s < n; s++) {
    for (let i = 0; i < d; i++) z[i] = sample[s * d + i] - centre[i];
    solveLowerInto(z, 0, proposal.axes, 0, d);
    for (let i = 0; i < d; i++) white[i * n + s] = z[i];
  }
  for (let i = 0; i < d; i++) splitInto(proposal, i, white.subarray(i * n, (i + 1) * n));
  return proposal;
}

function splitInto({ split, below, above }: Proposal, i: number, values: Float64Array): void {
  const ascending = values.slice().sort();
  const n = ascending.length;
  let least = Number.POSITIVE_INFINITY;
  // Split points from the 2nd to the 98th percentile, in fiftieths.
  for (let step = 1; step < 50; step++) {
    const point = ascending[Math.floor((step * n) / 50)];
    let low = 0;
    let high = 0;
    for (let s = 0; s < n; s++) {
      const distance = ascending[s] - point;
      if (distance < 0) low += distance * distance;
      else high += distance * distance;
    }
    const a = cubeRoot(low);
    const b = cubeRoot(high);
    if (!(a + b < least) || !(a > 0) || !(b > 0)) continue;
    least = a + b;
    split[i] = point;
    below[i] = Math.sqrt((a * a * (a + b)) / n);
    above[i] = Math.sqrt((b * b * (a + b)) / n);
  }
}

/** x^⅓ by Newton's iteration from a power of two: the same bits on every engine. */
function cubeRoot(x: number): number {
  if (!(x > 0)) return 0;
  let root = 1;
  while (root * root * root > x) root /= 2;
  while (root * root * root * 8 <= x) root *= 2;
  for (let i = 0; i < 8; i++) root -= (root * root * root - x) / (3 * root * root);
  return root;
}

/** Draws from a proposal and evaluates its density; buffers of its own. */
export interface Proposer {
  /** Writes a draw into x and returns its log density, up to the proposal's constant. */
  draw(x: Float64Array, stream: RandomStream): number;
  /** Log density at x, up to the same constant. */
  logDensity(x: Float64Array): number;
}

/** Makes a proposer. */
export function proposer({ d, centre, axes, split, below, above }: Proposal): Proposer {
  // df + d even keeps the exponents of the densities integers.
  const light = 20 + (d % 2);
  const heavy = d % 2 === 0 ? 4 : 3;
  const z = new Float64Array(d);
  // Heights of the two components at v = 0, relative to one another: Γ((ν+d)/2)/(Γ(ν/2) ν^(d/2)).
  const heightOf = (df: number): number => {
    let height = 1;
    for (let i = 0; i < d; i++) height *= ratioOfGammas(df + i);
    let power = 1;
    for (let i = 0; i < d; i++) power *= Math.sqrt(df);
    return height / power;
  };
  let stretch = 1;
  for (let i = 0; i < d; i++) stretch *= STRETCH;
  const lightHeight = (1 - HEAVY) * heightOf(light);
  const heavyHeight = (HEAVY * heightOf(heavy)) / stretch;
  const radial = (v: number): number =>
    ln(
      lightHeight / integerPower(1 + v / light, (light + d) / 2) +
        heavyHeight / integerPower(1 + v / (STRETCH * STRETCH * heavy), (heavy + d) / 2),
    );
  return {
    draw(x, stream) {
      const wide = stream.uniform() < HEAVY;
      const df = wide ? heavy : light;
      const factor = (wide ? STRETCH : 1) / Math.sqrt(stream.chiSquare(df) / df);
      let v = 0;
      for (let i = 0; i < d; i++) {
        const size = Math.abs(stream.normal()) * factor;
        const up = stream.uniform() * (above[i] + below[i]) < above[i];
        z[i] = split[i] + (up ? above[i] * size : -below[i] * size);
        v += size * size;
      }
      for (let i = 0; i < d; i++) {
        let value = centre[i];
        for (let c = 0; c <= i; c++) value += axes[i + c * d] * z[c];
        x[i] = value;
      }
      return radial(v);
    },
    logDensity(x) {
      for (let i = 0; i < d; i++) z[i] = x[i] - centre[i];
      solveLowerInto(z, 0, axes, 0, d);
      let v = 0;
      for (let i = 0; i < d; i++) {
        const distance = z[i] - split[i];
        const scaled = distance / (distance < 0 ? below[i] : above[i]);
        v += scaled * scaled;
      }
      return radial(v);
    },
  };
}

/** Γ((m + 1)/2)/Γ(m/2) for an integer m ≥ 1, by recursion from m = 1 and m = 2. */
function ratioOfGammas(m: number): number {
  const rootPi = 1.7724538509055159;
  let ratio = m % 2 === 1 ? 1 / rootPi : rootPi / 2;
  for (let j = m % 2 === 1 ? 1 : 2; j < m; j += 2) ratio *= (j + 1) / j;
  return ratio;
}

function integerPower(x: number, n: number): number {
  let result = 1;
  let base = x;
  for (let rest = n; rest > 0; rest >>= 1) {
    if (rest & 1) result *= base;
    base *= base;
  }
  return result;
}

function ones(d: number): Float64Array {
  return new Float64Array(d).fill(1);
}
