/**
 * Models compared by their leave-one-out, row by row.
 *
 * @module
 */

import { showAs, textTable, wordColumn } from "../data/format.ts";
import { checkSameRows } from "../data/sameRows.ts";
import { ArgumentError, show } from "../errors.ts";
import { dataOf, type Loo, totalOf } from "./loo.ts";

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
 * @throws {ArgumentError} `invalid-argument` for fewer than two models, or models of other numbers of rows, or other groups
 * @throws {ModelError} `different-rows`, `different-response` for results of `posterior.loo()` of other observations
 * @example
 * looCompare({ slopes: a.loo(), intercepts: b.loo() });
 */
export function looCompare(models: Readonly<Record<string, Loo>>): LooDifference[] {
  const entries = Object.entries(models ?? {});
  if (entries.some(([, model]) => !Array.isArray(model?.pointwise) || typeof model.elpdLoo !== "number")) {
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
  entries.sort(([, a], [, b]) => b.elpdLoo - a.elpdLoo);
  const [[first, best]] = entries;
  // Groups go by name: their order is that of each model's levels.
  const partners = new Map(best.pointwise.map((row, i) => [row.level ?? i, row]));
  const rows = entries.map(([name, model]): LooDifference => {
    if (model.pointwise.length !== best.pointwise.length) {
      throw new ArgumentError(
        "invalid-argument",
        `${first} has ${best.pointwise.length} rows, ${name} has ${model.pointwise.length}.`,
        "Compare models of the same rows.",
      );
    }
    checkSameObservations([first, best], [name, model]);
    const differences = model.pointwise.map((row, i) => {
      const partner = partners.get(row.level ?? i);
      if (partner !== undefined) return row.elpdLoo - partner.elpdLoo;
      throw new ArgumentError(
        "invalid-argument",
        `${name} leaves out ${row.level === undefined ? `row ${i}` : show(row.level)}, ${first} does not.`,
        "Compare models by the same rows, or by the same groups.",
      );
    });
    const { sum, se } = totalOf(differences);
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

/** Refuses results of other rows or responses, as far as they know what they are of. */
function checkSameObservations(
  [first, best]: readonly [string, Loo],
  [name, model]: readonly [string, Loo],
): void {
  const [one, other] = [dataOf(best), dataOf(model)];
  if (one !== undefined && other !== undefined) checkSameRows(`${first} and ${name}`, one, other);
}
