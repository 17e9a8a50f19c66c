/**
 * Models of sums, checked as those of rows are.
 *
 * @module
 */

import type { Warning } from "../errors.ts";
import { sumsIn } from "./addSums.ts";
import { checkSpread } from "./crossProducts.ts";
import { designLayout, independentColumns } from "./design.ts";
import { checkCounts, checkSymmetric } from "./identify.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import { checkStrata } from "./modelFrame.ts";
import { type ModelSums, modelOfSums } from "./sums.ts";
import { type Outline, outlineOf } from "./sumsOutline.ts";
import { unconnectedLevels } from "./unconnected.ts";
import { warnReusedLabels } from "./unintended.ts";
import { checkLevels, checkVaries } from "./usableRows.ts";

/** Two columns with the cosine 1 but for this are multiples of each other. */
const PARALLEL = 1e-12;

/**
 * The model of sums.
 *
 * @param collinear - what to do with columns that the other columns determine
 * @throws {ModelError} `collinear-columns`, `one-level`, `one-row-per-stratum`, and what `checkIdentified` throws
 * @throws {DataError} `constant-response`, `perfect-fit`
 */
export function checkedModel(sums: ModelSums, collinear: "error" | "drop"): LinearMixedModel {
  const outline = outlineOf(sums);
  const { formula, variables, terms, places, groups } = outline;
  const { n, response, strata } = sums;
  if (n > 1 && response.sd === 0)
    checkVaries(formula.responseLabel, Float64Array.of(response.mean, response.mean));
  for (const [label, variable] of variables)
    if (variable.kind === "factor") checkLevels(label, variable.factor);
  if (strata !== null) checkStrata(strata.label, strata.levels, sums.products.strata?.counts ?? []);
  const said: Warning[] = [];
  const settled = independent(sums, outline, collinear, said);
  const random = terms.map(({ term }) => term);
  const varying = places.map(({ factor, offset, k }) =>
    Array.from({ length: k }, (_, c) => varyingLevels(settled, factor, offset + c)),
  );
  const weighted = sums.weights !== null;
  const frame = { variables, groups };
  said.push(...checkCounts(formula, frame, settled.kept.length, random, { n, weighted, varying }));
  // After the counts, as of rows: as many coefficients as rows reproduce any response.
  const { betaOls, q, xtx, yScale } = settled.products;
  const spread = yScale * Math.sqrt(xtx[q * q - 1] / n);
  checkSpread(spread, Math.sqrt(betaOls.reduce((sum, value) => sum + value * value, spread * spread)));
  checkSymmetric(random, (term, other) =>
    sharesSum(settled, outline, random.indexOf(term), random.indexOf(other)),
  );
  warnReusedLabels(frame, formula, (a, b) => rarestPair(settled, a.label, b.label), said);
  said.push(...unconnectedLevels(settled, outline));
  const known = new Set(sums.warnings.map(({ code }) => code));
  return modelOfSums({
    ...settled,
    warnings: [...sums.warnings, ...said.filter(({ code }) => !known.has(code))],
  });
}

/** The sums in columns of X of which none determines another. */
function independent(
  sums: ModelSums,
  { formula: { fixed }, variables }: Outline,
  collinear: "error" | "drop",
  said: Warning[],
): ModelSums {
  const { R, q } = sums.products;
  const rank = q - 1;
  const { names: all } = designLayout(fixed, variables);
  const names = Array.from(sums.kept, (j) => all[j]);
  const columns = names.map((_, j) => R.subarray(j * rank, (j + 1) * rank));
  const { kept, dropped } = independentColumns(names, columns, fixed.intercept, collinear, said);
  if (dropped.length === 0) return sums;
  const layout = {
    ...sums,
    kept: Int32Array.from(kept, (j) => sums.kept[j]),
    dropped: [...sums.dropped, ...dropped],
  };
  return sumsIn(layout, [sums]);
}

/** Levels within which a column varies. */
function varyingLevels({ tallies, products }: ModelSums, factor: number, column: number): number {
  const { levels, k } = products.factors[factor];
  let count = 0;
  for (let level = 0; level < levels; level++)
    if (Number.isNaN(tallies.constants[factor][level * k + column])) count++;
  return count;
}

/** Whether a column of another term of the group, or their sum, is a multiple of the sum of a term's columns. */
function sharesSum({ products }: ModelSums, { places }: Outline, term: number, other: number): boolean {
  const { k, ztz } = products.factors[places[term].factor];
  const scale = products.zScale[places[term].factor];
  const indicator = (t: number, only: number | null): Float64Array =>
    Float64Array.from({ length: k }, (_, c) => {
      const at = c - places[t].offset;
      return at >= 0 && at < places[t].k && (only === null || only === at) ? scale[c] : 0;
    });
  const product = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let e = 0; e < ztz.length; e++) sum += a[e % k] * ztz[e] * b[Math.floor(e / k) % k];
    return sum;
  };
  const sum = indicator(term, null);
  const candidates = [null, ...Array.from({ length: places[other].k }, (_, c) => c)];
  return candidates.some((only) => {
    const own = indicator(other, only);
    const both = product(own, sum);
    return both !== 0 && both * both >= (1 - PARALLEL) * product(own, own) * product(sum, sum);
  });
}

/** Rows of the rarest pair of labels of two groups. */
function rarestPair({ groups, products, tallies }: ModelSums, a: string, b: string): number {
  const [f, h] = [a, b]
    .map((label) => groups.findIndex((group) => group.label === label))
    .sort((x, y) => x - y);
  const rows = tallies.pairs[f][h - f - 1];
  if (rows.length < products.factors[f].levels * products.factors[h].levels) return 0;
  return rows.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY);
}
