/**
 * Functions inside formulas: which there are, and their values on columns of numbers.
 *
 * Functions that learn from the data (`poly`, `scale`, `center`) leave what they learnt in a list of states,
 * in the order of the calls, so that new rows go through the same transformation.
 *
 * @module
 */

import { DataError, didYouMean } from "../errors.ts";
import { formulaError } from "./fault.ts";
import { type CallNode, deparse, type Node } from "./parser.ts";
import { spellings } from "./spellings.ts";
import { learnPolynomials, meanOf, polynomials, type TransformState } from "./transforms.ts";

/** Columns computed from an expression: one, or several for `poly`. */
export interface Evaluated {
  /** What is put behind the label for each column: `""`, or `"1"`, `"2"`, … */
  readonly suffixes: readonly string[];
  readonly columns: readonly Float64Array[];
}

/** Where an expression takes its numbers and its states from. */
export interface Source {
  /** The values of a column; throws for columns that are not numbers. */
  readonly column: (name: string) => Float64Array;
  readonly rowCount: number;
  /** Read for new data; filled when `learning`. */
  readonly states: TransformState[];
  readonly learning: boolean;
}

const PARAMETERS = new Map<string, readonly string[]>([
  ["log", ["x", "base"]],
  ["exp", ["x"]],
  ["sqrt", ["x"]],
  ["I", ["x"]],
  ["poly", ["x", "degree", "raw"]],
  ["scale", ["x", "center", "scale"]],
  ["center", ["x"]],
  ["factor", ["x"]],
  ["offset", ["x"]],
  ["abs", ["x"]],
  ["log2", ["x"]],
  ["log10", ["x"]],
  ["log1p", ["x"]],
]);

const ELEMENTWISE = new Map<string, (x: number) => number>([
  ["log", Math.log],
  ["exp", Math.exp],
  ["sqrt", Math.sqrt],
  ["I", (x) => x],
  ["offset", (x) => x],
  ["abs", Math.abs],
  ["log2", Math.log2],
  ["log10", Math.log10],
  ["log1p", Math.log1p],
]);

/** The names of the functions known in formulas. */
export const functionNames: readonly string[] = [...PARAMETERS.keys()];

/**
 * Checks that an expression is arithmetic on columns with known functions and fitting arguments.
 *
 * @throws {FormulaError} `unknown-function`, `bad-argument`, `formula-syntax`
 */
export function checkExpression(node: Node, text: string, top = true): void {
  switch (node.type) {
    case "number":
    case "name":
      return;
    case "paren":
      checkExpression(node.inner, text, false);
      return;
    case "unary":
      checkExpression(node.operand, text, false);
      return;
    case "binary":
      if (!"+-*/^".includes(node.operator)) {
        throw formulaError(
          "formula-syntax",
          text,
          node.right.at,
          `"${node.operator}" has no meaning inside a computation.`,
          node.operator.startsWith("|")
            ? "Write random terms beside the others: + (1 | group)."
            : "Use + - * / ^.",
        );
      }
      checkExpression(node.left, text, false);
      checkExpression(node.right, text, false);
      return;
    case "call":
      checkCall(node, text, top);
  }
}

/** The columns an expression reads, each once, in order. */
export function columnsUsed(node: Node): string[] {
  const found = new Set<string>();
  const visit = (here: Node): void => {
    if (here.type === "name") found.add(here.name);
    else if (here.type === "paren") visit(here.inner);
    else if (here.type === "unary") visit(here.operand);
    else if (here.type === "binary") {
      visit(here.left);
      visit(here.right);
    } else if (here.type === "call") visit(argumentsOf(here).get("x") as Node);
  };
  visit(node);
  return [...found];
}

/**
 * The columns of an expression that {@link checkExpression} has passed. Missing values (`NaN`) stay missing.
 *
 * @throws {DataError} `too-few-values` where `poly` or `scale` cannot be computed
 * @see R's `poly()`, `scale()` and their `makepredictcall()` methods
 */
export function evaluateColumns(node: Node, source: Source): Evaluated {
  if (node.type !== "call" || node.name !== "poly") {
    return { suffixes: [""], columns: [evaluate(node, source)] };
  }
  const args = argumentsOf(node);
  const x = evaluate(args.get("x") as Node, source);
  const degree = constant(args.get("degree"), 1);
  const suffixes = Array.from({ length: degree }, (_, j) => String(j + 1));
  if (constant(args.get("raw"), 0) !== 0) {
    return { suffixes, columns: suffixes.map((_, j) => x.map((v) => v ** (j + 1))) };
  }
  const state = learn(source, () => learnPolynomials(x, degree, deparse(node)));
  if (state.kind !== "poly") throw new Error("state of another transformation");
  return { suffixes, columns: polynomials(x, state.alpha, state.norm2) };
}

function evaluate(node: Node, source: Source): Float64Array {
  switch (node.type) {
    case "number":
      return new Float64Array(source.rowCount).fill(node.value);
    case "name":
      return source.column(node.name);
    case "paren":
      return evaluate(node.inner, source);
    case "unary": {
      const x = evaluate(node.operand, source);
      return node.operator === "-" ? x.map((v) => -v) : x;
    }
    case "binary": {
      const operation = OPERATIONS.get(node.operator) as (a: number, b: number) => number;
      const left = evaluate(node.left, source);
      const right = evaluate(node.right, source);
      return left.map((v, i) => operation(v, right[i]));
    }
    case "call":
      return evaluateCall(node, source);
  }
}

const OPERATIONS = new Map<string, (a: number, b: number) => number>([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
  // Products are exact where a library's power is one bit off.
  ["^", (a, b) => (b === 2 ? a * a : b === 3 ? a * a * a : a ** b)],
]);

function evaluateCall(node: CallNode, source: Source): Float64Array {
  const args = argumentsOf(node);
  const x = evaluate(args.get("x") as Node, source);
  if (node.name === "scale" || node.name === "center") {
    const state = learn(source, () => scaleState(node, momentsOf(x)));
    if (state.kind !== "scale") throw new Error("state of another transformation");
    return x.map((v) => (v - state.center) / state.scale);
  }
  if (node.name === "log" && args.has("base")) {
    const base = constant(args.get("base"), Math.E);
    if (base === 2) return x.map(Math.log2);
    if (base === 10) return x.map(Math.log10);
    return x.map((v) => Math.log(v) / Math.log(base));
  }
  return x.map(ELEMENTWISE.get(node.name) as (v: number) => number);
}

function checkCall(node: CallNode, text: string, top: boolean): void {
  const parameters = PARAMETERS.get(node.name);
  if (parameters === undefined) {
    const spelling = spellings.get(node.name);
    const near = didYouMean(node.name, functionNames);
    throw formulaError(
      "unknown-function",
      text,
      node.at,
      `${node.name}() is not known in formulas.`,
      spelling ??
        `${near === undefined ? "" : `Did you mean ${near}()? `}Known: ${functionNames.join(", ")}. ` +
          "Anything else can be computed as a column beforehand.",
    );
  }
  const bad = (at: number, cause: string, remedy: string): never => {
    throw formulaError("bad-argument", text, at, cause, remedy);
  };
  const usage = `Write ${node.name}(${parameters.join(", ")}).`;
  const seen = new Set<string>();
  let position = 0;
  for (const { name, value } of node.args) {
    const parameter = name ?? parameters[position++];
    if (parameter === undefined || !parameters.includes(parameter) || seen.has(parameter)) {
      bad(
        value.at,
        `${node.name}() does not take ${name === null ? "this argument" : `"${name}" here`}.`,
        usage,
      );
    }
    seen.add(parameter);
    if (parameter === "x") checkExpression(value, text, false);
    else if (Number.isNaN(constant(value, NaN))) {
      bad(value.at, `"${parameter}" of ${node.name}() must be a number, TRUE or FALSE.`, usage);
    }
  }
  if (!seen.has("x")) bad(node.at, `${node.name}() needs something to work on.`, usage);
  if (!top && (node.name === "poly" || node.name === "factor" || node.name === "offset")) {
    bad(node.at, `${node.name}() cannot stand inside a computation.`, "Make it a term of its own.");
  }
  const args = argumentsOf(node);
  if (columnsUsed(node).length === 0)
    bad(node.at, `${node.name}() uses no column.`, "Name a column inside it.");
  if (node.name === "factor" && (args.get("x") as Node).type !== "name") {
    bad(node.at, "factor() takes the name of a column.", "Compute the labels as a column beforehand.");
  }
  const degree = constant(args.get("degree"), 1);
  if (!(Number.isInteger(degree) && degree >= 1 && degree <= 50)) {
    bad(node.at, `The degree of poly() must be an integer from 1 to 50, not ${degree}.`, usage);
  }
}

/** Arguments by parameter: named ones by name, the others in order. */
export function argumentsOf(node: CallNode): Map<string, Node> {
  const parameters = PARAMETERS.get(node.name) as readonly string[];
  let position = 0;
  return new Map(node.args.map(({ name, value }) => [name ?? parameters[position++], value]));
}

/** The value of a constant argument; `TRUE` is 1, `FALSE` is 0, anything else `NaN`. */
export function constant(node: Node | undefined, fallback: number): number {
  if (node === undefined) return fallback;
  if (node.type === "number") return node.value;
  if (node.type === "paren") return constant(node.inner, NaN);
  if (node.type === "unary") return constant(node.operand, NaN) * (node.operator === "-" ? -1 : 1);
  if (node.type === "name") return node.name === "TRUE" ? 1 : node.name === "FALSE" ? 0 : NaN;
  return NaN;
}

function learn(source: Source, compute: () => TransformState): TransformState {
  const state = source.learning ? compute() : source.states.shift();
  if (state === undefined) throw new Error("fewer states than transformations");
  if (source.learning) source.states.push(state);
  return state;
}

/** What `scale` and `center` need to know of the values that are there. */
export interface Moments {
  readonly count: number;
  mean(): number;
  /** The sum of squares around a number. */
  squares(center: number): number;
}

function momentsOf(x: Float64Array): Moments {
  const there = x.filter((v) => !Number.isNaN(v));
  const squares = (center: number): number => {
    let sum = 0;
    for (const v of there) sum += (v - center) ** 2;
    return sum;
  };
  return { count: there.length, mean: () => meanOf(there), squares };
}

/**
 * What a call of `scale` or `center` learns.
 *
 * @throws {DataError} `too-few-values`
 */
export function scaleState(node: CallNode, { count, mean, squares }: Moments): TransformState {
  const args = argumentsOf(node);
  const isFlag = (name: string): boolean => args.get(name) === undefined || args.get(name)?.type === "name";
  const wantCenter = constant(args.get("center"), 1);
  const center = isFlag("center") ? (wantCenter === 1 ? mean() : 0) : wantCenter;
  const wantScale = node.name === "center" ? 0 : constant(args.get("scale"), 1);
  if (node.name === "center" || (isFlag("scale") && wantScale === 0))
    return { kind: "scale", center, scale: 1 };
  const scale = isFlag("scale") ? Math.sqrt(squares(center) / (count - 1)) : wantScale;
  if (scale > 0) return { kind: "scale", center, scale };
  throw new DataError(
    "too-few-values",
    `${deparse(node)} divides by the spread of ${columnsUsed(node).join(", ")}, which does not vary.`,
    "Leave it out, or use center().",
    { term: deparse(node) },
  );
}
