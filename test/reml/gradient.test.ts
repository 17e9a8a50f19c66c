import { describe, expect, it } from "vitest";
import { cake, oats, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { type Criterion, criterion, evaluate } from "../../src/reml/criterion.ts";
import { numbers, spread } from "../linalg/numbers.ts";
import { METHODS } from "./references.ts";

/** Three grouping factors, `b` inside `c` when nested, weights, a covariate far from 0. */
function rows(nested: boolean): object[] {
  const next = numbers(11);
  const inC = Array.from({ length: 8 }, () => Math.floor(next() * 3));
  return Array.from({ length: 120 }, () => {
    const b = Math.floor(next() * 8);
    const c = nested ? inC[b] : Math.floor(next() * 3);
    const x = 50 + spread(next);
    return {
      y: b + c * x + 3 * spread(next),
      x,
      a: `a${Math.floor(next() * 13)}`,
      b: `b${b}`,
      c: `c${c}`,
      w: 0.2 + next(),
    };
  });
}

const designs: Record<string, () => LinearMixedModel> = {
  "one intercept": () => lmm("Reaction ~ Days + (1 | Subject)", sleepstudy),
  "a correlated slope": () => lmm("Reaction ~ Days + (Days | Subject)", sleepstudy),
  "two terms of one group": () => lmm("Reaction ~ Days + (Days || Subject)", sleepstudy),
  "nested groups": () => lmm("strength ~ 1 + (1 | batch/cask)", Pastes),
  "crossed groups": () => lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin),
  "a nested group and a factor in X": () => lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats),
  "a random factor with three levels": () => lmm("angle ~ temp + (0 + recipe | replicate)", cake),
  "nested groups with slopes": () => lmm("y ~ x + (x | c/b)", rows(true)),
  "three crossed groups with slopes and weights": () =>
    lmm("y ~ x + (x | a) + (x | b) + (1 | c)", rows(false), { weights: "w" }),
  "a crossed group above a nested pair": () => lmm("y ~ x + (x | a) + (1 | c/b) + (0 + x | c)", rows(true)),
};

/** (4 D(h/2) − D(h)) / 3, D a central difference of the criterion. */
function difference(problem: Criterion, theta: Float64Array, i: number): number {
  const central = (h: number): number => {
    const at = (step: number): number =>
      evaluate(
        problem,
        theta.map((value, j) => (i === j ? value + step : value)),
      );
    return (at(h) - at(-h)) / (2 * h);
  };
  const h = 2e-3;
  return (4 * central(h / 2) - central(h)) / 3;
}

describe("the gradient of criterionAt() equals its differences", () => {
  for (const [name, design] of Object.entries(designs)) {
    for (const method of METHODS) {
      it(`${name}, ${method}`, () => {
        const problem = criterion(design(), method);
        const next = numbers(7);
        // Anywhere, with a negative diagonal; and on the boundary, where a diagonal entry is 0.
        const points = [0, 1, 2].map((point) =>
          Float64Array.from({ length: problem.length }, (_, i) =>
            point === 2 && i === problem.length - 1 ? 0 : 0.3 + spread(next) * 0.7,
          ),
        );
        for (const theta of points) {
          const gradient = new Float64Array(problem.length);
          const value = evaluate(problem, theta, gradient);
          expect(evaluate(problem, theta)).toBe(value);
          const size = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 1);
          // Rounding of the criterion, 1e-12, over the step of 1e-3, and the fourth power of the step.
          gradient.forEach((g, i) => {
            expect(Math.abs(g - difference(problem, theta, i))).toBeLessThan(1e-7 * size);
          });
        }
      });
    }
  }
});
