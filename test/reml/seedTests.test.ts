import { describe, expect, it } from "vitest";
import { oats, sleepstudy } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { anova } from "../../src/reml/anova.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { sharedFiles } from "../shared.ts";
import { sharedTable } from "./references.ts";

describe("seed 002's tests and means beyond its tables", () => {
  it("the oats: F on containment, Satterthwaite and Kenward-Roger degrees of freedom alike, and Tukey's pairs", () => {
    // FEATURES.md §1.3 and appendix A.
    const fit = reml(lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats));
    for (const df of ["containment", "satterthwaite", "kenward-roger"] as const) {
      const rows = fit.anova({ type: "I", df }).rows;
      expect(rows.map(({ f }, i) => f.toFixed([3, 2, 3][i]))).toEqual(["1.485", "37.69", "0.303"]);
      expect(rows.map(({ numDf, denDf }) => [numDf, Number(denDf.toFixed(4))])).toEqual([
        [2, 10],
        [3, 45],
        [6, 45],
      ]);
      expect(rows[0].p.toFixed(3)).toBe("0.272");
    }
    const pairs = fit.pairs("nitrogen", { df: "kenward-roger" }).rows;
    expect(pairs.map(({ estimate }) => estimate.toFixed(2))).toEqual([
      "-19.50",
      "-34.83",
      "-44.00",
      "-15.33",
      "-24.50",
      "-9.17",
    ]);
    expect(pairs[0].se.toFixed(2)).toBe("4.44");
    expect([0, 3, 5].map((i) => pairs[i].p.toFixed(4))).toEqual(["0.0004", "0.0064", "0.1797"]);
    expect(pairs.every(({ df }) => Math.abs(df - 45) < 1e-6)).toBe(true);
  });

  const planks = sharedFiles("data/planks.csv");
  it.skipIf(!planks.available)(
    planks.title("the planks: F tests and Tukey's pairs, simple and crossed"),
    () => {
      const table = sharedTable("data/planks.csv", ["width", "depth"]);
      const simple = reml(lmm("humidity ~ width * depth + (1 | plank)", table)).anova().rows;
      expect(simple[0].f.toFixed(1)).toBe("29.6");
      expect(simple[0].denDf.toFixed(3)).toBe("266.000");
      // Those of planks-nested.json, at the optimum; lme4's own stop gives 7.2410 and 114.146.
      const random = "(1 | plank) + (1 | depth:plank) + (1 | plank:width)";
      const fit = reml(lmm(`humidity ~ width * depth + ${random}`, table));
      const rows = fit.anova().rows;
      expect(rows.map(({ f }, i) => f.toFixed([4, 3, 4][i]))).toEqual(["7.2411", "114.147", "2.8255"]);
      expect(rows.map(({ denDf }) => denDf.toFixed(3))).toEqual(["38.000", "76.000", "152.000"]);
      expect([rows[0].p, rows[2].p].map((p) => p.toFixed(5))).toEqual(["0.00217", "0.00597"]);
      const width = fit.pairs("width", { df: "kenward-roger" }).rows;
      expect(width.map(({ estimate }) => estimate.toFixed(3))).toEqual(["-0.272", "0.415", "0.687"]);
      expect(width.map(({ p }, i) => p.toFixed(i === 2 ? 4 : 3))).toEqual(["0.304", "0.071", "0.0015"]);
      const depth = new Map(
        fit.pairs("depth", { df: "kenward-roger" }).rows.map((row) => [row.contrast, row]),
      );
      expect(depth.get("depth1 - depth3")?.estimate.toFixed(3)).toBe("-1.190");
      expect(depth.get("depth1 - depth3")?.se.toFixed(4)).toBe("0.0961");
      expect(depth.get("depth3 - depth7")?.p.toFixed(4)).toBe("0.9925");
      expect(depth.get("depth1 - depth9")?.p.toFixed(3)).toBe("0.968");
      // lme4's default stop gives 8.7004 and 158.607; these are lmerTest's at rhoend = 1e-10.
      const logs = reml(lmm(`log(humidity) ~ width * depth + ${random}`, table)).anova().rows;
      expect(logs.map(({ f }, i) => f.toFixed([4, 3, 4][i]))).toEqual(["8.7002", "158.605", "2.2494"]);
    },
  );
});

describe("seed 003's tests", () => {
  const full = ml(lmm("Reaction ~ Days + (Days | Subject)", sleepstudy));

  it("the likelihood-ratio table of REML fits is that of the ML fits they are refitted to", () => {
    const table = anova(full, full.update(". ~ . - Days"));
    const restricted = reml(full.model);
    const refitted = anova(restricted, restricted.update(". ~ . - Days"));
    expect(refitted.rows).toEqual(table.rows);
  });

  it("t as z: the p-value of Days from the upper tail, where the print has a multiple of 2⁻⁵²", () => {
    const [intercept, days] = full.coefTable({ df: "z" });
    // R: 2 * pnorm(-6.967800338028406) = 3.219346658630131e-12; printed: 3.218759e-12, from 1 − Φ.
    expect(Math.abs(days.p / 3.219346658630131e-12 - 1)).toBeLessThan(1e-6);
    expect(Math.abs(days.p - 3.218759e-12)).toBeLessThan(2 ** -50);
    expect(intercept.p).toBeLessThan(1e-300);
    expect([intercept, days].map(({ t }) => t.toFixed(3))).toEqual(["37.906", "6.968"]);
  });

  it("Satterthwaite's and Kenward and Roger's 17 degrees of freedom, F(Days) 45.853", () => {
    const fit = reml(full.model);
    for (const df of ["satterthwaite", "kenward-roger"] as const) {
      const [{ f, denDf, p }] = fit.anova({ df }).rows;
      expect(f.toFixed(3)).toBe("45.853");
      expect(denDf.toFixed(3)).toBe("17.000");
      expect(p.toExponential(4)).toBe("3.2638e-6");
    }
  });
});
