/**
 * Sums of the rows that are left when some are taken away.
 *
 * The rows that go have Q of the whole times their own R = TR of the whole; their blocks are taken away in the
 * coordinates of the whole. Columns and levels without a row left go too.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import { productInto } from "../linalg/dense.ts";
import { sumsIn } from "./addSums.ts";
import { notContained } from "./orthonormal.ts";
import type { ModelSums } from "./sums.ts";
import { productsOf } from "./sumsProducts.ts";
import { sumsWith } from "./sumsSummaries.ts";
import { targetOf, type Way, wayTo } from "./sumsTarget.ts";
import { cellPlaces, checkSame, layoutOf, levelPlaces } from "./unite.ts";
import { factorsOf, named } from "./uniteLabels.ts";
import { withoutEmpty, withoutEmptyPairs } from "./withoutEmpty.ts";

/** Rows of the part are no combination of rows of the whole when this share of a column is outside. */
const OUTSIDE = 1e-7;

/**
 * The sums of the rows of `whole` without those of `part`.
 *
 * @throws {ModelError} `not-contained`, `nothing-left`; and what `unite` throws
 */
export function subtractSums(whole: ModelSums, part: ModelSums): ModelSums {
  checkContained(whole, part);
  const target = targetOf(layoutOf(whole));
  const ways = [whole, part].map((source) => wayTo(target, source));
  const rank = whole.products.q - 1;
  const T = coordinates(whole, ways[1], target.p);
  const gap = part.products.betaOls.slice();
  const along = new Float64Array(gap.length);
  productInto(along, 0, T, 0, whole.products.betaOls, 0, gap.length, 1, rank);
  for (let i = 0; i < gap.length; i++) gap[i] -= along[i];
  const identity = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) identity[i * (rank + 1)] = 1;
  const parts = [
    { ...ways[0], sign: 1 as const, T: identity, gap: new Float64Array(rank) },
    { ...ways[1], sign: -1 as const, T, gap },
  ];
  const basis = { R: whole.products.R, beta: whole.products.betaOls };
  const left = sumsWith(target, parts, productsOf(target, parts, basis));
  return sumsIn(withoutEmpty(left), [withoutEmptyPairs(left)]);
}

/** Refuses rows that cannot be among those of the whole. */
function checkContained(whole: ModelSums, part: ModelSums): void {
  checkSame(whole, part);
  const [own, gone] = [whole.tallies, part.tallies];
  if (part.n >= whole.n) {
    throw new ModelError(
      "nothing-left",
      `The sums are of ${whole.n} rows and what is taken away is of ${part.n}.`,
      "Leave some rows.",
      { n: whole.n, taken: part.n },
    );
  }
  const check = (
    places: Int32Array,
    have: Float64Array,
    take: Float64Array,
    nameOf: (at: number) => string,
  ): void => {
    places.forEach((place, at) => {
      if (place < 0 || take[at] > have[place]) throw notContained(`the number of rows with ${nameOf(at)}`);
    });
  };
  part.groups.forEach(({ label, columns, codes }, f) => {
    const { levels } = named(part.labels, columns[0]);
    const places = levelPlaces(part.groups[f], part.labels, whole);
    const to = whole.groups.findIndex((group) => group.label === label);
    check(places, own.groups[to], gone.groups[f], (at) => `${columns[0]} ${levels[codes[0][at]]}`);
  });
  if (part.cells.labels.length === 0) return;
  const [first] = part.cells.labels;
  const { levels } = named(factorsOf(part.variables), first);
  check(
    cellPlaces(part, whole),
    own.cells,
    gone.cells,
    (at) => `${first} ${levels[part.cells.codes[0][at]]}`,
  );
}

/** T with R_part = T R_whole. */
function coordinates({ products }: ModelSums, { R, source }: Way, p: number): Float64Array {
  const rank = products.q - 1;
  const own = source.products.q - 1;
  const T = new Float64Array(own * rank);
  const rest = R.slice();
  let row = 0;
  for (let j = 0; j < p; j++) {
    const pivot = row < rank ? products.R[row + j * rank] : 0;
    if (pivot !== 0) {
      // The first column in which this row of R is not zero.
      for (let i = 0; i < own; i++) {
        const share = rest[i + j * own] / pivot;
        T[i + row * own] = share;
        for (let c = j; c < p; c++) rest[i + c * own] -= share * products.R[row + c * rank];
      }
      row++;
    }
    for (let i = 0; i < own; i++) {
      const size = Math.max(columnSize(R, own, j), columnSize(products.R, rank, j));
      if (Math.abs(rest[i + j * own]) > OUTSIDE * size) throw notContained("a column of X");
    }
  }
  return T;
}

function columnSize(R: Float64Array, rows: number, j: number): number {
  let square = 0;
  for (let i = 0; i < rows; i++) square += R[i + j * rows] ** 2;
  return Math.sqrt(square);
}
