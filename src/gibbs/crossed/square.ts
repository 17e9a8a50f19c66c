/**
 * The square of a block, Σ_j w_j′G_jw_j with w_j = Z_j′WT (k × m) and G_j symmetric (k × k), equal for all levels of
 * one pattern: what the big factor's effects take off the core's cross-products when they are integrated out.
 *
 * @module
 */

import type { ValuedGather } from "../../linalg/gather.ts";
import type { CrossProducts } from "../../model/crossProducts.ts";
import type { Patterns } from "./blocks.ts";
import { type CoreLayout, positionOf } from "./layout.ts";

/** Terms that sums over patterns may have; beyond that levels are taken one by one. */
const MOST_TERMS = 5e6;

/** w_j = Z_j′W[Q, Z_h …] without its zeros: a k-vector per entry, columns of a row ascending. */
export interface Rows {
  /** J + 1 offsets. */
  readonly rowStart: Int32Array;
  /** Columns of T. */
  readonly index: Int32Array;
  readonly values: Float64Array;
}

/** Lays out w_j of all levels of factor f, given Z_f′WZ_h of the core factors and their first columns. */
export function rowsOf(
  { factors, p, q }: CrossProducts,
  f: number,
  across: readonly ValuedGather[],
  first: readonly number[],
): Rows {
  const { levels, k, ztx } = factors[f];
  let entries = levels * p;
  for (const { column, other } of across) entries += column.length * other;
  const rowStart = new Int32Array(levels + 1);
  const index = new Int32Array(entries);
  const values = new Float64Array(entries * k);
  let at = 0;
  for (let level = 0; level < levels; level++) {
    for (let c = 0; c < p; c++) {
      for (let i = 0; i < k; i++) values[at * k + i] = ztx[(level * q + c) * k + i];
      index[at++] = c;
    }
    across.forEach((gather, c) => {
      for (let e = gather.rowStart[level]; e < gather.rowStart[level + 1]; e++) {
        for (let j = 0; j < gather.other; j++) {
          for (let i = 0; i < k; i++) values[at * k + i] = gather.values[(e * gather.other + j) * k + i];
          index[at++] = first[c] + gather.column[e] * gather.other + j;
        }
      }
    });
    rowStart[level + 1] = at;
  }
  return { rowStart, index, values };
}

/**
 * Cell by cell: the entry at `cell[c]` of the square, in the layout of the core is Σ_e weight[e] G[source[e]] over
 * e from start[c] to start[c + 1], G holding the lower triangle of each pattern's matrix, k(k + 1)/2 numbers packed by
 * rows. Without `cell`, level by level from `rows`.
 */
export interface Square {
  readonly rows: Rows | null;
  readonly cell: Int32Array;
  readonly start: Int32Array;
  readonly source: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Σ_j sym(w_ja w_jb′) over the levels of each pattern, turned into a list of terms per cell.
 *
 * @param mostTerms - beyond which the levels are taken one by one
 */
export function squareOf(
  rows: Rows,
  patterns: Patterns,
  k: number,
  layout: CoreLayout,
  mostTerms: number = MOST_TERMS,
): Square {
  const { rowStart, index, values } = rows;
  const { count, of } = patterns;
  const { length } = layout;
  const parts = (k * (k + 1)) / 2;
  const none = { cell: new Int32Array(0), start: new Int32Array(1), source: new Int32Array(0) };
  let most = 0;
  for (let level = 0; level < of.length; level++) {
    const width = rowStart[level + 1] - rowStart[level];
    most += (parts * width * (width + 1)) / 2;
  }
  if (Math.min(most, count * parts * length) > mostTerms) {
    return { rows, ...none, weight: new Float64Array(0) };
  }

  const levelsOf: number[][] = Array.from({ length: count }, () => []);
  of.forEach((u, level) => {
    levelsOf[u].push(level);
  });
  const sum = new Float64Array(length * parts);
  const touched = new Int32Array(length).fill(-1);
  const cells: number[] = [];
  const sources: number[] = [];
  const weights: number[] = [];
  for (let u = 0; u < count; u++) {
    const own: number[] = [];
    for (const level of levelsOf[u]) {
      for (let e = rowStart[level]; e < rowStart[level + 1]; e++) {
        for (let g = e; g < rowStart[level + 1]; g++) {
          const at = positionOf(layout, index[g], index[e]);
          if (touched[at] !== u) {
            touched[at] = u;
            own.push(at);
            sum.fill(0, at * parts, (at + 1) * parts);
          }
          let part = at * parts;
          for (let a = 0; a < k; a++) {
            for (let b = 0; b <= a; b++, part++) {
              sum[part] += values[e * k + a] * values[g * k + b];
              if (a !== b) sum[part] += values[e * k + b] * values[g * k + a];
            }
          }
        }
      }
    }
    for (const at of own) {
      for (let part = 0; part < parts; part++) {
        if (sum[at * parts + part] === 0) continue;
        cells.push(at);
        sources.push(u * parts + part);
        weights.push(sum[at * parts + part]);
      }
    }
  }
  return { rows: null, ...byCell(cells, sources, weights, length) };
}

/** Terms sorted by cell. */
function byCell(
  cells: readonly number[],
  sources: readonly number[],
  weights: readonly number[],
  size: number,
): Omit<Square, "rows"> {
  const from = new Int32Array(size + 1);
  for (const at of cells) from[at + 1]++;
  for (let at = 0; at < size; at++) from[at + 1] += from[at];
  const next = from.slice();
  const source = new Int32Array(cells.length);
  const weight = new Float64Array(cells.length);
  cells.forEach((at, e) => {
    source[next[at]] = sources[e];
    weight[next[at]++] = weights[e];
  });
  const used = Array.from({ length: size }, (_, at) => at).filter((at) => from[at + 1] > from[at]);
  const start = Int32Array.from([...used.map((at) => from[at]), cells.length]);
  return { cell: Int32Array.from(used), start, source, weight };
}

/**
 * S ← S − Σ_j w_j′G_jw_j, lower triangles in the layout of the core.
 *
 * @param C - G = C′C of each pattern, k × k
 * @param G - one number per pattern and entry of its lower triangle, overwritten
 */
export function subtractSquare(
  S: Float64Array,
  { rows, cell, start, source, weight }: Square,
  { count, of }: Patterns,
  C: Float64Array,
  k: number,
  layout: CoreLayout,
  G: Float64Array,
): void {
  for (let u = 0, at = 0; u < count; u++) {
    const c = u * k * k;
    for (let a = 0; a < k; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let i = 0; i < k; i++) sum += C[c + i + a * k] * C[c + i + b * k];
        G[at++] = sum;
      }
    }
  }
  if (rows !== null) {
    subtractByLevels(S, rows, of, G, k, layout);
    return;
  }
  for (let c = 0, e = 0; c < cell.length; c++) {
    const end = start[c + 1];
    let s0 = 0;
    let s1 = 0;
    for (; e + 1 < end; e += 2) {
      s0 += weight[e] * G[source[e]];
      s1 += weight[e + 1] * G[source[e + 1]];
    }
    for (; e < end; e++) s0 += weight[e] * G[source[e]];
    S[cell[c]] -= s0 + s1;
  }
}

function subtractByLevels(
  S: Float64Array,
  { rowStart, index, values }: Rows,
  of: Int32Array,
  G: Float64Array,
  k: number,
  layout: CoreLayout,
): void {
  const parts = (k * (k + 1)) / 2;
  for (let level = 0; level < of.length; level++) {
    const end = rowStart[level + 1];
    for (let e = rowStart[level]; e < end; e++) {
      for (let g = e; g < end; g++) {
        let sum = 0;
        let at = of[level] * parts;
        for (let a = 0; a < k; a++) {
          for (let b = 0; b < a; b++) {
            sum += G[at++] * (values[e * k + a] * values[g * k + b] + values[e * k + b] * values[g * k + a]);
          }
          sum += G[at++] * values[e * k + a] * values[g * k + a];
        }
        S[positionOf(layout, index[g], index[e])] -= sum;
      }
    }
  }
}
