/**
 * Cross-products A = [Z X y]′W[Z X y] of a mixed model, kept as the blocks that are not zero.
 *
 * A *factor* is one grouping factor with J levels and k columns per level (the columns of all its terms side
 * by side). Z′WZ of one factor is block diagonal; two factors share only the pairs of levels that occur
 * together in some row.
 *
 * @module
 */

/** One grouping factor. */
export interface FactorBlocks {
  /** J */
  readonly levels: number;
  /** k */
  readonly k: number;
  /** Z_j′WZ_j, level after level: J blocks of k × k. */
  readonly ztz: Float64Array;
  /** Z_j′W[X y], level after level: J blocks of k × q. */
  readonly ztx: Float64Array;
}

/** Z_f′WZ_h of two factors f < h: row l of f lists the levels of h seen with it, in ascending order. */
export interface PairBlocks {
  /** J_f + 1 offsets into `column`. */
  readonly rowStart: Int32Array;
  /** Levels of h. */
  readonly column: Int32Array;
  /** One k_f × k_h block per entry of `column`. */
  readonly values: Float64Array;
}

/** All blocks; factors with most levels first. */
export interface BlockSystem {
  /** Columns of X and the response: p + 1. */
  readonly q: number;
  /** [X y]′W[X y], q × q. */
  readonly xtx: Float64Array;
  readonly factors: readonly FactorBlocks[];
  /** `pairs[f][h - f - 1]` for f < h. */
  readonly pairs: readonly (readonly PairBlocks[])[];
}

/** Where everything stands once an order of elimination is chosen; depends on the pattern alone. */
export interface Elimination {
  readonly system: BlockSystem;
  /** Factors 0 … E−1 are eliminated level by level, the others form the dense core with X and y. */
  readonly eliminated: number;
  /** Nodes are the levels of the eliminated factors; `nodeStart[f]` is the first of factor f (E + 1 entries). */
  readonly nodeStart: Int32Array;
  readonly nodes: number;
  /** First scalar column of each core factor in the core; entries for eliminated factors are −1. */
  readonly coreStart: Int32Array;
  /** Random-effect columns of the core. */
  readonly coreColumns: number;
  /** Order of the core: coreColumns + q. */
  readonly core: number;
  /** Eliminated nodes that node v touches: `elimIndex[elimStart[v] … elimStart[v+1])`, ascending. */
  readonly elimStart: Int32Array;
  readonly elimIndex: Int32Array;
  /** Scalar core columns that node v touches besides X and y, ascending. */
  readonly coreIndexStart: Int32Array;
  readonly coreIndex: Int32Array;
  /** Start of the node's row block (k × width, column-major) and of its diagonal block. */
  readonly rowStart: Int32Array;
  readonly diagonalStart: Int32Array;
  readonly rowLength: number;
  readonly diagonalLength: number;
  /** Scalar columns of the node's row: eliminated targets, core targets, X, y. */
  readonly width: Int32Array;
}

/**
 * Chooses what is eliminated level by level and what stays dense.
 *
 * The factor with most levels always goes first. The next one follows as long as every factor before it is
 * nested in it (each earlier level meets one level of it only), for then its block stays block diagonal and
 * nothing fills in. Everything after the first crossed factor is the dense core.
 */
export function planElimination(system: BlockSystem): Elimination {
  const { factors, pairs, q } = system;
  let eliminated = Math.min(1, factors.length);
  while (eliminated < factors.length && nestedUpTo(system, eliminated)) eliminated++;

  const nodeStart = new Int32Array(eliminated + 1);
  for (let f = 0; f < eliminated; f++) nodeStart[f + 1] = nodeStart[f] + factors[f].levels;
  const nodes = nodeStart[eliminated];
  const coreStart = new Int32Array(factors.length).fill(-1);
  let coreColumns = 0;
  for (let h = eliminated; h < factors.length; h++) {
    coreStart[h] = coreColumns;
    coreColumns += factors[h].levels * factors[h].k;
  }

  // Pattern of a node: its own pairs and what its children leave behind.
  const elimSets: Set<number>[] = Array.from({ length: nodes }, () => new Set());
  const coreSets: Set<number>[] = Array.from({ length: nodes }, () => new Set());
  for (let f = 0; f < eliminated; f++) {
    for (let h = f + 1; h < factors.length; h++) {
      const { rowStart, column } = pairs[f][h - f - 1];
      const k = factors[h].k;
      for (let level = 0; level < factors[f].levels; level++) {
        const node = nodeStart[f] + level;
        for (let e = rowStart[level]; e < rowStart[level + 1]; e++) {
          if (h < eliminated) elimSets[node].add(nodeStart[h] + column[e]);
          else for (let c = 0; c < k; c++) coreSets[node].add(coreStart[h] + column[e] * k + c);
        }
      }
    }
  }
  for (let node = 0; node < nodes; node++) {
    const targets = [...elimSets[node]].sort((a, b) => a - b);
    for (const target of targets) {
      for (const other of targets) if (other > target) elimSets[target].add(other);
      for (const column of coreSets[node]) coreSets[target].add(column);
    }
  }

  const elimStart = new Int32Array(nodes + 1);
  const coreIndexStart = new Int32Array(nodes + 1);
  for (let node = 0; node < nodes; node++) {
    elimStart[node + 1] = elimStart[node] + elimSets[node].size;
    coreIndexStart[node + 1] = coreIndexStart[node] + coreSets[node].size;
  }
  const elimIndex = new Int32Array(elimStart[nodes]);
  const coreIndex = new Int32Array(coreIndexStart[nodes]);
  const width = new Int32Array(nodes);
  const rowStart = new Int32Array(nodes + 1);
  const diagonalStart = new Int32Array(nodes + 1);
  let node = 0;
  for (let f = 0; f < eliminated; f++) {
    const k = factors[f].k;
    for (let level = 0; level < factors[f].levels; level++, node++) {
      elimIndex.set(Int32Array.from(elimSets[node]).sort(), elimStart[node]);
      coreIndex.set(Int32Array.from(coreSets[node]).sort(), coreIndexStart[node]);
      let columns = coreSets[node].size + q;
      for (const target of elimSets[node]) columns += factors[factorOf(nodeStart, target)].k;
      width[node] = columns;
      rowStart[node + 1] = rowStart[node] + k * columns;
      diagonalStart[node + 1] = diagonalStart[node] + k * k;
    }
  }
  return {
    system,
    eliminated,
    nodeStart,
    nodes,
    coreStart,
    coreColumns,
    core: coreColumns + q,
    elimStart,
    elimIndex,
    coreIndexStart,
    coreIndex,
    rowStart,
    diagonalStart,
    rowLength: rowStart[nodes],
    diagonalLength: diagonalStart[nodes],
    width,
  };
}

/** Factor that owns a node. */
export function factorOf(nodeStart: Int32Array, node: number): number {
  let f = 0;
  while (node >= nodeStart[f + 1]) f++;
  return f;
}

/** Whether every level of the factors before `h` meets exactly one level of factor h. */
function nestedUpTo(system: BlockSystem, h: number): boolean {
  for (let f = 0; f < h; f++) {
    const { rowStart } = system.pairs[f][h - f - 1];
    for (let level = 0; level < system.factors[f].levels; level++) {
      if (rowStart[level + 1] - rowStart[level] > 1) return false;
    }
  }
  return true;
}
