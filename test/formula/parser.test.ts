import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormulaError } from "../../src/errors.ts";
import { deparse, deparseFormula, type FormulaTree, type Node, parseTree } from "../../src/formula/parser.ts";

const right = (text: string): string => deparse(parseTree(`y ~ ${text}`).right);

function faultOf(text: string): FormulaError {
  try {
    parseTree(text);
  } catch (error) {
    if (error instanceof FormulaError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

/** Where the caret of a message points, as a position in the formula. */
function caretOf(error: FormulaError): number {
  return (error.message.split("\n").at(-1) as string).indexOf("^") - 2;
}

describe("parseTree() prints as R does", () => {
  const cases: [string, string][] = [
    ["x+I( x^2 )", "x + I(x^2)"],
    ["a*b:c/d", "a * b:c/d"],
    ["a%in%b", "a %in% b"],
    ["x**2", "x^2"],
    ["(1|a/b)", "(1 | a/b)"],
    ["(x||g)", "(x || g)"],
    ["poly( x,2 , raw=TRUE)", "poly(x, 2, raw = TRUE)"],
    ["`my col`+`plain`", "`my col` + plain"],
    ["`a\\`b`", "`a\\`b`"],
    ["-1+x", "-1 + x"],
    ["I(x*100000+0.0001+123456+.5)", "I(x * 1e+05 + 1e-04 + 123456 + 0.5)"],
    ["größe+x.1+.hidden+x_y", "größe + x.1 + .hidden + x_y"],
    ["x\n + (1\t| g)", "x + (1 | g)"],
  ];
  for (const [text, printed] of cases)
    it(`${JSON.stringify(text)} as ${printed}`, () => expect(right(text)).toBe(printed));
});

describe("parseTree() binds as R does", () => {
  const shape = (node: Node): string => {
    if (node.type === "binary") return `[${shape(node.left)} ${node.operator} ${shape(node.right)}]`;
    if (node.type === "unary") return `[${node.operator}${shape(node.operand)}]`;
    if (node.type === "paren") return `(${shape(node.inner)})`;
    return deparse(node);
  };
  const cases: [string, string][] = [
    ["a + b * c:d^2", "[a + [b * [c : [d ^ 2]]]]"],
    ["a * b / c", "[[a * b] / c]"],
    ["a %in% b * c", "[[a %in% b] * c]"],
    ["a : b %in% c", "[[a : b] %in% c]"],
    ["-a:b", "[[-a] : b]"],
    ["-a^2", "[-[a ^ 2]]"],
    ["a^b^c", "[a ^ [b ^ c]]"],
    ["a^-1", "[a ^ [-1]]"],
    ["x + 1 | g + h", "[[x + 1] | [g + h]]"],
    ["a - b + c", "[[a - b] + c]"],
  ];
  for (const [text, tree] of cases)
    it(`${text} as ${tree}`, () => expect(shape(parseTree(`y ~ ${text}`).right)).toBe(tree));
});

describe("parseTree() points at the fault", () => {
  const cases: [string, number, RegExp][] = [
    ["y ~ x + (1 | g", 8, /never closed/],
    ["y ~ log(x + (1 | g)", 7, /never closed/],
    ["y ~ x + 1 | g)", 13, /closes nothing/],
    ["y ~ x + ", 8, /ends too early/],
    ["y ~ ", 4, /ends too early/],
    ["", 0, /empty/],
    ["y", 1, /no "~"/],
    ["y ~ x ~ z", 6, /second "~"/],
    ["y ~ (x ~ z)", 7, /second "~"/],
    ["y ~ x z", 6, /expected an operator, found "z"/],
    ["y ~ x + * z", 8, /found "\*"/],
    ["y ~ ()", 4, /nothing between/],
    ["y ~ x $ z", 6, /"\$" has no meaning/],
    ["y ~ x − 1", 6, /"−" has no meaning here. Write - for it/],
    ["y ∼ x", 2, /Write ~ for it/],
    ["y ~ `x", 4, /back-quote is never closed/],
    ["y ~ ``", 4, /no characters/],
    ["y ~ 'x'", 4, /quotation marks/],
    ["y ~ x > 3", 6, /">" is not computed here.*column of true/],
    ["y ~ I(x == 3)", 8, /"==" is not computed here/],
    ["y = x + z", 2, /Write ~ for it/],
    ["y ~ x + (1 | )", 13, /expected a variable before "\)"/],
    ["bf(y ~ x + (1 | g))", 5, /"~" inside parentheses.*Pass what stands inside alone/],
    ["y ~ x + (1 | g), weights = w", 15, /Options stand beside it/],
    ["y ~ log(x,, 2)", 10, /found ","/],
    ["y ~ x, z", 5, /found ","/],
    ["y ~ I(x * 1e999)", 10, /1e999 is too large/],
  ];
  for (const [text, position, words] of cases) {
    it(JSON.stringify(text), () => {
      const fault = faultOf(text);
      expect(fault.code).toBe("formula-syntax");
      expect(fault.message).toMatch(words);
      expect(fault.details["position"]).toBe(position);
      expect(caretOf(fault)).toBe(position);
      expect(fault.remedy).not.toBe("");
    });
  }

  it("shows only the neighbourhood in a long formula", () => {
    const text = `y ~ ${"x + ".repeat(100)}) + z`;
    const fault = faultOf(text);
    const lines = fault.message.split("\n");
    expect(lines[1].length).toBeLessThanOrEqual(102);
    expect(lines[1][(lines[2] as string).indexOf("^")]).toBe(")");
  });

  it("refuses formulas too deep or too long for anyone", () => {
    expect(faultOf(`y ~ ${"(".repeat(5000)}x${")".repeat(5000 - 1)}`).code).toBe("formula-syntax");
    expect(faultOf(`y ~ ${"-".repeat(9000)}x`).code).toBe("formula-syntax");
    expect(faultOf(`y ~ ${"x + ".repeat(50_000)}x`).code).toBe("formula-syntax");
  });
});

const name = fc.oneof(
  fc.constantFrom(
    "x",
    "y.1",
    "größe",
    "__proto__",
    "constructor",
    ".a",
    "my col",
    "<img onerror>",
    "1st",
    "a`b",
    "\\",
    "b\\`",
  ),
  fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }),
);
const at = { at: 0, end: 0 };
const leaf: fc.Arbitrary<Node> = fc.oneof(
  name.map((text): Node => ({ type: "name", name: text, ...at })),
  fc
    .double({ min: 0, noNaN: true, noDefaultInfinity: true })
    .map((value): Node => ({ type: "number", value: value + 0, ...at })),
  fc.nat(1e7).map((value): Node => ({ type: "number", value, ...at })),
);
const tree: fc.Arbitrary<Node> = fc.letrec<{ node: Node; operand: Node }>((tie) => ({
  // Operands are leaves, calls or parentheses, so that every tree is one the parser could have made.
  operand: fc.oneof(
    { depthSize: "small" },
    leaf,
    tie("node").map((inner): Node => ({ type: "paren", inner, ...at })),
    fc
      .tuple(
        fc.constantFrom("log", "poly", "f.g"),
        fc.array(fc.tuple(fc.constantFrom(null, "degree"), tie("node")), { maxLength: 3 }),
      )
      .map(
        ([called, args]): Node => ({
          type: "call",
          name: called,
          args: args.map(([argument, value]) => ({ name: argument, value })),
          ...at,
        }),
      ),
  ),
  node: fc.oneof(
    { depthSize: "small" },
    tie("operand"),
    fc
      .tuple(fc.constantFrom("+", "-", "*", "/", ":", "^", "|", "||", "%in%"), tie("operand"), tie("operand"))
      .map(
        ([operator, left, other]): Node => ({
          type: "binary",
          operator: operator as "+",
          left,
          right: other,
          ...at,
        }),
      ),
    fc
      .tuple(fc.constantFrom("+", "-"), tie("operand"))
      .map(([operator, operand]): Node => ({ type: "unary", operator: operator as "-", operand, ...at })),
  ),
})).node;

const bare = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner) =>
      key === "at" || key === "end" || key === "text" ? undefined : inner,
    ),
  );

describe("parseTree() and deparseFormula()", () => {
  it("are inverse: printing and parsing gives the same tree", () => {
    fc.assert(
      fc.property(fc.option(tree), tree, (left, other) => {
        const before: FormulaTree = { text: "", left, right: other };
        const after = parseTree(deparseFormula(before));
        expect(bare(after)).toEqual(bare(before));
        expect(deparseFormula(after)).toBe(deparseFormula(before));
      }),
      { numRuns: 500 },
    );
  });

  it("never fail in another way than by a coded error", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'yx1.+-*/:^|()~`, =%in\\"é_') }), (text) => {
        try {
          parseTree(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FormulaError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
