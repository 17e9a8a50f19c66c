import { expect, it } from "vitest";
import { Dyestuff } from "../../src/datasets/index.ts";
import { lmm } from "../../src/model/lmm.ts";
import { criterionOf, evaluate } from "../../src/reml/criterion.ts";
import { optimumAt } from "../../src/reml/optimum.ts";

// No input is known on which the search stops short, so the optimum is made up.
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
