import { describe, expect, it } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import {
  halfCauchy,
  halfNormal,
  halfT,
  lkj,
  normal,
  type Priors,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import { resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { student } from "../../src/model/student.ts";
import { lmmFromSums, sums as sumsOf } from "../../src/model/takeSums.ts";

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
/** As a file holds them. */
const written = (priors: object): Priors => JSON.parse(JSON.stringify(priors));

describe("priors written by hand", () => {
  it("are what their constructors make", () => {
    const sds = [
      { type: "halfCauchy", scale: 20 },
      { type: "halfNormal", scale: 5 },
    ];
    const { beta, sigma, terms } = resolvePriors(
      model,
      written({
        beta: { Days: { type: "normal", mean: 0, sd: 10 } },
        sigma: { type: "halfCauchy", scale: 30 },
        terms: { Subject: { type: "lkj", eta: 2, sds } },
      }),
    );
    expect(beta.get("Days")).toEqual(normal(0, 10));
    expect(sigma).toEqual(halfCauchy(30));
    expect(sigma).toEqual(halfT(1, 30));
    expect(terms[0].prior).toEqual(lkj(2, [halfCauchy(20), halfNormal(5)]));
  });

  it("that hold themselves are refused", () => {
    const list: unknown[] = [1];
    list.push(list);
    const loop: Record<string, unknown> = { type: "halfT", df: 3 };
    loop["scale"] = loop;
    const sds: Record<string, unknown> = { type: "lkj", eta: 1 };
    sds["sds"] = sds;
    for (const priors of [
      { sigma: { type: "halfT", df: 3, scale: list } },
      { sigma: loop },
      { terms: { Subject: sds } },
      { terms: { Subject: { type: "lkj", eta: 1, sds: list } } },
    ]) {
      expect(() => resolvePriors(model, priors as unknown as Priors)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(invalid|unknown)-prior$/) }),
      );
    }
  });

  it.each([
    ["unknown-option", { sigma: { type: "halfT", df: 3, scale: 1, sd: 2 } }, 'halfT() has no option "sd".'],
    [
      "unknown-option",
      { terms: { Subject: { type: "lkj", eta: 1, sds: { type: "exponential", rat: 1 } } } },
      '"rat"',
    ],
    ["invalid-prior", { beta: { type: "normal", mean: 0 } }, "sd must be positive and finite, got undefined"],
    ["unknown-prior", { sigma: null }, "The prior for sigma is null"],
    ["unknown-prior", { terms: { Subject: { type: "toString" } } }, '"toString"'],
    ["unknown-prior", [], "The priors are []."],
  ])("%s: %j", (code, priors, words) => {
    expect(() => resolvePriors(model, written(priors))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });
});

describe("a flat SD", () => {
  // Four groups; t is theirs, x is not, s says which third of the rows.
  const rows = Array.from({ length: 48 }, (_, i) => ({
    g: `g${i % 4}`,
    t: [0.3, 1.2, 2.5, 2.2][i % 4],
    f: ["a", "b", "c", "c"][i % 4],
    s: `s${i % 3}`,
    w: 1 + (i % 5),
    x: Math.sin(3 * i),
    y: Math.cos(7 * i) + (i % 4),
  }));
  const of = (groups: number) => rows.filter(({ g }) => Number(g.slice(1)) < groups);
  const flatSds: Priors = { terms: { g: uniformSd() } };

  // With one direction left the likelihood falls as 1/τ, whose integral diverges.
  it.each<[string, number, string, LmmOptions, Priors]>([
    ["a covariate of three groups", 3, "y ~ t + (1 | g)", {}, {}],
    ["three kinds of four groups", 4, "y ~ x + f + (1 | g)", {}, {}],
    ["a slope that changes with the group's covariate", 3, "y ~ x + x:t + (0 + x | g)", {}, {}],
    ["weights", 3, "y ~ x + t + (1 | g)", { weights: "w" }, {}],
    ["a sigma for each stratum", 3, "y ~ t + (1 | g)", { sigmaBy: "s" }, {}],
    ["Student-t residuals", 3, "y ~ t + (1 | g)", { residuals: student() }, {}],
    ["LKJ", 3, "y ~ t * x + (x | g)", {}, { terms: { g: lkj(1, [halfT(3, 1), uniformSd()]) } }],
  ])(
    "is refused where flat coefficients say as much of the groups: %s",
    (_, groups, formula, options, priors) => {
      const model = lmm(formula, of(groups), options);
      expect(() => resolvePriors(model, { ...flatSds, ...priors })).toThrow(
        expect.objectContaining({
          code: "improper-posterior",
          message: expect.stringContaining(`with ${groups} levels and ${groups - 1} flat coefficients`),
        }),
      );
    },
  );

  it.each<[string, number, string, Priors]>([
    ["one more group", 4, "y ~ t + (1 | g)", {}],
    ["a covariate of the rows", 3, "y ~ x + (1 | g)", {}],
    ["a proper prior of the coefficient", 3, "y ~ t + (1 | g)", { beta: { t: normal(0, 1) } }],
    ["another column's covariate", 3, "y ~ t + x + (0 + x | g)", {}],
  ])("is taken with %s", (_, groups, formula, priors) => {
    expect(resolvePriors(lmm(formula, of(groups)), { ...flatSds, ...priors }).terms[0].prior).toEqual(
      uniformSd(),
    );
  });

  it("is refused of the model of sums as of the model of rows", () => {
    const sums = lmmFromSums(sumsOf("y ~ t + (1 | g)", of(3)));
    expect(() => resolvePriors(sums, flatSds)).toThrow(
      expect.objectContaining({ code: "improper-posterior" }),
    );
  });
});
