/**
 * The algebra of model terms: a sum of products of variables, as R expands it.
 *
 * A term is a set of variables, kept as the bits of a big integer: bit i for the i-th variable in order of
 * appearance.
 *
 * @module
 */

import { formulaError } from "./fault.ts";
import { checkExpression } from "./functions.ts";
import { type BinaryNode, deparse, type Node } from "./parser.ts";

/** A term of a linear predictor. */
export interface FormulaTerm {
  /** As R prints it: `a`, `a:b`, `poly(x, 2)`. */
  readonly label: string;
  /** Indices into the variables of the part, ascending. */
  readonly variables: readonly number[];
  /** For each of them, whether a factor is coded by contrasts there (`true`) or by one column per level. */
  readonly byContrasts: readonly boolean[];
}

/** A linear predictor: the fixed part, or the left side of a random term. */
export interface LinearPart {
  readonly intercept: boolean;
  readonly variables: readonly Node[];
  /** Their labels. */
  readonly labels: readonly string[];
  readonly terms: readonly FormulaTerm[];
  /** Expressions inside `offset()`. */
  readonly offsets: readonly Node[];
}

const MOST_TERMS = 2000;

/**
 * Expands an expression into terms, ordered by degree.
 *
 * @param node the expression; `null` is the intercept alone
 * @param text the whole formula, for error messages
 * @throws {FormulaError} `formula-syntax`, `unknown-function`, `formula-dot`, `too-many-terms`
 * @see R's `terms.formula()`
 */
export function expandPart(node: Node | null, text: string): LinearPart {
  const variables: Node[] = [];
  const labels: string[] = [];
  const offsets: Node[] = [];
  let intercept = true;
  let adding = true;

  const fault = (at: number, cause: string, remedy: string, code = "formula-syntax"): never => {
    throw formulaError(code, text, at, cause, remedy);
  };

  const unique = (terms: bigint[], at: number): bigint[] => {
    const kept = [...new Set(terms)];
    if (kept.length > MOST_TERMS) {
      fault(at, `The formula expands to more than ${MOST_TERMS} terms.`, "Write fewer.", "too-many-terms");
    }
    return kept;
  };

  function variable(here: Node): bigint[] {
    if (here.type === "name" && here.name === ".") {
      fault(here.at, '"." (all other columns) is not supported.', "Name the columns.", "formula-dot");
    }
    checkExpression(here, text);
    if (here.type === "call" && here.name === "offset") {
      if (!adding) fault(here.at, "An offset cannot be taken away.", "Remove it.");
      offsets.push(here);
      return [];
    }
    const label = deparse(here);
    let index = labels.indexOf(label);
    if (index < 0) {
      index = labels.push(label) - 1;
      variables.push(here);
    }
    return [1n << BigInt(index)];
  }

  function encode(here: Node): bigint[] {
    switch (here.type) {
      case "name":
      case "call":
        return variable(here);
      case "paren":
        return encode(here.inner);
      case "number":
        if (here.value !== 0 && here.value !== 1) {
          fault(
            here.at,
            `The number ${here.value} is not a term.`,
            `For a computation write I(${deparse(here)} …).`,
          );
        }
        intercept = (here.value === 1) === adding;
        return [];
      case "unary": {
        if (here.operator === "+") return encode(here.operand);
        remove(here.operand);
        return [];
      }
      case "binary":
        return unique(combine(here), here.at);
    }
  }

  function remove(here: Node): bigint[] {
    adding = !adding;
    const terms = encode(here);
    adding = !adding;
    return terms;
  }

  function combine(here: BinaryNode): bigint[] {
    const { operator } = here;
    const offsetsBefore = offsets.length;
    const left = encode(here.left);
    if (operator === "-") {
      const gone = new Set(remove(here.right));
      return left.filter((term) => !gone.has(term));
    }
    if (operator === "^") return power(left, here.right);
    const right = encode(here.right);
    if (operator === "+") return [...left, ...right];
    if (offsets.length > offsetsBefore) {
      fault(here.at, "An offset cannot be part of a product.", "Add it as a term of its own.");
    }
    const all = (terms: bigint[]): bigint => terms.reduce((a, b) => a | b, 0n);
    switch (operator) {
      case ":":
        return products(left, right, here.at);
      case "*":
        return [...left, ...right, ...products(left, right, here.at)];
      case "%in%":
        return left.map((term) => term | all(right));
      case "/":
        return [...left, ...right.map((term) => term | all(left))];
      default:
        return fault(here.at, `"${operator}" belongs in parentheses.`, "Write random terms as (1 | group).");
    }
  }

  function products(left: bigint[], right: bigint[], at: number): bigint[] {
    return unique(
      left.flatMap((a) => right.map((b) => a | b)),
      at,
    );
  }

  function power(base: bigint[], exponent: Node): bigint[] {
    if (
      exponent.type !== "number" ||
      !Number.isInteger(exponent.value) ||
      exponent.value < 1 ||
      exponent.value > 50
    ) {
      fault(
        exponent.at,
        "A power of terms must be a whole number.",
        "For the power of a column write I(x^2).",
      );
    }
    let terms = base;
    for (let i = 1; i < (exponent as { value: number }).value; i++)
      terms = products(terms, base, exponent.at);
    return terms;
  }

  const bits = node === null ? [] : encode(node);
  return { intercept, variables, labels, terms: toTerms(bits, labels), offsets };
}

function toTerms(bits: readonly bigint[], labels: readonly string[]): FormulaTerm[] {
  const members = bits
    .filter((term) => term !== 0n)
    .map((term) => ({ term, variables: labels.map((_, i) => i).filter((i) => (term >> BigInt(i)) & 1n) }));
  // Stable: terms of one degree stay in the order of the formula.
  members.sort((a, b) => a.variables.length - b.variables.length);
  return members.map(({ term, variables }, position) => ({
    label: variables.map((i) => labels[i]).join(":"),
    variables,
    // A factor needs contrasts if the term without it lies within an earlier one (Chambers & Hastie 1992,
    // p. 38; TermCode() in R's model.c). The empty rest counts as present even without an intercept; the
    // design gives the first factor back its full coding then.
    byContrasts: variables.map((i) => {
      const rest = term & ~(1n << BigInt(i));
      return rest === 0n || members.slice(0, position).some((earlier) => (rest & ~earlier.term) === 0n);
    }),
  }));
}
