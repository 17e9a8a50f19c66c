/**
 * The state that every sampling scheme moves, in working units, and what can be read off it.
 *
 * @module
 */

import { effectCount, effectStarts } from "../linalg/residual.ts";
import type { CrossProducts, TermPlace } from "../model/crossProducts.ts";
import { fixedEffectsFromWorkingInto } from "../model/crossProducts.ts";
import { symmetricFactorInto } from "../model/structures.ts";
import type { RandomStream } from "../random/stream.ts";
import { exp } from "../stats/special.ts";
import { firstScales, type Scales } from "./student.ts";
import type { WorkingPriors } from "./workingPriors.ts";

/** What a scheme is given: the data as cross-products and the priors in working units. */
export interface Setup {
  readonly cross: CrossProducts;
  readonly priors: WorkingPriors;
  /** First entry of each factor in the vector of random effects. */
  readonly starts: readonly number[];
  /** Length of the vector of random effects. */
  readonly effects: number;
  /** Makes a chain's own cross-products those of a state; see `ownSetup`. Does nothing where they never change. */
  readonly weigh: (state: Pick<State, "ratios" | "student">) => void;
}

/** β, Σ, σ and b of one chain. */
export interface State {
  /** Coefficients of Q, in units of yScale. */
  readonly beta: Float64Array;
  /** Cholesky factor Λ of Σ = ΛΛ′, one per random term, k × k lower with zeros above. */
  readonly lambda: readonly Float64Array[];
  sigma: number;
  /** With strata σ_c/σ of each, σ being that of the first. */
  readonly ratios?: Float64Array;
  /** With Student-t parts what makes them normal. */
  readonly student?: Scales;
  /** Random effects: factor after factor, level after level; over `student.stretch` where they are Student-t. */
  readonly b: Float64Array;
}

/** Puts data and priors together. */
export function setup(cross: CrossProducts, priors: WorkingPriors): Setup {
  return { cross, priors, starts: effectStarts(cross), effects: effectCount(cross), weigh: () => {} };
}

/** Mean squares of a term's columns, weights included. */
function meanSquares({ factors, places, n }: CrossProducts, t: number): number[] {
  const { factor, offset, k } = places[t];
  const { levels, k: size, ztz } = factors[factor];
  return Array.from({ length: k }, (_, i) => {
    let sum = 0;
    for (let level = 0; level < levels; level++) sum += ztz[(level * size + offset + i) * size + offset + i];
    return sum / n;
  });
}

/**
 * A dispersed start: σ and the SDs (times the root mean square of their columns) log-normal (sd ½) around the residual
 * spread of least squares, correlations 0, β and b zero.
 */
export function initialState(setup: Setup, stream: RandomStream): State {
  const { cross, priors, effects } = setup;
  const student = firstScales(setup);
  const scales = {
    ...(cross.strata === null ? {} : { ratios: new Float64Array(cross.strata.counts.length).fill(1) }),
    ...(student === undefined ? {} : { student }),
  };
  setup.weigh(scales);
  const spread = Math.sqrt(cross.xtx[cross.xtx.length - 1] / cross.n);
  const around = (): number => spread * exp(0.5 * stream.normal());
  const sigma = priors.sigma.type === "fixed" ? priors.sigma.value : around();
  const lambda = cross.places.map(({ k }, t) => {
    const prior = priors.terms[t];
    if (prior.kind === "fixed") return prior.lambda.slice();
    const L = new Float64Array(k * k);
    const squares = meanSquares(cross, t);
    if (prior.kind === "symmetric") {
      const size = 0.5 / Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / k);
      symmetricFactorInto(L, k, size * around(), size * around());
      return L;
    }
    for (let i = 0; i < k; i++) L[i + i * k] = (0.5 / Math.sqrt(squares[i])) * around();
    return L;
  });
  return { beta: new Float64Array(cross.p), lambda, sigma, ...scales, b: new Float64Array(effects) };
}

/** A state as one row of numbers: σ, β, every Λ, the ratios of strata, the scales of Student-t parts, b. */
export function savedState(state: State): Float64Array {
  const { df, rows, stretch } = state.student ?? { df: [], rows: [], stretch: [] };
  const ratios = state.ratios ?? [];
  const parts = [[state.sigma], state.beta, ...state.lambda, ratios, df, rows, stretch, state.b];
  const saved = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    saved.set(part, at);
    at += part.length;
  }
  return saved;
}

/** Where a chain begins: at a dispersed start, at what {@link savedState} wrote down, or at a copy of a state. */
export function firstState(setup: Setup, stream: RandomStream, from?: Float64Array | State): State {
  if (from === undefined) return initialState(setup, stream);
  return restoredState(setup, from instanceof Float64Array ? from : savedState(from));
}

/** The state that {@link savedState} wrote down; the setup's cross-products follow it. */
function restoredState(setup: Setup, saved: Float64Array): State {
  const { cross, effects } = setup;
  let at = 0;
  const next = (length: number): Float64Array => {
    at += length;
    return saved.slice(at - length, at);
  };
  const [sigma] = next(1);
  const beta = next(cross.p);
  const lambda = cross.places.map(({ k }) => next(k * k));
  const ratios = cross.strata === null ? {} : { ratios: next(cross.strata.counts.length) };
  const scales = firstScales(setup);
  const student =
    scales === undefined
      ? {}
      : {
          student: {
            df: next(scales.df.length),
            rows: next(scales.rows.length),
            stretch: next(scales.stretch.length),
          },
        };
  const state: State = { beta, lambda, sigma, ...ratios, ...student, b: next(effects) };
  setup.weigh(state);
  return state;
}

/**
 * k × k zeros for each term. By Array.from(), whose arrays are of one kind: those of map() are of another once it is
 * compiled, and code that was compiled for the former is given up.
 */
export function termMatrices(places: readonly TermPlace[]): Float64Array[] {
  return Array.from(places, ({ k }) => new Float64Array(k * k));
}

/** Writes Λ of all terms, times `scale`, into one block-diagonal k × k matrix per factor. */
export function factorLambdaInto(
  out: readonly Float64Array[],
  places: readonly TermPlace[],
  lambda: readonly Float64Array[],
  cross: CrossProducts,
  scale: number,
): void {
  places.forEach(({ factor, offset, k }, t) => {
    const size = cross.factors[factor].k;
    for (let j = 0; j < k; j++) {
      for (let i = j; i < k; i++)
        out[factor][offset + i + (offset + j) * size] = scale * lambda[t][i + j * k];
    }
  });
}

/** Writes a state as one draw of `length` numbers into `out[base …]`. */
export interface Recorder {
  readonly length: number;
  write(state: State, out: Float64Array, base: number): void;
}

/**
 * Makes what writes a state as one draw in the units of the data: β, SDs of all terms, correlations of
 * all terms (one of each under compound symmetry), ν of effects where it is estimated, σ (one for each stratum), ν of
 * residuals where it is estimated, then the random effects term after term; the order of `parameterVariables` and `groupVariables`.
 *
 * @param chosen - which random effects to write, counted in that order; defaults to all
 */
export function recorder({ cross, starts, effects }: Setup, chosen?: ArrayLike<number>): Recorder {
  const { places, zScale, yScale, p } = cross;
  const beta = new Float64Array(p);
  // Where each random effect stands in b, and its unit: powers of two, so that the product is exact.
  const from = new Int32Array(effects);
  const units = new Float64Array(effects);
  let place = 0;
  for (const { factor, offset, k } of places) {
    const { levels, k: size } = cross.factors[factor];
    for (let level = 0; level < levels; level++) {
      for (let i = 0; i < k; i++) {
        from[place] = starts[factor] + level * size + offset + i;
        units[place++] = yScale / zScale[factor][offset + i];
      }
    }
  }
  const source = chosen === undefined ? from : Int32Array.from(chosen, (effect) => from[effect]);
  const unit = chosen === undefined ? units : Float64Array.from(chosen, (effect) => units[effect]);
  const inOrder = source.every((place, e) => place === e);
  const sds = places.map(({ structure, k }) => (structure === "cs" ? 1 : k));
  const rows = places.map(({ structure, k }) => (structure === "cs" ? 2 : k));
  const { student: parts } = cross;
  const dfs = places.flatMap((_, t) => (parts?.effects[t]?.df === null ? [1 + t] : []));
  const hasNu = parts?.residuals?.df === null;
  const parameters =
    p +
    dfs.length +
    (hasNu ? 1 : 0) +
    sds.reduce((sum, count) => sum + count, 0) +
    rows.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0) +
    (cross.strata === null ? 1 : cross.strata.counts.length);
  return {
    length: parameters + source.length,
    write({ beta: working, lambda, sigma, ratios, student, b }, out, base) {
      fixedEffectsFromWorkingInto(beta, cross, working);
      let at = base;
      for (let c = 0; c < p; c++) out[at++] = beta[c];
      for (let t = 0; t < places.length; t++) {
        const { factor, offset, k } = places[t];
        for (let i = 0; i < sds[t]; i++)
          out[at++] = (rowNorm(lambda[t], i, k) * yScale) / zScale[factor][offset + i];
      }
      for (let t = 0; t < places.length; t++) {
        const { k } = places[t];
        const L = lambda[t];
        for (let i = 1; i < rows[t]; i++) {
          for (let j = 0; j < i; j++) {
            let product = 0;
            for (let c = 0; c <= j; c++) product += L[i + c * k] * L[j + c * k];
            out[at++] = product / (rowNorm(L, i, k) * rowNorm(L, j, k));
          }
        }
      }
      for (let e = 0; e < dfs.length; e++) out[at++] = student!.df[dfs[e]];
      if (ratios === undefined) out[at++] = sigma * yScale;
      else for (let c = 0; c < ratios.length; c++) out[at++] = sigma * ratios[c] * yScale;
      if (hasNu) out[at++] = student!.df[0];
      if (student !== undefined && student.stretch.length > 0) {
        const { stretch } = student;
        for (let e = 0; e < source.length; e++) out[at + e] = b[source[e]] * stretch[source[e]] * unit[e];
      } else if (inOrder) timesInto(out, at, b, unit);
      else for (let e = 0; e < source.length; e++) out[at + e] = b[source[e]] * unit[e];
    },
  };
}

/** out[at …] ← b · unit, entry by entry; four at a time takes a quarter of the time. */
function timesInto(out: Float64Array, at: number, b: Float64Array, unit: Float64Array): void {
  const { length } = unit;
  let e = 0;
  for (; e + 3 < length; e += 4) {
    out[at + e] = b[e] * unit[e];
    out[at + e + 1] = b[e + 1] * unit[e + 1];
    out[at + e + 2] = b[e + 2] * unit[e + 2];
    out[at + e + 3] = b[e + 3] * unit[e + 3];
  }
  for (; e < length; e++) out[at + e] = b[e] * unit[e];
}

function rowNorm(L: Float64Array, i: number, k: number): number {
  let sum = 0;
  for (let c = 0; c <= i; c++) sum += L[i + c * k] * L[i + c * k];
  return Math.sqrt(sum);
}
