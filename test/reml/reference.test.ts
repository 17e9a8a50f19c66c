import { describe, expect, it } from "vitest";
import { lmm } from "../../src/model/lmm.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import {
  criterionTolerance,
  expectSameCriterion,
  expectSameEffects,
  expectSameFixedEffects,
  expectSameRows,
  expectSameVariances,
} from "./against.ts";
import { Margins } from "./margins.ts";
import { METHODS, referenceCases } from "./references.ts";

it("the bundled reference models are all there", () => {
  // 15 files of test/golden/models, music, planks, planks-nested.
  expect(referenceCases).toHaveLength(18);
});

for (const { id, files, reference, data } of referenceCases) {
  describe.skipIf(!files.available)(files.title(`${id} agrees with lme4`), () => {
    for (const method of METHODS) {
      const call = method === "REML" ? "reml()" : "ml()";
      const fitted = () => (method === "REML" ? reml : ml)(lmm(reference().formula, data()));
      it(`${call} reaches the criterion, logLik, AIC and BIC, and counts parameters and rows`, () => {
        const expected = reference()[method];
        expectSameCriterion(fitted(), expected, criterionTolerance(expected.criterion));
      });
      it(`criterionAt(…, "${method}") has the value at three other theta`, () => {
        const model = lmm(reference().formula, data());
        const points = reference()[method].criterion_at;
        expect(points).toHaveLength(3);
        const margins = new Margins();
        for (const { theta, criterion } of points) {
          // The same sum in another order: 1e-13 relative is a few hundred roundings.
          const tolerance = Math.max(1e-9, 1e-13 * Math.abs(criterion));
          margins.near(`at [${theta}]`, criterionAt(model, theta, method), criterion, 1, tolerance);
        }
        margins.settle();
      });
      it(`${call} has the fixed effects, their covariance and Wald intervals`, () => {
        expectSameFixedEffects(fitted(), reference()[method]);
      });
      it(`${call} has the variances, SDs and correlations`, () => {
        expectSameVariances(fitted(), reference()[method]);
      });
      it(`fitted() and residuals() after ${call} are the same`, () => {
        expectSameRows(fitted(), reference()[method]);
      });
      it(`ranef() and coef() after ${call} are the same`, () => {
        expectSameEffects(fitted(), reference()[method]);
      });
    }
  });
}
