/**
 * Dense matrices of small models, for teaching and for checking.
 *
 * @module
 */

import { ModelError } from "../errors.ts";
import type { LinearMixedModel, NamedMatrix } from "./linearMixedModel.ts";
import { groupVariables } from "./variables.ts";

/** Most entries of a dense matrix that a model or a fit hands out. */
const MOST_ENTRIES = 1e7;

/**
 * Refuses a dense matrix that would be too large to be of use.
 *
 * @throws {ModelError} `too-large` beyond 10⁷ entries
 */
export function checkDense(name: string, rows: number, columns: number): void {
  if (rows * columns <= MOST_ENTRIES) return;
  throw new ModelError(
    "too-large",
    `${name} would have ${rows} × ${columns} entries, more than ${MOST_ENTRIES}.`,
    "Take fewer rows, or use what the fit computes without it.",
    { rows, columns },
  );
}

/** Z of a model, n × q, its columns named as the draws of b are. */
export function denseZ(model: LinearMixedModel): NamedMatrix {
  const names = groupVariables(model).map(({ name }) => name);
  checkDense("Z", model.n, names.length);
  const rows = Array.from({ length: model.n }, () => new Array<number>(names.length).fill(0));
  let first = 0;
  for (const { codes, z, columns, levels } of model.random) {
    const k = columns.length;
    rows.forEach((row, i) => {
      for (let c = 0; c < k; c++) row[first + codes[i] * k + c] = z[c * model.n + i];
    });
    first += levels.length * k;
  }
  return { names, rows };
}
