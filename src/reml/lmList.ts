/**
 * One linear model for every level of a group.
 *
 * @module
 */

import { takeRows } from "../data/factor.ts";
import { asFactor, type Column, columnOf, type TableLike, tableOf, toTable } from "../data/table.ts";
import { DataError, ModelError, show } from "../errors.ts";
import { type LmOptions, lm } from "./lm.ts";
import type { LmFit } from "./lmFit.ts";

/**
 * Fits a linear model to the rows of each level of a group by itself: no pooling, with standard errors and a residual
 * SD of its own for each level. Rows without a label belong to no level. R: `nlme::lmList(y ~ x | g)`, `lme4::lmList`.
 *
 * @param formula - without random terms, as for {@link lm}
 * @param group - name of the column whose levels to fit
 * @param options - as for {@link lm}
 * @returns the fits by level, in the order of the levels
 * @throws {ModelError} `level-not-fitted` when the rows of a level cannot be fitted by themselves, with the code of the
 * reason as `details.cause`
 * @throws {DataError} `unknown-column`, and otherwise as {@link lm}
 *
 * @example
 * lmList("Reaction ~ Days", sleepstudy, "Subject").get("308")?.fixef(); // { "(Intercept)": 244.19, Days: 21.76 }
 */
export function lmList(
  formula: string,
  data: TableLike,
  group: string,
  options: LmOptions = {},
): ReadonlyMap<string, LmFit> {
  const table = toTable(data);
  if (typeof group !== "string") {
    throw new DataError(
      "unknown-column",
      `lmList() takes the name of a grouping column third, got ${show(group)}.`,
      'Write lmList("y ~ x", data, "group").',
    );
  }
  const { levels, codes } = asFactor(columnOf(table, group));
  // What is wrong for all rows is not the fault of a level, and says so here.
  lm(formula, table, options);
  const fits = new Map<string, LmFit>();
  levels.forEach((level, index) => {
    const rows = Int32Array.from(codes.keys()).filter((row) => codes[row] === index);
    if (rows.length === 0) return;
    const columns = new Map(
      table.names.map((name) => [name, columnOfRows(columnOf(table, name), rows)] as const),
    );
    try {
      fits.set(level, lm(formula, tableOf(columns, rows.length), options));
    } catch (error) {
      if (!(error instanceof ModelError || error instanceof DataError)) throw error;
      throw new ModelError("level-not-fitted", `${group} ${level}: ${error.reason}`, error.remedy, {
        group,
        level,
        cause: error.code,
      });
    }
  });
  return fits;
}

function columnOfRows(column: Column, rows: Int32Array): Column {
  const take = <T>(values: ArrayLike<T>): T[] => Array.from(rows, (row) => values[row]);
  switch (column.kind) {
    case "factor":
      return takeRows(column, rows).column;
    case "number":
    case "date":
      return { kind: column.kind, values: Float64Array.from(take(column.values)) };
    case "text":
      return { kind: "text", values: take(column.values) };
    case "boolean":
      return { kind: "boolean", values: take(column.values) };
  }
}
