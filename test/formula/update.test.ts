import { describe, expect, it } from "vitest";
import { updateFormula } from "../../src/formula/update.ts";

describe("updateFormula()", () => {
  // The fixed parts as R 4.2.2's update() prints them, `- 1` being written `0 +`.
  const cases: readonly (readonly [string, string, string])[] = [
    ["Reaction ~ Days + (Days | Subject)", ". ~ . - Days", "Reaction ~ 1 + (Days | Subject)"],
    ["y ~ x * f + (x | g)", ". ~ . - f:x", "y ~ x + f + (x | g)"],
    ["y ~ x + z + (1 | g)", "log(.) ~ .^2", "log(y) ~ x + z + x:z + (1 | g)"],
    ["y ~ a + b + (1 | g)", ". ~ (.) * c", "y ~ a + b + c + a:c + b:c + (1 | g)"],
    ["y ~ x + offset(w) + (1 | g)", ". ~ . - 1", "y ~ 0 + x + offset(w) + (1 | g)"],
    ["y ~ x + offset(w) + (1 | g)", ". ~ . - offset(w)", "y ~ x + (1 | g)"],
    ["y ~ 0 + x + (1 | g)", ". ~ . + 1 - x", "y ~ 1 + (1 | g)"],
    ["y ~ x + (1 | g)", "~ . + I(x^2)", "y ~ x + I(x^2) + (1 | g)"],
    ["y ~ x + (1 | g)", "z ~ .", "z ~ x + (1 | g)"],
    ["y ~ x + (1 + x | g)", ". ~ . - (x | g) + (x || g)", "y ~ x + (x || g)"],
    ["y ~ x + (1 | a/b)", ". ~ . - (1 | a/b) + (1 | a)", "y ~ x + (1 | a)"],
    ["y ~ x + (1 | g)", ". ~ . + (1 | g) + (1 | h)", "y ~ x + (1 | g) + (1 | h)"],
    ["y ~ `a b` + x + (1 | g)", ". ~ . - `a b`", "y ~ x + (1 | g)"],
    ["y ~ a - b + (1 | g)", ". ~ . + c", "y ~ a + c + (1 | g)"],
    ["y ~ x + (z - x) + (1 | g)", ". ~ . + c", "y ~ x + z + c + (1 | g)"],
  ];
  for (const [old, change, expected] of cases) {
    it(`changes ${old} by ${change}`, () => {
      expect(updateFormula(old, change)).toBe(expected);
    });
  }

  it("refuses to take away a term that is not there, naming those that are", () => {
    const refused = (old: string, change: string, text: string): void => {
      expect(() => updateFormula(old, change)).toThrow(
        expect.objectContaining({ code: "term-not-found", message: expect.stringContaining(text) }),
      );
    };
    refused("y ~ x + (1 | g)", ". ~ . - z", 'no term "z" to take away. It has x.');
    refused("y ~ x + (1 | g)", ". ~ . - (x | g)", 'no term "(x | g)" to take away. It has (1 | g).');
  });
});
