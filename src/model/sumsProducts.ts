/**
 * Cross-products of several sources added up, and brought into working units.
 *
 * @module
 */

import type { BlockSystem, FactorBlocks } from "../linalg/blocks.ts";
import { powerOfTwoBelow, productInto, transposedProductInto } from "../linalg/dense.ts";
import { emptyLike } from "../linalg/mixture.ts";
import { termScales } from "./crossProducts.ts";
import { NEGATIVE, notContained, orthonormal } from "./orthonormal.ts";
import { addBlocks, type SourceBlocks, sandwich } from "./sumBlocks.ts";
import type { ModelSums, SummedProducts } from "./sums.ts";
import type { SumsTarget, Way } from "./sumsTarget.ts";

/** Share that rounding may leave of what is taken away entirely. */
const ROUNDING = 1e-13;

/** A source that is added to others, or taken away from them. */
export interface Part extends Way {
  readonly sign: 1 | -1;
  /** Q of all is QT on the rows of the source; rank of the source × rank of all. */
  readonly T: Float64Array;
  /** The residual of all is ỹ + Q gap on those rows, in the user's units. */
  readonly gap: Float64Array;
}

/** X = QR and y = Qβ + ỹ over all rows. */
export interface Basis {
  /** Rank × p. */
  readonly R: Float64Array;
  readonly beta: Float64Array;
}

/**
 * Cross-products of all parts. Q of the basis need not be orthonormal, nor ỹ orthogonal to it: they are made so, without
 * the columns of Q that no row is left for.
 *
 * @throws {ModelError} `not-contained` when less than nothing is left
 */
export function productsOf(target: SumsTarget, parts: readonly Part[], { R, beta }: Basis): SummedProducts {
  const { groups, k, p, outline, layout } = target;
  const rank = beta.length;
  const factors = groups.map(({ codes }, f) => ({ levels: codes[0].length, k: k[f] }));
  const n = parts.reduce((sum, { sign, source }) => sum + sign * source.n, 0);
  const added = (systemOf: (source: ModelSums) => BlockSystem): BlockSystem =>
    addBlocks(
      parts.map((part) => ({ ...part, system: systemOf(part.source), M: residualMap(part, rank) })),
      { q: rank + 1, factors },
    );
  const raw = added(({ products }) => products);
  const positive = parts.reduce((sum, { sign, source }) => sum + (sign > 0 ? source.n : 0), 0);
  const { rows, R2, M } = orthonormal(raw.xtx, rank, n, positive / n);

  const q = rows + 1;
  const { way, slopes } = residualWay(raw.xtx, M, rank, rows, n);
  const last = way.subarray(rows * (rank + 1));
  const squares = sandwich(raw.xtx, 0, rank + 1, last, 1, rank + 1, last, 1)[0];
  const most = parts.reduce((sum, part) => sum + (part.sign > 0 ? squaresOf(part) : 0), 0);
  if (squares < -NEGATIVE * most) throw notContained("the residual sum of squares");
  const isExact = squares <= ROUNDING * most;

  const yScale = isExact ? 1 : powerOfTwoBelow(Math.sqrt(squares / n));
  const zScale = factors.map((own) => new Float64Array(own.k));
  outline.places.forEach(({ factor, offset, k: columns, structure }) => {
    const rms = Array.from({ length: columns }, (_, c) => rootMeanSquare(raw.factors[factor], offset + c, n));
    zScale[factor].set(termScales(rms, structure), offset);
  });
  for (let i = 0; i <= rank; i++) last[i] /= yScale;
  const units = zScale.map((scale, f): SourceBlocks["factors"][number] => {
    const K = new Float64Array(scale.length ** 2);
    scale.forEach((value, c) => {
      K[c * (scale.length + 1)] = 1 / value;
    });
    return { from: f, K, places: Int32Array.from({ length: factors[f].levels }, (_, level) => level) };
  });
  const inUnits = (system: BlockSystem): BlockSystem =>
    addBlocks([{ system, sign: 1, M: way, factors: units }], { q, factors });

  const newR = new Float64Array(rows * p);
  productInto(newR, 0, R2, 0, R, 0, rows, p, rank);
  clean(newR, R, rows, rank);
  const betaOls = slopes;
  productInto(betaOls, 0, R2, 0, beta, 0, rows, 1, rank, true);
  const strata = layout.strata?.levels.map((level) => {
    const at = ({ strata: own }: ModelSums): number => own?.levels.indexOf(level) ?? -1;
    const system = added(
      (source) => source.products.strata?.systems[at(source)] ?? emptyLike(source.products),
    );
    const count = parts.reduce(
      (sum, { sign, source }) => sum + sign * (source.products.strata?.counts[at(source)] ?? 0),
      0,
    );
    return { count, system: inUnits(system) };
  });
  const system = inUnits(raw);
  if (isExact) system.xtx[q * q - 1] = 0;
  return {
    ...system,
    R: newR,
    betaOls,
    yScale,
    zScale,
    sumLogWeights: parts.reduce((sum, { sign, source }) => sum + sign * source.products.sumLogWeights, 0),
    strata:
      strata === undefined
        ? null
        : { counts: strata.map(({ count }) => count), systems: strata.map(({ system }) => system) },
  };
}

/** [Q ỹ] of all = [Q ỹ] of the source times this, ỹ of all in the user's units. */
function residualMap({ source: { products }, T, gap }: Part, rank: number): Float64Array {
  const own = products.q;
  const M = new Float64Array(own * (rank + 1));
  for (let j = 0; j < rank; j++) M.set(T.subarray(j * (own - 1), (j + 1) * (own - 1)), j * own);
  M.set(gap, rank * own);
  M[own * (rank + 1) - 1] = products.yScale;
  return M;
}

/**
 * [Q ỹ] orthogonal = [Q ỹ] × way, (rank + 1) × (rows + 1): Q times M, and ỹ less its regression on that.
 *
 * @param A - [Q ỹ]′W[Q ỹ]
 */
function residualWay(
  A: Float64Array,
  M: Float64Array,
  rank: number,
  rows: number,
  n: number,
): { readonly way: Float64Array; readonly slopes: Float64Array } {
  const size = rank + 1;
  const slopes = new Float64Array(rows);
  transposedProductInto(slopes, 0, M, 0, A, rank * size, rows, 1, rank);
  const way = new Float64Array(size * (rows + 1));
  for (let j = 0; j < rows; j++) {
    slopes[j] /= n;
    for (let i = 0; i < rank; i++) {
      way[i + j * size] = M[i + j * rank];
      way[i + rows * size] -= M[i + j * rank] * slopes[j];
    }
  }
  way[rank + rows * size] = 1;
  return { way, slopes };
}

/** The squared residuals of a part. */
function squaresOf({ source: { products }, gap }: Part): number {
  const { q, xtx, yScale } = products;
  const column = Float64Array.of(...gap, yScale);
  return sandwich(xtx, 0, q, column, 1, q, column, 1)[0];
}

/** Sets to zero what rounding left of the entries of R that cancelled. */
function clean(R: Float64Array, before: Float64Array, rows: number, rank: number): void {
  for (let j = 0; j * rank < before.length; j++) {
    let square = 0;
    for (let i = 0; i < rank; i++) square += before[i + j * rank] ** 2;
    for (let e = j * rows; e < (j + 1) * rows; e++) if (R[e] * R[e] < ROUNDING * ROUNDING * square) R[e] = 0;
  }
}

/** √(z′Wz/n) of a column of a factor. */
export function rootMeanSquare({ k, ztz }: FactorBlocks, column: number, n: number): number {
  let sum = 0;
  for (let at = column * (k + 1); at < ztz.length; at += k * k) sum += ztz[at];
  return Math.sqrt(Math.max(0, sum) / n);
}
