/**
 * Formula text to a syntax tree, with R's operators and precedence, and back to text.
 *
 * @module
 */

import { formulaError } from "./fault.ts";
import { type Token, tokenize } from "./tokens.ts";

/** Where in the formula text a node stands: first and one past the last code unit. */
export interface Span {
  readonly at: number;
  readonly end: number;
}
/** A number: `2`, `0.5`, `1e-3`. */
export interface NumberNode extends Span {
  readonly type: "number";
  readonly value: number;
}
/** The name of a column, without its back-quotes. */
export interface NameNode extends Span {
  readonly type: "name";
  readonly name: string;
}
/** An argument of a function call. */
export interface Argument {
  readonly name: string | null;
  readonly value: Node;
}
/** A function call: `log(x)`, `poly(x, degree = 2)`. */
export interface CallNode extends Span {
  readonly type: "call";
  readonly name: string;
  readonly args: readonly Argument[];
}
/** Operators between two operands. */
export type BinaryOperator = "+" | "-" | "*" | "/" | ":" | "^" | "|" | "||" | "%in%";
/** Two operands and an operator. */
export interface BinaryNode extends Span {
  readonly type: "binary";
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
}
/** A sign before an operand. */
export interface UnaryNode extends Span {
  readonly type: "unary";
  readonly operator: "+" | "-";
  readonly operand: Node;
}
/** Parentheses, kept because random terms need them. */
export interface ParenNode extends Span {
  readonly type: "paren";
  readonly inner: Node;
}
/** Any node. */
export type Node = NumberNode | NameNode | CallNode | BinaryNode | UnaryNode | ParenNode;

/** Both sides of a formula; `left` is `null` in `~ x`. */
export interface FormulaTree {
  readonly text: string;
  readonly left: Node | null;
  readonly right: Node;
}

// Left binding power, as in R's ?Syntax. Unary signs bind between ":" and "^".
const POWER = new Map<string, number>([
  ["|", 10],
  ["||", 10],
  ["+", 20],
  ["-", 20],
  ["*", 30],
  ["/", 30],
  ["%in%", 40],
  [":", 50],
  ["^", 70],
]);
const UNARY = 60;
// A tree that no function runs out of stack on, with room to spare.
const DEEPEST = 200;
const MOST_OPERATORS = 1000;

/**
 * Parses formula text into a tree.
 *
 * @throws {FormulaError} `formula-syntax` with the position of the fault
 */
export function parseTree(text: string): FormulaTree {
  const tokens = tokenize(text);
  let next = 0;
  let depth = 0;
  let operators = 0;
  let inRight = false;

  const fault = (at: number, cause: string, remedy: string): never => {
    throw formulaError(
      "formula-syntax",
      text,
      at,
      `Cannot read the formula at position ${at}: ${cause}.`,
      remedy,
    );
  };
  const peek = (): Token => tokens[next];
  const isOperator = (word: string): boolean => peek().kind === "operator" && peek().text === word;

  function close(open: Token): Token {
    if (isOperator(")")) return tokens[next++];
    if (peek().kind === "end")
      return fault(open.at, "this parenthesis is never closed", 'Add the missing ")".');
    if (isOperator("~") && !inRight)
      return fault(peek().at, '"~" inside parentheses', "Pass what stands inside alone.");
    if (isOperator("~"))
      return fault(peek().at, 'a second "~"', 'Keep one "~", between response and predictors.');
    return fault(
      peek().at,
      `expected ")" or an operator, found "${peek().text}"`,
      "Put an operator before it.",
    );
  }

  function operand(): Node {
    const token = tokens[next++];
    if (++depth > DEEPEST) fault(token.at, `nested more than ${DEEPEST} deep`, "Write a simpler formula.");
    try {
      if (token.kind === "number")
        return { type: "number", value: token.value, at: token.at, end: token.end };
      if (token.kind === "name") {
        if (!token.quoted && isOperator("(")) return call(token);
        return { type: "name", name: token.name, at: token.at, end: token.end };
      }
      if (token.kind === "operator" && (token.text === "+" || token.text === "-")) {
        const inner = expression(UNARY);
        return { type: "unary", operator: token.text, operand: inner, at: token.at, end: inner.end };
      }
      if (token.kind === "operator" && token.text === "(") {
        if (isOperator(")")) fault(token.at, "nothing between these parentheses", "Fill or remove them.");
        const inner = expression(0);
        return { type: "paren", inner, at: token.at, end: close(token).end };
      }
      if (token.kind === "end")
        return fault(token.at, "it ends too early", "Add a variable or a number here.");
      if (token.text === ")")
        return tokens[next - 2]?.text === ")"
          ? fault(token.at, "this parenthesis closes nothing", "Remove it, or open one.")
          : fault(token.at, 'expected a variable before ")"', "Add one.");
      return fault(
        token.at,
        `expected a variable, found "${token.text}"`,
        "Remove it, or put a variable before it.",
      );
    } finally {
      depth--;
    }
  }

  function call(token: Token & { kind: "name" }): CallNode {
    const open = tokens[next++];
    const args: Argument[] = [];
    while (!isOperator(")")) {
      const first = peek();
      const named =
        first.kind === "name" && tokens[next + 1].text === "=" && tokens[next + 1].kind === "operator";
      if (named) next += 2;
      args.push({ name: named ? first.name : null, value: expression(0) });
      if (!isOperator(",")) break;
      next++;
    }
    return { type: "call", name: token.name, args, at: token.at, end: close(open).end };
  }

  function expression(power: number): Node {
    let left = operand();
    for (;;) {
      const token = peek();
      const binding = token.kind === "operator" ? POWER.get(token.text) : undefined;
      if (binding === undefined || binding <= power) return left;
      next++;
      if (++operators > MOST_OPERATORS)
        fault(token.at, `more than ${MOST_OPERATORS} operators`, "Write a simpler formula.");
      // "^" groups to the right, and takes a sign: x^-1.
      const right = expression(token.text === "^" ? UNARY - 1 : binding);
      left = {
        type: "binary",
        operator: token.text as BinaryOperator,
        left,
        right,
        at: left.at,
        end: right.end,
      };
    }
  }

  const start = peek();
  if (start.kind === "end") fault(0, "it is empty", "Write one like y ~ x + (1 | group).");
  const left = isOperator("~") ? null : expression(0);
  if (!isOperator("~")) {
    const found = peek();
    if (found.kind === "end")
      fault(found.at, 'there is no "~"', "Write the response and then ~, as in y ~ x + (1 | group).");
    if (found.text === ")") fault(found.at, "this parenthesis closes nothing", "Remove it, or open one.");
    const remedy = found.text === "=" ? "Write ~ for it." : "Put an operator before it.";
    fault(found.at, `expected "~" or an operator, found "${found.text}"`, remedy);
  }
  next++;
  inRight = true;
  const right = expression(0);
  const rest = peek();
  if (rest.kind !== "end") {
    if (rest.text === "~") fault(rest.at, 'a second "~"', 'Keep one "~", between response and predictors.');
    if (rest.text === ")") fault(rest.at, "this parenthesis closes nothing", "Remove it, or open one.");
    fault(
      rest.at,
      `expected an operator, found "${rest.text}"`,
      rest.text === ","
        ? 'Options stand beside it: lmm("…", data, { weights: "w" }).'
        : "Put + or another operator before it, or backquotes around a name with blanks.",
    );
  }
  return { text, left, right };
}

/**
 * Writes a node as R does: `log(x + 1)`, `poly(x, 2)`, `a:b`, `x^2`, `a/b`, `(1 | g)`.
 *
 * @see R's `deparse()`
 */
export function deparse(node: Node): string {
  switch (node.type) {
    case "number":
      return numberText(node.value);
    case "name":
      return quoteName(node.name);
    case "call":
      return `${node.name}(${node.args.map((a) => (a.name === null ? "" : `${a.name} = `) + deparse(a.value)).join(", ")})`;
    case "paren":
      return `(${deparse(node.inner)})`;
    case "unary":
      return `${node.operator}${deparse(node.operand)}`;
    case "binary": {
      const tight = node.operator === ":" || node.operator === "^" || node.operator === "/";
      const operator = tight ? node.operator : ` ${node.operator} `;
      return `${deparse(node.left)}${operator}${deparse(node.right)}`;
    }
  }
}

/** Writes a formula with single blanks where R puts them. */
export function deparseFormula(tree: FormulaTree): string {
  return `${tree.left === null ? "" : `${deparse(tree.left)} `}~ ${deparse(tree.right)}`;
}

/** A name as it stands in a formula: in back-quotes unless it can do without. */
export function quoteName(name: string): string {
  if (/^(?:[\p{L}_]|\.(?!\p{Nd})(?=.))[\p{L}\p{M}\p{N}_.]*$/u.test(name)) return name;
  return `\`${name.replace(/[\\`]/g, "\\$&")}\``;
}

/** Fixed notation unless scientific is shorter, R's rule; fifteen digits as in R, or all if those lose something. */
function numberText(value: number): string {
  const short = value.toExponential(14);
  const [mantissa, exponentText] = (Number(short) === value ? short : value.toExponential()).split("e");
  const digits = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  const exponent = Number(exponentText);
  const size = Math.abs(exponent);
  const scientific = `${digits}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
  const decimals = Math.max(0, digits.replace(/[^\d]/g, "").length - 1 - exponent);
  if (exponent > 20 || decimals > 100) return scientific;
  const fixed = value.toFixed(decimals);
  return fixed.length <= scientific.length ? fixed : scientific;
}
