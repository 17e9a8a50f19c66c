/** Data in parts, and models that must not depend on how they were parted. */

import { expect } from "vitest";
import type { TableLike } from "../../src/data/table.ts";
import { oats, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { student } from "../../src/model/student.ts";
import { type Sums, type SumsOptions, sums } from "../../src/model/takeSums.ts";
import { deviation } from "../sql/deviation.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Rows of a data set as plain objects, which know nothing of each other's levels. */
export const rowsOf = (data: readonly object[]): Row[] => data.map((row) => ({ ...row }));

/** The sums of parts, added one after the other. */
export const total = (formula: string, parts: readonly TableLike[], options?: SumsOptions): Sums =>
  parts.map((part) => sums(formula, part, options)).reduce((all, one) => all.add(one));

/** Rows by what `key` says of them, in the order of their appearance. */
export function split(rows: readonly Row[], key: (row: Row, i: number) => unknown): Row[][] {
  const parts = new Map<unknown, Row[]>();
  rows.forEach((row, i) => {
    const own = key(row, i);
    parts.set(own, [...(parts.get(own) ?? []), row]);
  });
  return [...parts.values()];
}

// Some 1e-14 is what 180 additions one after the other come to.
export const ROUNDING = 1e-13;

export function expectSame(own: LinearMixedModel, whole: LinearMixedModel, tolerance = ROUNDING): void {
  expect(own.fixed.names).toEqual(whole.fixed.names);
  expect(own.random.map(({ levels }) => levels)).toEqual(whole.random.map(({ levels }) => levels));
  expect(deviation(own.crossProducts, whole.crossProducts)).toBeLessThan(tolerance);
}

const weighted = rowsOf(sleepstudy).map((row, i) => ({ ...row, w: 0.5 + (i % 7), o: (i % 5) * 10 }));
export const cases: readonly (readonly [string, readonly Row[], SumsOptions?])[] = [
  ["Reaction ~ Days + (Days | Subject)", rowsOf(sleepstudy)],
  ["Reaction ~ Days + (Days || Subject)", rowsOf(sleepstudy), { effects: { Subject: student({ df: 4 }) } }],
  ["Reaction ~ Days + offset(o) + (Days | Subject)", weighted, { weights: "w" }],
  ["Reaction ~ Days + (1 | Subject)", weighted, { sigmaBy: "o" }],
  ["Reaction ~ Days + (Days | Subject) + (1 + w | o)", weighted],
  ["yield ~ factor(nitrogen) * variety + (1 | block/variety)", rowsOf(oats)],
  ["yield ~ 0 + variety + variety:factor(nitrogen) + (0 + variety | block)", rowsOf(oats)],
  ["yield ~ nitrogen + cs(0 + variety | block)", rowsOf(oats), { contrasts: { variety: "sum" } }],
  ["strength ~ 1 + (1 | batch/cask)", rowsOf(Pastes)],
  ["diameter ~ 1 + (1 | plate) + (1 | sample)", rowsOf(Penicillin)],
];
