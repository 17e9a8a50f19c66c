import { describe, expect, it } from "vitest";
import { Dyestuff2, sleepstudy } from "../../src/datasets/index.ts";
import { Draws, fixed, gibbsSync, inverseWishart, lmm, ml, reml } from "../../src/index.ts";
import { matchers } from "../../src/testing/index.ts";

expect.extend(matchers);

const model = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
const fit = reml(model);
const posterior = gibbsSync(model, { seed: 1 });
const identity = [
  [1, 0],
  [0, 1],
];
const textbook = gibbsSync(model, {
  seed: 1,
  draws: 500,
  priors: { terms: { Subject: inverseWishart(3, identity) } },
});

/** The message of an expectation that fails. */
function failure(expectation: () => void): string {
  try {
    expectation();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the expectation was met");
}

describe("toHaveConverged", () => {
  it("passes for chains that agree and for a fit that has settled", () => {
    expect(posterior).toHaveConverged();
    expect(posterior).not.toHaveConverged({ ess: 1e6 });
    expect(fit).toHaveConverged();
    expect(ml(model)).toHaveConverged();
  });

  it("shows the variables that fall short", () => {
    const message = failure(() => expect(gibbsSync(model, { seed: 2, draws: 20 })).toHaveConverged());
    expect(message).toContain(
      "Expected R-hat at most 1.01 and ESS at least 400; 42 of 42 variables of Reaction ~ Days",
    );
    expect(message).toMatch(/\n +Rhat {2}Bulk_ESS {2}Tail_ESS\n {2}b_Intercept +\d\.\d{3} +\d+ +\d+\n/);
    expect(message).toContain("and 22 more");
  });

  it("says so when it was expected not to", () => {
    expect(failure(() => expect(posterior).not.toHaveConverged())).toContain(
      "not to have converged, but all 42 variables have R-hat at most 1.01 and ESS at least 400.",
    );
    expect(failure(() => expect(fit).not.toHaveConverged())).toMatch(
      /Expected the REML fit of .* not to have converged, but a reported number could still move by/,
    );
  });

  it("leaves variables out that a prior holds fixed", () => {
    const held = gibbsSync(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff2), {
      seed: 1,
      priors: { sigma: fixed(3.7), terms: { Batch: fixed(1) } },
    });
    expect(held).toHaveConverged();
  });

  it("does not leave out what is stuck", () => {
    const { info, chains, iterations, values } = posterior.draws;
    const draws = new Draws({ info, chains, iterations, values: values.slice() });
    draws.get("sigma").fill(25);
    const stuck = Object.create(posterior, { draws: { value: draws } });
    expect(failure(() => expect(stuck).toHaveConverged())).toMatch(
      /1 of 42 variables[\s\S]*\n {2}sigma +NaN/,
    );
  });
});

describe("toAgreeWith", () => {
  it("passes within so many standard errors", () => {
    expect(posterior).toAgreeWith(fit);
    expect(posterior).toAgreeWith(ml(model));
    expect(posterior).not.toAgreeWith(fit, { within: 0.1 });
    expect(textbook).not.toAgreeWith(fit);
  });

  it("shows who is away, how far and why", () => {
    const message = failure(() => expect(textbook).toAgreeWith(fit, { within: 1.5 }));
    expect(message).toContain("within 1.5 standard errors of REML; ");
    expect(message).toMatch(/ +REML +SE +Posterior +Diff\/SE +Reason\n/);
    expect(message).toMatch(
      / {2}cor_Subject__Intercept__Days +0\.06\d* +\S+ +0\.[6-9]\d* +[12]\.\d\d {2}prior pull/,
    );
    expect(message).not.toContain("b_Days");
  });

  it("says so when it was expected not to", () => {
    expect(failure(() => expect(posterior).not.toAgreeWith(fit))).toBe(
      "Expected the posterior of Reaction ~ Days + (Days | Subject) not to agree with REML, but all 6 variables are within 1 standard error.",
    );
  });

  it("refuses a fit of another model", () => {
    const other = reml(lmm("Reaction ~ Days + (1 | Subject)", sleepstudy));
    expect(() => expect(posterior).toAgreeWith(other)).toThrow(/different|posterior is of/);
  });
});

describe("toHaveCoefficient", () => {
  it("takes R's coefficient names and variable names, on either estimator", () => {
    expect(fit).toHaveCoefficient("Days", 10.467286);
    expect(fit).toHaveCoefficient("(Intercept)", 251.405105);
    expect(fit).toHaveCoefficient("sd_Subject__Days", 5.922, { within: 0.001 });
    expect(posterior).toHaveCoefficient("Days", 10.5, { within: 0.2 });
    expect(posterior).toHaveCoefficient("b_Intercept", 251.4, { within: 0.7 });
    expect(posterior).not.toHaveCoefficient("sigma", 20, { within: 1 });
  });

  it("says what it found", () => {
    expect(failure(() => expect(fit).toHaveCoefficient("Days", 10, { within: 0.1 }))).toBe(
      "Expected b_Days of Reaction ~ Days + (Days | Subject) to be 10 ± 0.1, got 10.467286.",
    );
    expect(failure(() => expect(fit).not.toHaveCoefficient("Days", 10.5, { within: 0.1 }))).toContain(
      "not to be 10.5 ± 0.1",
    );
  });

  it("names what it does not know", () => {
    expect(() => expect(fit).toHaveCoefficient("days", 10)).toThrow('Did you mean "Days"?');
    expect(() => expect(fit).toHaveCoefficient("nothing like it", 10)).toThrow("There are b_Intercept");
  });
});

describe("all matchers", () => {
  it("refuse what is not a result, wrong tolerances and unknown options", () => {
    expect(() => expect(Promise.resolve(posterior)).toHaveConverged()).toThrow("Await gibbs()");
    expect(() => expect(fit).toAgreeWith(fit)).toThrow("toAgreeWith() works on a posterior");
    expect(() => expect(posterior).toAgreeWith(fit, { within: -1 })).toThrow('"within" must be 0 or more');
    expect(() => expect(3).toHaveCoefficient("Days", 1)).toThrow("a posterior or a fit, got 3");
    const slip = { wihtin: 1 } as object;
    expect(() => expect(posterior).toAgreeWith(fit, slip)).toThrow('Did you mean "within"?');
  });
});
