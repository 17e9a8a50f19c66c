import { describe, expect, it } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { Dyestuff2 } from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { lmmFromSums, sums } from "../../src/model/takeSums.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { lm } from "../../src/reml/lm.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { numbers, spread } from "../linalg/numbers.ts";
import { readShared, sharedFiles } from "../shared.ts";

const parameter = (fit: LmmFit, variable: string) =>
  fit.parameters().find((row) => row.variable === variable)!;
const singular = (fit: LmmFit) => fit.warnings.filter(({ code }) => code === "singular-fit");

/** Groups that differ in level only: within each, what is left over is orthogonal to 1 and x. */
function sameSlopes(): object[] {
  const next = numbers(4);
  const x = [-3, -1, 1, 3];
  // Orthogonal to (1, 1, 1, 1) and to x.
  const patterns = [
    [1, -1, -1, 1],
    [-1, 3, -3, 1],
  ];
  return Array.from({ length: 12 }, (_, g) => {
    const level = 5 * spread(next);
    const [a, b] = [spread(next), spread(next)];
    return x.map((value, i) => ({
      y: 10 + level + 2 * value + a * patterns[0][i] + b * patterns[1][i],
      x: value,
      g: `g${g}`,
    }));
  }).flat();
}

describe("a variance that the fixed part leaves nothing to", () => {
  const next = numbers(9);
  const rows = Array.from({ length: 120 }, (_, i) => ({
    y: spread(next) + (i % 6),
    x: spread(next),
    g: `g${i % 6}`,
    name: `class ${"abcdef"[i % 6]}`,
    row: i % 2,
    column: i % 3,
    w: 1 + (i % 5),
  }));
  it.each([
    ["name + (1 | g)", "(1 | g)"],
    ["factor(row) * factor(column) + x + (1 | x) + (1 | g)", "(1 | g)"],
    ["0 + name + (x | g)", "(1 | g)"],
    ["name:x + (0 + x | g)", "(x | g)"],
  ])("is refused by reml(): %s", (terms, term) => {
    const some = terms.includes("(1 | x)") ? rows.map((row, i) => ({ ...row, x: i % 7 })) : rows;
    for (const options of [{}, { weights: "w" }]) {
      for (const model of [
        lmm(`y ~ ${terms}`, some, options),
        lmmFromSums(sums(`y ~ ${terms}`, some, options)),
      ])
        expect(() => reml(model)).toThrow(
          expect.objectContaining({ code: "group-in-fixed", message: expect.stringContaining(term) }),
        );
    }
  });

  it("is zero by maximum likelihood, and estimated where something is left", () => {
    expect(singular(ml(lmm("y ~ name + (1 | g)", rows)))).toHaveLength(1);
    expect(reml(lmm("y ~ name + (0 + x | g)", rows)).warnings).toBeDefined();
  });
});

describe("a variance estimated as zero", () => {
  for (const [name, estimate] of [
    ["reml()", reml],
    ["ml()", ml],
  ] as const) {
    it(`${name} on Dyestuff2 says so, names the direction and keeps every other estimate`, () => {
      const fit = estimate(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2));
      expect(fit.isSingular).toBe(true);
      expect(fit.convergence.ok).toBe(true);
      expect(fit.theta).toEqual([0]);
      expect(fit.ranef().every(({ mode, sd }) => mode === 0 && sd === 0)).toBe(true);
      expect(singular(fit)).toHaveLength(1);
      expect(singular(fit)[0].message).toContain("the variance of Intercept across Batch");
      expect(fit.toString()).toContain("singular-fit");
      // Without a random effect β is the mean and σ² the variance around it (over n − 1 or n).
      const y = Dyestuff2.map((row) => row.Yield);
      const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
      const squares = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      // Thirty additions.
      expect(fit.fixef()["(Intercept)"]).toBeCloseTo(mean, 12);
      expect(fit.sigma).toBeCloseTo(Math.sqrt(squares / (estimate === reml ? y.length - 1 : y.length)), 12);
    });

    it(`confint() after ${name} gives an SD of zero an interval that starts at 0`, () => {
      const model = lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2);
      const fit = estimate(model);
      const { estimate: value, se, lower, upper, boundary } = parameter(fit, "sd_Batch__Intercept");
      expect([value, lower, boundary]).toEqual([0, 0, true]);
      // The curvature of the criterion in θ at 0, where it is even: d(h) = d(0) + ½ d″ h² + O(h⁴).
      const rise = (h: number): number =>
        (2 * (criterionAt(model, [h], fit.method) - fit.criterion)) / (h * h);
      const h = 0.02;
      const curvature = (4 * rise(h / 2) - rise(h)) / 3;
      // The library differences the gradient with a step of 1e-7: 1e-13 / 1e-7 of the curvature, about 1e-6.
      expect(Math.abs(se / (fit.sigma * Math.sqrt(2 / curvature)) - 1)).toBeLessThan(1e-5);
      // 1.96 standard errors, the quantile to its printed digits.
      expect(upper / se).toBeCloseTo(1.959964, 6);
    });
  }

  it("is zero for every column of a term, and not what rounding left of it", () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({
      y: Math.sin(i * i),
      f: "abd"[i % 3],
      g: `g${i % 4}`,
    }));
    const fit = ml(lmm("y ~ f + (f | g)", rows, { contrasts: { f: "sum" } }));
    expect([...fit.theta]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(singular(fit).map(({ message }) => /variance of (\S+) across/.exec(message)?.[1])).toEqual([
      "Intercept",
      "f1",
      "f2",
    ]);
  });

  it("reml() with || on equal slopes gives a slope SD of zero and keeps the intercept's", () => {
    const fit = reml(lmm("y ~ x + (x || g)", sameSlopes()));
    expect(fit.isSingular).toBe(true);
    expect(fit.theta[1]).toBe(0);
    expect(parameter(fit, "sd_g__x")).toMatchObject({ estimate: 0, lower: 0, boundary: true });
    expect(parameter(fit, "sd_g__Intercept").boundary).toBe(false);
    expect(singular(fit).map(({ message }) => message)).toEqual([
      expect.stringContaining("the variance of x across g"),
    ]);
    // Equal slopes: every group's line has the common one.
    expect(fit.fixef()["x"]).toBeCloseTo(2, 10);
  });

  it("a correlation with an SD of zero says that it is not identified: interval −1 to 1", () => {
    const fit = reml(lmm("y ~ x + (x | g)", sameSlopes()));
    expect(fit.isSingular).toBe(true);
    expect(fit.convergence.ok).toBe(true);
    expect(parameter(fit, "sd_g__x").estimate).toBeLessThan(1e-4);
    expect(parameter(fit, "cor_g__Intercept__x")).toMatchObject({ lower: -1, upper: 1, boundary: true });
    // The same optimum as without the correlation; both criteria are good to 1e-9.
    const without = reml(lmm("y ~ x + (x || g)", sameSlopes()));
    expect(Math.abs(fit.criterion - without.criterion)).toBeLessThan(1e-8);
  });
});

const music = sharedFiles("data/music.csv");

describe("a covariance matrix without full rank", () => {
  it.skipIf(!music.available)(
    music.title("reml() on the music data names the combination of coefficients that has no variance"),
    () => {
      const fit = reml(
        lmm("na ~ perform_type + (perform_type | id)", parseCsv(readShared("data/music.csv"))),
      );
      const [found, ...more] = singular(fit);
      expect(more).toEqual([]);
      const { columns, direction } = found.details as { columns: string[]; direction: number[] };
      expect(columns).toEqual(["(Intercept)", "perform_typeSmall Ensemble", "perform_typeSolo"]);
      for (const word of ["Intercept", "perform_typeSmall Ensemble", "perform_typeSolo", "across id"]) {
        expect(found.message).toContain(word);
      }
      const rows = fit.varCorr();
      const covariance = (a: string, b: string): number =>
        rows.find(
          ({ term1, term2 }) =>
            (term1 === a && (term2 ?? a) === b) || (term2 !== null && term1 === b && term2 === a),
        )!.covariance;
      let variance = 0;
      let size = 0;
      columns.forEach((a, i) => {
        columns.forEach((b, j) => {
          variance += direction[i] * direction[j] * covariance(a, b);
        });
        size += direction[i] ** 2 * covariance(a, a);
      });
      // θ₃₃ is exactly 0, so the variance along the direction is rounding of the sum of the parts.
      expect(Math.abs(variance)).toBeLessThan(1e-12 * size);
    },
  );
});

describe("a response that fixed and random effects reproduce", () => {
  const rows = (noise: number) =>
    Array.from({ length: 24 }, (_, i) => {
      const x = Math.sin(1.7 * i);
      return { y: 2 * x + 1 + Math.cos(2.3 * (i % 6)) + noise * Math.sin(i * i * 3.1), x, g: `g${i % 6}` };
    });
  const model = (noise: number) => lmm("y ~ x + (1 | g)", rows(noise));

  it.each([0, 1e-10, 1e-8])("is refused by REML, ML and the sampler: noise %s", (noise) => {
    expect(() => reml(model(noise))).toThrow(/effects reproduce y/);
    expect(() => ml(model(noise))).toThrow(/effects reproduce y/);
    expect(() => gibbsSync(model(noise), { seed: 1, chains: 1, draws: 50 })).toThrow(/effects reproduce/);
  });

  it("is fitted when the noise is real, a ten-thousandth of the group SD", () => {
    // At this ratio the mixed model's slope is the one within groups to 1e-8 of itself; SE 2e-5.
    expect(reml(model(1e-4)).fixef().x).toBeCloseTo(lm("y ~ x + g", rows(1e-4)).fixef().x, 7);
  });
});
