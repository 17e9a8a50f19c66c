/**
 * Determinants and solutions, read off a blocked Cholesky factor.
 *
 * @module
 */

import type { BlockFactor } from "./blockCholesky.ts";
import { factorOf } from "./blocks.ts";
import { solveLowerInto, solveLowerTransposedInto } from "./cholesky.ts";
import { effectStarts } from "./residual.ts";

/** Log-determinants and the last pivot of a factorisation. */
export interface Determinants {
  /** log |L_Z|², the random-effects part. */
  readonly logZ: number;
  /** log |L_X|², the fixed-effects part. */
  readonly logX: number;
  /** r², the penalised residual sum of squares: square of the last pivot. */
  readonly pwrss: number;
}

/**
 * Reads log |L_Z|², log |L_X|² and r² = pwrss. Pivots are multiplied and a logarithm is taken only when the
 * product leaves [1e-150, 1e150].
 *
 * @param ln - the natural logarithm to use
 */
export function determinants(factor: BlockFactor, ln: (x: number) => number): Determinants {
  const { plan, diagonal, core } = factor;
  let logZ = 0;
  let product = 1;
  for (let f = 0; f < plan.eliminated; f++) {
    const k = plan.system.factors[f].k;
    for (let node = plan.nodeStart[f]; node < plan.nodeStart[f + 1]; node++) {
      const d = plan.diagonalStart[node];
      for (let i = 0; i < k; i++) product *= diagonal[d + i + i * k];
      if (product > 1e150 || product < 1e-150) {
        logZ += ln(product);
        product = 1;
      }
    }
  }
  const order = plan.core;
  for (let i = 0; i < plan.coreColumns; i++) {
    product *= core[i + i * order];
    if (product > 1e150 || product < 1e-150) {
      logZ += ln(product);
      product = 1;
    }
  }
  logZ += ln(product);
  let logX = 0;
  for (let i = plan.coreColumns; i < order - 1; i++) logX += ln(core[i + i * order]);
  const last = core[order * order - 1];
  return { logZ: 2 * logZ, logX: 2 * logX, pwrss: last * last };
}

/**
 * Solves H (u, β) = (Λ′Z′Wy, X′Wy), or draws from N(H⁻¹·, H⁻¹) when `noise` holds independent standard
 * normals (times σ for a draw at residual variance σ²).
 *
 * @param u - spherical random effects, factor after factor, level after level; overwritten
 * @param beta - fixed effects, p; overwritten
 * @param noise - one number per entry of (u, β) in that order; omitted for the solution itself
 * @param given - whether β is given: then only u is solved for; defaults to false
 */
export function solveInto(
  u: Float64Array,
  beta: Float64Array,
  factor: BlockFactor,
  noise?: Float64Array,
  given = false,
): void {
  const { plan, core } = factor;
  const order = plan.core;
  const p = plan.system.q - 1;
  const size = order - 1;
  const before = u.length - plan.coreColumns;
  // L_core′ x = (row of y) + noise, upwards.
  for (let j = given ? plan.coreColumns - 1 : size - 1; j >= 0; j--) {
    let value = core[j + size * order];
    if (noise !== undefined) value += noise[before + j];
    for (let i = j + 1; i < size; i++) {
      value -= core[j + i * order] * (i < plan.coreColumns ? u[before + i] : beta[i - plan.coreColumns]);
    }
    value /= core[j + j * order];
    if (j < plan.coreColumns) u[before + j] = value;
    else beta[j - plan.coreColumns] = value;
  }
  solveNodes(u, beta, factor, p, noise);
}

/** Back-substitution through the nodes once the core part of `u` and β are known. */
function solveNodes(
  u: Float64Array,
  beta: Float64Array,
  factor: BlockFactor,
  p: number,
  noise?: Float64Array,
): void {
  const { plan, diagonal, rows } = factor;
  const before = u.length - plan.coreColumns;
  const starts = effectStarts(plan.system);
  let at = before;
  for (let f = plan.eliminated - 1; f >= 0; f--) {
    const k = plan.system.factors[f].k;
    for (let node = plan.nodeStart[f + 1] - 1; node >= plan.nodeStart[f]; node--) {
      at -= k;
      const row = plan.rowStart[node];
      const width = plan.width[node];
      const yColumn = row + (width - 1) * k;
      for (let i = 0; i < k; i++) {
        let value = rows[yColumn + i];
        if (noise !== undefined) value += noise[at + i];
        let column = row + i;
        for (let e = plan.elimStart[node]; e < plan.elimStart[node + 1]; e++) {
          const target = plan.elimIndex[e];
          const g = factorOf(plan.nodeStart, target);
          const kt = plan.system.factors[g].k;
          const ut = starts[g] + (target - plan.nodeStart[g]) * kt;
          for (let c = 0; c < kt; c++, column += k) value -= rows[column] * u[ut + c];
        }
        for (let c = plan.coreIndexStart[node]; c < plan.coreIndexStart[node + 1]; c++, column += k) {
          value -= rows[column] * u[before + plan.coreIndex[c]];
        }
        for (let c = 0; c < p; c++, column += k) value -= rows[column] * beta[c];
        u[at + i] = value;
      }
      solveLowerTransposedInto(u, at, diagonal, plan.diagonalStart[node], k);
    }
  }
}

/**
 * (u, β) ← L⁻¹(u, β): forward substitution through nodes and core, in place. The inner product of two results is
 * that of the arguments through H⁻¹.
 */
export function forwardInto(u: Float64Array, beta: Float64Array, factor: BlockFactor): void {
  const { plan, diagonal, rows, core } = factor;
  const starts = effectStarts(plan.system);
  const order = plan.core;
  const p = plan.system.q - 1;
  const before = u.length - plan.coreColumns;
  let at = 0;
  for (let f = 0; f < plan.eliminated; f++) {
    const k = plan.system.factors[f].k;
    for (let node = plan.nodeStart[f]; node < plan.nodeStart[f + 1]; node++, at += k) {
      solveLowerInto(u, at, diagonal, plan.diagonalStart[node], k);
      let column = plan.rowStart[node];
      for (let e = plan.elimStart[node]; e < plan.elimStart[node + 1]; e++) {
        const target = plan.elimIndex[e];
        const g = factorOf(plan.nodeStart, target);
        const kt = plan.system.factors[g].k;
        const ut = starts[g] + (target - plan.nodeStart[g]) * kt;
        for (let c = 0; c < kt; c++, column += k) {
          for (let i = 0; i < k; i++) u[ut + c] -= rows[column + i] * u[at + i];
        }
      }
      for (let c = plan.coreIndexStart[node]; c < plan.coreIndexStart[node + 1]; c++, column += k) {
        for (let i = 0; i < k; i++) u[before + plan.coreIndex[c]] -= rows[column + i] * u[at + i];
      }
      for (let c = 0; c < p; c++, column += k) {
        for (let i = 0; i < k; i++) beta[c] -= rows[column + i] * u[at + i];
      }
    }
  }
  for (let j = 0; j < order - 1; j++) {
    let value = j < plan.coreColumns ? u[before + j] : beta[j - plan.coreColumns];
    for (let i = 0; i < j; i++) {
      value -= core[i + j * order] * (i < plan.coreColumns ? u[before + i] : beta[i - plan.coreColumns]);
    }
    value /= core[j + j * order];
    if (j < plan.coreColumns) u[before + j] = value;
    else beta[j - plan.coreColumns] = value;
  }
}
