/**
 * Figures held against other programs, written down on the way: where the environment variable BLMM_ACCURACY names a
 * folder, every comparison goes there as a line of JSON. `npm run proof` makes docs/accuracy.md of them.
 */

import { appendFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, expect } from "vitest";

/** A comparison of one figure. */
export interface RecordedFigure {
  /** File and title of the test that made it. */
  readonly file: string;
  readonly test: string;
  readonly what: string;
  /** |actual − expected| over the larger of |expected| and what the figure is measured in; or … */
  readonly error?: number;
  /** … the difference in combined Monte Carlo errors. */
  readonly z?: number;
}

const folder = process.env["BLMM_ACCURACY"];
const lines: string[] = [];

function record(figure: Pick<RecordedFigure, "what" | "error" | "z">): void {
  const { testPath = "", currentTestName = "" } = expect.getState();
  lines.push(
    JSON.stringify({ file: relative(import.meta.dirname, testPath), test: currentTestName, ...figure }),
  );
}

/**
 * Writes down how far a figure is from its reference.
 *
 * @param scale - what it is measured in where it may be small beside that: a standard error, an SD; defaults to nothing
 */
export function recordFigure(what: string, actual: number | undefined, expected: number, scale = 0): void {
  if (folder === undefined || !Number.isFinite(expected)) return;
  const off = Math.abs((actual ?? Number.NaN) - expected);
  record({ what, error: off === 0 ? 0 : off / Math.max(Math.abs(expected), scale) });
}

/** Writes down a difference in Monte Carlo errors of both sides. */
export function recordDeviation(what: string, z: number): void {
  if (folder !== undefined) record({ what, z });
}

if (folder !== undefined) {
  afterAll(() =>
    appendFileSync(join(folder, `${process.pid}.jsonl`), lines.map((line) => `${line}\n`).join("")),
  );
}
