import { describe, expect, it } from "vitest";
import { Dyestuff, sleepstudy } from "../../src/datasets/index.ts";
import { ArgumentError } from "../../src/errors.ts";
import { lmm } from "../../src/model/lmm.ts";
import { criterionAt } from "../../src/reml/criterion.ts";
import { ml, reml } from "../../src/reml/fit.ts";

const slopes = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

describe("reml() and ml() from other starts", () => {
  const starts: Record<string, readonly number[]> = {
    "far away": [5, 5, 5],
    "with negative diagonal entries": [-1, 0.3, -0.2],
    "near zero": [1e-3, 0, 1e-3],
    // By symmetry the gradient vanishes there.
    "at zero, a saddle": [0, 0, 0],
    "on the boundary": [1, 0, 0],
  };
  for (const estimate of [reml, ml]) {
    const expected = estimate(slopes);
    for (const [name, start] of Object.entries(starts)) {
      it(`${expected.method} finds the same optimum and standard errors ${name}`, () => {
        const fit = estimate(slopes, { start });
        expect(fit.convergence.ok).toBe(true);
        // Flat at the minimum: rounding only.
        expect(Math.abs(fit.criterion - expected.criterion)).toBeLessThan(1e-9);
        const others = fit.parameters();
        expected.parameters().forEach(({ variable, estimate: value, se }, i) => {
          expect(others[i].variable).toBe(variable);
          // Both are within 1e-6 SE of the optimum by their certificates.
          expect(Math.abs(others[i].estimate - value)).toBeLessThan(2e-6 * se);
          // A Hessian by differences with a relative step of 1e-6.
          expect(Math.abs(others[i].se / se - 1)).toBeLessThan(1e-5);
        });
        for (let i = 0; i < 3; i += 2) expect(fit.theta[i]).toBeGreaterThanOrEqual(0);
      });
    }
  }
});

describe("convergence", () => {
  it("certifies how far a reported number can still move", () => {
    const { convergence, warnings } = reml(slopes);
    expect(convergence.ok).toBe(true);
    expect(convergence.maxMoveInSE).toBeLessThanOrEqual(1e-6);
    expect(warnings).toEqual([]);
  });
});

describe("bad arguments", () => {
  const codeOf = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      if (error instanceof ArgumentError) return error.code;
      throw error;
    }
    return "no error";
  };

  it("criterionAt() and reml({ start }) refuse a theta of the wrong length, naming the terms", () => {
    expect(codeOf(() => criterionAt(slopes, [1]))).toBe("wrong-length");
    expect(codeOf(() => criterionAt(slopes, [1, 0, 1, 0]))).toBe("wrong-length");
    expect(codeOf(() => reml(slopes, { start: [1, 0] }))).toBe("wrong-length");
    expect(codeOf(() => ml(slopes, { start: [1, 0, 1, 1] }))).toBe("wrong-length");
    expect(() => criterionAt(slopes, [1])).toThrow(/Subject/);
  });

  it("criterionAt() and reml({ start }) refuse entries that are no numbers", () => {
    expect(codeOf(() => criterionAt(slopes, [1, Number.NaN, 1]))).toBe("invalid-argument");
    expect(codeOf(() => reml(slopes, { start: [1, 0, Number.POSITIVE_INFINITY] }))).toBe("invalid-argument");
  });

  it("reml(), coefTable(), residuals() and confint() refuse options they do not have", () => {
    const fit = reml(lmm("Yield ~ 1 + (1 | Batch)", Dyestuff));
    expect(codeOf(() => reml(slopes, { starts: [1, 0, 1] } as object))).toBe("unknown-option");
    expect(codeOf(() => fit.coefTable({ ddf: "z" } as object))).toBe("unknown-option");
    expect(codeOf(() => fit.coefTable({ df: "unheard of" as "z" }))).toBe("invalid-argument");
    expect(codeOf(() => fit.residuals({ type: "unheard of" as "raw" }))).toBe("invalid-argument");
    expect(codeOf(() => fit.confint({ level: 95 }))).toBe("invalid-argument");
    expect(codeOf(() => fit.confint({ method: "jackknife" as "wald" }))).toBe("invalid-argument");
  });
});
