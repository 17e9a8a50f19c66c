import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lmm } from "../../src/model/linearMixedModel.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import { numbers, spread } from "../linalg/numbers.ts";
import { simulatedModel } from "../slow/simulatedModels.ts";

/** lme4's answers; see test/golden/generate/simulatedModels.R. */
const { fits }: { fits: readonly { seed: number; criterion: number }[] } = JSON.parse(
  readFileSync(new URL("../golden/simulatedModels.json", import.meta.url), "utf8"),
);

const lowest = (seed: number): number => fits.find((fit) => fit.seed === seed)!.criterion;

describe("models that a search from one start gets wrong", () => {
  for (const [seed, why] of [
    [107, "a second minimum on the edge, 0.74 above"],
    [180, "a minimum inside the edge, 0.05 above the one on it"],
    [196, "twenty parameters, eight of them zero: Newton's steps grow out of a saddle"],
    [230, "a slope variance of zero at the end of a curved valley"],
  ] as const) {
    const { formula, model } = simulatedModel(seed);
    it(`${formula}, ${model.n} rows: ${why}`, () => {
      const { criterion, convergence } = reml(model);
      expect(convergence.ok).toBe(true);
      // A criterion is good to some 1e-10, and lme4's search is tight.
      expect(criterion).toBeLessThan(lowest(seed) + 1e-6);
    });
  }
});

it("goes 12.9 below where lme4 stops, at two variances of zero", () => {
  const { model } = simulatedModel(290);
  const { criterion, theta, isSingular } = reml(model);
  expect(isSingular).toBe(false);
  expect(lowest(290) - criterion).toBeCloseTo(12.912, 3);
  // lme4's end is a minimum too: away from it the criterion rises.
  const there = reml(model, { start: [0, 0, theta[2]] });
  expect(Math.abs(there.criterion - lowest(290))).toBeLessThan(1e-6);
  for (const move of [
    [0.01, 0, 0],
    [0, 0.01, 0],
  ]) {
    expect(
      criterionAt(
        model,
        there.theta.map((value, i) => value + move[i]),
      ),
    ).toBeGreaterThan(there.criterion);
  }
});

/** Some thousand groups of five, so that the search starts from moments. */
function manyGroups(groups: number): object[] {
  const next = numbers(12);
  return Array.from({ length: groups }, (_, g) => {
    const [a, b] = [spread(next), 0.5 * spread(next)];
    return Array.from({ length: 5 }, () => {
      const x = spread(next);
      return { y: a + (1 + b) * x + spread(next), x, g: `g${g}`, h: `h${Math.floor(9 * next())}` };
    });
  }).flat();
}

describe("a start from moments, for large designs", () => {
  const rows = manyGroups(4000);
  for (const formula of ["y ~ x + (x | g)", "y ~ x + (x || g) + (1 | h)"]) {
    for (const [name, estimate] of [
      ["reml", reml],
      ["ml", ml],
    ] as const) {
      it(`${name}, ${formula}: the same end as from the identity, in fewer evaluations`, () => {
        const model = lmm(formula, rows);
        const start = model.random.flatMap(({ columns: { length: k } }) => (k === 2 ? [1, 0, 1] : [1]));
        const [own, given] = [estimate(model), estimate(model, { start })];
        expect(own.convergence.ok).toBe(true);
        // 2·10⁴ rows: 1e-12 of a criterion of 10⁵.
        expect(Math.abs(own.criterion - given.criterion)).toBeLessThan(1e-7);
        // Both ends are within 1e-6 of a standard error, and that is some hundredth of θ.
        own.theta.forEach((value, i) => {
          expect(Math.abs(value - given.theta[i])).toBeLessThan(1e-7);
        });
        expect(own.convergence.evaluations).toBeLessThanOrEqual(given.convergence.evaluations);
      });
    }
  }
});
