/**
 * Queries in rounds: what is asked next depends on what came back, and who asks does not matter.
 *
 * @module
 */

import type { ResultRows } from "./rows.ts";

/** A query of a plan. */
export interface SqlQuery {
  /** What it is for: `"levels of Subject"`. */
  readonly name: string;
  readonly text: string;
}

/** Yields the queries of a round, is given their results in the same order, and returns what they make. */
export type Passes<T> = Generator<readonly SqlQuery[], T, readonly ResultRows[]>;
