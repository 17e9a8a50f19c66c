/**
 * Models of sums, checked as those of rows are.
 *
 * @module
 */

import { DataError, type Warning } from "../errors.ts";
import { sumsIn } from "./addSums.ts";
import { checkSpread } from "./crossProducts.ts";
import { designLayout, independentColumns } from "./design.ts";
import { checkCounts, checkSymmetric, warnReusedLabels } from "./identify.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";
import { checkStrata } from "./modelFrame.ts";
import type { RandomTerm } from "./randomTerms.ts";
import { type ModelSums, modelOfSums } from "./sums.ts";
import { type Outline, outlineOf } from "./sumsOutline.ts";
import { checkLevels } from "./usableRows.ts";

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
  if (n > 1 && response.sd === 0) {
    throw new DataError(
      "constant-response",
      `${formula.responseLabel} is ${response.mean} in every row; there is nothing to explain.`,
      "Check that this is the column meant.",
      { variable: formula.responseLabel, value: response.mean },
    );
  }
  for (const [label, variable] of variables)
    if (variable.kind === "factor") checkLevels(label, { ...variable.factor });
  if (strata !== null) checkStrata(strata.label, strata.levels, sums.products.strata?.counts ?? []);
  const said: Warning[] = [];
  const settled = independent(sums, outline, collinear, said);
  const { betaOls, q, xtx, yScale } = settled.products;
  const spread = yScale * Math.sqrt(xtx[q * q - 1] / n);
  checkSpread(spread, Math.sqrt(betaOls.reduce((sum, value) => sum + value * value, spread * spread)));
  const random = terms.map(({ term }) => term);
  const varying = places.map(({ factor, offset, k }) =>
    Array.from({ length: k }, (_, c) => varyingLevels(settled, factor, offset + c)),
  );
  const weighted = sums.weights !== null;
  const frame = { variables, groups };
  said.push(...checkCounts(formula, frame, settled.kept.length, random, { n, weighted, varying }));
  checkSymmetric(random, (term, other) =>
    sharesSum(settled, outline, random.indexOf(term), random.indexOf(other)),
  );
  warnReusedLabels(frame, formula, (a, b) => rarestPair(settled, random, a.label, b.label), said);
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

/** Levels within which a column varies; all of them where they are not known. */
function varyingLevels({ tallies, products }: ModelSums, factor: number, column: number): number {
  const { levels, k } = products.factors[factor];
  if (tallies === null) return levels;
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

/** Rows of the rarest pair of labels of two groups; 0 where the sums do not count them. */
function rarestPair(
  { groups, products, weights }: ModelSums,
  random: readonly RandomTerm[],
  a: string,
  b: string,
): number {
  const places = [a, b].map((label) => {
    const factor = groups.findIndex((group) => group.label === label);
    const terms = random.filter(({ group }) => group === label);
    return { factor, column: terms.flatMap(({ columns }) => columns).indexOf("(Intercept)") };
  });
  if (weights !== null || places.some(({ column }) => column < 0)) return 0;
  const [f, h] = places.sort((x, y) => x.factor - y.factor);
  const { column, values } = products.pairs[f.factor][h.factor - f.factor - 1];
  const [left, right] = [products.factors[f.factor], products.factors[h.factor]];
  if (column.length < left.levels * right.levels) return 0;
  const counts = values.filter((_, e) => e % (left.k * right.k) === f.column + h.column * left.k);
  const scale = products.zScale[f.factor][f.column] * products.zScale[h.factor][h.column];
  return Math.round(
    scale * counts.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY),
  );
}
