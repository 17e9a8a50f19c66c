/**
 * β and b integrated out of the joint density, for any design, through the blocked factor.
 *
 * @module
 */

import { type BlockFactor, blockFactor, tryFactorize } from "../linalg/blockCholesky.ts";
import { determinants, solveInto } from "../linalg/blockSolve.ts";
import { choleskyInto, solveLowerInto, solveLowerTransposedInto } from "../linalg/cholesky.ts";
import type { RandomStream } from "../random/stream.ts";
import { ln } from "../stats/special.ts";
import { factorLambdaInto, type Setup, type State } from "./state.ts";
import { type Reduced, reduced } from "./target.ts";
import type { WorkingPriors } from "./workingPriors.ts";

/**
 * What a normal prior on β adds to the block of X and y before the core is factored: σ²[P, Pm; m′P, m′Pm], as if by
 * pseudo-rows. Nothing when all coefficients are flat.
 */
export function pseudoRows(
  p: number,
  { betaPrecision, betaShift, betaConstant }: WorkingPriors,
  variance: number,
): ((core: Float64Array, order: number, first: number) => void) | undefined {
  if (betaPrecision === null) return undefined;
  return (core, order, first) => {
    for (let j = 0; j < p; j++) {
      for (let i = j; i < p; i++)
        core[first + j + (first + i) * order] += variance * betaPrecision[i + j * p];
      core[first + j + (first + p) * order] += variance * betaShift[j];
    }
    core[first + p + (first + p) * order] += variance * betaConstant;
  };
}

/** Patterns of levels, of each of which a slot may keep something and still be light. */
export const FEW_PATTERNS = 64;

/** One evaluated Λ: what is left of the data, and what draws of (β, b) need. */
export interface Slot {
  readonly data: Reduced;
}

/** Integrates (β, b) out at a given relative Λ, and draws them back given σ. */
export interface Marginal<S extends Slot = Slot> {
  /** That slots are small and hold all that `draw` needs, so that many may be evaluated ahead of their use. */
  readonly light: boolean;
  slot(): S;
  /** Evaluates Λ, one k × k lower block per term. */
  evaluate(slot: S, lambda: readonly Float64Array[]): void;
  /** Draws (β, b) given Λ of the slot and σ into the state. */
  draw(slot: S, sigma: number, state: State, stream: RandomStream): void;
}

/**
 * Factors the core with the levels outside it integrated out, S = U′U, and reads off what the density needs.
 *
 * A pivot that rounding has taken below zero, far out in the tails, leaves NaN in `pwrss`: such a point is never
 * accepted.
 *
 * @param S - upper triangle, n columns, overwritten by U: random effects of the core if any, then X, then y
 * @param last - the column of y
 * @param done - S holds U already
 * @returns Σ log U_jj over the random effects of the core
 */
export function reduceInto(
  data: Reduced,
  S: Float64Array,
  p: number,
  n: number,
  last: number,
  done: boolean = false,
): number {
  if (!done) upperFactorInto(S, n, last);
  const first = last - p;
  const logCore = first === 0 ? 0 : logOfDiagonal(S, n, 0, first);
  data.logX = 2 * logOfDiagonal(S, n, first, last);
  const { U, r } = data;
  for (let j = 0; j < p; j++) {
    const at = (first + j) * n + first;
    for (let i = 0; i <= j; i++) U[i + j * p] = S[i + at];
    r[j] = S[first + j + last * n];
  }
  const root = S[last + last * n];
  data.pwrss = root * root;
  return logCore;
}

/** U′U = S, column by column; NaN where S is not positive definite. */
function upperFactorInto(S: Float64Array, n: number, last: number): void {
  for (let j = 0; j <= last; j++) {
    const at = j * n;
    let pivot = S[j + at];
    for (let i = 0; i < j; i++) {
      const row = i * n;
      let value = S[i + at];
      for (let l = 0; l < i; l++) value -= S[l + row] * S[l + at];
      value /= S[i + row];
      S[i + at] = value;
      pivot -= value * value;
    }
    S[j + at] = pivot > 0 ? Math.sqrt(pivot) : Number.NaN;
  }
}

/** Σ log U_jj for j = from … to − 1, with a logarithm now and then. */
function logOfDiagonal(U: Float64Array, n: number, from: number, to: number): number {
  let log = 0;
  let product = 1;
  for (let j = from; j < to; j++) {
    product *= U[j + j * n];
    if (product > 1e-150 && product < 1e150) continue;
    log += ln(product);
    product = 1;
  }
  return log + ln(product);
}

interface BlockSlot extends Slot {
  readonly factor: BlockFactor;
}

/** The marginal of any design. */
export function blockMarginal(setup: Setup): Marginal<BlockSlot> {
  const { cross, priors, starts, effects } = setup;
  const { p } = cross;
  const blocks = cross.factors.map(({ k }) => new Float64Array(k * k));
  const noise = new Float64Array(effects + p);
  const u = new Float64Array(effects);
  const beta = fixedEffectsDraw(p, priors.betaPrecision, priors.betaShift);
  return {
    light: false,
    slot: () => ({ data: reduced(p), factor: blockFactor(cross) }),
    evaluate({ data, factor }, lambda) {
      factorLambdaInto(blocks, cross.places, lambda, cross, 1);
      if (!tryFactorize(factor, blocks)) {
        // Far out in the tails rounding may take over; NaN is never accepted.
        data.pwrss = Number.NaN;
        return;
      }
      const { logZ, logX, pwrss } = determinants(factor, ln);
      data.logZ = logZ;
      data.logX = logX;
      data.pwrss = pwrss;
      const { plan, core } = factor;
      const first = plan.coreColumns;
      for (let j = 0; j < p; j++) {
        for (let i = 0; i <= j; i++) data.U[i + j * p] = core[first + i + (first + j) * plan.core];
        data.r[j] = core[first + j + (first + p) * plan.core];
      }
    },
    draw({ data, factor }, sigma, state, stream) {
      stream.normalsInto(noise);
      for (let i = 0; i < noise.length; i++) noise[i] *= sigma;
      beta(state.beta, data, sigma, noise, effects);
      solveInto(u, state.beta, factor, noise, true);
      cross.factors.forEach(({ levels, k }, f) => {
        const L = factor.lambda[f];
        for (let at = starts[f]; at < starts[f] + levels * k; at += k) {
          for (let i = 0; i < k; i++) {
            let value = 0;
            for (let c = 0; c <= i; c++) value += L[i + c * k] * u[at + c];
            state.b[at + i] = value;
          }
        }
      });
    },
  };
}

/**
 * Draws β given σ with b integrated out: N(C⁻¹(S_Xy + σ²Pm), σ²C⁻¹), C = S_XX + σ²P.
 *
 * The function returned takes noise of sd σ from `noise[at … at + p)`.
 */
export function fixedEffectsDraw(
  p: number,
  precision: Float64Array | null,
  shift: Float64Array,
): (beta: Float64Array, data: Reduced, sigma: number, noise: Float64Array, at: number) => void {
  const C = new Float64Array(p * p);
  return (beta, { U, r }, sigma, noise, at) => {
    if (precision === null) {
      for (let j = p - 1; j >= 0; j--) {
        let value = r[j] + noise[at + j];
        for (let l = j + 1; l < p; l++) value -= U[j + l * p] * beta[l];
        beta[j] = value / U[j + j * p];
      }
      return;
    }
    const variance = sigma * sigma;
    for (let j = 0; j < p; j++) {
      let linear = variance * shift[j];
      for (let l = 0; l <= j; l++) linear += U[l + j * p] * r[l];
      beta[j] = linear;
      for (let i = j; i < p; i++) {
        let sum = variance * precision[i + j * p];
        for (let l = 0; l <= j; l++) sum += U[l + i * p] * U[l + j * p];
        C[i + j * p] = sum;
      }
    }
    choleskyInto(C, p);
    solveLowerInto(beta, 0, C, 0, p);
    for (let j = 0; j < p; j++) beta[j] += noise[at + j];
    solveLowerTransposedInto(beta, 0, C, 0, p);
  };
}
