/**
 * The labels and columns that two sums have together, and which of those of one are which of the other.
 *
 * @module
 */

import { listOf, ModelError } from "../errors.ts";
import { parseFormula } from "../formula/terms.ts";
import { designLayout } from "./design.ts";
import type { ModelSums, SummedGroup, SummedLabels, SummedVariable } from "./sums.ts";
import { variablesOf } from "./sumsOutline.ts";
import { codesIn, factorsOf, named, uniteLabels, uniteVariable } from "./uniteLabels.ts";

/** What sums are sums of, without the sums. */
export type SumsLayout = Pick<
  ModelSums,
  | "formula"
  | "weights"
  | "residuals"
  | "effects"
  | "strata"
  | "variables"
  | "labels"
  | "groups"
  | "kept"
  | "dropped"
  | "cells"
>;

/**
 * The layout of two sums together: labels united in their order, everything else the same in both.
 *
 * @throws {ModelError} `different-formula`, `different-option`, `different-kind`, `different-levels`, `different-basis`,
 * `different-columns`
 */
export function unite(a: ModelSums, b: ModelSums): SumsLayout {
  checkSame(a, b);
  const variables = a.variables.map((own) => uniteVariable(own, named(b.variables, own.label)));
  const labels = a.labels.map((own) => uniteLabels(own, named(b.labels, own.label), false));
  const both = [a, b];
  const groups = a.groups.map(({ label, columns }): SummedGroup => {
    const codes = both.map((side) => groupCodes(named(side.groups, label), side.labels, labels));
    return { label, columns, codes: sortedTuples(codes) };
  });
  const cells = both.map((side) => cellCodes(side, variables));
  const strata = a.strata && b.strata && uniteLabels(a.strata, b.strata, false);
  return layoutOf({
    ...a,
    variables,
    labels,
    groups,
    strata,
    cells: { labels: a.cells.labels, codes: sortedTuples(cells) },
  });
}

/** The layout of sums whose labels are as given, with all columns of X that were not left out by name. */
export function layoutOf(sums: SumsLayout): SumsLayout {
  const { formula, weights, residuals, effects, strata, variables, labels, groups, cells } = sums;
  const read = parseFormula(formula);
  const { names } = designLayout(read.fixed, variablesOf(variables, read).variables);
  const dropped = sums.dropped.filter((name) => names.includes(name));
  const kept = Int32Array.from(names.keys()).filter((j) => !dropped.includes(names[j]));
  const same = { formula, weights, residuals, effects, strata };
  return { ...same, variables, labels, groups, cells, kept, dropped };
}

/** The level of `to` that each level of a group is, −1 where it is none. */
export function levelPlaces(group: SummedGroup, from: readonly SummedLabels[], to: SumsLayout): Int32Array {
  return tuplePlaces(groupCodes(group, from, to.labels), named(to.groups, group.label).codes);
}

/** The cell of `to` that each cell is, −1 where it is none. */
export function cellPlaces(from: SumsLayout, to: SumsLayout): Int32Array {
  return tuplePlaces(cellCodes(from, to.variables), to.cells.codes);
}

function groupCodes(
  { columns, codes }: SummedGroup,
  from: readonly SummedLabels[],
  to: readonly SummedLabels[],
): Int32Array[] {
  return columns.map((column, c) => codesIn(codes[c], column, from, to));
}

function cellCodes({ cells, variables }: SumsLayout, to: readonly SummedVariable[]): Int32Array[] {
  const [own, other] = [variables, to].map(factorsOf);
  return cells.labels.map((label, f) => codesIn(cells.codes[f], label, own, other));
}

const tupleAt = (codes: readonly Int32Array[], i: number): number[] => codes.map((own) => own[i]);

/** The different tuples of several lists in ascending order, one array for each place of a tuple. */
function sortedTuples(lists: readonly (readonly Int32Array[])[]): Int32Array[] {
  const found = new Map<string, number[]>();
  for (const codes of lists) {
    for (let i = 0; i < (codes[0]?.length ?? 0); i++) {
      const tuple = tupleAt(codes, i);
      found.set(tuple.join(), tuple);
    }
  }
  const tuples = [...found.values()].sort((x, y) => {
    const at = x.findIndex((code, c) => code !== y[c]);
    return at < 0 ? 0 : x[at] - y[at];
  });
  return lists[0].map((_, c) => Int32Array.from(tuples, (tuple) => tuple[c]));
}

function tuplePlaces(from: readonly Int32Array[], to: readonly Int32Array[]): Int32Array {
  const places = new Map(Array.from(to[0] ?? [], (_, i) => [tupleAt(to, i).join(), i]));
  return Int32Array.from(from[0] ?? [], (_, i) => places.get(tupleAt(from, i).join()) ?? -1);
}

/**
 * Refuses sums of another formula or with other options.
 *
 * @throws {ModelError} `different-formula`, `different-option`, `different-columns`
 */
export function checkSame(a: ModelSums, b: ModelSums): void {
  if (a.formula !== b.formula) {
    throw new ModelError(
      "different-formula",
      `The sums are of ${a.formula} and of ${b.formula}.`,
      "Take all sums by the same formula.",
      { formulas: [a.formula, b.formula] },
    );
  }
  const options = (sums: ModelSums): Readonly<Record<string, unknown>> => ({
    weights: sums.weights,
    sigmaBy: sums.strata?.label ?? null,
    residuals: sums.residuals,
    effects: sums.effects,
  });
  const [x, y] = [options(a), options(b)];
  for (const name of Object.keys(x)) {
    if (JSON.stringify(x[name]) === JSON.stringify(y[name])) continue;
    throw new ModelError(
      "different-option",
      `The sums were taken with different "${name}".`,
      `Give the same "${name}" for each source.`,
      { option: name },
    );
  }
  if (JSON.stringify(a.dropped) === JSON.stringify(b.dropped)) return;
  const odd = [...a.dropped, ...b.dropped].filter(
    (name) => !a.dropped.includes(name) || !b.dropped.includes(name),
  );
  throw new ModelError(
    "different-columns",
    `${listOf(odd)} was left out of one of the sums only, as a column that the others determine.`,
    "Take the sums by sums(formula, data), which leaves nothing out.",
    { columns: odd },
  );
}
