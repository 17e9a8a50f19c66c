import { describe, expect, it } from "vitest";
import { type LinearMixedModel, lmm } from "../../src/model/linearMixedModel.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import {
  expectSameCriterion,
  expectSameEffects,
  expectSameFixedEffects,
  expectSameRows,
  expectSameVariances,
} from "../reml/against.ts";
import { expectSamePredictions } from "../reml/againstPredictions.ts";
import { instEvalCases, METHODS } from "../reml/references.ts";

/** 73 421 squares and 4100 logarithms are added up, here and in lme4: 1e-13 of a criterion of 2.4e5. */
const CRITERION = 2.4e-8;

for (const { id, files, reference, data } of instEvalCases) {
  describe.skipIf(!files.available)(files.title(`${id} agrees with lme4`), () => {
    let model: LinearMixedModel | undefined;
    const ready = (): LinearMixedModel => {
      model ??= lmm(reference().formula, data());
      return model;
    };
    for (const method of METHODS) {
      const call = method === "REML" ? "reml()" : "ml()";
      let fit: LmmFit | undefined;
      const fitted = (): LmmFit => {
        fit ??= (method === "REML" ? reml : ml)(ready());
        return fit;
      };
      it(`${call} reaches the criterion, logLik, AIC and BIC, and counts parameters and rows`, () => {
        expectSameCriterion(fitted(), reference()[method], CRITERION);
      });
      it(`criterionAt(…, "${method}") has the value at three other theta`, () => {
        const points = reference()[method].criterion_at;
        expect(points).toHaveLength(3);
        for (const { theta, criterion } of points) {
          expect(Math.abs(criterionAt(ready(), theta, method) - criterion)).toBeLessThanOrEqual(CRITERION);
        }
      });
      it(`${call} has the fixed effects, their covariance and Wald intervals`, () => {
        expectSameFixedEffects(fitted(), reference()[method]);
      });
      it(`${call} has the variances`, () => {
        expectSameVariances(fitted(), reference()[method]);
      });
      it(`fitted() and residuals() after ${call} are the same`, () => {
        expectSameRows(fitted(), reference()[method]);
      });
      it(`predict() after ${call} agrees: all effects, none, one group at a time`, () => {
        expectSamePredictions(fitted(), reference()[method]);
      });
      it(`ranef() after ${call} has the same modes`, () => {
        expectSameEffects(fitted(), reference()[method]);
      });
    }
  });
}
