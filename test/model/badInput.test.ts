import { describe, expect, it } from "vitest";
import type { TableLike } from "../../src/data/table.ts";
import { BlmmError, DataError, FormulaError, ModelError } from "../../src/errors.ts";
import { type LmmOptions, lmm } from "../../src/model/lmm.ts";
import { atRow, base, withColumn } from "./sample.ts";

function faultOf(formula: string, data: TableLike, options?: LmmOptions): BlmmError {
  try {
    lmm(formula, data, options);
  } catch (error) {
    if (error instanceof BlmmError) return error;
    throw error;
  }
  throw new Error(`${formula} was accepted`);
}

describe("lmm() refuses bad input, each with its own code, the user's names and a remedy", () => {
  type Case = [title: string, formula: string, data: TableLike, kind: unknown, code: string, words: RegExp];
  const cases: (Case | [...Case, LmmOptions])[] = [
    ["unknown column", "y ~ xx + (1 | g)", base, DataError, "unknown-column", /"xx".*Did you mean "x"/],
    ["unknown group", "y ~ x + (1 | Subject)", base, DataError, "unknown-column", /"Subject".*Columns: y, x/],
    ["unknown column in a call", "y ~ log(q) + (1 | g)", base, DataError, "unknown-column", /"q"/],
    ["unknown response", "Y2 ~ x + (1 | g)", base, DataError, "unknown-column", /"Y2"/],
    [
      "column named like a property of objects",
      "y ~ constructor + (1 | g)",
      base,
      DataError,
      "unknown-column",
      /"constructor"/,
    ],
    ["unknown weights", "y ~ x + (1 | g)", base, DataError, "unknown-column", /"ww"/, { weights: "ww" }],
    [
      "unknown column in levels",
      "y ~ x + (1 | g)",
      base,
      DataError,
      "unknown-column",
      /"F"/,
      { levels: { F: ["a"] } },
    ],
    [
      "unknown column in contrasts",
      "y ~ f + (1 | g)",
      base,
      DataError,
      "unknown-column",
      /"ff"/,
      { contrasts: { ff: "sum" } },
    ],
    [
      "text response",
      "f ~ x + (1 | g)",
      base,
      DataError,
      "text-response",
      /response f is text \(the first is "lo"\).*Number\(d\.f\)/,
    ],
    [
      "response with a cell that is text",
      "r ~ x + (1 | g)",
      withColumn((r, i) => ({ r: i === 2 ? "3.3 g" : String(r.y) })),
      DataError,
      "text-response",
      /r is numbers and text \("3\.3 g" in row 2, counting from 0\)\. Correct that cell/,
    ],
    [
      "response with decimal commas",
      "r ~ x + (1 | g)",
      withColumn((r) => ({ r: String(r.y).replace(".", ",") })),
      DataError,
      "text-response",
      /Write decimal points: r: Number\(d\.r\.replace\(",", "\."\)\)/,
    ],
    [
      "predictor with decimal commas",
      "y ~ t + (1 | g)",
      withColumn((r) => ({ t: `${r.h},5` })),
      DataError,
      "numbers-as-text",
      /replace\(",", "\."\)\), or write factor\(t\)/,
    ],
    [
      "boolean response",
      "b ~ x + (1 | g)",
      withColumn((r) => ({ b: r.x > 0 })),
      DataError,
      "boolean-response",
      /b is true\/false/,
    ],
    [
      "response inside a call that is text",
      "log(f) ~ x + (1 | g)",
      base,
      DataError,
      "not-a-number",
      /log\(f\) needs numbers, but f holds text/,
    ],
    [
      "numbers as text",
      "y ~ t + (1 | g)",
      withColumn((r) => ({ t: String(r.x) })),
      DataError,
      "numbers-as-text",
      /t holds numbers as text.*factor\(t\)/,
    ],
    [
      "infinite response",
      "y ~ x + (1 | g)",
      atRow(5, { y: Infinity }),
      DataError,
      "infinite-value",
      /y is infinite in rows 5/,
    ],
    [
      "infinite predictor",
      "y ~ x + (1 | g)",
      atRow(7, { x: -Infinity }),
      DataError,
      "infinite-value",
      /x is infinite in rows 7/,
    ],
    [
      "logarithm of zero",
      "y ~ log(h) + (1 | g)",
      base,
      DataError,
      "infinite-value",
      /log\(h\) is infinite in rows 0, 8, 16/,
    ],
    [
      "logarithm of a negative number",
      "y ~ log(z) + (1 | g)",
      base,
      DataError,
      "not-a-number",
      /log\(z\) cannot be computed in rows 0.*z = -2\.5/,
    ],
    [
      "infinite weight",
      "y ~ x + (1 | g)",
      atRow(2, { w: Infinity }),
      DataError,
      "infinite-value",
      /w is infinite/,
      { weights: "w" },
    ],
    [
      "negative weight",
      "y ~ x + (1 | g)",
      atRow(3, { w: -1 }),
      DataError,
      "negative-weight",
      /w is -1 in rows 3/,
      { weights: "w" },
    ],
    [
      "constant response",
      "y ~ x + (1 | g)",
      withColumn(() => ({ y: 3 })),
      DataError,
      "constant-response",
      /y is 3 in every row/,
    ],
    ["no rows", "y ~ x + (1 | g)", { y: [], x: [], g: [] }, DataError, "no-rows", /no rows/],
    ["no rows and no columns", "y ~ x + (1 | g)", [], DataError, "unknown-column", /"y"/],
    [
      "no complete rows",
      "y ~ x + (1 | g)",
      withColumn((_, i) => (i % 2 ? { y: null } : { g: null })),
      DataError,
      "no-rows",
      /leaving out 24.*y, g/,
    ],
    [
      "missing rows as errors",
      "y ~ x + (1 | g)",
      atRow(4, { x: NaN }),
      DataError,
      "missing-rows",
      /1 of 24 rows have missing values in x \(rows 4/,
      { missing: "error" },
    ],
    ["mixed column", "y ~ x + (1 | g)", atRow(1, { x: "NA" }), DataError, "mixed-column", /"x"/],
    ["no random term", "y ~ x", base, ModelError, "no-random-term", /y ~ x has no random term.*lm\(\)/],
    ["no response", "~ x + (1 | g)", base, ModelError, "no-response", /no response/],
    ["missing parenthesis", "y ~ x + (1 | g", base, FormulaError, "formula-syntax", /never closed/],
    ["duplicate term", "y ~ x + (1 | g) + (1 | g)", base, FormulaError, "duplicate-term", /\(1 \| g\)/],
    [
      "one level",
      "y ~ u + (1 | g)",
      withColumn(() => ({ u: "same" })),
      ModelError,
      "one-level",
      /u has one level \("same"\)/,
    ],
    [
      "contrasts for numbers",
      "y ~ x + (1 | g)",
      base,
      ModelError,
      "not-a-factor",
      /Contrasts are given for x/,
      { contrasts: { x: "sum" } },
    ],
    [
      "unknown contrasts",
      "y ~ f + (1 | g)",
      base,
      BlmmError,
      "invalid-argument",
      /contrasts of f.*"sum"/,
      { contrasts: { f: "summ" } as never },
    ],
    [
      "label outside the levels",
      "y ~ f + (1 | g)",
      base,
      DataError,
      "level-not-listed",
      /"mid"/,
      { levels: { f: ["lo", "hi"] } },
    ],
    [
      "unknown option",
      "y ~ x + (1 | g)",
      base,
      BlmmError,
      "unknown-option",
      /"weight".*"weights"/,
      { weight: "w" } as never,
    ],
    [
      "one group",
      "y ~ x + (1 | s)",
      withColumn(() => ({ s: "A" })),
      ModelError,
      "one-group",
      /s has one value \("A"\)/,
    ],
    [
      "one row per group",
      "y ~ x + (1 | id)",
      withColumn((_, i) => ({ id: i })),
      ModelError,
      "one-row-per-group",
      /Every id has one row/,
    ],
    [
      "too many random effects",
      "y ~ x + (0 + factor(h) | g)",
      base,
      ModelError,
      "too-many-random-effects",
      /48 effects for 24 rows/,
    ],
    [
      "slope constant within groups",
      "y ~ z + (z | g)",
      base,
      ModelError,
      "slope-constant-within-groups",
      /z is constant within every g/,
    ],
    [
      "factor both fixed and random",
      "y ~ g + (1 | g)",
      base,
      ModelError,
      "group-in-fixed",
      /coefficient for every g \(g\)/,
    ],
    [
      "multiple of another column",
      "y ~ x + x3 + (1 | g)",
      withColumn((r) => ({ x3: 2 * r.x })),
      ModelError,
      "collinear-columns",
      /\{x3\} = 2 \* \{x\}/,
    ],
    [
      "sum of others",
      "y ~ x + z + s + (1 | g)",
      withColumn((r) => ({ s: 0.5 * r.x - r.z + 3 })),
      ModelError,
      "collinear-columns",
      /\{s\} = 3 \* \{\(Intercept\)\} \+ 0\.5 \* \{x\} - \{z\}/,
    ],
    [
      "constant predictor",
      "y ~ c + (1 | g)",
      withColumn(() => ({ c: 7 })),
      ModelError,
      "collinear-columns",
      /\{c\} = 7 \* \{\(Intercept\)\}/,
    ],
    [
      "empty cell",
      "y ~ f * t + (1 | g)",
      withColumn((r, i) => ({ t: r.f === "lo" ? "u" : i % 2 ? "u" : "v" })),
      ModelError,
      "collinear-columns",
      /collinear: "drop"/,
    ],
    [
      "too few rows",
      "y ~ x + z + h + (1 | g)",
      base.slice(0, 4).map((r, i) => ({ ...r, z: i * i, g: i % 2 })),
      ModelError,
      "too-few-rows",
      /4 coefficients, but there are 4 rows/,
    ],
    [
      "degree too high",
      "y ~ poly(h, 8) + (1 | g)",
      base,
      DataError,
      "too-few-values",
      /poly\(h, 8\) needs at least 9 different values, but there are 8/,
    ],
    [
      "scale of a constant",
      "y ~ scale(c) + (1 | g)",
      withColumn(() => ({ c: 7 })),
      DataError,
      "too-few-values",
      /scale\(c\)/,
    ],
    [
      "squares beyond doubles",
      "y ~ I(x^100) + (1 | g)",
      withColumn((_, i) => ({ x: 10 + (i % 7) })),
      DataError,
      "extreme-size",
      /largest number in I\(x\^100\) is/,
    ],
  ];
  for (const [title, formula, data, kind, code, words, options] of cases) {
    it(`${title}: ${code}`, () => {
      const fault = faultOf(formula, data, options);
      expect(fault.code).toBe(code);
      expect(fault).toBeInstanceOf(kind);
      expect(fault.message).toMatch(words);
      expect(fault.remedy).not.toBe("");
    });
  }

  it("a formula that is not text", () => {
    expect(() => lmm(5 as never, base)).toThrow("The formula must be text, got 5.");
  });
});
