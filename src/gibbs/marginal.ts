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
 * What a normal prior on β adds to the block of X and y before the core is factored: σ²[P, Pm; m′P, ·], as if by
 * pseudo-rows. Nothing when all coefficients are flat.
 */
export function pseudoRows(
  p: number,
  { betaPrecision, betaShift }: WorkingPriors,
  variance: number,
): ((core: Float64Array, order: number, first: number) => void) | undefined {
  if (betaPrecision === null) return undefined;
  return (core, order, first) => {
    for (let j = 0; j < p; j++) {
      for (let i = j; i < p; i++)
        core[first + j + (first + i) * order] += variance * betaPrecision[i + j * p];
      core[first + j + (first + p) * order] += variance * betaShift[j];
    }
  };
}

/** One evaluated Λ: what is left of the data, and what draws of (β, b) need. */
export interface Slot {
  readonly data: Reduced;
}

/** Integrates (β, b) out at a given relative Λ, and draws them back given σ. */
export interface Marginal<S extends Slot = Slot> {
  slot(): S;
  /** Evaluates Λ, one k × k lower block per term. */
  evaluate(slot: S, lambda: readonly Float64Array[]): void;
  /** Draws (β, b) given Λ of the slot and σ into the state. */
  draw(slot: S, sigma: number, state: State, stream: RandomStream): void;
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
