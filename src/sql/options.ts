/**
 * Options of models made by SQL.
 *
 * @module
 */

import { checkKind, knownOptions, oneOf } from "../errors.ts";
import type { LmmOptions } from "../model/lmm.ts";
import { needsRows } from "../model/withoutRows.ts";

/** Options of {@link lmmFromSql}: those of `lmm` that need no rows, and how the table is partitioned. */
export interface SqlOptions
  extends Pick<LmmOptions, "weights" | "contrasts" | "levels" | "missing" | "collinear" | "effects"> {
  /**
   * The column that partitions the table. Sums are taken by its values first and then over them, which a coordinator
   * leaves to the servers that hold the partitions. Not given, sums are taken over all rows at once.
   */
  readonly partition?: string;
}

/**
 * Checks the options of a call.
 *
 * @throws {ArgumentError} `unknown-option`, `invalid-argument`; {ModelError} `needs-rows`
 */
export function checkOptions(call: string, options: SqlOptions): void {
  knownOptions(call, options, [
    "weights",
    "sigmaBy",
    "residuals",
    "effects",
    "contrasts",
    "levels",
    "missing",
    "collinear",
    "partition",
  ]);
  for (const name of ["sigmaBy", "residuals"] as const)
    if ((options as LmmOptions)[name] !== undefined) throw needsRows(`What "${name}" asks for`);
  const { levels = {}, contrasts = {} } = options;
  checkKind('the option "levels"', levels, [], "levels by column", 'Pass { column: ["first", "second"] }.');
  checkKind('the option "contrasts"', contrasts, [], "contrasts by column", 'Pass { column: "sum" }.');
  if (options.missing !== undefined) oneOf("missing", options.missing, ["drop", "error"]);
  if (options.collinear !== undefined) oneOf("collinear", options.collinear, ["error", "drop"]);
}
