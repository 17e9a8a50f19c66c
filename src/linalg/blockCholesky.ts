/**
 * Blocked Cholesky factor of Λ′AΛ + I, the one factorisation behind REML, ML and the Gibbs samplers.
 *
 *         ⎡ Λ′Z′WZΛ + I   Λ′Z′WX   Λ′Z′Wy ⎤
 *   H  =  ⎢     ·          X′WX     X′Wy  ⎥  =  L L′
 *         ⎣     ·            ·      y′Wy  ⎦
 *
 * Levels of the eliminated factors ("nodes") are factored one after the other, each into a small k × k
 * block and a row of multipliers C = L⁻¹ H_row; what they leave behind is added to later nodes and to
 * the dense core of the remaining factors, X and y. Bates, Mächler, Bolker & Walker 2015, J. Stat. Softw. 67(1),
 * §5.4; the blocks follow MixedModels.jl.
 *
 * @module
 */

import { NumericalError } from "../errors.ts";
import { type BlockSystem, type Elimination, factorOf, planElimination } from "./blocks.ts";
import { choleskyInto, solveLowerInto } from "./cholesky.ts";
import { choleskyUpperInto } from "./tiles.ts";

/** Buffers of one factorisation; reused from call to call. */
export interface BlockFactor {
  readonly plan: Elimination;
  /** L of each node's diagonal block, k × k lower. */
  readonly diagonal: Float64Array;
  /** Multipliers C of each node, k × width. */
  readonly rows: Float64Array;
  /** Upper factor U = L′ of the core, core × core. */
  readonly core: Float64Array;
  /** Λ of the last factorisation, one k × k lower block per factor. */
  readonly lambda: readonly Float64Array[];
  /** Scratch of one block product. */
  readonly scratch: Float64Array;
  /** Positions of a node's later columns inside a target's row. */
  readonly position: Int32Array;
}

/** Allocates the buffers for a system. */
export function blockFactor(system: BlockSystem): BlockFactor {
  const plan = planElimination(system);
  const kMax = system.factors.reduce((most, { k }) => Math.max(most, k), 1);
  return {
    plan,
    diagonal: new Float64Array(plan.diagonalLength),
    rows: new Float64Array(plan.rowLength),
    core: new Float64Array(plan.core * plan.core),
    lambda: system.factors.map(({ k }) => new Float64Array(k * k)),
    scratch: new Float64Array(kMax * Math.max(kMax, system.q)),
    position: new Int32Array(plan.core + kMax * system.factors.length),
  };
}

/** Adds to the q × q block of X and y before the core is factored. */
export type CoreAdjustment = (core: Float64Array, order: number, first: number) => void;

/**
 * Factors H for the given Λ.
 *
 * @param factor - buffers, overwritten
 * @param lambda - one lower-triangular k × k block per factor (column-major; the upper part must be zero)
 * @param adjust - adds to the q × q block of X and y before the core is factored, e.g. prior pseudo-rows
 * @throws {NumericalError} `not-positive-definite` when a pivot is not positive
 */
export function factorize(
  factor: BlockFactor,
  lambda: readonly Float64Array[],
  adjust?: CoreAdjustment,
): void {
  if (tryFactorize(factor, lambda, adjust)) return;
  throw new NumericalError(
    "not-positive-definite",
    "The residual variance ran so close to zero that rounding took over: fixed and random effects reproduce the response.",
    "Check whether the response was computed from the columns of the model.",
    { order: factor.plan.core },
  );
}

/** As {@link factorize}, but says with `false` that a pivot was not positive; the factor is then incomplete. */
export function tryFactorize(
  factor: BlockFactor,
  lambda: readonly Float64Array[],
  adjust?: CoreAdjustment,
): boolean {
  const { plan } = factor;
  for (let f = 0; f < lambda.length; f++) factor.lambda[f].set(lambda[f]);
  fillNodes(factor);
  fillCore(factor);
  for (let f = 0; f < plan.eliminated; f++) {
    for (let node = plan.nodeStart[f]; node < plan.nodeStart[f + 1]; node++) {
      if (!eliminate(factor, node, f)) return false;
    }
  }
  adjust?.(factor.core, plan.core, plan.coreColumns);
  const failed = choleskyUpperInto(factor.core, plan.core);
  if (failed >= 0 && failed < plan.core - 1) return false;
  // A last pivot of zero is a perfect fit, not a failure.
  if (failed === plan.core - 1) factor.core[plan.core * plan.core - 1] = 0;
  return true;
}

/** out (k_f × k_h) ← Λ_f′ B Λ_h, for a block B of k_f × k_h. */
function sandwichInto(
  out: Float64Array,
  oo: number,
  Lf: Float64Array,
  kf: number,
  B: Float64Array,
  bo: number,
  Lh: Float64Array,
  kh: number,
): void {
  for (let j = 0; j < kh; j++) {
    for (let i = 0; i < kf; i++) {
      let sum = 0;
      for (let b = j; b < kh; b++) {
        const right = Lh[b + j * kh];
        if (right === 0) continue;
        let left = 0;
        for (let a = i; a < kf; a++) left += Lf[a + i * kf] * B[bo + a + b * kf];
        sum += left * right;
      }
      out[oo + i + j * kf] = sum;
    }
  }
}

/** out (k × q) ← Λ′ B for a block B of k × q. */
function scaleInto(
  out: Float64Array,
  oo: number,
  L: Float64Array,
  k: number,
  B: Float64Array,
  bo: number,
  q: number,
): void {
  for (let j = 0; j < q; j++) {
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let a = i; a < k; a++) sum += L[a + i * k] * B[bo + a + j * k];
      out[oo + i + j * k] = sum;
    }
  }
}

/** Diagonal blocks Λ′Z′ZΛ + I and rows Λ_f′[Z_f′Z_h Λ_h, Z_f′X, Z_f′y] of every node. */
function fillNodes(factor: BlockFactor): void {
  const { plan, diagonal, rows, lambda } = factor;
  const { factors, pairs, q } = plan.system;
  rows.fill(0);
  for (let f = 0; f < plan.eliminated; f++) {
    const { k, levels, ztz, ztx } = factors[f];
    const L = lambda[f];
    for (let level = 0; level < levels; level++) {
      const node = plan.nodeStart[f] + level;
      const d = plan.diagonalStart[node];
      sandwichInto(diagonal, d, L, k, ztz, level * k * k, L, k);
      for (let i = 0; i < k; i++) diagonal[d + i + i * k] += 1;
      const row = plan.rowStart[node];
      scaleInto(rows, row + (plan.width[node] - q) * k, L, k, ztx, level * k * q, q);
      let column = row;
      let e = plan.elimStart[node];
      let c = plan.coreIndexStart[node];
      const coreFirst = columnsOfTargets(plan, node);
      for (let h = f + 1; h < factors.length; h++) {
        const pair = pairs[f][h - f - 1];
        const kh = factors[h].k;
        for (let entry = pair.rowStart[level]; entry < pair.rowStart[level + 1]; entry++) {
          if (h < plan.eliminated) {
            const target = plan.nodeStart[h] + pair.column[entry];
            while (plan.elimIndex[e] !== target)
              column += factors[factorOf(plan.nodeStart, plan.elimIndex[e++])].k * k;
            sandwichInto(rows, column, L, k, pair.values, entry * k * kh, lambda[h], kh);
          } else {
            const target = plan.coreStart[h] + pair.column[entry] * kh;
            while (plan.coreIndex[c] !== target) c++;
            const at = row + (coreFirst + c - plan.coreIndexStart[node]) * k;
            sandwichInto(rows, at, L, k, pair.values, entry * k * kh, lambda[h], kh);
          }
        }
      }
    }
  }
}

/** Scalar columns taken by the eliminated targets at the head of a node's row. */
export function columnsOfTargets(plan: Elimination, node: number): number {
  let columns = 0;
  for (let e = plan.elimStart[node]; e < plan.elimStart[node + 1]; e++) {
    columns += plan.system.factors[factorOf(plan.nodeStart, plan.elimIndex[e])].k;
  }
  return columns;
}

/** Upper triangle of the core before anything is eliminated. */
function fillCore(factor: BlockFactor): void {
  const { plan, core, lambda, scratch } = factor;
  const { factors, pairs, q, xtx } = plan.system;
  const order = plan.core;
  core.fill(0);
  for (let h = plan.eliminated; h < factors.length; h++) {
    const { k, levels, ztz, ztx } = factors[h];
    for (let level = 0; level < levels; level++) {
      const first = plan.coreStart[h] + level * k;
      sandwichInto(scratch, 0, lambda[h], k, ztz, level * k * k, lambda[h], k);
      for (let j = 0; j < k; j++) {
        for (let i = j; i < k; i++)
          core[first + j + (first + i) * order] = scratch[i + j * k] + (i === j ? 1 : 0);
      }
      scaleInto(scratch, 0, lambda[h], k, ztx, level * k * q, q);
      for (let j = 0; j < q; j++) {
        for (let i = 0; i < k; i++) core[first + i + (plan.coreColumns + j) * order] = scratch[i + j * k];
      }
      for (let g = h + 1; g < factors.length; g++) {
        const pair = pairs[h][g - h - 1];
        const kg = factors[g].k;
        for (let entry = pair.rowStart[level]; entry < pair.rowStart[level + 1]; entry++) {
          const below = plan.coreStart[g] + pair.column[entry] * kg;
          sandwichInto(scratch, 0, lambda[h], k, pair.values, entry * k * kg, lambda[g], kg);
          for (let j = 0; j < kg; j++) {
            for (let i = 0; i < k; i++) core[first + i + (below + j) * order] = scratch[i + j * k];
          }
        }
      }
    }
  }
  for (let j = 0; j < q; j++) {
    for (let i = j; i < q; i++) core[plan.coreColumns + j + (plan.coreColumns + i) * order] = xtx[i + j * q];
  }
}

/** Factors one node of factor f and takes C′C off every later block that its row touches. */
function eliminate(factor: BlockFactor, node: number, f: number): boolean {
  const { plan, diagonal, rows, core, position } = factor;
  const { factors, q } = plan.system;
  const { k } = factors[f];
  const d = plan.diagonalStart[node];
  if (choleskyOfBlock(diagonal, d, k) >= 0) return false;
  const row = plan.rowStart[node];
  const width = plan.width[node];
  solveLowerInto(rows, row, diagonal, d, k, width);

  const targets = columnsOfTargets(plan, node);
  let column = 0;
  for (let e = plan.elimStart[node]; e < plan.elimStart[node + 1]; e++) {
    const target = plan.elimIndex[e];
    const kt = factors[factorOf(plan.nodeStart, target)].k;
    const dt = plan.diagonalStart[target];
    for (let j = 0; j < kt; j++) {
      for (let i = j; i < kt; i++) {
        diagonal[dt + i + j * kt] -= dotOf(rows, row + (column + i) * k, row + (column + j) * k, k);
      }
    }
    positionsInTarget(factor, node, e);
    const rt = plan.rowStart[target];
    for (let c = column + kt; c < width; c++) {
      const at = rt + position[c] * kt;
      for (let i = 0; i < kt; i++) rows[at + i] -= dotOf(rows, row + (column + i) * k, row + c * k, k);
    }
    column += kt;
  }

  const order = plan.core;
  const first = plan.coreIndexStart[node];
  const inCore = width - q - targets;
  const coreOf = factor.position;
  for (let c = 0; c < inCore; c++) coreOf[targets + c] = plan.coreIndex[first + c];
  for (let c = 0; c < q; c++) coreOf[targets + inCore + c] = plan.coreColumns + c;
  for (let b = targets; b < width; b++) {
    const base = coreOf[b] * order;
    const rb = row + b * k;
    for (let a = targets; a <= b; a++) core[coreOf[a] + base] -= dotOf(rows, row + a * k, rb, k);
  }
  return true;
}

/** Fills `position[c]`: where column c of the node's row stands in the row of its eliminated target `e`. */
export function positionsInTarget(factor: BlockFactor, node: number, e: number): void {
  const { plan, position } = factor;
  const { factors, q } = plan.system;
  const target = plan.elimIndex[e];
  let column = 0;
  let there = 0;
  let t = plan.elimStart[target];
  for (let other = plan.elimStart[node]; other < plan.elimStart[node + 1]; other++) {
    const id = plan.elimIndex[other];
    const k = factors[factorOf(plan.nodeStart, id)].k;
    if (other > e) {
      while (plan.elimIndex[t] !== id) there += factors[factorOf(plan.nodeStart, plan.elimIndex[t++])].k;
      for (let i = 0; i < k; i++) position[column + i] = there + i;
    }
    column += k;
  }
  const coreThere = columnsOfTargets(plan, target);
  let c = plan.coreIndexStart[target];
  for (let i = plan.coreIndexStart[node]; i < plan.coreIndexStart[node + 1]; i++) {
    while (plan.coreIndex[c] !== plan.coreIndex[i]) c++;
    position[column++] = coreThere + c - plan.coreIndexStart[target];
  }
  for (let i = 0; i < q; i++) position[column++] = plan.width[target] - q + i;
}

function dotOf(rows: Float64Array, a: number, b: number, k: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += rows[a + i] * rows[b + i];
  return sum;
}

function choleskyOfBlock(A: Float64Array, offset: number, k: number): number {
  if (k === 1) {
    if (!(A[offset] > 0)) return 0;
    A[offset] = Math.sqrt(A[offset]);
    return -1;
  }
  return choleskyInto(A, k, offset);
}
