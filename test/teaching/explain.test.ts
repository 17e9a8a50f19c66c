import katex from "katex";
import { describe, expect, it } from "vitest";
import { oats, Pastes, Penicillin, sleepstudy } from "../../src/datasets/index.ts";
import { BlmmError } from "../../src/errors.ts";
import {
  exponential,
  fixed,
  halfCauchy,
  halfNormal,
  huangWand,
  inverseGamma,
  inverseWishart,
  lkj,
  normal,
  type Priors,
  uniformSd,
} from "../../src/gibbs/priors.ts";
import type { LinearMixedModel } from "../../src/model/linearMixedModel.ts";
import { lmm } from "../../src/model/lmm.ts";
import { explain, type NotationName } from "../../src/teaching/explain.ts";
import { base, type Row } from "../model/sample.ts";
import { models as structured } from "../reml/structureModels.ts";

const notations: readonly NotationName[] = [
  "two-level",
  "matrix",
  "marginal",
  "penalised",
  "bayesian",
  "assumptions",
];

/** Names that mean something to LaTeX, to quotation marks and to screens. */
const hostile: readonly Row[] = base.map(({ y, x, f, g, w }) => ({
  "50%_{y}$": y,
  "\\input{x} #1 & ~^": x,
  "é|<`\n": `${f} }\\]$ %`,
  $g_: g,
  "w&_": w,
}));
const hostileModel = (): LinearMixedModel =>
  lmm("`50%_{y}$` ~ `\\\\input{x} #1 & ~^` * `é|<\\`\n` + (`\\\\input{x} #1 & ~^` | `$g_`)", hostile, {
    weights: "w&_",
  });

const models: Readonly<Record<string, () => LinearMixedModel>> = {
  ...structured,
  intercepts: () => lmm("Reaction ~ Days + (1 | Subject)", sleepstudy),
  slopes: () => lmm("log(Reaction) ~ poly(Days, 2) + (Days | Subject)", sleepstudy),
  bars: () => lmm("yield ~ variety + (variety || block)", oats),
  nested: () => lmm("strength ~ 1 + (1 | batch/cask)", Pastes),
  crossed: () => lmm("diameter ~ 1 + (1 | plate) + (1 | sample)", Penicillin),
  plot: () => lmm("yield ~ variety * nitrogen + (1 | block/variety)", oats),
  weights: () => lmm("y ~ x + offset(h) + (1 | g)", base, { weights: "w" }),
  cross: () => lmm("y ~ x * z + (x | g)", base),
  hostile: hostileModel,
};

/** Whether KaTeX reads a formula; its strictness about letters beyond LaTeX's own does not count. */
function parses(tex: string): boolean {
  return katex.renderToString(tex, { displayMode: true, throwOnError: true, strict: "ignore" }).length > 0;
}

describe("explain() of assumptions", () => {
  it.each([
    ["1 + (1 | g)", "The mean of y is the same in all rows"],
    ["0 + (1 | g)", "The mean of y is 0 in all rows"],
    ["0 + offset(h) + (1 | g)", "The mean of y less offset(h) is 0 in all rows"],
    ["x + offset(h) + (1 | g)", "The mean of y less offset(h) is a linear function of x"],
  ])("says what the mean is: %s", (formula, sentence) => {
    const { text } = explain(lmm(`y ~ ${formula}`, base), { notation: "assumptions" });
    expect(text.replace(/\s+/g, " ")).toContain(sentence);
  });
});

describe("explain() in LaTeX", () => {
  const inline = /(?<!\\)\$((?:\\.|[^$\\])*)\$/g;
  const display = /\\\[\n([\s\S]*?)\n\\\]/g;

  for (const [what, make] of Object.entries(models)) {
    it(`is read by KaTeX in every notation: ${what}`, () => {
      const model = make();
      for (const notation of notations) {
        const { text, equations } = explain(model, { notation, format: "latex" });
        for (const equation of equations) expect(parses(equation)).toBe(true);
        const displays = [...text.matchAll(display)].map(([, tex]) => tex);
        expect(displays).toEqual(equations);
        const prose = text.replace(display, "");
        for (const [, tex] of prose.matchAll(inline)) expect(parses(tex)).toBe(true);
        // What is left is text, in which every special character is escaped.
        const rest = prose
          .replace(inline, "")
          .replace(
            /\\[_%{}$#&]|\{\\(?:text(?:backslash|asciitilde|asciicircum|less|greater|bar)|char"60)\}/g,
            "",
          );
        expect(rest).not.toMatch(/[\\{}$%#&_^~`<>|]/);
      }
    });
  }

  it("keeps names that look like commands as they are", () => {
    const { equations } = explain(hostileModel(), { format: "latex" });
    const markup = katex.renderToString(equations[0], { output: "mathml" });
    expect(markup).toContain("50%_{y}$");
    // The formula writes a backslash in a name as two; no-break spaces are the renderer's.
    expect(markup.replaceAll("\u00a0", " ")).toContain("\\\\input{x} #1 &amp; ~^");
  });
});

describe("explain() as text", () => {
  it("takes the two-level notation by default, and prints", () => {
    const explanation = explain(models["cross"]());
    expect(explanation.notation).toBe("two-level");
    expect(String(explanation)).toBe(explanation.text);
    expect(explanation.text).toMatchInlineSnapshot(`
      "Level 1, rows. Row i (of 24) belongs to g j (of 6).
        y_ij = β_0j + β_1j x_ij + ε_ij
        ε_ij ~ N(0, σ²)
      Level 2, coefficients that differ between the levels of g.
        β_0j = γ_00 + γ_01 z_j + b_0j
        β_1j = γ_10 + γ_11 z_j + b_1j
        (b_0j, b_1j)′ ~ N(0, Σ)
        Σ = [τ_0²  ρ_01 τ_0 τ_1; ρ_01 τ_0 τ_1  τ_1²]
      Effects of different levels and residuals are independent.
      Names in fits and draws: γ_00 b_Intercept, γ_10 b_x, γ_01 b_z, γ_11 b_x:z, τ_0 sd_g__Intercept,
      τ_1 sd_g__x, ρ_01 cor_g__Intercept__x, σ sigma."
    `);
  });

  it("writes the matrices of seed 002's methods and blocks in full", () => {
    const data = ["b1", "b2", "b3"].flatMap((block, j) =>
      ["a1", "a2"].map((alpha, i) => ({ y: j + 2 * i + j * i, alpha, block })),
    );
    const { equations } = explain(lmm("y ~ 0 + alpha + (1 | block)", data), { notation: "matrix" });
    expect(equations).toContain("X = [1  0; 0  1; 1  0; 0  1; 1  0; 0  1]");
    expect(equations).toContain("Z = [1  0  0; 1  0  0; 0  1  0; 0  1  0; 0  0  1; 0  0  1]");
    expect(equations).toContain("G = τ_0² I_3");
  });

  it("has the dimensions of the model's own matrices", () => {
    for (const make of Object.values(models)) {
      const model = make();
      const { text } = explain(model, { notation: "matrix" });
      expect(text).toContain(`X is ${model.n} by ${model.X().names.length}`);
      expect(text).toContain(`Z is ${model.n} by ${model.Z().names.length}`);
    }
  });

  it("names the priors that gibbs() would use, with their numbers", () => {
    const { equations } = explain(models["cross"](), { notation: "bayesian" });
    // 2.5 sd(y) and that over the root mean square of x.
    expect(equations.slice(-4)).toEqual([
      "Σ ~ Huang-Wand(2, 6.468, 8.936)",
      "τ_0 ~ half-t(2, 0, 6.468)",
      "τ_1 ~ half-t(2, 0, 8.936)",
      "σ ~ half-t(3, 0, 6.468)",
    ]);
  });

  it.each<[string, Priors, string]>([
    ["normal()", { beta: { x: normal(1, 2) } }, "β_1 ~ N(1, 2²)"],
    ["halfCauchy()", { sigma: halfCauchy(3) }, "σ ~ half-Cauchy(0, 3)"],
    ["inverseGamma()", { sigma: inverseGamma(1, 2) }, "σ² ~ inverse-gamma(1, 2)"],
    ["uniformSd()", { sigma: uniformSd() }, "σ ∝ 1   (flat from 0 to infinity)"],
    ["fixed()", { sigma: fixed(2) }, "σ = 2   (known)"],
    ["halfNormal() of SDs", { terms: { g: halfNormal(3) } }, "τ_1 ~ half-normal(0, 3²)"],
    ["a correlation without a prior of its own", { terms: { g: halfNormal(3) } }, "P_Σ ~ LKJ(1)"],
    ["lkj()", { terms: { g: lkj(2, [halfNormal(3), exponential(4)]) } }, "τ_1 ~ exponential(4)"],
    ["lkj()'s eta", { terms: { g: lkj(2, exponential(4)) } }, "P_Σ ~ LKJ(2)"],
    ["huangWand()", { terms: { g: huangWand({ df: 4, scale: [1, 2] }) } }, "τ_1 ~ half-t(4, 0, 2)"],
    [
      "a known matrix",
      {
        terms: {
          g: fixed([
            [2, 1],
            [1, 3],
          ]),
        },
      },
      "Σ = [2  1; 1  3]   (known)",
    ],
    [
      "inverseWishart()",
      {
        terms: {
          g: inverseWishart(3, [
            [2, 0],
            [0, 1],
          ]),
        },
      },
      "Σ ~ inverse-Wishart(3, [2  0; 0  1])",
    ],
  ])("writes %s", (_, priors, line) => {
    expect(explain(models["cross"](), { notation: "bayesian", priors }).equations).toContain(line);
  });

  it("says what compound symmetry, strata and codings are", () => {
    const { text } = explain(structured["oats-both"]());
    const plain = text.replace(/\n/g, " ");
    expect(plain).toContain("one SD τ_cs and one correlation ρ_cs for all 3 columns of block");
    expect(plain).toContain("one of σ_Golden.rain, σ_Marvellous, σ_Victory");
    expect(plain).toContain("the reference level is Golden.rain");
    const sum = lmm("yield ~ nitrogen + (1 | block)", oats, { contrasts: { nitrogen: "sum" } });
    expect(explain(sum).text.replace(/\n/g, " ")).toContain("0.4cwt (0, 0, 1); 0.6cwt (-1, -1, -1)");
  });

  it("gives a predictor the index of the coarsest group that it is constant in", () => {
    const rows = [...Pastes].map((row) => ({ ...row, late: row.batch > "E" ? "yes" : "no" }));
    const { equations } = explain(lmm("strength ~ late + (1 | batch/cask)", rows));
    expect(equations).toContain("β_0jk = γ_00 + γ_01 lateyes_k + b_cask:batch,0,j + b_batch,0,k");
  });

  it("says that rows were left out", () => {
    const data = base.map((row, i) => (i === 3 ? { ...row, x: null } : row));
    expect(explain(lmm("y ~ x + (1 | g)", data)).text).toContain("1 row of the data left out");
  });

  it("tells names with line breaks in one line", () => {
    const { equations } = explain(hostileModel());
    expect(equations.every((line) => !/\n(?! )/.test(line))).toBe(true);
  });
});

describe("explain() refuses", () => {
  const model = models["intercepts"]();
  it.each<[string, () => unknown, string]>([
    ["an unknown notation", () => explain(model, { notation: "scalar" as NotationName }), "invalid-argument"],
    ["an unknown format", () => explain(model, { format: "html" as "text" }), "invalid-argument"],
    ["null for options", () => explain(model, null as unknown as object), "invalid-argument"],
    ["an unknown option", () => explain(model, { style: 1 } as object), "unknown-option"],
    ["priors nobody reads", () => explain(model, { priors: {} }), "unknown-option"],
    ["something else", () => explain({} as LinearMixedModel), "invalid-argument"],
    [
      "a prior for nothing",
      () => explain(model, { notation: "bayesian", priors: { terms: { Nobody: halfNormal(1) } } }),
      "unknown-prior-target",
    ],
  ])("%s", (_, call, code) => {
    expect(call).toThrow(BlmmError);
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});
