/**
 * Quadratic forms a′H⁻¹b of sparse functionals of the effects, through the blocked factor H = LL′.
 *
 * A functional of one row touches one level per grouping factor and X. Its half solution y = L⁻¹a is followed
 * through the nodes it reaches only; what arrives in the core, r, enters by the inverse M of the core:
 *
 *   a′H⁻¹b = y_a′y_b + r_a′ M r_b.
 *
 * No q × q matrix is ever formed.
 *
 * @module
 */

import type { BlockFactor } from "./blockCholesky.ts";
import { factorOf } from "./blocks.ts";
import { solveLowerInto } from "./cholesky.ts";
import { effectCount, effectStarts } from "./residual.ts";
import { inverseFromUpperInto } from "./tiles.ts";

/** The coefficients of a functional that stand at one level of one factor. */
export interface LevelEntry {
  readonly factor: number;
  readonly level: number;
  /** k numbers. */
  readonly values: Float64Array;
}

/** A functional after its half solution: sparse vectors over the eliminated effects and over the core. */
export interface HalfRow {
  /** Places in u, ascending. */
  readonly nodeAt: Int32Array;
  readonly nodeValue: Float64Array;
  /** Places in the core (random effects, then X), in no order. */
  readonly coreAt: Int32Array;
  readonly coreValue: Float64Array;
}

/** A factor made ready for half solutions; valid until the factor is computed anew. */
export interface HalfSolver {
  readonly factor: BlockFactor;
  /** M: inverse of the core without y, order × order. */
  readonly inverse: Float64Array;
  readonly order: number;
  readonly starts: readonly number[];
  /** Scratch: what has arrived at each effect and at X, and which places of the core were reached. */
  readonly work: Float64Array;
  readonly reached: Uint8Array;
}

/** Inverts the core of a factor, once for all rows. */
export function halfSolver(factor: BlockFactor): HalfSolver {
  const { plan } = factor;
  const order = plan.core - 1;
  const inverse = new Float64Array(order * order);
  inverseFromUpperInto(inverse, order, factor.core, plan.core);
  return {
    factor,
    inverse,
    order,
    starts: effectStarts(plan.system),
    work: new Float64Array(effectCount(plan.system) + plan.system.q - 1),
    reached: new Uint8Array(order),
  };
}

/**
 * The half solution of a functional Σ values′u_level + x′β.
 *
 * @param entries - at most one entry per factor and level
 * @param x - p coefficients in the coordinates of the working X; `null` for none
 */
export function halfSolve(
  solver: HalfSolver,
  entries: readonly LevelEntry[],
  x: Float64Array | null,
): HalfRow {
  const { factor, starts, work, reached } = solver;
  const { plan, diagonal, rows } = factor;
  const { factors, q } = plan.system;
  const p = q - 1;
  const before = work.length - p - plan.coreColumns;
  const core: number[] = [];
  const arrive = (index: number, value: number): void => {
    if (reached[index] === 0) {
      reached[index] = 1;
      core.push(index);
    }
    work[before + index] += value;
  };
  const queue: number[] = [];
  for (const { factor: f, level, values } of entries) {
    const at = starts[f] + level * factors[f].k;
    if (f < plan.eliminated) {
      for (let i = 0; i < values.length; i++) work[at + i] += values[i];
      enqueue(queue, plan.nodeStart[f] + level);
    } else for (let i = 0; i < values.length; i++) arrive(at - before + i, values[i]);
  }
  if (x !== null) for (let c = 0; c < p; c++) arrive(plan.coreColumns + c, x[c]);

  const nodeAt: number[] = [];
  const nodeValue: number[] = [];
  // Targets of a node have higher numbers, so the queue stays ascending.
  for (let next = 0; next < queue.length; next++) {
    const node = queue[next];
    const f = factorOf(plan.nodeStart, node);
    const k = factors[f].k;
    const at = starts[f] + (node - plan.nodeStart[f]) * k;
    solveLowerInto(work, at, diagonal, plan.diagonalStart[node], k);
    let column = plan.rowStart[node];
    for (let e = plan.elimStart[node]; e < plan.elimStart[node + 1]; e++) {
      const target = plan.elimIndex[e];
      const g = factorOf(plan.nodeStart, target);
      const there = starts[g] + (target - plan.nodeStart[g]) * factors[g].k;
      for (let c = 0; c < factors[g].k; c++, column += k)
        work[there + c] -= product(rows, column, work, at, k);
      enqueue(queue, target);
    }
    for (let c = plan.coreIndexStart[node]; c < plan.coreIndexStart[node + 1]; c++, column += k) {
      arrive(plan.coreIndex[c], -product(rows, column, work, at, k));
    }
    for (let c = 0; c < p; c++, column += k) {
      arrive(plan.coreColumns + c, -product(rows, column, work, at, k));
    }
    for (let i = 0; i < k; i++) {
      nodeAt.push(at + i);
      nodeValue.push(work[at + i]);
    }
  }
  const coreAt = Int32Array.from(core);
  const coreValue = Float64Array.from(core, (index) => work[before + index]);
  for (const at of nodeAt) work[at] = 0;
  for (const index of core) {
    work[before + index] = 0;
    reached[index] = 0;
  }
  return { nodeAt: Int32Array.from(nodeAt), nodeValue: Float64Array.from(nodeValue), coreAt, coreValue };
}

/** a′H⁻¹b of two functionals after their half solutions. */
export function bilinearForm(solver: HalfSolver, a: HalfRow, b: HalfRow): number {
  const { inverse, order } = solver;
  let sum = 0;
  for (let i = 0, j = 0; i < a.nodeAt.length && j < b.nodeAt.length; ) {
    if (a.nodeAt[i] === b.nodeAt[j]) sum += a.nodeValue[i++] * b.nodeValue[j++];
    else if (a.nodeAt[i] < b.nodeAt[j]) i++;
    else j++;
  }
  for (let j = 0; j < b.coreAt.length; j++) {
    const column = b.coreAt[j] * order;
    let product = 0;
    for (let i = 0; i < a.coreAt.length; i++) product += inverse[column + a.coreAt[i]] * a.coreValue[i];
    sum += product * b.coreValue[j];
  }
  return sum;
}

/** Inserts a node into the ascending queue unless it stands there. */
function enqueue(queue: number[], node: number): void {
  let at = queue.length;
  while (at > 0 && queue[at - 1] > node) at--;
  if (at === 0 || queue[at - 1] !== node) queue.splice(at, 0, node);
}

function product(a: Float64Array, ao: number, b: Float64Array, bo: number, k: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += a[ao + i] * b[bo + i];
  return sum;
}
