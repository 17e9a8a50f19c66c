import { describe, expect, it } from "vitest";
import { sleepstudy } from "../../src/datasets/index.ts";
import { halfCauchy, halfNormal, halfT, lkj, normal, type Priors } from "../../src/gibbs/priors.ts";
import { resolvePriors } from "../../src/gibbs/resolvePriors.ts";
import { lmm } from "../../src/model/lmm.ts";

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
