/**
 * Whether two models describe the same observations.
 *
 * @module
 */

import { checkSameRows } from "../data/sameRows.ts";
import { ModelError } from "../errors.ts";
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
  const [one, other] = [a, b].map(({ rows, response: { values } }) => ({ rows, y: values }));
  checkSameRows("The fits", one, other, [a.response.name, b.response.name]);
  const differs = (x: Float64Array | null, y: Float64Array | null, usual: number): boolean =>
    Array.from(a.rows.keys()).some((i) => (x?.[i] ?? usual) !== (y?.[i] ?? usual));
  if (differs(a.weights, b.weights, 1)) {
    throw new ModelError(
      "different-weights",
      "The fits have different weights.",
      "Fit both with the same weights.",
    );
  }
  if (differs(a.offset, b.offset, 0)) {
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
