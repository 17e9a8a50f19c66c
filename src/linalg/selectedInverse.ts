/**
 * The blocks of H⁻¹ that derivatives and conditional variances need, from a blocked Cholesky factor.
 *
 * @module
 */

import { type BlockFactor, columnsOfTargets } from "./blockCholesky.ts";
import { type BlockSystem, factorOf } from "./blocks.ts";
import { inverseFromCholeskyInto, solveLowerTransposedInto } from "./cholesky.ts";
import { inverseFromUpperInto } from "./tiles.ts";

/** Blocks of H⁻¹; see {@link selectedInverse}. */
export interface SelectedInverse {
  /** (H⁻¹)_jj of every level, per factor: J blocks of k × k. */
  readonly blocks: readonly Float64Array[];
  /** Σ_j Z_j′W[ZΛ X] (H⁻¹)_{·j} per factor, k × k: half the derivative of log |H| by Λ. */
  readonly traces: readonly Float64Array[];
  /** tr(H⁻¹ [ZΛ X]′W[ZΛ X]). */
  readonly total: number;
}

/**
 * The diagonal blocks of H⁻¹ and the traces that the gradient of log |H| is made of, from the factor alone:
 *
 *   (H⁻¹)_{v,c} = −X_v (H⁻¹)_{cc},   (H⁻¹)_{vv} = (L_v L_v′)⁻¹ − (H⁻¹)_{v,c} X_v′,   X_v = L_v⁻ᵀ C_v,
 *
 * nodes in reverse order, c the pattern of node v; ∂ log|H| / ∂Λ_f = 2 `traces[f]` on the lower triangle.
 * Takahashi, Fagan & Chen 1973; for mixed models, Misztal & Perez-Enciso 1993.
 *
 * @param withFixed - whether H includes X (REML) or random effects only (ML, conditional variances)
 * @param system - whose W the traces are taken with, in the pattern of the factor's own; defaults to that one
 */
export function selectedInverse(
  factor: BlockFactor,
  withFixed: boolean,
  system: BlockSystem = factor.plan.system,
): SelectedInverse {
  const { plan, core, lambda, rows, diagonal } = factor;
  const { factors, pairs, q, xtx } = system;
  const p = withFixed ? q - 1 : 0;
  const order = plan.coreColumns + p;
  const inverse = new Float64Array(order * order);
  inverseFromUpperInto(inverse, order, core, plan.core);
  const blocks = factors.map(({ levels, k }) => new Float64Array(levels * k * k));
  const traces = factors.map(({ k }) => new Float64Array(k * k));
  // tr(H⁻¹ X′W[ZΛ X]): the rows of X, which no Λ belongs to.
  let border = 0;
  for (let j = 0; j < p; j++) {
    for (let i = 0; i < p; i++)
      border +=
        xtx[i + j * q] *
        inverse[Math.min(i, j) + plan.coreColumns + (plan.coreColumns + Math.max(i, j)) * order];
  }

  // Pairs inside the core, X included.
  for (let h = plan.eliminated; h < factors.length; h++) {
    const { k, levels, ztz, ztx } = factors[h];
    for (let level = 0; level < levels; level++) {
      const first = plan.coreStart[h] + level * k;
      copyBlock(blocks[h], level * k * k, inverse, order, first, first, k, k);
      addTrace(traces[h], k, ztz, level * k * k, k, false, lambda[h], blocks[h], level * k * k, 1, k);
      for (let c = 0; c < p; c++) {
        for (let j = 0; j < k; j++) {
          const value = inverse[plan.coreColumns + c + (first + j) * order];
          for (let i = 0; i < k; i++) {
            const moved = ztx[level * k * q + i + c * k] * value;
            traces[h][i + j * k] += moved;
            border += lambda[h][i + j * k] * moved;
          }
        }
      }
      for (let g = h + 1; g < factors.length; g++) {
        const pair = pairs[h][g - h - 1];
        const kg = factors[g].k;
        for (let entry = pair.rowStart[level]; entry < pair.rowStart[level + 1]; entry++) {
          const other = plan.coreStart[g] + pair.column[entry] * kg;
          const at = entry * k * kg;
          const here = other + first * order;
          addTrace(traces[h], k, pair.values, at, kg, false, lambda[g], inverse, here, 1, order);
          addTrace(traces[g], kg, pair.values, at, k, true, lambda[h], inverse, here, order, 1);
        }
      }
    }
  }

  // Nodes, last first. `hold` keeps (H⁻¹)_{v,c} of nodes that earlier nodes may touch.
  const hold = new Float64Array(plan.eliminated > 1 ? plan.rowLength : 0);
  const widest = plan.width.reduce((most, w) => Math.max(most, w), 0);
  // With nothing but X to touch, the pattern of every node is the whole core.
  const same = plan.eliminated === 1 && plan.coreColumns === 0;
  const cc = same ? inverse : new Float64Array(widest * widest);
  const kMax = factors.reduce((most, { k }) => Math.max(most, k), 1);
  // Scratch of one node; a node is small and there may be a million.
  const multipliers = new Float64Array(kMax * widest);
  const across = new Float64Array(kMax * widest);
  const block = new Float64Array(kMax * kMax);
  for (let f = plan.eliminated - 1; f >= 0; f--) {
    const { k, ztz, ztx } = factors[f];
    for (let node = plan.nodeStart[f + 1] - 1; node >= plan.nodeStart[f]; node--) {
      const level = node - plan.nodeStart[f];
      const width = plan.width[node] - (q - p);
      const row = plan.rowStart[node];
      for (let i = 0; i < width * k; i++) multipliers[i] = rows[row + i];
      solveLowerTransposedInto(multipliers, 0, diagonal, plan.diagonalStart[node], k, width);
      if (!same) patternInverseInto(cc, factor, node, width, p, inverse, order, blocks, hold);
      for (let c = 0; c < width; c++) {
        for (let i = 0; i < k; i++) {
          let sum = 0;
          for (let l = 0; l < width; l++) sum += multipliers[i + l * k] * cc[l + c * width];
          across[i + c * k] = -sum;
        }
      }
      inverseFromCholeskyInto(block, diagonal, k, k, plan.diagonalStart[node]);
      for (let j = 0; j < k; j++) {
        for (let i = 0; i < k; i++) {
          for (let c = 0; c < width; c++) block[i + j * k] -= across[i + c * k] * multipliers[j + c * k];
        }
      }
      for (let i = 0; i < k * k; i++) blocks[f][level * k * k + i] = block[i];
      if (hold.length > 0) for (let i = 0; i < k * width; i++) hold[row + i] = across[i];

      addTrace(traces[f], k, ztz, level * k * k, k, false, lambda[f], block, 0, 1, k);
      for (let c = 0; c < p; c++) {
        for (let j = 0; j < k; j++) {
          const value = across[j + (width - p + c) * k];
          for (let i = 0; i < k; i++) {
            const moved = ztx[level * k * q + i + c * k] * value;
            traces[f][i + j * k] += moved;
            border += lambda[f][i + j * k] * moved;
          }
        }
      }
      for (let h = f + 1; h < factors.length; h++) {
        const pair = pairs[f][h - f - 1];
        const kh = factors[h].k;
        for (let entry = pair.rowStart[level]; entry < pair.rowStart[level + 1]; entry++) {
          const column = columnOfPair(factor, node, h, pair.column[entry]);
          const at = entry * k * kh;
          addTrace(traces[f], k, pair.values, at, kh, false, lambda[h], across, column * k, k, 1);
          addTrace(traces[h], kh, pair.values, at, k, true, lambda[f], across, column * k, 1, k);
        }
      }
    }
  }
  let total = border;
  traces.forEach((trace, f) => {
    for (let e = 0; e < trace.length; e++) total += lambda[f][e] * trace[e];
  });
  return { blocks, traces, total };
}

/**
 * trace (k × k) += B Λ V, where B is k × m (or its transpose is stored) and V is m × k with entry (a, j) at
 * `vo + a * down + j * right`.
 */
function addTrace(
  trace: Float64Array,
  k: number,
  B: Float64Array,
  bo: number,
  m: number,
  transposed: boolean,
  L: Float64Array,
  V: Float64Array,
  vo: number,
  down: number,
  right: number,
): void {
  for (let j = 0; j < k; j++) {
    for (let b = 0; b < m; b++) {
      let scaled = 0;
      for (let a = 0; a <= b; a++) scaled += L[b + a * m] * V[vo + a * down + j * right];
      for (let i = 0; i < k; i++)
        trace[i + j * k] += (transposed ? B[bo + b + i * m] : B[bo + i + b * k]) * scaled;
    }
  }
}

function copyBlock(
  out: Float64Array,
  oo: number,
  M: Float64Array,
  order: number,
  row: number,
  column: number,
  m: number,
  n: number,
): void {
  for (let j = 0; j < n; j++)
    for (let i = 0; i < m; i++) out[oo + i + j * m] = M[row + i + (column + j) * order];
}

/** Column of a node's row at which its pair with level `level` of factor h starts. */
function columnOfPair(factor: BlockFactor, node: number, h: number, level: number): number {
  const { plan } = factor;
  const { factors } = plan.system;
  if (h < plan.eliminated) {
    let column = 0;
    for (let e = plan.elimStart[node]; plan.elimIndex[e] !== plan.nodeStart[h] + level; e++) {
      column += factors[factorOf(plan.nodeStart, plan.elimIndex[e])].k;
    }
    return column;
  }
  const target = plan.coreStart[h] + level * factors[h].k;
  let low = plan.coreIndexStart[node];
  let high = plan.coreIndexStart[node + 1] - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (plan.coreIndex[middle] < target) low = middle + 1;
    else high = middle;
  }
  return columnsOfTargets(plan, node) + low - plan.coreIndexStart[node];
}

/** cc ← (H⁻¹)_{cc} over the pattern c of a node: eliminated targets, core columns, X. */
function patternInverseInto(
  cc: Float64Array,
  factor: BlockFactor,
  node: number,
  width: number,
  p: number,
  inverse: Float64Array,
  order: number,
  blocks: readonly Float64Array[],
  hold: Float64Array,
): void {
  const { plan } = factor;
  const { factors } = plan.system;
  const targets = columnsOfTargets(plan, node);
  const first = plan.coreIndexStart[node];
  const inCore = width - p - targets;
  const places = factor.position;
  for (let c = 0; c < inCore; c++) places[targets + c] = plan.coreIndex[first + c];
  for (let c = 0; c < p; c++) places[targets + inCore + c] = plan.coreColumns + c;
  for (let j = targets; j < width; j++) {
    const base = places[j] * order;
    for (let i = targets; i <= j; i++) {
      const value = inverse[places[i] + base];
      cc[i + j * width] = value;
      cc[j + i * width] = value;
    }
  }
  let column = 0;
  for (let e = plan.elimStart[node]; e < plan.elimStart[node + 1]; e++) {
    const target = plan.elimIndex[e];
    const g = factorOf(plan.nodeStart, target);
    const k = factors[g].k;
    copyInto(cc, width, column, column, blocks[g], (target - plan.nodeStart[g]) * k * k, k, k);
    let other = column + k;
    for (let o = e + 1; o < plan.elimStart[node + 1]; o++) {
      const id = plan.elimIndex[o];
      const h = factorOf(plan.nodeStart, id);
      const kh = factors[h].k;
      const there = columnOfPair(factor, target, h, id - plan.nodeStart[h]);
      for (let c = 0; c < kh; c++, other++) {
        for (let i = 0; i < k; i++) {
          const value = hold[plan.rowStart[target] + i + (there + c) * k];
          cc[column + i + other * width] = value;
          cc[other + (column + i) * width] = value;
        }
      }
    }
    const coreThere = columnsOfTargets(plan, target);
    let t = plan.coreIndexStart[target];
    for (let c = 0; c < inCore + p; c++) {
      let at: number;
      if (c < inCore) {
        while (plan.coreIndex[t] !== plan.coreIndex[first + c]) t++;
        at = coreThere + t - plan.coreIndexStart[target];
      } else at = plan.width[target] - plan.system.q + c - inCore;
      for (let i = 0; i < k; i++) {
        const value = hold[plan.rowStart[target] + i + at * k];
        cc[column + i + (targets + c) * width] = value;
        cc[targets + c + (column + i) * width] = value;
      }
    }
    column += k;
  }
}

function copyInto(
  out: Float64Array,
  ld: number,
  row: number,
  column: number,
  B: Float64Array,
  bo: number,
  m: number,
  n: number,
): void {
  for (let j = 0; j < n; j++)
    for (let i = 0; i < m; i++) out[row + i + (column + j) * ld] = B[bo + i + j * m];
}
