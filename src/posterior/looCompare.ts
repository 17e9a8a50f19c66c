/**
 * Models compared by their leave-one-out, row by row.
 *
 * @module
 */

import { showAs, textTable, wordColumn } from "../data/format.ts";
import { ArgumentError } from "../errors.ts";
import { type Loo, totalOf } from "./loo.ts";

/** A model in a comparison, best first. */
export interface LooDifference {
  readonly name: string;
  /** elpd minus that of the best model, and the standard error of the difference. */
  readonly elpdDiff: number;
  readonly seDiff: number;
  readonly elpdLoo: number;
  readonly se: number;
  readonly pLoo: number;
  readonly looic: number;
}

/**
 * Compares models by elpd, row by row: the standard error of a difference is √n times the sd of the differences
 * of its rows. R: `loo_compare`.
 *
 * @param models - one result of {@link loo} per model, by name; all of the same rows
 * @throws {ArgumentError} `invalid-argument` for fewer than two models, or models of other numbers of rows
 * @example
 * looCompare({ slopes: a.loo(), intercepts: b.loo() });
 */
export function looCompare(models: Readonly<Record<string, Loo>>): LooDifference[] {
  const entries = Object.entries(models).sort(([, a], [, b]) => b.elpdLoo - a.elpdLoo);
  if (entries.some(([, model]) => !Array.isArray(model?.pointwise))) {
    throw new ArgumentError(
      "invalid-argument",
      "looCompare() takes results of loo() by name, and was given something else.",
      "Write looCompare({ a: a.loo(), b: b.loo() }).",
    );
  }
  if (entries.length < 2) {
    throw new ArgumentError(
      "invalid-argument",
      "There are no two models to compare.",
      "Pass { a: …, b: … }.",
    );
  }
  const [[first, best]] = entries;
  const rows = entries.map(([name, model]): LooDifference => {
    if (model.pointwise.length !== best.pointwise.length) {
      throw new ArgumentError(
        "invalid-argument",
        `${first} has ${best.pointwise.length} rows, ${name} has ${model.pointwise.length}.`,
        "Compare models of the same rows.",
      );
    }
    const { sum, se } = totalOf(model.pointwise.map((row, i) => row.elpdLoo - best.pointwise[i].elpdLoo));
    const { elpdLoo, pLoo, looic } = model;
    return { name, elpdDiff: sum, seDiff: se, elpdLoo, se: model.se, pLoo, looic };
  });
  return showAs(rows, () =>
    textTable([
      wordColumn(
        "",
        rows.map(({ name }) => name),
      ),
      { header: "elpd_diff", cells: rows.map(({ elpdDiff }) => elpdDiff.toFixed(1)) },
      { header: "se_diff", cells: rows.map(({ seDiff }) => seDiff.toFixed(1)) },
    ]),
  );
}
