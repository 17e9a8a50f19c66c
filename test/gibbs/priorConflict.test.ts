import { describe, expect, it } from "vitest";
import * as datasets from "../../src/datasets/index.ts";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import {
  exponential,
  halfCauchy,
  halfNormal,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
} from "../../src/gibbs/priors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { student } from "../../src/model/student.ts";
import { reml } from "../../src/reml/fit.ts";

const { sleepstudy, Dyestuff, Dyestuff2, Pastes, Penicillin, oats, cake, tablets, clusters } = datasets;
const sleep = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const conflicts = (model: LinearMixedModel, priors: Priors, options: object = {}) =>
  gibbsSync(model, { seed: 1, priors, ...options }).warnings.filter(
    ({ code }) => code === "prior-data-conflict",
  );

describe("prior-data-conflict", () => {
  it("says where the data put a coefficient, though its prior holds it elsewhere", () => {
    const [one, ...others] = conflicts(sleep, { beta: { Days: normal(0, 1) } });
    expect(others).toEqual([]);
    expect(one.message).toMatch(/The data put b_Days at 10\.\d, 10\.\d prior sds from its prior mean\./);
    // A balanced design: least squares by any weights is the REML estimate.
    expect(one.details["x"]).toBeCloseTo(reml(sleep).fixef()["Days"], 8);
    const [, wrongSide] = conflicts(sleep, { beta: { Intercept: normal(0, 10), Days: normal(-20, 5) } });
    expect(wrongSide.message).toMatch(/b_Days at 10\.\d, 6\.1 prior sds/);
  });

  it.each<[string, Priors, RegExp]>([
    [
      "half-normal",
      { sigma: halfNormal(5) },
      /sigma at 2\d(\.\d)?, as far out in its prior halfNormal\(5\) as 4\.\d sds/,
    ],
    ["exponential", { sigma: exponential(1) }, /sigma at 2\d\.\d.*exponential\(1\) as 6/],
    ["inverse-gamma, too small", { sigma: inverseGamma(30, 100) }, /sigma at .*inverseGamma\(30, 100\)/],
    [
      "inverse-gamma, too large",
      { sigma: inverseGamma(30, 300_000) },
      /sigma at .*inverseGamma\(30, 3e\+05\)/,
    ],
    [
      "LKJ with SDs",
      { terms: { Subject: lkj(1, [halfNormal(30), exponential(5)]) } },
      /sd_Subject__Days at .*exponential\(5\)/,
    ],
    [
      "inverse-Wishart in the wrong units",
      {
        terms: {
          Subject: inverseWishart(3, [
            [1e6, 0],
            [0, 1e6],
          ]),
        },
      },
      /sd_Subject__Intercept at 2\d\d, as far out in its prior inverseGamma\(1, 5e\+05\)/,
    ],
  ])("says when an SD lies far out in its prior: %s", (_, priors, text) => {
    const messages = conflicts(sleep, priors).map(({ message }) => message);
    expect(messages.join("\n")).toMatch(text);
  });

  it("has nothing to say of priors that expect the data, or anything", () => {
    for (const priors of [
      { beta: { Days: normal(10, 1), Intercept: normal(250, 20) } },
      { beta: normal(0, 1000), sigma: halfNormal(20) },
      { sigma: halfCauchy(5), terms: { Subject: lkj(1, halfCauchy(5)) } },
    ]) {
      expect(conflicts(sleep, priors)).toEqual([]);
    }
    // An SD near 0 is no surprise to a prior that is highest there, nor to a vague inverse-gamma.
    const batches = lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2);
    expect(conflicts(batches, { terms: { Batch: halfNormal(100) } })).toEqual([]);
    expect(conflicts(batches, { terms: { Batch: inverseGamma(0.001, 0.001) } })).toEqual([]);
  });

  it("takes coefficients apart under strata too, and leaves Student-t residuals alone", () => {
    const rows = sleepstudy.map((row, i) => ({ ...row, half: i % 2 === 0 ? "a" : "b" }));
    const strata = lmm("Reaction ~ Days + (1 | Subject)", rows, { sigmaBy: "half" });
    const found = conflicts(strata, { beta: { Days: normal(0, 1) } }, { draws: 500 });
    expect(found.map(({ details }) => details["variable"])).toEqual(["b_Days"]);
    const robust = lmm("Reaction ~ Days + (1 | Subject)", sleepstudy, { residuals: student({ df: 4 }) });
    expect(conflicts(robust, { beta: { Days: normal(0, 1) } }, { draws: 200 })).toEqual([]);
  });

  it("is silent on the bundled data under the default priors", () => {
    for (const [formula, data] of [
      ["Reaction ~ Days + (Days | Subject)", sleepstudy],
      ["Yield ~ 1 + (1 | Batch)", Dyestuff],
      ["Yield ~ 1 + (1 | Batch)", Dyestuff2],
      ["strength ~ 1 + (1 | batch/cask)", Pastes],
      ["diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin],
      ["yield ~ nitrogen * variety + (1 | block/variety)", oats],
      ["angle ~ recipe * temperature + (1 | replicate) + (1 | recipe:replicate)", cake],
      ["y ~ method + (1 | tablet)", tablets],
      ["y ~ x + (1 | clus)", clusters],
    ] as const) {
      const model = lmm(formula, data as never);
      expect(conflicts(model, {}, { draws: 500 }), formula).toEqual([]);
    }
  });
});
