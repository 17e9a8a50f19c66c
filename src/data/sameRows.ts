/**
 * Whether two results are of the same observations.
 *
 * @module
 */

import { counted, listOf, ModelError } from "../errors.ts";

/** The rows of the data that a result is of, and their responses. */
export interface Observations {
  readonly rows: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/**
 * Refuses two results of other rows, or of other responses in them.
 *
 * @param what - both results, as the beginning of a sentence
 * @param responses - the names of the responses
 * @throws {ModelError} `different-rows`, `different-response`
 */
export function checkSameRows(
  what: string,
  a: Observations,
  b: Observations,
  responses: readonly string[] = [],
): void {
  const [own, other] = [a, b].map(({ rows }) => new Set(Array.from(rows)));
  const odd = [...own].filter((row) => !other.has(row)).concat([...other].filter((row) => !own.has(row)));
  if (odd.length > 0 || a.rows.length !== b.rows.length) {
    throw new ModelError(
      "different-rows",
      `${what} are of different rows: ${counted(odd.length, "row")} ${odd.length === 1 ? "is" : "are"} in one of them only (${listOf(odd)}, counting from 0).`,
      "Fit both to the rows that are complete for both.",
      { rows: odd },
    );
  }
  const at = Array.from(a.y).findIndex((value, i) => value !== b.y[i]);
  if (at < 0) return;
  const named = responses.length === 0 ? "" : ` (${[...new Set(responses)].join(" and ")})`;
  throw new ModelError(
    "different-response",
    `${what} are of different responses${named}: row ${a.rows[at]} has ${a.y[at]} in one and ${b.y[at]} in the other.`,
    "Compare fits of the same response; likelihoods of a transformed one are on another scale.",
    { row: a.rows[at] },
  );
}
