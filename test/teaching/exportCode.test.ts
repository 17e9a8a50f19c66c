import { describe, expect, it } from "vitest";
import { oats, sleepstudy } from "../../src/datasets/index.ts";
import { BlmmError } from "../../src/errors.ts";
import {
  exponential,
  fixed,
  halfNormal,
  halfT,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { type ExportTarget, exportCode } from "../../src/teaching/code/exportCode.ts";
import { base, withColumn } from "../model/sample.ts";
import { exported } from "./exportModels.ts";

const targets: readonly ExportTarget[] = [
  "lme4",
  "nlme",
  "statsmodels",
  "MixedModels.jl",
  "brms",
  "MCMCglmm",
];
const sleep = (): LinearMixedModel => lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);

/** A script with the literals and comments of its language taken out: what is left is code. */
function codeOnly(script: string): string {
  return script
    .replace(/^#.*$/gm, "")
    .replace(/"(?:\\.|[^"\\])*"/g, '""')
    .replace(/`(?:\\.|[^`\\])*`/g, "``");
}

describe("exportCode()", () => {
  for (const target of targets) {
    it(`writes sleepstudy for ${target}`, () => {
      expect(exportCode(sleep(), target)).toMatchSnapshot();
    });
    it(`writes nested groups, contrasts and an interaction for ${target}`, () => {
      expect(exportCode(exported["sum and Helmert contrasts"]().model, target)).toMatchSnapshot();
    });
  }

  it("says who takes which model, and who could instead", () => {
    const table = Object.keys(exported).map((name) => {
      const { model } = exported[name]();
      const takers = targets.filter((target) => {
        try {
          exportCode(model, target);
          return true;
        } catch (error) {
          expect(error).toBeInstanceOf(BlmmError);
          const { code, details } = error as BlmmError;
          expect(code).toBe("cannot-export");
          for (const other of details["others"] as ExportTarget[]) exportCode(model, other);
          return false;
        }
      });
      return [name, takers.join(" ")];
    });
    expect(Object.fromEntries(table)).toMatchSnapshot();
    expect(() => exportCode(exported["crossed groups"]().model, "nlme")).toThrow(
      "nlme cannot take this model: its groups must be nested, and sample and plate are crossed. These can: lme4, MixedModels.jl, brms, MCMCglmm.",
    );
  });

  it("writes ML", () => {
    expect(exportCode(sleep(), "lme4", { method: "ML" })).toContain("REML = FALSE");
    expect(exportCode(sleep(), "nlme", { method: "ML" })).toContain('method = "ML"');
    expect(exportCode(sleep(), "statsmodels", { method: "ML" })).toContain("reml=False");
    expect(exportCode(sleep(), "MixedModels.jl", { method: "ML" })).toContain("REML = false");
  });

  it("keeps names and labels inside literals, whatever they are", () => {
    for (const name of ["hostile names", "hostile names, weights"]) {
      for (const target of targets) {
        let script: string;
        try {
          script = exportCode(exported[name]().model, target);
        } catch (error) {
          expect((error as BlmmError).code).toBe("cannot-export");
          continue;
        }
        // Not a byte beyond ASCII, so no locale can read it otherwise.
        expect(script).toMatch(/^[\x20-\x7e\n]*$/);
        expect(script).toContain("touch harm");
        const code = codeOnly(script);
        expect(code).not.toMatch(/touch|harm|system/);
        // A dollar sign that Julia would put a value in place of.
        if (target === "MixedModels.jl") expect(script.replace(/^#.*$/gm, "")).not.toMatch(/(?<!\\)\$/);
      }
    }
  });

  it("gives other names to columns that mean something else to a program", () => {
    const data = withColumn(({ g, x }) => ({ animal: g, x__: x, Q: x, end: x, pi: x }));
    const script = (target: ExportTarget, formula: string): string => exportCode(lmm(formula, data), target);
    expect(script("MCMCglmm", "y ~ x + (1 | animal)")).toContain("random = ~ f1");
    expect(script("brms", "y ~ x__ + (1 | g)")).toContain("y ~ 1 + x1 + (1 | g)");
    expect(script("statsmodels", "y ~ Q + (1 | g)")).toContain('Q(\\"x1\\")');
    expect(script("MixedModels.jl", "y ~ end + (1 | g)")).toContain("y ~ 1 + x1 + (1 | g)");
    expect(script("lme4", "y ~ x__ + (1 | animal)")).toContain("y ~ 1 + x__ + (1 | animal)");
    expect(script("nlme", "y ~ pi + (1 | g)")).toContain("y ~ 1 + x1,");
  });

  it("gives no prior to another coefficient where a program orders products differently", () => {
    const model = lmm("y ~ f:x + x + (1 | g)", base);
    const names = model.fixed.names.filter((name) => name.includes(":"));
    const given: Priors = { beta: { [names[0]]: normal(0, 1) } };
    expect(exportCode(model, "brms", { priors: given })).toContain(
      `# NOT THE SAME PRIOR: ${names[0]} ~ normal(0, 1)`,
    );
    expect(() => exportCode(model, "MCMCglmm", { priors: given })).toThrow(
      expect.objectContaining({ code: "cannot-export" }),
    );
  });

  it("writes products and columns with colons after two bars, and refuses one of several columns", () => {
    const data = withColumn(({ x }) => ({ "a:b": x }));
    const of = (formula: string) => lmm(formula, data);
    expect(exportCode(of("y ~ x + (1 | g) + (0 + x:h | g)"), "statsmodels")).toContain(
      '"0 + Q(\\"x\\"):Q(\\"h\\")"',
    );
    expect(exportCode(of("y ~ x + (`a:b` || g)"), "statsmodels")).toContain('"0 + Q(\\"a:b\\")"');
    expect(exportCode(of("y ~ x + (x:h || g)"), "MixedModels.jl")).toContain("(0 + x & h | g)");
    expect(exportCode(of("y ~ x + (`a:b` || g)"), "MixedModels.jl")).toContain("(0 + x1 | g)");
    for (const target of targets) {
      expect(() => exportCode(of("y ~ x + (poly(x, 2) || g)"), target)).toThrow(
        expect.objectContaining({ code: "cannot-export" }),
      );
    }
  });

  it("refuses names that cannot be carried", () => {
    const broken = (name: string): LinearMixedModel =>
      lmm(
        `y ~ \`${name}\` + (1 | g)`,
        withColumn(({ x }) => ({ [name]: x })),
      );
    for (const name of ["a\nb", "a\u0000b", "a\ud800b", "a\u2028b"]) {
      for (const target of targets) {
        expect(() => exportCode(broken(name), target)).toThrow(
          expect.objectContaining({ code: "unsafe-name" }),
        );
      }
    }
    const labels = withColumn(({ f }) => ({ f: `${f}\u0000` }));
    expect(() => exportCode(lmm("y ~ f + (1 | g)", labels), "lme4")).toThrow(
      expect.objectContaining({ code: "unsafe-name" }),
    );
  });

  it("refuses groups whose joined labels are ambiguous", () => {
    const data = withColumn((_, i) => ({
      a: ["p", "p:q", "r"][i % 3],
      b: ["q:s", "s", "t"][Math.floor(i / 3) % 3],
    }));
    expect(() => exportCode(lmm("y ~ x + (1 | a:b)", data), "lme4")).toThrow(
      expect.objectContaining({ code: "cannot-export" }),
    );
  });

  it("refuses what blmm itself learnt from rows that it left out", () => {
    const data = base.map((row, i) => (i === 3 ? { ...row, h: null } : row));
    const model = lmm("y ~ poly(x, 2) + h + (1 | g)", data);
    expect(() => exportCode(model, "lme4")).toThrow(expect.objectContaining({ code: "cannot-export" }));
    // The numbers of scale() are known, so they are written.
    const scaled = exportCode(lmm("y ~ scale(x) + h + (1 | g)", data), "lme4");
    expect(scaled).toMatch(/I\(\(\(x - -?[\d.]+\) \/ [\d.]+\)\)/);
  });
});

describe("priors in exported code", () => {
  const model = lmm("y ~ x + (x | g)", base);
  const one = lmm("y ~ x + (1 | g)", base);
  it.each<[string, LinearMixedModel, Priors, string]>([
    ["normal()", model, { beta: { x: normal(1, 2) } }, 'set_prior("normal(1, 2)", class = "b", coef = "x")'],
    [
      "halfT()",
      one,
      { terms: { g: halfT(3, 5) } },
      'set_prior("student_t(3, 0, 5)", class = "sd", group = "g", coef = "Intercept")',
    ],
    ["halfNormal()", one, { sigma: halfNormal(3) }, 'set_prior("normal(0, 3)", class = "sigma")'],
    ["exponential()", one, { sigma: exponential(3) }, 'set_prior("exponential(3)", class = "sigma")'],
    ["fixed()", one, { sigma: fixed(3) }, 'set_prior("constant(3)", class = "sigma")'],
    ["uniformSd()", one, { sigma: uniformSd() }, 'set_prior("", class = "sigma")'],
    [
      "lkj()",
      model,
      { terms: { g: lkj(2, exponential(1)) } },
      'set_prior("lkj(2)", class = "cor", group = "g")',
    ],
    [
      "inverseGamma()",
      one,
      { sigma: inverseGamma(1, 2) },
      "# NOT THE SAME PRIOR: sigma ~ inverseGamma(1, 2) in blmm, which brms cannot express",
    ],
    [
      "inverseWishart()",
      model,
      {
        terms: {
          g: inverseWishart(3, [
            [1, 0],
            [0, 1],
          ]),
        },
      },
      "# NOT THE SAME PRIOR: the covariance of g ~ inverseWishart(3, [[1, 0], [0, 1]]) in blmm",
    ],
  ])("brms: %s", (_, of, priors, line) => {
    expect(exportCode(of, "brms", { priors })).toContain(line);
  });

  it.each<[string, LinearMixedModel, Priors, string]>([
    // Half-t by parameter expansion: the SD is |alpha| √(nu V / chi²_nu) with alpha ~ N(0, scale²).
    ["halfT()", one, { terms: { g: halfT(3, 5) } }, "G1 = list(V = 1, nu = 3, alpha.mu = 0, alpha.V = 25)"],
    // IG(a, b) is the inverse-Wishart of one dimension with nu = 2a and nu V = 2b.
    ["inverseGamma()", one, { terms: { g: inverseGamma(2, 3) } }, "G1 = list(V = 1.5, nu = 4)"],
    ["inverseGamma() of sigma", one, { sigma: inverseGamma(2, 3) }, "R = list(V = 1.5, nu = 4)"],
    [
      "inverseWishart()",
      model,
      {
        terms: {
          g: inverseWishart(4, [
            [8, 2],
            [2, 4],
          ]),
        },
      },
      "G1 = list(V = matrix(c(2, 0.5, 0.5, 1), 2), nu = 4)",
    ],
    ["fixed()", one, { terms: { g: fixed(3) }, sigma: fixed(2) }, "G1 = list(V = 9, fix = 1)"],
    ["normal()", one, { beta: { x: normal(1, 2) } }, "B = list(mu = c(0, 1), V = diag(c(1e10, 4), 2))"],
    ["huangWand(), the default", model, {}, "# NOT THE SAME PRIOR: the covariance of g ~ huangWand("],
    [
      "lkj()",
      model,
      { terms: { g: lkj(2, exponential(1)) } },
      "# NOT THE SAME PRIOR: the covariance of g ~ lkj(2, exponential(1)) in blmm",
    ],
    ["sigma's default", one, {}, "# NOT THE SAME PRIOR: sigma ~ halfT(3, 6.468) in blmm"],
  ])("MCMCglmm: %s", (_, of, priors, line) => {
    expect(exportCode(of, "MCMCglmm", { priors })).toContain(line);
  });

  it("are flat for SDs in brms as a class: an empty prior of one coefficient is that of its class", () => {
    const two = lmm("y ~ x + (1 | g) + (1 | z)", base);
    const terms = { g: uniformSd(), z: inverseGamma(1, 2) };
    const script = exportCode(two, "brms", { priors: { terms } });
    expect(script).toContain('priors <- c(set_prior("", class = "sd"),\n            set_prior("student_t');
    expect(script).toContain("which brms cannot express; its prior is flat here, as that of other SDs.");
  });

  it("are silent only where they are the same", () => {
    const plain = exportCode(one, "brms", { priors: { terms: { g: halfT(3, 5) }, sigma: halfT(3, 5) } });
    expect(plain).not.toContain("NOT");
  });
});

describe("exportCode() refuses", () => {
  it.each<[string, () => unknown, string]>([
    ["an unknown target", () => exportCode(sleep(), "SAS" as ExportTarget), "invalid-argument"],
    ["priors for an estimator", () => exportCode(sleep(), "lme4", { priors: {} }), "unknown-option"],
    ["a method for a sampler", () => exportCode(sleep(), "brms", { method: "ML" }), "unknown-option"],
    ["an unknown method", () => exportCode(sleep(), "lme4", { method: "EM" as "ML" }), "invalid-argument"],
    ["something else", () => exportCode(null as unknown as LinearMixedModel, "lme4"), "invalid-argument"],
    [
      "compound symmetry in lme4",
      () => exportCode(lmm("yield ~ nitrogen + cs(0 + variety | block)", oats), "lme4"),
      "cannot-export",
    ],
    [
      "a prior for nothing",
      () => exportCode(sleep(), "brms", { priors: { terms: { Nobody: halfNormal(1) } } }),
      "unknown-prior-target",
    ],
  ])("%s", (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});
