import { describe, expect, it } from "vitest";
import { choose } from "../../src/gibbs/choose.ts";
import { resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import { recorder, setup } from "../../src/gibbs/state.ts";
import { workingPriors } from "../../src/gibbs/workingPriors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { atOnce } from "../../src/pause.ts";
import { essBulk, rhat } from "../../src/posterior/diagnostics.ts";
import { RandomStream } from "../../src/random/stream.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";
import type { LmmFit } from "../../src/reml/lmmFit.ts";
import { mean, sd } from "../../src/stats/descriptive.ts";
import {
  expectSameCriterion,
  expectSameEffects,
  expectSameFixedEffects,
  expectSameRows,
  expectSameVariances,
} from "../reml/against.ts";
import { expectSamePredictions } from "../reml/againstPredictions.ts";
import { instEvalCases, METHODS, sharedTable } from "../reml/references.ts";
import { sharedFiles } from "../shared.ts";

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

const instEval = sharedFiles("data/InstEval.csv.gz");

describe.skipIf(!instEval.available)(
  instEval.title("the posterior of InstEval by the crossed scheme"),
  () => {
    it("has at least 650 effective of 1000 draws, for dept and d too, and finds the REML estimates", () => {
      const data = sharedTable("data/InstEval.csv.gz", ["s", "d", "dept", "service"]);
      const model = lmm("y ~ service + (1 | s) + (1 | d) + (1 | dept)", data);
      const made = setup(model.crossProducts, workingPriors(model, resolvePriors(model)));
      const { scheme, reason, prepared } = atOnce(choose(made, "auto", 1));
      expect(scheme.name).toBe("crossed");
      expect(reason).toBe("2 large crossed factors");

      // Every 20th effect of s and d, and all of dept; the order is that of the terms.
      const chosen = Array.from({ length: made.effects }, (_, i) => i).filter(
        (i) => i % 20 === 0 || i >= 4100,
      );
      const record = recorder(made, chosen);
      const [chains, draws] = [4, 2000];
      const values = Array.from({ length: record.length }, () =>
        Array.from({ length: chains }, () => new Float64Array(draws)),
      );
      const row = new Float64Array(record.length);
      const started = process.cpuUsage();
      for (let c = 0; c < chains; c++) {
        const chain = prepared.start(new RandomStream(1, c));
        for (let i = 0; i < scheme.warmup; i++) chain.step();
        for (let i = 0; i < draws; i++) {
          chain.step();
          record.write(chain.state, row, 0);
          for (let v = 0; v < row.length; v++) values[v][c][i] = row[v];
        }
      }
      const { user, system } = process.cpuUsage(started);
      const each = values.map((own) => (1000 * essBulk(own)) / (chains * draws));
      const least = Math.min(...each);
      console.info(
        `InstEval: ${((user + system) / (chains * (draws + scheme.warmup))).toFixed(0)} µs per iteration, ` +
          `least bulk ESS ${least.toFixed(0)} per 1000 draws over ${each.length} variables`,
      );
      expect(least).toBeGreaterThan(650);
      for (const own of values) expect(rhat(own)).toBeLessThan(1.01);

      // With this many rows and levels the posterior means of β and of the well determined SDs are the estimates, to a
      // small part of their posterior SD.
      const fit = reml(model);
      const sds = fit.varCorr().map(({ sdCorrelation }) => sdCorrelation);
      const estimates = [...Object.values(fit.fixef()), ...sds.slice(0, 2), fit.sigma];
      const found = [0, 1, 2, 3, 5].map((v) => Float64Array.from(values[v].flatMap((own) => [...own])));
      estimates.forEach((estimate, v) => {
        expect(Math.abs(mean(found[v]) - estimate)).toBeLessThan(0.2 * sd(found[v]));
      });
    });
  },
);
