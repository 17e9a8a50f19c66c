/**
 * Formulas in lme4's grammar: response, fixed part, random terms.
 *
 * @module
 */

import { expandPart, type LinearPart } from "./algebra.ts";
import { formulaError } from "./fault.ts";
import { checkExpression } from "./functions.ts";
import { type Group, groupsOf } from "./groups.ts";
import { type BinaryNode, deparse, deparseFormula, type Node, parseTree } from "./parser.ts";

/** A random term, `(part | group)`. */
export interface RandomSpec {
  /** As printed in the formula, with parentheses. */
  readonly text: string;
  /** Position in the formula. */
  readonly at: number;
  /** `false` after two bars and in `diag()`: every column varies independently of the others. */
  readonly correlated: boolean;
  /** `"cs"` in `cs()`: one SD for all columns and one correlation for all pairs; `"us"` otherwise. */
  readonly structure: "us" | "cs";
  readonly part: LinearPart;
  /** Several for nested groups: `a/b` is `b:a` and `a`. */
  readonly groups: readonly Group[];
}

/** A formula, expanded. */
export interface Formula {
  /** The formula as the user wrote it. */
  readonly source: string;
  /** The formula with blanks where R puts them. */
  readonly text: string;
  readonly response: Node | null;
  /** The response as printed; `""` if there is none. */
  readonly responseLabel: string;
  readonly fixed: LinearPart;
  readonly random: readonly RandomSpec[];
}

/**
 * Reads a formula: `y ~ x * f + (1 + x | g) + (1 | a/b)`.
 *
 * A random term may have a structure: `us(x | g)` any covariance matrix, as `(x | g)`; `diag(x | g)` none, as
 * `(x || g)`; `cs(0 + f | g)` one SD and one correlation for all columns. Formulas without random terms are read as well. Nothing in the text is ever run as code.
 *
 * @throws {FormulaError} `formula-syntax`, `random-term-needs-parentheses`, `misplaced-random-term`,
 * `unknown-function`, `bad-argument`, `bad-group`, `duplicate-term`, `overlapping-terms`,
 * `empty-random-term`, `response-as-predictor`, `formula-dot`, `too-many-terms`
 * @see R's `terms.formula()`; lme4's `findbars()`, `nobars()`, `expandDoubleVerts()`
 * @example
 * parseFormula("y ~ a*b + (x || g)").fixed.terms.map((term) => term.label); // ["a", "b", "a:b"]
 */
export function parseFormula(text: string): Formula {
  const tree = parseTree(text);
  const random: RandomSpec[] = [];
  const fixed = expandPart(takeRandom(tree.right, text, random), text);
  if (tree.left !== null) checkResponse(tree.left, text);
  const responseLabel = tree.left === null ? "" : deparse(tree.left);
  const again = fixed.variables.find((_, i) => fixed.labels[i] === responseLabel);
  if (again !== undefined) {
    throw formulaError(
      "response-as-predictor",
      text,
      again.at,
      `${responseLabel} stands on both sides of the formula.`,
      "Remove it from the right side.",
    );
  }
  checkOverlap(random, text);
  return { source: text, text: deparseFormula(tree), response: tree.left, responseLabel, fixed, random };
}

/** Splits off the random terms of a sum; what is left is the fixed part, `null` if nothing is. */
function takeRandom(node: Node, text: string, random: RandomSpec[]): Node | null {
  if (!hasBar(node)) return node;
  if (node.type === "paren") {
    if (isBar(node.inner)) {
      random.push(randomSpec(node.inner, node.at, text));
      return null;
    }
    const inner = takeRandom(node.inner, text, random);
    return inner === null ? null : { ...node, inner };
  }
  const structured = structuredBar(node, text);
  if (structured !== null) {
    random.push(randomSpec(structured.bar, node.at, text, structured.name));
    return null;
  }
  if (isBar(node)) return needsParentheses(node, text);
  if (node.type === "unary" && node.operator === "+") return takeRandom(node.operand, text, random);
  if (node.type === "binary" && (node.operator === "+" || (node.operator === "-" && !hasBar(node.right)))) {
    const left = takeRandom(node.left, text, random);
    const right = takeRandom(node.right, text, random);
    if (left !== null && right !== null) return { ...node, left, right };
    if (right === null) return left;
    return node.operator === "+"
      ? right
      : { type: "unary", operator: "-", operand: right, at: right.at, end: right.end };
  }
  if (node.type === "call" && node.args.some(({ value }) => isBar(value))) {
    throw formulaError(
      "misplaced-random-term",
      text,
      node.at,
      `${node.name}() is not known around a random term.`,
      `Known: ${STRUCTURES.join(", ")}. Without one, (x | g) has any covariance matrix.`,
    );
  }
  throw formulaError(
    "misplaced-random-term",
    text,
    barPosition(node),
    "A random term can only be added to the others.",
    "Write it as + (1 | group).",
  );
}

/** What a random term can be wrapped in to give its covariance matrix a structure. */
const STRUCTURES = ["us", "diag", "cs"] as const;
type StructureName = (typeof STRUCTURES)[number];

/** `cs(effects | group)`, `diag(…)` or `us(…)`; `null` for anything else. */
export function structuredBar(node: Node, text: string): { bar: BarNode; name: StructureName } | null {
  if (node.type !== "call" || !hasBar(node)) return null;
  const name = STRUCTURES.find((word) => word === node.name);
  const [first, ...rest] = node.args;
  if (name === undefined || !isBar(first.value)) return null;
  const fault =
    rest.length > 0 ? "takes one random term" : first.value.operator === "||" ? "takes one bar" : null;
  if (fault === null && first.name === null) return { bar: first.value, name };
  throw formulaError(
    "formula-syntax",
    text,
    node.at,
    `${name}() ${fault ?? "takes no named argument"}.`,
    `Write ${name}(${deparse(first.value.left)} | ${deparse(first.value.right)}).`,
  );
}

type BarNode = BinaryNode & { readonly operator: "|" | "||" };

function isBar(node: Node): node is BarNode {
  return node.type === "binary" && (node.operator === "|" || node.operator === "||");
}

function hasBar(node: Node): boolean {
  if (node.type === "paren") return hasBar(node.inner);
  if (node.type === "unary") return hasBar(node.operand);
  if (node.type === "call") return node.args.some(({ value }) => hasBar(value));
  return node.type === "binary" && (isBar(node) || hasBar(node.left) || hasBar(node.right));
}

function barPosition(node: Node): number {
  if (isBar(node)) return node.at;
  if (node.type === "paren") return barPosition(node.inner);
  if (node.type === "unary") return barPosition(node.operand);
  if (node.type === "call")
    return barPosition((node.args.find(({ value }) => hasBar(value)) as { value: Node }).value);
  if (node.type === "binary") return barPosition(hasBar(node.left) ? node.left : node.right);
  return node.at;
}

/** `y ~ x + 1 | g` means `(x + 1 | g)` to R and `x + (1 | g)` to people: refused. */
function needsParentheses(node: BinaryNode, text: string): never {
  let { left, right } = node;
  let before = "";
  if (left.type === "binary" && left.operator === "+") {
    before = `${deparse(left.left)} + `;
    left = left.right;
  }
  let after = "";
  while (right.type === "binary" && right.operator === "+") {
    after = ` + ${deparse(right.right)}${after}`;
    right = right.left;
  }
  const meant = `${before}(${deparse(left)} ${node.operator} ${deparse(right)})${after}`;
  throw formulaError(
    "random-term-needs-parentheses",
    text,
    left.at,
    "A random term needs parentheses.",
    `Write ${meant}.`,
  );
}

function randomSpec(bar: BinaryNode, at: number, text: string, structure?: StructureName): RandomSpec {
  if (hasBar(bar.left) || hasBar(bar.right)) {
    throw formulaError(
      "formula-syntax",
      text,
      bar.left.at,
      "Two bars in one random term.",
      "Write (effects | group).",
    );
  }
  const part = expandPart(bar.left, text);
  const printed = `${structure ?? ""}(${deparse(bar)})`;
  if (part.offsets.length > 0) {
    throw formulaError(
      "formula-syntax",
      text,
      part.offsets[0].at,
      "An offset cannot vary by group.",
      "Move it out.",
    );
  }
  if (!part.intercept && part.terms.length === 0) {
    throw formulaError(
      "empty-random-term",
      text,
      at,
      `Nothing varies in ${printed}.`,
      "Write (1 | group) or remove it.",
    );
  }
  return {
    text: printed,
    at,
    correlated: bar.operator === "|" && structure !== "diag",
    structure: structure === "cs" ? "cs" : "us",
    part,
    groups: groupsOf(bar.right, text),
  };
}

function checkResponse(node: Node, text: string): void {
  if (hasBar(node)) {
    throw formulaError(
      "formula-syntax",
      text,
      barPosition(node),
      `"|" has no meaning in the response.`,
      'Weights and known variances are options of lmm(): { weights: "column" }.',
    );
  }
  checkExpression(node, text, false);
  const usesColumn = (here: Node): boolean =>
    here.type === "name" ||
    here.type === "call" ||
    (here.type === "paren" && usesColumn(here.inner)) ||
    (here.type === "unary" && usesColumn(here.operand)) ||
    (here.type === "binary" && (usesColumn(here.left) || usesColumn(here.right)));
  if (usesColumn(node)) return;
  throw formulaError(
    "formula-syntax",
    text,
    node.at,
    "The response is a number.",
    "Name a column before the ~.",
  );
}

/** Two terms of one group must not share a column: only the sum of their variances would be known. */
function checkOverlap(random: readonly RandomSpec[], text: string): void {
  const seen = new Map<string, RandomSpec[]>();
  for (const spec of random) {
    const names = effectNames(spec);
    for (const group of spec.groups) {
      const others = seen.get(group.key) ?? [];
      for (const other of others) {
        const shared = names.filter((name) => effectNames(other).includes(name));
        if (shared.length === 0) continue;
        if (shared.length === names.length && shared.length === effectNames(other).length) {
          const term = `(${names.map((name) => (name === "intercept" ? "1" : name)).join(" + ")} | ${group.label})`;
          throw formulaError(
            "duplicate-term",
            text,
            spec.at,
            `${term} appears twice; the two variances cannot be told apart.`,
            "Remove one of them.",
          );
        }
        const slope = [...names, ...effectNames(other)].find((name) => name !== "intercept");
        throw formulaError(
          "overlapping-terms",
          text,
          spec.at,
          `The ${shared.join(", ")} of ${group.label} is in two terms, ${other.text} and ${spec.text}.`,
          `Write (${slope} | ${group.label}), or (1 | ${group.label}) + (0 + ${slope} | ${group.label}) for no correlation.`,
        );
      }
      seen.set(group.key, [...others, spec]);
    }
  }
}

function effectNames(spec: RandomSpec): string[] {
  return [...(spec.part.intercept ? ["intercept"] : []), ...spec.part.terms.map((term) => term.label)];
}
