/**
 * Whether two models describe the same observations.
 *
 * @module
 */

import { listOf, ModelError } from "../errors.ts";
import type { LinearMixedModel } from "./linearMixedModel.ts";

/**
 * Refuses models of different rows, responses or weights.
 *
 * @throws {ModelError} `different-rows`, `different-response`, `different-weights`
 */
export function checkSameData(a: LinearMixedModel, b: LinearMixedModel): void {
  if (!a.hasRows || !b.hasRows) {
    checkSameSums(a, b);
    return;
  }
  const other = new Set(b.rows);
  const own = new Set(a.rows);
  const odd = [
    ...Array.from(a.rows).filter((row) => !other.has(row)),
    ...Array.from(b.rows).filter((row) => !own.has(row)),
  ];
  if (odd.length > 0 || a.n !== b.n) {
    throw new ModelError(
      "different-rows",
      `The fits use different rows: ${odd.length} rows are in one of them only (${listOf(odd)}, counting from 0).`,
      "Fit both to the rows that are complete for both.",
      { rows: odd },
    );
  }
  const differs = (x: Float64Array | null, y: Float64Array | null): number =>
    x === null && y === null
      ? -1
      : Array.from(a.rows.keys()).findIndex((i) => (x?.[i] ?? 1) !== (y?.[i] ?? 1));
  const response = differs(a.response.values, b.response.values);
  if (response >= 0) {
    const named =
      a.response.name === b.response.name ? a.response.name : `${a.response.name} and ${b.response.name}`;
    throw new ModelError(
      "different-response",
      `The fits have different responses (${named}): row ${a.rows[response]} has ${a.response.values[response]} in one and ${b.response.values[response]} in the other.`,
      "Compare fits of the same response; likelihoods of a transformed one are on another scale.",
      { row: a.rows[response] },
    );
  }
  if (differs(a.weights, b.weights) >= 0) {
    throw new ModelError(
      "different-weights",
      "The fits have different weights.",
      "Fit both with the same weights.",
    );
  }
  if (Array.from(a.rows.keys()).some((i) => (a.offset?.[i] ?? 0) !== (b.offset?.[i] ?? 0))) {
    throw new ModelError(
      "different-offset",
      "The fits have different offsets.",
      "Give both formulas the same offset().",
    );
  }
}

/** Two tables with these numbers alike are taken for one; rounding of sums leaves 1e-12 of them. */
function checkSameSums(a: LinearMixedModel, b: LinearMixedModel): void {
  const near = (x: number, y: number, size: number): boolean => Math.abs(x - y) <= 1e-12 * size;
  const refuse = (what: string, plural: string): never => {
    throw new ModelError(
      `different-${what}`,
      `The fits have different ${plural}.`,
      "Compare fits of the same rows, response, weights and offset.",
    );
  };
  if (a.n !== b.n) refuse("rows", `numbers of rows: ${a.n} and ${b.n}`);
  const [own, other] = [a.summaries, b.summaries];
  const size = Math.abs(own.response.mean) + own.response.sd;
  const sameName = a.response.name === b.response.name;
  if (!sameName || !near(own.response.mean, other.response.mean, size)) refuse("response", "responses");
  if (!near(own.response.sd, other.response.sd, size)) refuse("response", "responses");
  const logs = [a, b].map((model) => model.crossProducts.sumLogWeights);
  if (!near(logs[0], logs[1], Math.abs(logs[0]))) refuse("weights", "weights");
  if (!near(own.offsetMean, other.offsetMean, size)) refuse("offset", "offsets");
}
