/**
 * Options of models made by SQL.
 *
 * @module
 */

import { knownOptions, oneOf } from "../errors.ts";
import type { LmmOptions } from "../model/linearMixedModel.ts";
import { needsRows } from "../model/withoutRows.ts";

/** Options of {@link lmmFromSql}: those of `lmm` that need no rows. */
export type SqlOptions = Pick<
  LmmOptions,
  "weights" | "contrasts" | "levels" | "missing" | "collinear" | "effects"
>;

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
  ]);
  for (const name of ["sigmaBy", "residuals"] as const)
    if ((options as LmmOptions)[name] !== undefined) throw needsRows(`What "${name}" asks for`);
  if (options.missing !== undefined) oneOf("missing", options.missing, ["drop", "error"]);
  if (options.collinear !== undefined) oneOf("collinear", options.collinear, ["error", "drop"]);
}
