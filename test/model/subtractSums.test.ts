import { describe, expect, it } from "vitest";
import { oats, sleepstudy } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { lmmFromSums, sums } from "../../src/model/takeSums.ts";
import { cases, expectSame, type Row, rowsOf, split } from "./parts.ts";

describe("taking away", () => {
  for (const [formula, rows, options] of cases) {
    const group = formula
      .match(/\| (\w+)/g)
      ?.at(0)
      ?.slice(2) as string;
    it(`leaves the sums of the rows left: ${formula}`, () => {
      const gone = rows[0][group];
      const whole = sums(lmm(formula, rows, options));
      const left = rows.filter((row) => row[group] !== gone);
      const own = whole.subtract(
        sums(
          formula,
          rows.filter((row) => row[group] === gone),
          options,
        ),
      );
      expectSame(lmmFromSums(own), lmm(formula, left, options));
      expect([own.n, own.data.inputRows]).toEqual([left.length, left.length]);
      const some = whole.subtract(sums(formula, rows.slice(1, 12), options));
      expectSame(
        lmmFromSums(some),
        lmm(
          formula,
          rows.filter((_, i) => i < 1 || i > 11),
          options,
        ),
      );
    });

    it(`undoes adding: ${formula}`, () => {
      const [first, second] = split(rows, (_, i) => i < rows.length - 20);
      const start = sums(formula, first, options);
      const back = start.add(sums(formula, second, options)).subtract(sums(formula, second, options));
      expectSame(lmmFromSums(back), lmmFromSums(start));
      expect(back.data.cells).toEqual(start.data.cells);
      expect(back.data.groups).toEqual(start.data.groups);
      for (const name of ["groups", "pairs", "cells"] as const)
        expect(back.data.tallies[name]).toEqual(start.data.tallies[name]);
    });
  }

  it("removes the coefficients of levels without a row left", () => {
    const rows = rowsOf(oats);
    const formula = "yield ~ nitrogen * variety + (1 | block)";
    const isGone = (row: Row): boolean => row.variety === "Golden.rain";
    for (const contrasts of ["treatment", "sum", "helmert", "poly"] as const) {
      const options = { contrasts: { variety: contrasts } };
      const own = sums(formula, rows, options).subtract(sums(formula, rows.filter(isGone), options));
      expectSame(
        lmmFromSums(own),
        lmm(
          formula,
          rows.filter((row) => !isGone(row)),
          options,
        ),
      );
    }
  });

  it("goes down to one row and up again", () => {
    const rows = rowsOf(sleepstudy);
    const formula = "Reaction ~ Days + (Days | Subject)";
    const one = sums(formula, rows).subtract(sums(formula, rows.slice(1)));
    expect([one.n, one.data.products.q]).toEqual([1, 2]);
    // 180 rows were added up and 179 taken away.
    expectSame(lmmFromSums(one.add(sums(formula, rows.slice(1)))), lmm(formula, rows), 1e-11);
  });

  it("refuses what was not added", () => {
    const rows = rowsOf(sleepstudy);
    const formula = "Reaction ~ Days + (1 | Subject)";
    const whole = sums(formula, rows.slice(0, 100));
    const take = (part: readonly Row[]) => () => whole.subtract(sums(formula, part));
    expect(take(rows.slice(150, 160))).toThrow(expect.objectContaining({ code: "not-contained" }));
    expect(take(rows.slice(150, 160))).toThrow("rows with Subject 37");
    expect(take([...rows.slice(0, 10), rows[0]])).toThrow("rows with Subject 308");
    expect(take(rows.slice(0, 5).map((row) => ({ ...row, Days: Number(row.Days) + 30 })))).toThrow(
      "column of X",
    );
    expect(take(rows.slice(0, 5).map((row) => ({ ...row, Reaction: Number(row.Reaction) + 3000 })))).toThrow(
      "residual",
    );
    expect(take(rows.slice(0, 100))).toThrow(expect.objectContaining({ code: "nothing-left" }));
    const model = lmm("yield ~ variety + (1 | block)", rowsOf(oats));
    expect(() => whole.subtract(sums(model))).toThrow(expect.objectContaining({ code: "different-formula" }));
  });
});
