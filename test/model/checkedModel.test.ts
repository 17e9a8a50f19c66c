import { describe, expect, it } from "vitest";
import { oats, Pastes, sleepstudy } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { student } from "../../src/model/student.ts";
import { modelOfSums, sumsOf } from "../../src/model/sums.ts";
import { lmmFromSums, type Sums, type SumsOptions, sums } from "../../src/model/takeSums.ts";
import { reml } from "../../src/reml/fit.ts";
import { expectSame, type Row, rowsOf, split, total } from "./parts.ts";

describe("a model of sums", () => {
  const formula = "Reaction ~ Days + (Days | Subject)";
  const rows = rowsOf(sleepstudy);
  const code = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "none";
  };

  it("is judged as one of rows is", () => {
    const bad: readonly (readonly [string, readonly Row[], LmmOptions?])[] = [
      [formula, rows.slice(0, 10)],
      [formula, rows.slice(0, 1)],
      [formula, rows.filter((row) => row.Days === 0).concat(rows.slice(1, 2))],
      ["Reaction ~ Days + I(2 * Days) + (1 | Subject)", rows],
      ["Reaction ~ Days + (1 | Subject)", rows.map((row) => ({ ...row, Reaction: 3 }))],
      [
        "Reaction ~ Days + (1 | Subject)",
        rows.map((row) => ({ ...row, Reaction: 2 + 7 * Number(row.Days) })),
      ],
      ["Reaction ~ f + (1 | Subject)", rows.map((row) => ({ ...row, f: "a" }))],
      ["Reaction ~ factor(Subject) + (1 | Subject)", rows],
      [
        "Reaction ~ label + (1 | Subject)",
        rows.slice(0, 40).map((row, i) => ({ ...row, label: `row ${i}` })),
      ],
      ["Reaction ~ x + (x | Subject)", rows.map((row) => ({ ...row, x: Number(row.Subject) % 10 }))],
      ["Reaction ~ Days + (1 | Subject)", rows.map((row) => ({ ...row, s: "a" })), { sigmaBy: "s" }],
      ["yield ~ nitrogen + cs(0 + variety | block) + (1 | block)", rowsOf(oats)],
    ];
    for (const [text, data, options] of bad) {
      const expected = code(() => lmm(text, data, options).crossProducts);
      expect([text, expected]).not.toEqual([text, "none"]);
      expect([text, code(() => lmmFromSums(sums(text, data, options)))]).toEqual([text, expected]);
    }
  });

  it("sees what varies between sources only", () => {
    const own = lmmFromSums(
      total(
        formula,
        split(rows, (row) => row.Days),
      ),
    );
    expect(own.warnings).toEqual([]);
    expectSame(own, lmm(formula, rows));
    const some = rows.map((row, i) => ({ ...row, x: i < 20 ? Number(row.Days) : Number(row.Subject) % 7 }));
    const text = "Reaction ~ x + (x | Subject)";
    const parted = lmmFromSums(
      total(
        text,
        split(some, (row) => row.Days),
      ),
    );
    expect(parted.warnings.map(({ code }) => code)).toEqual(["slope-varies-in-few-groups"]);
    expect(parted.warnings).toEqual(lmm(text, some).warnings);
  });

  it("leaves out dependent columns when asked to", () => {
    const wide = rows.map((row, i) => ({ ...row, twice: 2 * Number(row.Days) + 1, f: `f${i % 3}` }));
    const text = "Reaction ~ Days + twice + f + (1 | Subject)";
    const own = lmmFromSums(
      total(
        text,
        split(wide, (_, i) => i % 5),
      ),
      { collinear: "drop" },
    );
    const whole = lmm(text, wide, { collinear: "drop" });
    expectSame(own, whole);
    expect(own.fixed.dropped).toEqual(["twice"]);
    expect(own.warnings.map(({ message }) => message)).toEqual(whole.warnings.map(({ message }) => message));
    // Sums of it know nothing of the column left out.
    expect(() => sums(own).add(sums(text, wide))).toThrow(
      expect.objectContaining({ code: "different-columns" }),
    );
  });

  it("warns as one of rows does", () => {
    const text = "strength ~ 1 + (1 | batch) + (1 | cask)";
    const pastes = rowsOf(Pastes).map((row, i) => ({ ...row, w: 1 + (i % 3) }));
    for (const options of [{}, { weights: "w" }]) {
      const whole = lmm(text, pastes, options);
      const own = lmmFromSums(
        total(
          text,
          split(pastes, (row) => row.batch),
          options,
        ),
      );
      expect(whole.warnings.map(({ code: own }) => own)).toContain("reused-nested-labels");
      expect(own.warnings).toEqual(whole.warnings);
    }
  });

  it("goes on from a fit: rows join, rows leave", () => {
    const fit = reml(lmm(formula, rows.slice(0, 120)));
    const own = sums(fit.model).add(sums(formula, rows.slice(120)));
    expectSame(lmmFromSums(own.subtract(sums(formula, rows.slice(0, 10)))), lmm(formula, rows.slice(10)));
  });

  it("refuses what reads rows, and Student-t residuals", () => {
    const model = lmmFromSums(sums(formula, rows));
    expect(code(() => reml(model).fitted())).toBe("needs-rows");
    expect(code(() => model.update(". ~ . - Days"))).toBe("needs-rows");
    expect(code(() => sums(formula, rows, { residuals: student() } as SumsOptions))).toBe("needs-rows");
    const robust = lmm(formula, rows, { residuals: student() });
    expect(code(() => sums(robust))).toBe("needs-rows");
    const kept = modelOfSums(sumsOf(robust));
    expect(code(() => gibbsSync(kept, { draws: 10 }))).toBe("needs-rows");
    expect(code(() => sums(formula, rows, { collinear: "drop" } as SumsOptions))).toBe("invalid-argument");
    expect(code(() => sums(formula, rows, { wieghts: "w" } as SumsOptions))).toBe("unknown-option");
    expect(code(() => lmmFromSums(model as unknown as Sums))).toBe("invalid-argument");
    expect(code(() => sums(formula, rows).add({} as Sums))).toBe("invalid-argument");
  });
});
