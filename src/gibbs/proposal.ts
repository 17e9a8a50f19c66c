/**
 * An independence proposal: split (two-piece) scales on whitened axes, with a heavy-tailed radial mixture.
 *
 * x = m + L(c + z), z_i = ± s_i^± |n_i| a/√g with n standard normal, the sign positive with probability
 * s⁺/(s⁺ + s⁻). 95% of the time a = 1 and g is one of ¼, ½, … 1½, with the probabilities that χ²_20/20 has around
 * them: nearly t_20, at the price of one exponential. Else a = 2.5 and g ~ χ²_ν/ν with ν = 3 or 4: without the
 * heavy component chains can hide from the tails while their acceptance looks fine. The density depends on
 * v = Σ (z_i/s_i)² alone: Σ_j w_j (j/4)^(d/2) e^(−jv/8) is a polynomial in e^(−v/8).
 *
 * @module
 */

import { choleskyInto, solveLowerInto } from "../linalg/cholesky.ts";
import type { RandomStream } from "../random/stream.ts";
import { exp, ln } from "../stats/special.ts";

const ROOT_PI = 1.7724538509055159;
const STRETCH = 2.5;
/** Fortieths in which the heavy component is taken: 5%. */
const HEAVY_CELLS = 2;
/** Fortieths in which g = j/4, j = 1 … 6: 95% of what χ²_20/20 has between the midpoints. */
const CELLS = [1, 3, 10, 12, 7, 5] as const;
const ALL_CELLS = 40;

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
  let total = 0;
  let totalSquares = 0;
  for (let s = 0; s < n; s++) {
    total += ascending[s];
    totalSquares += ascending[s] * ascending[s];
  }
  let least = Number.POSITIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  let s = 0;
  // Split points from the 2nd to the 98th percentile, in fiftieths. Σ (z − c)² = Σ z² − 2c Σ z + mc² on either side:
  // the values are whitened, so nothing cancels.
  for (let step = 1; step < 50; step++) {
    const m = Math.floor((step * n) / 50);
    const point = ascending[m];
    for (; s < m; s++) {
      sum += ascending[s];
      squares += ascending[s] * ascending[s];
    }
    const low = squares - 2 * point * sum + m * point * point;
    const high = totalSquares - squares - 2 * point * (total - sum) + (n - m) * point * point;
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
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return 0;
  let root = 1;
  while (root * root * root > x) root /= 2;
  while (root * root * root * 8 <= x) root *= 2;
  for (let i = 0; i < 8; i++) root -= (root * root * root - x) / (3 * root * root);
  return root;
}

/** Draws from a proposal and evaluates its density; buffers of its own. */
export interface Proposer {
  /** Writes a draw into x and returns its density, up to the proposal's constant. */
  draw(x: Float64Array, stream: RandomStream): number;
  /** Density at x, up to the same constant. */
  density(x: Float64Array): number;
}

/** Makes a proposer. */
export function proposer({ d, centre, axes, split, below, above }: Proposal): Proposer {
  // ν + d even keeps the exponent of the heavy component an integer.
  const heavy = d % 2 === 0 ? 4 : 3;
  const heavyPower = (heavy + d) / 2;
  const heavyScale = 1 / (STRETCH * STRETCH * heavy);
  const z = new Float64Array(d);
  const uniforms = new Float64Array(d + 1);
  // Probability of the positive side of each axis; scales of the negative and the positive side.
  const up = above.map((width, i) => width / (width + below[i]));
  const sides = new Float64Array(2 * d);
  for (let i = 0; i < d; i++) {
    sides[2 * i] = -below[i];
    sides[2 * i + 1] = above[i];
  }
  // Densities at v = 0, relative to one another: (g/2)^(d/2), and Γ((ν+d)/2)/(Γ(ν/2) ν^(d/2)) of the heavy one.
  const heights = CELLS.map((cells, j) => {
    let height = cells / ALL_CELLS;
    for (let i = 0; i < d; i++) height *= Math.sqrt((j + 1) / 8);
    return height;
  });
  let heavyHeight = HEAVY_CELLS / ALL_CELLS;
  for (let i = 0; i < d; i++) heavyHeight *= ratioOfGammas(heavy + i) / (Math.sqrt(heavy) * STRETCH);
  // 1/√g in every fortieth; 0 for the heavy component.
  const scales = Float64Array.from([
    ...new Array<number>(HEAVY_CELLS).fill(0),
    ...CELLS.flatMap((cells, j) => new Array<number>(cells).fill(2 / Math.sqrt(j + 1))),
  ]);
  const [h1, h2, h3, h4, h5, h6] = heights;
  const radial = (v: number): number => {
    const e = exp(-0.125 * v);
    return (
      e * (h1 + e * (h2 + e * (h3 + e * (h4 + e * (h5 + e * h6))))) +
      heavyHeight / integerPower(1 + v * heavyScale, heavyPower)
    );
  };
  return {
    draw(x, stream) {
      stream.uniformsInto(uniforms);
      stream.normalsInto(z);
      let factor = scales[Math.trunc(uniforms[d] * ALL_CELLS)];
      if (factor === 0) factor = STRETCH / Math.sqrt(stream.chiSquare(heavy) / heavy);
      let v = 0;
      for (let i = 0; i < d; i++) {
        const size = Math.abs(z[i]) * factor;
        // Without a branch, which would be guessed wrong every other time.
        z[i] = split[i] + sides[2 * i + Math.trunc(uniforms[i] + up[i])] * size;
        v += size * size;
      }
      for (let i = 0; i < d; i++) {
        let value = centre[i];
        for (let c = 0; c <= i; c++) value += axes[i + c * d] * z[c];
        x[i] = value;
      }
      return radial(v);
    },
    density(x) {
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

/** log of what {@link proposer}'s densities are to be multiplied by to integrate to 1. */
export function logProposalConstant({ d, axes, below, above }: Proposal): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += ln(2 / ((below[i] + above[i]) * ROOT_PI * axes[i + i * d]));
  return sum;
}

/** Γ((m + 1)/2)/Γ(m/2) for an integer m ≥ 1, by recursion from m = 1 and m = 2. */
function ratioOfGammas(m: number): number {
  let ratio = m % 2 === 1 ? 1 / ROOT_PI : ROOT_PI / 2;
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
