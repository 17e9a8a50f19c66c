import { describe, expect, it } from "vitest";
import { FormulaError } from "../../src/errors.ts";
import { parseFormula } from "../../src/formula/terms.ts";

const labels = (text: string): string[] => parseFormula(text).fixed.terms.map((term) => term.label);
const groups = (text: string): string[] =>
  parseFormula(text).random.flatMap((spec) => spec.groups.map((group) => group.label));

describe("parseFormula()", () => {
  it("splits random terms off the fixed part", () => {
    const formula = parseFormula("y ~ (1|g) + a*b - 1 + (x||h)");
    expect(labels("y ~ (1|g) + a*b - 1 + (x||h)")).toEqual(["a", "b", "a:b"]);
    expect(formula.fixed.intercept).toBe(false);
    expect(formula.random.map((spec) => spec.text)).toEqual(["(1 | g)", "(x || h)"]);
    expect(formula.random.map((spec) => spec.correlated)).toEqual([true, false]);
    expect(formula.text).toBe("y ~ (1 | g) + a * b - 1 + (x || h)");
  });

  it("reads a fixed part that is nothing but random terms as an intercept", () => {
    expect(parseFormula("y ~ (1 | g)").fixed.intercept).toBe(true);
    expect(parseFormula("y ~ (1 | g) - 1").fixed.intercept).toBe(false);
    expect(parseFormula("y ~ 0 + (1 | g)").fixed.intercept).toBe(false);
  });

  it("reads random terms inside further parentheses", () => {
    expect(groups("y ~ (x + (1 | g))")).toEqual(["g"]);
    expect(labels("y ~ (x + (1 | g))")).toEqual(["x"]);
  });

  it("reads formulas without random terms and without a response", () => {
    expect(parseFormula("y ~ x").random).toEqual([]);
    expect(parseFormula("~ x").response).toBeNull();
  });

  it("prints nested groups as lme4 does", () => {
    expect(groups("y ~ (1 | a/b)")).toEqual(["b:a", "a"]);
    expect(groups("y ~ (1 | a/b/c)")).toEqual(["c:(b:a)", "b:a", "a"]);
    expect(groups("y ~ (1 | a:b)")).toEqual(["a:b"]);
    expect(groups("y ~ (1 | `my g`) + (1 | `my g`:b)")).toEqual(["my g", "`my g`:b"]);
  });

  it("keeps offsets apart from the terms", () => {
    const { fixed } = parseFormula("y ~ x + offset(log(t))");
    expect(fixed.offsets.length).toBe(1);
    expect(fixed.labels).toEqual(["x"]);
  });

  it("treats names as names, whatever they are", () => {
    expect(labels("y ~ __proto__ + constructor + `<img onerror=alert(1)>`")).toEqual([
      "__proto__",
      "constructor",
      "`<img onerror=alert(1)>`",
    ]);
  });
});

describe("parseFormula() refuses, with a code, the user's names and a remedy", () => {
  const cases: [string, string, RegExp][] = [
    ["y ~ x + 1 | g", "random-term-needs-parentheses", /Write x \+ \(1 \| g\)\./],
    ["y ~ x | g", "random-term-needs-parentheses", /Write \(x \| g\)\./],
    ["y ~ 1 | g + z", "random-term-needs-parentheses", /Write \(1 \| g\) \+ z\./],
    ["y ~ x * (1 | g)", "misplaced-random-term", /\+ \(1 \| group\)/],
    ["y ~ x + ar1(x | g)", "misplaced-random-term", /ar1\(\) .*Known: us, diag, cs/],
    ["y | se(s) ~ x + (1 | g)", "formula-syntax", /response.*weights/],
    ["y ~ log((1 | g))", "misplaced-random-term", /added/],
    ["y ~ x - (1 | g)", "misplaced-random-term", /added/],
    ["y ~ lag(x)", "unknown-function", /Did you mean log\(\)\?.*Known: log, exp/],
    [
      "y ~ relevel(f)",
      "unknown-function",
      /not known in formulas\. The first level is the reference: lmm\(.*levels/,
    ],
    ["y ~ C(f, sum)", "unknown-function", /contrasts: \{ f: "sum" \}/],
    ["y ~ bs(x)", "unknown-function", /^(?!.*abs\(\)).*poly\(x, 3\)/],
    ["y ~ as.factor(x)", "unknown-function", /Write factor\(x\)\./],
    ["y ~ constructor(x)", "unknown-function", /constructor\(\) is not known/],
    ["y ~ log(hasOwnProperty(x))", "unknown-function", /hasOwnProperty\(\)/],
    ["y ~ log()", "bad-argument", /log\(\) needs something/],
    ["y ~ log(2)", "bad-argument", /uses no column/],
    ["y ~ poly(x, 0)", "bad-argument", /degree of poly\(\)/],
    ["y ~ poly(x, z)", "bad-argument", /"degree" of poly\(\) must be a number/],
    ["y ~ poly(x, order = 2)", "bad-argument", /"order"/],
    ["y ~ log(poly(x, 2))", "bad-argument", /poly\(\) cannot stand inside/],
    ["y ~ factor(x + 1)", "bad-argument", /factor\(\) takes the name/],
    ["y ~ log(a:b)", "formula-syntax", /":" has no meaning inside/],
    ["y ~ 2 + x", "formula-syntax", /number 2 is not a term/],
    ["y ~ x^z", "formula-syntax", /I\(x\^2\)/],
    ["y ~ . + (1 | g)", "formula-dot", /Name the columns/],
    ["y ~ x:offset(z)", "formula-syntax", /offset/],
    ["y ~ (x | g | h)", "formula-syntax", /Two bars/],
    ["y ~ (1 | a + b)", "bad-group", /\(1 \| a\) \+ \(1 \| b\)/],
    ["y ~ (1 | a * b)", "bad-group", /\(1 \| a:b\)/],
    ["y ~ (1 | 1)", "bad-group", /1 is not a grouping factor/],
    ["y ~ (1 | log(x))", "bad-group", /log\(x\) is not/],
    ["y ~ (0 | g)", "empty-random-term", /Nothing varies in \(0 \| g\)/],
    ["y ~ (1 | g) + (1 | g)", "duplicate-term", /\(1 \| g\) appears twice/],
    ["y ~ (1 | a:b) + (1 | b:a)", "duplicate-term", /appears twice/],
    ["y ~ (1 | a/b) + (1 | a)", "duplicate-term", /\(1 \| a\) appears twice/],
    [
      "y ~ (1 | g) + (x | g)",
      "overlapping-terms",
      /intercept of g is in two terms.*Write \(x \| g\), or \(1 \| g\) \+ \(0 \+ x \| g\)/s,
    ],
    ["y ~ (x | g) + (0 + x | g)", "overlapping-terms", /x of g/],
    ["y ~ x + y", "response-as-predictor", /y stands on both sides/],
    ["3 ~ x", "formula-syntax", /response is a number/],
    [
      `y ~ (${Array.from({ length: 30 }, (_, i) => `x${i}`).join(" + ")})^5`,
      "too-many-terms",
      /more than 2000/,
    ],
    ["y ~ (a * b * c * d * e * f * g * h * i * j)^50", "too-many-terms", /more than 100000 products/],
    [`y ~ ${"a + ".repeat(1200)}a`, "formula-syntax", /more than 1000 operators/],
  ];
  for (const [text, code, words] of cases) {
    it(`${text.slice(0, 60)}: ${code}`, () => {
      let caught: unknown;
      try {
        parseFormula(text);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(FormulaError);
      const fault = caught as FormulaError;
      expect(fault.code).toBe(code);
      expect(fault.message).toMatch(words);
      expect(fault.message).toContain("^");
      expect(fault.remedy).not.toBe("");
    });
  }
});
