import { describe, expect, it } from "vitest";
import { Dyestuff2, eightSchools, sleepstudy } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";

const fit = reml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

describe("notes on tables of a fit", () => {
  it("say which intervals begin at the end of a range", () => {
    const singular = reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2));
    for (const method of ["profile", "wald"] as const) {
      const rows = singular.confint({ method });
      expect(rows.find(({ variable }) => variable === "sd_Batch__Intercept")?.lower).toBe(0);
      expect(rows.warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
        "interval-at-boundary: sd_Batch__Intercept is estimated as 0, the end of its range: its interval has one end there, and no standard error stands behind it.",
      ]);
      // A property beside the rows, not among them.
      expect(Object.keys(rows)).toHaveLength(rows.length);
    }
    expect(fit.confint({ method: "wald" }).warnings).toEqual([]);
  });

  it("say what z leaves out", () => {
    const [note, ...rest] = fit.coefTable({ df: "z" }).warnings;
    expect(rest).toEqual([]);
    expect(note.code).toBe("z-too-narrow");
    // R: qt(0.975, 17) / qnorm(0.975) is 1.07645; Satterthwaite's degrees of freedom are 17.00 for both coefficients.
    expect((note.details as { wider: number }).wider).toBeCloseTo(7.645, 1);
    expect(note.message).toMatch(/a 95% interval by t is 7\.6% wider/);
    expect(fit.coefTable().warnings).toEqual([]);
  });

  it("have nothing to say against z where σ is known", () => {
    const model = lmm("effect ~ 1 + (1 | school)", eightSchools, { weights: "weight" });
    expect(reml(model, { sigma: 1 }).coefTable({ df: "z" }).warnings).toEqual([]);
  });
});

describe("slope-far-from-zero", () => {
  it.each([
    [2000, false],
    [20_000, true],
  ])("is said of a fit where digits are lost: days around %s, %s", (zero, said) => {
    const rows = sleepstudy.map((row) => ({ ...row, day: row.Days + zero }));
    const fit = reml(lmm("Reaction ~ day + (day | Subject)", rows));
    expect(fit.warnings.some(({ code }) => code === "slope-far-from-zero")).toBe(said);
  });
});
