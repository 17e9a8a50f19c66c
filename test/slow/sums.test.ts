import { describe, expect, it } from "vitest";
import { type Column, type Table, tableOf } from "../../src/data/table.ts";
import { lmm } from "../../src/model/lmm.ts";
import { lmmFromSums, sums } from "../../src/model/takeSums.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { expectSame } from "../model/parts.ts";
import { sharedTable } from "../reml/references.ts";
import { sharedFiles } from "../shared.ts";

const instEval = sharedFiles("data/InstEval.csv.gz");

/** The rows for which `keep` holds, factors with all of their levels. */
function rowsWhere(table: Table, keep: (row: number) => boolean): Table {
  const rows = Int32Array.from({ length: table.rowCount }, (_, i) => i).filter(keep);
  const columns = Array.from(table.columns, ([name, column]): [string, Column] => {
    if (column.kind === "factor") {
      return [name, { ...column, codes: Int32Array.from(rows, (i) => column.codes[i]) }];
    }
    if (column.kind !== "number") throw new Error(name);
    return [name, { ...column, values: Float64Array.from(rows, (i) => column.values[i]) }];
  });
  return tableOf(new Map(columns), rows.length);
}

describe.skipIf(!instEval.available)(instEval.title("InstEval by department"), () => {
  const formula = "y ~ service + (1 | s) + (1 | d) + (1 | dept:service)";

  it("adds up to the whole, and departments can be taken away", () => {
    const table = sharedTable("data/InstEval.csv.gz", ["s", "d", "dept", "service"]);
    const dept = table.columns.get("dept");
    if (dept?.kind !== "factor") throw new Error("dept");
    const parts = dept.levels.map((_, code) =>
      sums(
        formula,
        rowsWhere(table, (i) => dept.codes[i] === code),
      ),
    );
    const total = parts.reduce((all, one) => all.add(one));
    const whole = lmm(formula, table);
    const model = lmmFromSums(total);
    expectSame(model, whole);
    const theta = [0.27, 0.42, 0.06];
    // 1e-12 of the criterion, some 2.4e5.
    expect(Math.abs(criterionAt(model, theta) - criterionAt(whole, theta))).toBeLessThan(2.5e-7);
    const left = lmm(
      formula,
      rowsWhere(table, (i) => dept.codes[i] > 2),
    );
    expectSame(lmmFromSums(parts.slice(0, 3).reduce((all, one) => all.subtract(one), total)), left);
  });
});
