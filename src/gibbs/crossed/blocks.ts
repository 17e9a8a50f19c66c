/**
 * The blocks of a crossed design: everything about them that does not change while sampling.
 *
 * @module
 */

import { type Gather, gatherOf, readied, type ValuedGather } from "../../linalg/gather.ts";
import type { CrossProducts } from "../../model/crossProducts.ts";
import { type CoreLayout, coreLayout, positionOf } from "./layout.ts";
import { type Division, nestedIn } from "./plan.ts";
import { rowsOf, type Square, squareOf } from "./square.ts";

/** Levels of one factor by their Z_j′WZ_j: levels of one pattern share a factorisation. */
export interface Patterns {
  readonly count: number;
  /** Pattern of each level. */
  readonly of: Int32Array;
  /** Levels of each pattern, ascending. */
  readonly sizes: Float64Array;
  /** Z_j′WZ_j of each pattern, k × k. */
  readonly A: Float64Array;
}

/** A block: f with k columns and J levels, and its core T = [Q, Z_h of the core factors] of m columns, see {@link CoreLayout}. */
export interface Block {
  readonly factor: number;
  readonly core: readonly number[];
  readonly levels: number;
  readonly k: number;
  readonly layout: CoreLayout;
  /** First column in T of each core factor. */
  readonly first: readonly number[];
  readonly patterns: Patterns;
  /**
   * Whether Σ_f is interwoven (`interweave.ts`) rather than drawn with b_f integrated out: from four columns on,
   * with many patterns, the latter costs several times the rest of the block.
   */
  readonly interwoven: boolean;
  /** Z_f′Wỹ, J × k level after level, and T′Wỹ. */
  readonly zy: Float64Array;
  readonly ty: Float64Array;
  /** T′WT in the layout of the core, with both triangles filled in. */
  readonly tt: Float64Array;
  /** Z_f′WQ by columns: p times J × k. */
  readonly fixed: Float64Array;
  /** Z_f′WZ_h of each core factor, and its transpose. */
  readonly across: readonly Gather[];
  readonly down: readonly Gather[];
  /** How the square T′WZ_f V⁻¹ Z_f′WT is added up. */
  readonly square: Square;
  /** Products with the factors of other blocks, for f and then for each core factor that is not `merged`. */
  readonly gathers: readonly (readonly { readonly from: number; readonly gather: Gather }[])[];
  /**
   * Level of core factor h that level j of f lies in, where both are intercepts without weights and f is nested in
   * h: then Z_f b_f + Z_h b_h = Z_f (b_f + the effects of h above), and Z_h′ adds up Z_f′. `null` for other h.
   */
  readonly merged: readonly (Int32Array | null)[];
}

/** Everything about the blocks that does not change while sampling; shared by all chains. */
export function blocksOf(cross: CrossProducts, divisions: readonly Division[]): Block[] {
  return divisions.map(({ factor, core }) => blockOf(cross, factor, core, divisions));
}

function blockOf(
  cross: CrossProducts,
  f: number,
  core: readonly number[],
  divisions: readonly Division[],
): Block {
  const { factors, p, q, xtx } = cross;
  const { levels, k, ztz, ztx } = factors[f];
  let m = p;
  const first = core.map((h) => {
    m += factors[h].levels * factors[h].k;
    return m - factors[h].levels * factors[h].k;
  });
  const last = core[core.length - 1];
  const outer = last !== undefined && nestedIn(cross, f, last) ? factors[last] : { levels: 0, k: 0 };
  const layout = coreLayout(m, outer.levels * outer.k, outer.k);
  const tt = new Float64Array(layout.length);
  const ty = new Float64Array(m);
  const put = (row: number, column: number, value: number): void => {
    tt[positionOf(layout, row, column)] = value;
    // Rows of the outer factor are kept once, beside the dense columns.
    if (row < layout.dense || column >= layout.dense) tt[positionOf(layout, column, row)] = value;
  };
  for (let j = 0; j < p; j++) {
    ty[j] = xtx[j + p * q];
    for (let i = j; i < p; i++) put(i, j, xtx[i + j * q]);
  }
  core.forEach((h, c) => {
    const own = factors[h];
    for (let level = 0; level < own.levels; level++) {
      for (let i = 0; i < own.k; i++) {
        const row = first[c] + level * own.k + i;
        const at = level * own.k * q + i;
        ty[row] = own.ztx[at + p * own.k];
        for (let j = 0; j < p; j++) put(row, j, own.ztx[at + j * own.k]);
        for (let j = 0; j < own.k; j++)
          put(row, first[c] + level * own.k + j, own.ztz[(level * own.k + j) * own.k + i]);
      }
    }
    core.slice(0, c).forEach((g, d) => {
      const { rows, k: kh, other, rowStart, column, values } = gatherOf(cross, h, g);
      for (let row = 0; row < rows; row++) {
        for (let e = rowStart[row]; e < rowStart[row + 1]; e++) {
          for (let j = 0; j < other; j++) {
            const there = first[d] + column[e] * other + j;
            for (let i = 0; i < kh; i++)
              put(first[c] + row * kh + i, there, values[(e * other + j) * kh + i]);
          }
        }
      }
    });
  });

  const zy = new Float64Array(levels * k);
  for (let level = 0; level < levels; level++) {
    for (let i = 0; i < k; i++) zy[level * k + i] = ztx[level * k * q + i + p * k];
  }
  const fixed = new Float64Array(p * levels * k);
  for (let c = 0; c < p; c++) {
    for (let level = 0; level < levels; level++) {
      for (let i = 0; i < k; i++) fixed[(c * levels + level) * k + i] = ztx[(level * q + c) * k + i];
    }
  }
  const across = core.map((h) => gatherOf(cross, f, h));
  const patterns = patternsOf(ztz, levels, k);
  const merged = core.map((h, c) => parents(cross, f, h, across[c]));
  const others = divisions.filter(({ factor }) => factor !== f);
  const gathersOf = (row: number): { from: number; gather: Gather }[] =>
    others.flatMap(({ factor, core: theirs }) => {
      const unmerged = theirs.filter((h) => parents(cross, factor, h, gatherOf(cross, factor, h)) === null);
      return [factor, ...unmerged].map((from) => ({
        from,
        gather: readied(gatherOf(cross, row, from), factors[from].levels),
      }));
    });
  const gathers = [f, ...core.filter((_, c) => merged[c] === null)].map(gathersOf);
  return {
    factor: f,
    core,
    levels,
    k,
    layout,
    first,
    patterns,
    interwoven: k > 3 && patterns.count > Math.max(16, levels / 10),
    zy,
    ty,
    tt,
    fixed,
    across: across.map((gather, c) => readied(gather, factors[core[c]].levels)),
    down: core.map((h) => readied(gatherOf(cross, h, f), levels)),
    square: squareOf(rowsOf(cross, f, across, first), patterns, k, layout),
    gathers,
    merged,
  };
}

function patternsOf(ztz: Float64Array, levels: number, k: number): Patterns {
  const size = k * k;
  const of = new Int32Array(levels);
  const known = new Map<string | number, number>();
  const firsts: number[] = [];
  for (let level = 0; level < levels; level++) {
    const key = k === 1 ? ztz[level] : ztz.subarray(level * size, (level + 1) * size).join();
    let pattern = known.get(key);
    if (pattern === undefined) {
      pattern = firsts.length;
      known.set(key, pattern);
      firsts.push(level);
    }
    of[level] = pattern;
  }
  const count = firsts.length;
  const sizes = new Float64Array(count);
  for (const pattern of of) sizes[pattern]++;
  // Patterns with equally many levels side by side, so that their log-determinants can share one logarithm.
  const order = firsts.map((_, u) => u).sort((a, b) => sizes[a] - sizes[b] || a - b);
  const rank = new Int32Array(count);
  order.forEach((u, at) => {
    rank[u] = at;
  });
  const A = new Float64Array(count * size);
  order.forEach((u, at) => {
    A.set(ztz.subarray(firsts[u] * size, (firsts[u] + 1) * size), at * size);
  });
  return { count, of: of.map((u) => rank[u]), sizes: sizes.slice().sort(), A };
}

/** Level of h above each level of f, where both are intercepts of unweighted rows and f is nested in h. */
function parents({ factors }: CrossProducts, f: number, h: number, across: ValuedGather): Int32Array | null {
  if (factors[f].k !== 1 || factors[h].k !== 1) return null;
  const { rows, rowStart, column, values } = across;
  const { ztz } = factors[f];
  const squares = new Float64Array(factors[h].levels);
  for (let level = 0; level < rows; level++) {
    // Σ z_f z_h = Σ z_f² over the rows of the level, in whole numbers; with Σ z_f² = Σ z_h² below, z_f = z_h.
    if (rowStart[level + 1] !== level + 1 || values[level] !== ztz[level] || !Number.isInteger(ztz[level])) {
      return null;
    }
    squares[column[level]] += ztz[level];
  }
  return squares.every((value, level) => value === factors[h].ztz[level]) ? column : null;
}
