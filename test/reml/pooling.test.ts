import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Pastes, Penicillin, sleepstudy, tablets } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { lm } from "../../src/reml/lm.ts";
import { comparePooling } from "../../src/reml/pooling.ts";
import { base, withColumn } from "../model/sample.ts";

const golden = JSON.parse(
  readFileSync(new URL("../golden/tests-and-means.json", import.meta.url), "utf8"),
) as {
  readonly lm_no_pooling_sleepstudy_per_subject: Readonly<
    Record<string, { readonly coef: readonly number[] }>
  >;
};

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

describe("comparePooling()", () => {
  it("has lm() of all rows, of each subject's rows, and coef() side by side", () => {
    const { rows } = comparePooling(model);
    const all = lm("Reaction ~ Days", sleepstudy).fixef();
    const partial = reml(model).coef();
    expect(rows).toHaveLength(36);
    rows.forEach((row, i) => {
      expect(row.group).toBe("Subject");
      expect(row.complete).toBeCloseTo(all[row.term], 9);
      const { coef } = golden.lm_no_pooling_sleepstudy_per_subject[row.level];
      // R's QR and ours agree to rounding.
      expect(Math.abs(row.none - coef[row.term === "Days" ? 1 : 0])).toBeLessThan(1e-9);
      expect(row).toMatchObject({
        level: partial[i].level,
        term: partial[i].term,
        partial: partial[i].value,
      });
    });
  });

  it("shrinks the trajectories of seed 004 towards the population line", () => {
    const rows = comparePooling(model).rows.slice(0, 12);
    // Seed 004, head(subjectTrajectories): its print stopped at 5–6 digits of the optimum.
    const printed = [
      253.6637, 19.666258, 211.0065, 1.847583, 212.4449, 5.018406, 275.0956, 5.652955, 273.6653, 7.397391,
      260.4446, 10.195115,
    ];
    rows.forEach((row, i) => {
      expect(Math.abs(row.partial / printed[i] - 1)).toBeLessThan(2e-5);
    });
    const distance = (key: "none" | "partial", term: string): number =>
      comparePooling(model)
        .rows.filter((row) => row.term === term)
        .reduce((sum, row) => sum + (row[key] - row.complete) ** 2, 0);
    for (const term of ["(Intercept)", "Days"]) {
      expect(distance("partial", term)).toBeLessThan(distance("none", term));
    }
  });

  it("takes a fit and keeps its method", () => {
    const fit = ml(model);
    expect(comparePooling(fit).rows[0].partial).toBe(fit.coef()[0].value);
  });

  it("gives NaN for what a level's rows cannot determine", () => {
    // f is the same in every row of a group: no group tells it from its intercept.
    const data = withColumn((row) => ({ f: row.z > 0 ? "b" : "a" }));
    const { rows } = comparePooling(lmm("y ~ x + f + (1 | g)", data));
    for (const row of rows) {
      const isConfounded = row.term === "fb" || (row.term === "(Intercept)" && row.level >= "g3");
      expect(Number.isNaN(row.none), `${row.level} ${row.term}`).toBe(isConfounded);
    }
  });

  it("takes 0 for the complete pooling of a column that only varies by group", () => {
    const { rows } = comparePooling(lmm("Reaction ~ 1 + (Days | Subject)", sleepstudy));
    expect(rows.filter(({ term }) => term === "Days").every(({ complete }) => complete === 0)).toBe(true);
  });

  it("uses weights and offsets in all three", () => {
    const { rows } = comparePooling(lmm("y ~ x + offset(h) + (1 | g)", base, { weights: "w" }));
    const own = lm(
      "y ~ x + offset(h)",
      base.filter(({ g }) => g === "g2"),
      { weights: "w" },
    ).fixef();
    const all = lm("y ~ x + offset(h)", base, { weights: "w" }).fixef();
    for (const row of rows.filter(({ level }) => level === "g2")) {
      expect(row.none).toBeCloseTo(own[row.term], 9);
      expect(row.complete).toBeCloseTo(all[row.term], 9);
    }
  });

  it("prints a table", () => {
    expect(
      String(comparePooling(lmm("y ~ method + (1 | tablet)", tablets)))
        .split("\n")
        .slice(0, 4),
    ).toEqual([
      "Pooling by tablet: y ~ method + (1 | tablet)",
      "tablet Term        complete   none partial",
      "1      (Intercept)   10.390 10.100  10.298",
      "       methodhplc     -0.05   0.30   -0.05",
    ]);
  });

  it("asks which of several groups is meant", () => {
    const crossed = lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin);
    expect(() => comparePooling(crossed)).toThrow(
      expect.objectContaining({
        code: "several-groups",
        message:
          'diameter ~ 1 + (1 | plate) + (1 | sample) groups by plate, sample, so there is no single set of levels to fit one by one. Choose one of them: { group: "plate" }.',
      }),
    );
    expect(comparePooling(crossed, { group: "sample" }).rows).toHaveLength(6);
    expect(() => comparePooling(lmm("strength ~ 1 + (1 | batch/cask)", Pastes), { group: "cask" })).toThrow(
      expect.objectContaining({ code: "unknown-group" }),
    );
  });
});
