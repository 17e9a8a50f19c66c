import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { oats, sleepstudy } from "../../src/datasets/index.ts";
import { lmList } from "../../src/reml/lmList.ts";

const { lm_no_pooling_sleepstudy_per_subject: golden } = JSON.parse(
  readFileSync(new URL("../golden/tests-and-means.json", import.meta.url), "utf8"),
) as {
  readonly lm_no_pooling_sleepstudy_per_subject: Readonly<
    Record<
      string,
      { readonly coef: readonly number[]; readonly se: readonly number[]; readonly sigma: number }
    >
  >;
};

describe("lmList()", () => {
  it("has R's coefficients, standard errors and residual SD of every subject", () => {
    const fits = lmList("Reaction ~ Days", sleepstudy, "Subject");
    expect([...fits.keys()]).toEqual(Object.keys(golden));
    for (const [level, fit] of fits) {
      const { coef, se, sigma } = golden[level];
      // R's QR and ours agree to rounding.
      expect(Math.abs(fit.sigma / sigma - 1)).toBeLessThan(1e-11);
      fit.coefTable().forEach(({ estimate, se: own }, i) => {
        expect(Math.abs(estimate - coef[i])).toBeLessThan(1e-9);
        expect(Math.abs(own / se[i] - 1)).toBeLessThan(1e-11);
      });
    }
  });

  it("takes factors and text as predictors, with weights", () => {
    const fits = lmList("yield ~ nitrogen", oats, "block");
    expect(fits.size).toBe(6);
    for (const fit of fits.values()) expect(fit.coefTable()).toHaveLength(4);
    const rows = [1, 2, 3, 4].flatMap((w) => [
      { y: w, w, f: "a", g: "p" },
      { y: w + 2, w, f: "b", g: "p" },
    ]);
    // Weighted means of 1, 2, 3, 4 with weights 1, 2, 3, 4: 3, and 2 more for b.
    const [fit] = lmList("y ~ f", rows, "g", { weights: "w" }).values();
    const [a, b] = Object.values(fit.fixef());
    expect(a).toBeCloseTo(3, 12);
    expect(b).toBeCloseTo(2, 12);
  });

  it("names the level whose rows do not do, and the column that is not there", () => {
    const rows = [1, 2, 3, 4, 5].map((x) => ({ y: x * x, x, g: x < 5 ? "p" : "q" }));
    expect(() => lmList("y ~ x", rows, "g")).toThrow(/^g q: /);
    const flat = [1, 2, 3, 4, 5, 6].map((x) => ({ y: x < 4 ? x * x : 7, x, g: x < 4 ? "p" : "q" }));
    expect(() => lmList("y ~ x", flat, "g")).toThrow(/^g q: .*y/);
    expect(() => lmList("y ~ z", rows, "g")).toThrow(/^No column "z"/);
    expect(() => lmList("y ~ x", rows, "h")).toThrow(/No column "h"/);
  });
});
