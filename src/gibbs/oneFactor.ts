/**
 * β and b integrated out for a single grouping factor: one small factor per level, or per set of levels whose
 * Z′WZ are equal.
 *
 * With B_j = Λ L_j⁻ᵀ, L_j L_j′ = Λ′Z_j′WZ_jΛ + I and W_j = Z_j′W[Q ỹ],
 *
 *   S = [Q ỹ]′W[Q ỹ] − Σ_j W_j′ B_j B_j′ W_j = U′U, the last pivot being r².
 *
 * Levels with equal Z_j′WZ_j share B, and their part of S needs only the sums K_ab = Σ_j sym(W_j[a,·]′W_j[b,·]), taken
 * once: an evaluation then costs the number of patterns, whatever the number of levels.
 *
 * @module
 */

import type { FactorBlocks } from "../linalg/blocks.ts";
import { distinctLevels } from "../linalg/distinctLevels.ts";
import { MOST_COLUMNS, oneFactorKernels } from "../linalg/kernels/index.ts";
import { ln, lnInto } from "../stats/special.ts";
import { FEW_PATTERNS, fixedEffectsDraw, type Marginal, reduceInto, type Slot } from "./marginal.ts";
import { factorLambdaInto, type Setup } from "./state.ts";
import { reduced } from "./target.ts";

/** Levels whose b are drawn together. */
const BATCH = 256;

interface OneFactorSlot extends Slot {
  /** B of each pattern, k × k; empty where levels have B of their own. */
  readonly B: Float64Array;
  /** Λ of the factor, k × k. */
  readonly L: Float64Array;
}

/** The marginal of a single factor with up to four columns, or undefined where it does not apply. */
export function oneFactorMarginal(setup: Setup): Marginal<OneFactorSlot> | undefined {
  const { cross, priors } = setup;
  if (cross.factors.length !== 1 || cross.factors[0].k > MOST_COLUMNS) return undefined;
  const { p, q, xtx } = cross;
  const [factor] = cross.factors;
  const { levels, k, ztx } = factor;
  const patterns = patternsOf(factor);
  const sharing = patterns.count * 2 <= levels;
  const pattern = sharing ? patterns.of : Int32Array.from({ length: levels }, (_, j) => j);
  const K = sharing ? sumsOfPatterns(factor, patterns, q) : new Float64Array(0);
  // One B for all slots: so many levels are dear to keep, and it nearly always is that of the slot drawn from.
  const distinct = sharing ? null : distinctLevels(factor, q, ln);
  let owner: OneFactorSlot | undefined;
  const { shared, draw } = oneFactorKernels(k, q);
  const S = new Float64Array(q * q);
  const roots = new Float64Array(patterns.count);
  const blockDiagonal = [new Float64Array(k * k)];
  const one = cross.places.length === 1;
  // Of a batch of levels: little enough to stay in the first cache.
  const batch = Math.min(levels, BATCH);
  const normals = new Float64Array(batch * k + p);
  const fixedEffects = fixedEffectsDraw(p, priors.betaPrecision, priors.betaShift);

  function reduceLevels(slot: OneFactorSlot): void {
    const { data, B, L } = slot;
    for (let i = 0; i < q * q; i++) S[i] = xtx[i];
    if (distinct !== null) {
      data.logZ = 2 * distinct.reduceInto(S, L);
      owner = slot;
      return;
    }
    shared(L, patterns.count, patterns.ztz, K, q, S, B, roots);
    lnInto(roots, 0, patterns.count);
    let log = 0;
    for (let u = 0; u < patterns.count; u++) log += patterns.counts[u] * roots[u];
    data.logZ = 2 * log;
  }

  return {
    light: sharing && patterns.count <= FEW_PATTERNS,
    slot: () => ({
      data: reduced(p),
      B: new Float64Array(sharing ? patterns.count * k * k : 0),
      L: new Float64Array(k * k),
    }),
    evaluate(slot, lambda) {
      if (!one) factorLambdaInto(blockDiagonal, cross.places, lambda, cross, 1);
      const given = one ? lambda[0] : blockDiagonal[0];
      for (let i = 0; i < k * k; i++) slot.L[i] = given[i];
      reduceLevels(slot);
      reduceInto(slot.data, S, p, q, p);
    },
    draw(slot, sigma, state, stream) {
      const { data } = slot;
      if (distinct !== null && owner !== slot) reduceLevels(slot);
      const B = distinct === null ? slot.B : distinct.B;
      for (let from = 0; from < levels; from += batch) {
        const to = Math.min(from + batch, levels);
        const count = (to - from) * k;
        if (from === 0) {
          // Those of β come with the first batch, at its end.
          stream.normalsInto(normals, 0, count + p);
          for (let j = count; j < count + p; j++) normals[j] *= sigma;
          fixedEffects(state.beta, data, sigma, normals, count);
        } else stream.normalsInto(normals, 0, count);
        draw(state.b, from, to, pattern, ztx, p, state.beta, B, sigma, normals);
      }
    },
  };
}

/** Levels of a factor by equal Z′WZ. */
export interface Patterns {
  readonly count: number;
  /** Pattern of each level. */
  readonly of: Int32Array;
  /** Levels of each pattern. */
  readonly counts: Float64Array;
  readonly ztz: Float64Array;
}

/** Levels grouped by bitwise equal Z′WZ, in order of first appearance. */
export function patternsOf({ levels, k, ztz }: FactorBlocks): Patterns {
  const size = k * k;
  const seen = new Map<string, number>();
  const of = new Int32Array(levels);
  const counts: number[] = [];
  const blocks: number[] = [];
  for (let level = 0; level < levels; level++) {
    const block = ztz.subarray(level * size, (level + 1) * size);
    const key = block.join();
    let u = seen.get(key);
    if (u === undefined) {
      u = counts.length;
      seen.set(key, u);
      counts.push(0);
      for (const value of block) blocks.push(value);
    }
    of[level] = u;
    counts[u]++;
  }
  return { count: counts.length, of, counts: Float64Array.from(counts), ztz: Float64Array.from(blocks) };
}

/** K of each pattern: for every pair a ≥ b of columns, the upper triangle of Σ_j sym(W_j[a,·]′W_j[b,·]), off-diagonal twice. */
function sumsOfPatterns({ levels, k, ztx }: FactorBlocks, patterns: Patterns, q: number): Float64Array {
  const size = (q * (q + 1)) / 2;
  const pairs = (k * (k + 1)) / 2;
  const K = new Float64Array(patterns.count * pairs * size);
  for (let level = 0; level < levels; level++) {
    const W = level * k * q;
    let pair = patterns.of[level] * pairs;
    for (let b = 0; b < k; b++) {
      for (let a = b; a < k; a++, pair++) {
        let at = pair * size;
        for (let d = 0; d < q; d++) {
          for (let c = 0; c <= d; c++, at++) {
            const one = ztx[W + a + c * k] * ztx[W + b + d * k];
            K[at] += a === b ? one : one + ztx[W + b + c * k] * ztx[W + a + d * k];
          }
        }
      }
    }
  }
  return K;
}
