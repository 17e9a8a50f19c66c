/**
 * A small crossed model, its joint density written from the rows in the units of the data, and a test of
 * draws against a density on a grid. Nothing here uses the cross-products or the samplers' formulas.
 */

import type { Priors, SdPrior } from "../../src/gibbs/priors.ts";
import { resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import { recorder, type Setup, type State, setup } from "../../src/gibbs/state.ts";
import { firstScales } from "../../src/gibbs/student.ts";
import { ownSetup } from "../../src/gibbs/weighing.ts";
import { workingPriors } from "../../src/gibbs/workingPriors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { symmetricFactorInto } from "../../src/model/structures.ts";
import { RandomStream } from "../../src/random/stream.ts";

/** 40 rows, two crossed factors of 6 and 4 levels, weights, a covariate that varies everywhere. */
export function crossedRows(): { y: number; x: number; w: number; g: string; h: string }[] {
  const stream = new RandomStream(20, 0);
  return Array.from({ length: 40 }, (_, i) => {
    const g = "abcdef"[(i * 5 + (i >> 3)) % 6];
    const h = "ABCD"[(i * 3 + (i >> 2)) % 4];
    const x = 3 + 2 * stream.normal();
    return { y: 50 + 4 * x + "abcdef".indexOf(g) + 5 * stream.normal(), x, w: 0.5 + stream.uniform(), g, h };
  });
}

/** `y ~ x + (x | g) + (1 | h)` on {@link crossedRows}, weighted. */
export function crossedModel(formula = "y ~ x + (x | g) + (1 | h)"): LinearMixedModel {
  return lmm(formula, crossedRows(), { weights: "w" });
}

/** Setup, a state away from everything special, and a stream. */
export function prepared(
  model: LinearMixedModel,
  priors: Priors,
  seed: number,
): { setup: Setup; state: State; stream: RandomStream } {
  const made = ownSetup(setup(model.crossProducts, workingPriors(model, resolvePriors(model, priors))));
  const stream = new RandomStream(seed, 0);
  const { cross } = made;
  const scales = firstScales(made);
  const state: State = {
    beta: Float64Array.from({ length: cross.p }, () => 0.3 * stream.normal()),
    lambda: cross.places.map(({ k, structure }, t) => {
      const prior = made.priors.terms[t];
      if (prior.kind === "fixed") return prior.lambda.slice();
      const L = new Float64Array(k * k);
      if (structure === "cs") symmetricFactorInto(L, k, 1.3, 0.7);
      else
        for (let j = 0; j < k; j++) for (let i = j; i < k; i++) L[i + j * k] = i === j ? 0.8 + 0.2 * t : 0.3;
      return L;
    }),
    sigma: made.priors.sigma.type === "fixed" ? made.priors.sigma.value : 0.9,
    ...(cross.strata === null
      ? {}
      : { ratios: Float64Array.from(cross.strata.counts, (_, c) => 1 + 0.4 * c) }),
    ...(scales === undefined ? {} : { student: scales }),
    b: Float64Array.from({ length: made.effects }, () => 0.7 * stream.normal()),
  };
  made.weigh(state);
  return { setup: made, state, stream };
}

/** A state in the units of the data, in the order of draws. */
export function record(made: Setup, state: State): number[] {
  const { length, write } = recorder(made);
  const out = new Float64Array(length);
  write(state, out, 0);
  return Array.from(out);
}

/** Parts of a recorded draw. */
export interface Parts {
  readonly beta: readonly number[];
  /** Per term: SDs and the covariance matrix. */
  readonly sds: readonly (readonly number[])[];
  readonly covariances: readonly (readonly (readonly number[])[])[];
  readonly sigma: number;
  /** One per stratum. */
  readonly sigmas: readonly number[];
  /** Per term, level after level, column after column. */
  readonly b: readonly (readonly number[])[];
}

/** Takes a recorded draw apart by the model's own layout. */
export function partsOf(model: LinearMixedModel, draw: readonly number[]): Parts {
  let at = 0;
  const take = (count: number): number[] => {
    at += count;
    return draw.slice(at - count, at);
  };
  const beta = take(model.p);
  const sds = model.random.map(({ columns, structure }) =>
    structure === "cs" ? new Array<number>(columns.length).fill(take(1)[0]) : take(columns.length),
  );
  const covariances = model.random.map(({ columns, structure }, t) => {
    const k = columns.length;
    const S = Array.from({ length: k }, (_, i) =>
      Array.from({ length: k }, (_, j) => (i === j ? sds[t][i] ** 2 : 0)),
    );
    const common = structure === "cs" ? take(1)[0] : undefined;
    for (let i = 1; i < k; i++) {
      for (let j = 0; j < i; j++) {
        const rho = common ?? take(1)[0];
        S[i][j] = rho * sds[t][i] * sds[t][j];
        S[j][i] = S[i][j];
      }
    }
    return S;
  });
  const sigmas = take(model.strata?.levels.length ?? 1);
  const b = model.random.map(({ levels, columns }) => take(levels.length * columns.length));
  return { beta, sds, covariances, sigma: sigmas[0], sigmas, b };
}

/** log p(y | β, b, σ) row by row, constants dropped but not those of σ. */
export function logLikelihood(model: LinearMixedModel, { beta, sigmas, b }: Parts): number {
  let sum = 0;
  for (let i = 0; i < model.n; i++) {
    let mean = 0;
    beta.forEach((value, c) => {
      mean += value * model.fixed.values[c * model.n + i];
    });
    model.random.forEach(({ codes, columns, z }, t) => {
      columns.forEach((_, c) => {
        mean += z[c * model.n + i] * b[t][codes[i] * columns.length + c];
      });
    });
    const w = model.weights === null ? 1 : model.weights[i];
    const sigma = sigmas[model.strata?.codes[i] ?? 0];
    sum -= 0.5 * w * ((model.response.values[i] - mean) / sigma) ** 2 + Math.log(sigma);
  }
  return sum;
}

/** log N(b_j; 0, Σ) summed over the levels of term t. */
export function logEffects(model: LinearMixedModel, { covariances, b }: Parts, t: number): number {
  const k = model.random[t].columns.length;
  const { inverse, logDeterminant } = invert(covariances[t]);
  let sum = 0;
  for (let at = 0; at < b[t].length; at += k) {
    sum -= 0.5 * logDeterminant;
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) sum -= 0.5 * b[t][at + i] * inverse[i][j] * b[t][at + j];
  }
  return sum;
}

/** Inverse and log-determinant of a small positive definite matrix by Gauss–Jordan. */
export function invert(S: readonly (readonly number[])[]): { inverse: number[][]; logDeterminant: number } {
  const k = S.length;
  const M = S.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  let logDeterminant = 0;
  for (let c = 0; c < k; c++) {
    const pivot = M[c][c];
    logDeterminant += Math.log(pivot);
    M[c] = M[c].map((value) => value / pivot);
    for (let r = 0; r < k; r++) {
      if (r === c) continue;
      const factor = M[r][c];
      M[r] = M[r].map((value, j) => value - factor * M[c][j]);
    }
  }
  return { inverse: M.map((row) => row.slice(k)), logDeterminant };
}

/** Log density of an SD prior at τ, from its textbook form. */
export function logSd(prior: SdPrior, tau: number): number {
  switch (prior.type) {
    case "halfT":
      return (-(prior.df + 1) / 2) * Math.log(1 + (tau / prior.scale) ** 2 / prior.df);
    case "halfNormal":
      return -0.5 * (tau / prior.scale) ** 2;
    case "exponential":
      return -prior.rate * tau;
    case "inverseGamma":
      // Density of v = τ² times dv/dτ = 2τ.
      return (-prior.shape - 1) * Math.log(tau * tau) - prior.scale / (tau * tau) + Math.log(tau);
    case "uniformSd":
      return 0;
  }
}

/** Largest distance between the empirical cdf of draws and a cdf given on an ascending grid (linear between). */
export function ksDistance(
  draws: readonly number[],
  grid: readonly number[],
  cdf: readonly number[],
): number {
  const ascending = [...draws].sort((a, b) => a - b);
  let most = 0;
  let g = 0;
  ascending.forEach((x, i) => {
    while (g < grid.length - 2 && grid[g + 1] < x) g++;
    const share = Math.min(1, Math.max(0, (x - grid[g]) / (grid[g + 1] - grid[g])));
    const F = cdf[g] + share * (cdf[g + 1] - cdf[g]);
    most = Math.max(most, Math.abs(F - i / ascending.length), Math.abs(F - (i + 1) / ascending.length));
  });
  return most;
}

/**
 * Marginal cdfs of a density over a box, by the midpoint rule on `points` per axis.
 *
 * @returns one `{ grid, cdf }` per axis, the grid at cell edges
 */
export function gridMarginals(
  box: readonly (readonly [number, number])[],
  points: number,
  logDensity: (x: readonly number[]) => number,
): { grid: number[]; cdf: number[] }[] {
  const d = box.length;
  const cell = box.map(([low, high]) => (high - low) / points);
  const logs = new Float64Array(points ** d);
  let top = Number.NEGATIVE_INFINITY;
  const x = new Array<number>(d);
  for (let index = 0; index < logs.length; index++) {
    let rest = index;
    for (let a = 0; a < d; a++) {
      x[a] = box[a][0] + ((rest % points) + 0.5) * cell[a];
      rest = Math.floor(rest / points);
    }
    logs[index] = logDensity(x);
    top = Math.max(top, logs[index]);
  }
  const mass = box.map(() => new Float64Array(points));
  let total = 0;
  logs.forEach((value, index) => {
    const weight = Math.exp(value - top);
    total += weight;
    let rest = index;
    for (let a = 0; a < d; a++) {
      mass[a][rest % points] += weight;
      rest = Math.floor(rest / points);
    }
  });
  return box.map(([low], a) => {
    const grid = Array.from({ length: points + 1 }, (_, i) => low + i * cell[a]);
    const cdf = [0];
    for (const weight of mass[a]) cdf.push(cdf[cdf.length - 1] + weight / total);
    return { grid, cdf };
  });
}

/** Draws of one check. */
const N = 4000;
/**
 * √N·D beyond this has probability 1e-4 for independent draws (Kolmogorov's limit law); seeds are fixed. Grids are fine
 * enough (cells of about a quarter of an sd) that linear interpolation of their cdf adds at most 0.1.
 */
export const LIMIT = 2.23;

/** One coordinate of a recorded draw, seen through a transformation that makes it unbounded. */
export interface Axis {
  readonly at: number;
  readonly scale: "identity" | "positive" | "log" | "atanh";
}

/**
 * Draws N times and compares each coordinate with its marginal under `logDensity` on a grid; everything that is
 * not an axis stays as it is.
 */
export function againstGrid(
  { made, state }: { made: Setup; state: State },
  axes: readonly Axis[],
  draw: () => void,
  logDensity: (draw: readonly number[]) => number,
  points: number,
): number[] {
  const fixed = record(made, state);
  const samples = axes.map((): number[] => []);
  for (let i = 0; i < N; i++) {
    draw();
    const now = record(made, state);
    axes.forEach(({ at, scale }, a) => {
      samples[a].push(
        scale === "log" ? Math.log(now[at]) : scale === "atanh" ? Math.atanh(now[at]) : now[at],
      );
    });
  }
  // Draws and density are both cut to a box of 99.8% per axis: a few far draws would make the cells too coarse.
  const box = samples.map((values, a): [number, number] => {
    const ascending = [...values].sort((x, y) => x - y);
    const low = axes[a].scale === "positive" ? 0 : ascending[N / 1000];
    return [low, ascending[N - 1 - N / 1000]];
  });
  const inside = samples[0].map((_, i) =>
    box.every(([low, high], a) => samples[a][i] > low && samples[a][i] < high),
  );
  const marginals = gridMarginals(box, points, (x) => {
    const trial = [...fixed];
    let jacobian = 0;
    axes.forEach(({ at, scale }, a) => {
      trial[at] = scale === "log" ? Math.exp(x[a]) : scale === "atanh" ? Math.tanh(x[a]) : x[a];
      if (scale === "log") jacobian += x[a];
      if (scale === "atanh") jacobian += Math.log(1 - Math.tanh(x[a]) ** 2);
    });
    return logDensity(trial) + jacobian;
  });
  return marginals.map(({ grid, cdf }, a) => {
    const kept = samples[a].filter((_, i) => inside[i]);
    return Math.sqrt(kept.length) * ksDistance(kept, grid, cdf);
  });
}
