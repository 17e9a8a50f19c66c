/**
 * Products of a block system with a residual y − Xβ − Zb, without any row of data.
 *
 * @module
 */

import type { BlockSystem } from "./blocks.ts";

/** First entry of each factor in the vector of random effects (factor after factor, level after level). */
export function effectStarts(system: BlockSystem): number[] {
  let next = 0;
  return system.factors.map(({ levels, k }) => {
    const start = next;
    next += levels * k;
    return start;
  });
}

/** Length of the vector of random effects. */
export function effectCount(system: BlockSystem): number {
  return system.factors.reduce((sum, { levels, k }) => sum + levels * k, 0);
}

/** e ← Z′W(y − Xβ − Zb), the products of the random-effects columns with the residual. */
export function residualProductsInto(
  e: Float64Array,
  system: BlockSystem,
  beta: Float64Array,
  b: Float64Array,
): void {
  const { factors, pairs, q } = system;
  const p = q - 1;
  const starts = effectStarts(system);
  e.fill(0);
  for (let f = 0; f < factors.length; f++) {
    const { levels, k, ztz, ztx } = factors[f];
    for (let level = 0; level < levels; level++) {
      const at = starts[f] + level * k;
      for (let i = 0; i < k; i++) {
        let value = ztx[level * k * q + i + p * k];
        for (let c = 0; c < p; c++) value -= ztx[level * k * q + i + c * k] * beta[c];
        for (let c = 0; c < k; c++) value -= ztz[level * k * k + i + c * k] * b[at + c];
        e[at + i] += value;
      }
      for (let h = f + 1; h < factors.length; h++) {
        const { rowStart, column, values } = pairs[f][h - f - 1];
        const kh = factors[h].k;
        for (let entry = rowStart[level]; entry < rowStart[level + 1]; entry++) {
          const there = starts[h] + column[entry] * kh;
          for (let c = 0; c < kh; c++) {
            for (let i = 0; i < k; i++) {
              const value = values[entry * k * kh + i + c * k];
              e[at + i] -= value * b[there + c];
              e[there + c] -= value * b[at + i];
            }
          }
        }
      }
    }
  }
}

/** g ← X′W(y − Xβ − Zb), p. */
export function fixedResidualProductsInto(
  g: Float64Array,
  system: BlockSystem,
  beta: Float64Array,
  b: Float64Array,
): void {
  const { factors, xtx, q } = system;
  const p = q - 1;
  const starts = effectStarts(system);
  for (let c = 0; c < p; c++) {
    let value = xtx[c + p * q];
    for (let l = 0; l < p; l++) value -= xtx[c + l * q] * beta[l];
    g[c] = value;
  }
  for (let f = 0; f < factors.length; f++) {
    const { levels, k, ztx } = factors[f];
    for (let level = 0; level < levels; level++) {
      const at = starts[f] + level * k;
      for (let c = 0; c < p; c++) {
        for (let i = 0; i < k; i++) g[c] -= ztx[level * k * q + i + c * k] * b[at + i];
      }
    }
  }
}

/**
 * Weighted residual sum of squares (y − Xβ − Zb)′W(y − Xβ − Zb) from cross-products, given e and g:
 * y′W(y − Xβ − Zb) − β′g − b′e.
 */
export function residualSumOfSquares(
  system: BlockSystem,
  beta: Float64Array,
  b: Float64Array,
  e: Float64Array,
  g: Float64Array,
): number {
  const { factors, xtx, q } = system;
  const p = q - 1;
  const starts = effectStarts(system);
  let sum = xtx[p + p * q];
  for (let c = 0; c < p; c++) sum -= beta[c] * (xtx[c + p * q] + g[c]);
  for (let f = 0; f < factors.length; f++) {
    const { levels, k, ztx } = factors[f];
    for (let level = 0; level < levels; level++) {
      const at = starts[f] + level * k;
      for (let i = 0; i < k; i++) sum -= b[at + i] * (ztx[level * k * q + i + p * k] + e[at + i]);
    }
  }
  // Rounding may leave a perfect fit slightly below zero.
  return Math.max(sum, 1e-300);
}

/** blocks_f −= scale · Σ_j e_j u_j′ over the levels of every factor, e = Z′W(y − Xβ − ZΛu); −½ ∂r²/∂Λ at scale 1. */
export function subtractResidualOuterProducts(
  blocks: readonly Float64Array[],
  system: BlockSystem,
  lambda: readonly Float64Array[],
  u: Float64Array,
  beta: Float64Array,
  scale: number,
): void {
  const { factors } = system;
  const starts = effectStarts(system);
  const b = new Float64Array(u.length);
  const e = new Float64Array(u.length);
  for (let f = 0; f < factors.length; f++) {
    const { levels, k } = factors[f];
    for (let level = 0; level < levels; level++) {
      const at = starts[f] + level * k;
      for (let i = 0; i < k; i++) for (let c = 0; c <= i; c++) b[at + i] += lambda[f][i + c * k] * u[at + c];
    }
  }
  residualProductsInto(e, system, beta, b);
  for (let f = 0; f < factors.length; f++) {
    const { levels, k } = factors[f];
    for (let level = 0; level < levels; level++) {
      const at = starts[f] + level * k;
      for (let j = 0; j < k; j++) {
        for (let i = 0; i < k; i++) blocks[f][i + j * k] -= scale * e[at + i] * u[at + j];
      }
    }
  }
}
