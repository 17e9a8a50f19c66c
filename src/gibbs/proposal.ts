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
/** 1/√g in every fortieth; 0 for the heavy component. */
const SCALES = Float64Array.from(
  [HEAVY_CELLS, ...CELLS].flatMap((cells, j) =>
    new Array<number>(cells).fill(j === 0 ? 0 : 2 / Math.sqrt(j)),
  ),
);

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
export class Proposer {
  readonly #proposal: Proposal;
  readonly #z: Float64Array;
  readonly #uniforms: Float64Array;
  /** Probability of the positive side of each axis; scales of the negative and the positive side. */
  readonly #up: Float64Array;
  readonly #sides: Float64Array;
  /** Densities of the components at v = 0, relative to one another. */
  readonly #heights: Float64Array;
  readonly #heavyHeight: number;
  /** ν of the heavy component, ν + d even to keep its exponent an integer; that exponent, and what v is multiplied by. */
  readonly #heavy: number;
  readonly #heavyPower: number;
  readonly #heavyScale: number;

  /** @param most - points that are drawn in one go at most; defaults to 1 */
  constructor(proposal: Proposal, most = 1) {
    const { d, below, above } = proposal;
    this.#proposal = proposal;
    this.#z = new Float64Array(most * d);
    this.#uniforms = new Float64Array(most * (d + 1));
    this.#up = above.map((width, i) => width / (width + below[i]));
    this.#sides = new Float64Array(2 * d);
    for (let i = 0; i < d; i++) {
      this.#sides[2 * i] = -below[i];
      this.#sides[2 * i + 1] = above[i];
    }
    // (g/2)^(d/2), and Γ((ν+d)/2)/(Γ(ν/2) ν^(d/2)) of the heavy one.
    this.#heights = Float64Array.from(CELLS, (cells, j) => {
      let height = cells / ALL_CELLS;
      for (let i = 0; i < d; i++) height *= Math.sqrt((j + 1) / 8);
      return height;
    });
    this.#heavy = d % 2 === 0 ? 4 : 3;
    let heavyHeight = HEAVY_CELLS / ALL_CELLS;
    for (let i = 0; i < d; i++)
      heavyHeight *= ratioOfGammas(this.#heavy + i) / (Math.sqrt(this.#heavy) * STRETCH);
    this.#heavyHeight = heavyHeight;
    this.#heavyPower = (this.#heavy + d) / 2;
    this.#heavyScale = 1 / (STRETCH * STRETCH * this.#heavy);
  }

  /** Writes a draw into each of `points`, and their densities, up to the proposal's constant, into `densities`. */
  drawInto(points: readonly Float64Array[], densities: Float64Array, stream: RandomStream): void {
    const { d, centre, axes, split } = this.#proposal;
    const z = this.#z;
    const uniforms = this.#uniforms;
    const up = this.#up;
    const sides = this.#sides;
    const count = points.length;
    stream.uniformsInto(uniforms, 0, count * (d + 1));
    stream.normalsInto(z, 0, count * d);
    for (let s = 0; s < count; s++) {
      const own = s * d;
      const at = own + s;
      let factor = SCALES[Math.trunc(uniforms[at + d] * ALL_CELLS)];
      if (factor === 0) factor = STRETCH / Math.sqrt(stream.chiSquare(this.#heavy) / this.#heavy);
      let v = 0;
      for (let i = 0; i < d; i++) {
        const size = Math.abs(z[own + i]) * factor;
        // Without a branch, which would be guessed wrong every other time.
        z[own + i] = split[i] + sides[2 * i + Math.trunc(uniforms[at + i] + up[i])] * size;
        v += size * size;
      }
      densities[s] = v;
      const x = points[s];
      for (let i = 0; i < d; i++) {
        let value = centre[i];
        for (let c = 0; c <= i; c++) value += axes[i + c * d] * z[own + c];
        x[i] = value;
      }
    }
    for (let s = 0; s < count; s++) densities[s] = this.#radial(densities[s]);
  }

  /** Density at x, up to the same constant. */
  density(x: Float64Array): number {
    const { d, centre, axes, split, below, above } = this.#proposal;
    const z = this.#z;
    for (let i = 0; i < d; i++) z[i] = x[i] - centre[i];
    solveLowerInto(z, 0, axes, 0, d);
    let v = 0;
    for (let i = 0; i < d; i++) {
      const distance = z[i] - split[i];
      const scaled = distance / (distance < 0 ? below[i] : above[i]);
      v += scaled * scaled;
    }
    return this.#radial(v);
  }

  #radial(v: number): number {
    const h = this.#heights;
    const e = exp(-0.125 * v);
    return (
      e * (h[0] + e * (h[1] + e * (h[2] + e * (h[3] + e * (h[4] + e * h[5]))))) +
      this.#heavyHeight / integerPower(1 + v * this.#heavyScale, this.#heavyPower)
    );
  }
}

/** log of what {@link Proposer}'s densities are to be multiplied by to integrate to 1. */
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
