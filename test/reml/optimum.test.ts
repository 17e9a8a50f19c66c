import { expect, it } from "vitest";
import { Dyestuff } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { criterionOf, evaluate } from "../../src/reml/criterion.ts";
import { reml } from "../../src/reml/fit.ts";
import { optimumAt } from "../../src/reml/optimum.ts";

// No input is known on which the search stops short of an optimum that is there, so this one is made up.
it("a search that stopped short of the optimum is not-settled", () => {
  const model = lmm("Yield ~ 1 + (1 | Batch)", Dyestuff);
  const problem = criterionOf(model.crossProducts, "REML");
  const theta = Float64Array.of(1);
  const convergence = { ok: false, maxMoveInSE: 0.02, evaluations: 400 };
  const saved = { theta, hessian: null, convergence, residuals: null };
  const { warnings } = optimumAt(model, problem, evaluate(problem, theta), saved);
  expect(warnings.map(({ code }) => code)).toEqual(["not-settled"]);
  expect(warnings[0].message).toBe(
    "REML has not settled: a reported number could still move by 2.0e-2 of its standard error after 400 evaluations. " +
      "Simplify the random terms, or take the posterior of gibbs().",
  );
});

it("where the random terms may reproduce the rows, not-settled says so", () => {
  const data = { y: [4, 2, 0, 8, 0, 1], x: [-2, 2, -2, 2, 2, -1], g: ["a", "a", "b", "b", "c", "c"] };
  const { sigma, warnings } = reml(lmm("y ~ x + (x || g)", data));
  expect(sigma).toBeLessThan(1e-3);
  expect(warnings.find(({ code }) => code === "not-settled")?.message).toContain(
    "The random terms have 6 effects for 6 rows, and may reproduce them with nothing left for sigma.",
  );
});
