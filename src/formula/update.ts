/**
 * Changing a formula by another one, as R's `update()` does.
 *
 * @module
 */

import { ArgumentError, FormulaError, listOf, show } from "../errors.ts";
import { expandPart, type LinearPart } from "./algebra.ts";
import { deparse, type Node, parseTree } from "./parser.ts";
import { parseFormula, type RandomSpec, structuredBar } from "./terms.ts";

/**
 * The formula that `change` makes of `old`: in it, a `.` on either side stands for that side of the old formula.
 *
 * Fixed terms come out expanded (`a * b` as `a + b + a:b`), random terms as they were written; taking away a term that
 * the old formula does not have is an error, so that a typing slip does not pass for a smaller model.
 *
 * @param old - the formula to change
 * @param change - for example `". ~ . - Days"`, `"log(.) ~ ."`, `". ~ . + (1 | item)"`
 * @returns the text of the new formula
 * @throws {FormulaError} `term-not-found`, and what `parseFormula` throws
 * @see R's `update.formula()`
 *
 * @example
 * updateFormula("y ~ x * f + (x | g)", ". ~ . - x:f"); // "y ~ x + f + (x | g)"
 */
export function updateFormula(old: string, change: string): string {
  if (typeof change !== "string") {
    throw new ArgumentError(
      "invalid-argument",
      `The change of a formula must be text, got ${show(change)}.`,
      'Write it as in R: ". ~ . - x".',
    );
  }
  const before = parseTree(parseFormula(old).text);
  const tree = parseTree(change);
  const response =
    tree.left === null ? before.left : before.left === null ? tree.left : substitute(tree.left, before.left);
  const summands: Summand[] = [];
  flatten(tree.right, true, summands, before.right);

  let random: { text: string; key: string }[] = [];
  const fixed: Summand[] = [];
  for (const summand of summands) {
    const bar = barOf(summand.node);
    if (bar === null) {
      fixed.push(summand);
      continue;
    }
    const text = summand.node.type === "call" ? deparse(summand.node) : `(${deparse(bar)})`;
    const key = keyOf(text);
    if (summand.adds) {
      if (!random.some((known) => known.key === key)) random.push({ text, key });
    } else {
      if (!random.some((known) => known.key === key))
        refuse(
          text,
          random.map((term) => term.text),
          old,
        );
      random = random.filter((known) => known.key !== key);
    }
  }
  const right = [...fixedTexts(fixed, old), ...random.map(({ text }) => text)].join(" + ");
  return `${response === null ? "" : `${deparse(response)} `}~ ${right.replaceAll("+ - ", "- ")}`;
}

interface Summand {
  readonly node: Node;
  readonly adds: boolean;
  /** Whether it is of the old formula, which may take away what it does not have. */
  readonly isOld: boolean;
}

/** The signed summands of a right side, `.` replaced by those of the old one. */
function flatten(node: Node, adds: boolean, into: Summand[], old: Node | null): void {
  if (node.type === "binary" && (node.operator === "+" || node.operator === "-")) {
    flatten(node.left, adds, into, old);
    flatten(node.right, node.operator === "+" ? adds : !adds, into, old);
  } else if (node.type === "unary") {
    flatten(node.operand, node.operator === "+" ? adds : !adds, into, old);
  } else if (node.type === "paren" && barOf(node) === null) {
    const inner: Summand[] = [];
    flatten(node.inner, true, inner, old);
    const again = inner.map((summand) => ({ ...summand, adds: summand.adds === adds }));
    if (inner.every((summand) => summand.adds)) {
      into.push(...again);
    } else {
      // What is taken away within parentheses is not taken from the terms outside.
      into.push({ node: fixedSum(inner, node), adds, isOld: old === null });
      into.push(...again.filter((summand) => barOf(summand.node) !== null));
    }
  } else if (node.type === "name" && node.name === "." && old !== null) {
    flatten(old, adds, into, null);
  } else if (old === null || !hasDot(node)) into.push({ node, adds, isOld: old === null });
  else {
    // A random term cannot be part of a product: those of a `.` inside one are kept beside it.
    into.push({ node: substitute(node, withoutBars(old)), adds, isOld: false });
    const all: Summand[] = [];
    flatten(old, adds, all, null);
    if (adds) into.push(...all.filter((summand) => barOf(summand.node) !== null));
  }
}

function hasDot(node: Node): boolean {
  switch (node.type) {
    case "name":
      return node.name === ".";
    case "number":
      return false;
    case "paren":
      return hasDot(node.inner);
    case "unary":
      return hasDot(node.operand);
    case "binary":
      return hasDot(node.left) || hasDot(node.right);
    case "call":
      return node.args.some(({ value }) => hasDot(value));
  }
}

/** The fixed part of an old right side, for a `.` inside a product. */
function withoutBars(node: Node): Node {
  const all: Summand[] = [];
  flatten(node, true, all, null);
  return fixedSum(all, node);
}

/** The fixed summands as one, in parentheses. */
function fixedSum(summands: readonly Summand[], { at, end }: Node): Node {
  const kept = summands.filter((summand) => barOf(summand.node) === null);
  const sum = kept.reduce<Node | null>((left, { node: right, adds }) => {
    if (left === null) return adds ? right : { type: "unary", operator: "-", operand: right, at, end };
    return { type: "binary", operator: adds ? "+" : "-", left, right, at, end };
  }, null);
  return { type: "paren", inner: sum ?? { type: "number", value: 1, at, end }, at, end };
}

/** The bar of a random term in parentheses or inside a structure, `cs(…)`. */
function barOf(node: Node): Node | null {
  if (node.type === "paren") return barOf(node.inner);
  const structured = structuredBar(node, deparse(node));
  if (structured !== null) return structured.bar;
  return node.type === "binary" && (node.operator === "|" || node.operator === "||") ? node : null;
}

/** A node with every `.` replaced. */
function substitute(node: Node, dot: Node): Node {
  switch (node.type) {
    case "name":
      return node.name === "." ? dot : node;
    case "number":
      return node;
    case "paren":
      return { ...node, inner: substitute(node.inner, dot) };
    case "unary":
      return { ...node, operand: substitute(node.operand, dot) };
    case "binary":
      if (node.operator === "|" || node.operator === "||") return node;
      return { ...node, left: substitute(node.left, dot), right: substitute(node.right, dot) };
    case "call":
      return {
        ...node,
        args: node.args.map((argument) => ({ ...argument, value: substitute(argument.value, dot) })),
      };
  }
}

/** The terms that are left of signed summands, as text; the intercept last, where it is missing. */
function fixedTexts(summands: readonly Summand[], old: string): string[] {
  const labels: string[] = [];
  const offsets: string[] = [];
  let intercept = true;
  for (const { node, adds, isOld } of summands) {
    const constant = node.type === "number" ? node.value : null;
    if (constant === 0 || constant === 1) {
      intercept = (constant === 1) === adds;
      continue;
    }
    const part: LinearPart = expandPart(node, deparse(node));
    const names = part.terms.map(({ label }) => label);
    const shifts = part.offsets.map(deparse);
    if (!part.intercept) intercept = !adds;
    if (adds) {
      labels.push(...names);
      offsets.push(...shifts);
      continue;
    }
    const same = (a: string, b: string): boolean => a === b || partsOf(a) === partsOf(b);
    const isThere = [...names, ...shifts].some((name) =>
      [...labels, ...offsets].some((label) => same(label, name)),
    );
    if (!isThere && !isOld) refuse(deparse(node), [...new Set(labels)], old);
    keep(labels, (label) => !names.some((name) => same(label, name)));
    keep(offsets, (label) => !shifts.includes(label));
  }
  const terms = [...new Set(labels)].sort((a, b) => degree(a) - degree(b));
  const texts = [...terms, ...new Set(offsets)];
  if (intercept) return texts.length === 0 || terms.length === 0 ? ["1", ...texts] : texts;
  return ["0", ...texts];
}

/** Number of variables of a term: the colons outside parentheses and back-quotes. */
function degree(label: string): number {
  return splitTerm(label).length;
}

/** The variables of a term in one order, so that `a:b` is `b:a`. */
function partsOf(label: string): string {
  return splitTerm(label).sort().join(":");
}

function splitTerm(label: string): string[] {
  const parts = [""];
  let depth = 0;
  let quoted = false;
  for (const character of label) {
    if (character === "`") quoted = !quoted;
    if (!quoted && character === "(") depth++;
    if (!quoted && character === ")") depth--;
    if (character === ":" && depth === 0 && !quoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function keep(list: string[], test: (item: string) => boolean): void {
  const kept = list.filter(test);
  list.splice(0, list.length, ...kept);
}

/** What two ways of writing one random term share. */
function keyOf(text: string): string {
  const [spec]: readonly RandomSpec[] = parseFormula(`~ ${text}`).random;
  const names = spec.part.terms.map(({ label }) => partsOf(label)).sort();
  const { part, correlated, structure, groups } = spec;
  return JSON.stringify([part.intercept, names, correlated, structure, groups.map(({ key }) => key)]);
}

function refuse(text: string, known: readonly string[], old: string): never {
  throw new FormulaError(
    "term-not-found",
    `The formula ${old} has no term ${show(text)} to take away.`,
    known.length === 0 ? "There are no such terms in it." : `It has ${listOf(known, 12)}.`,
    { term: text, known },
  );
}
