/**
 * The algebra of model terms: a sum of products of variables, as R expands it.
 *
 * A term is a set of variables, kept as the bits of a big integer: bit i for the i-th variable in order of
 * appearance. Terms are told apart by these bits as text, since engines hash no more than the lowest 64 of them.
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

/** Different terms by {@link keyOf}, in the order of the formula. */
type Terms = ReadonlyMap<string, bigint>;

const MOST_TERMS = 2000;
/** Of terms, many of which may be the same: bounds the time that expanding takes. */
const MOST_PRODUCTS = 100_000;

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
  const places = new Map<string, number>();
  const offsets: Node[] = [];
  let intercept = true;
  let adding = true;
  let made = 0;

  const fault = (at: number, cause: string, remedy: string): never => {
    throw formulaError("formula-syntax", text, at, cause, remedy);
  };

  const atMost = (most: number, count: number, what: string, at: number): void => {
    if (count <= most) return;
    const cause = `The formula expands to more than ${most} ${what}.`;
    throw formulaError("too-many-terms", text, at, cause, "Write fewer.");
  };

  function variable(here: Node): Terms {
    if (here.type === "name" && here.name === ".") {
      const cause = '"." (all other columns) is not supported.';
      throw formulaError("formula-dot", text, here.at, cause, "Name the columns.");
    }
    checkExpression(here, text);
    if (here.type === "call" && here.name === "offset") {
      if (!adding) fault(here.at, "An offset cannot be taken away.", "Remove it.");
      offsets.push(here);
      return new Map();
    }
    const label = deparse(here);
    let index = places.get(label);
    if (index === undefined) {
      index = labels.push(label) - 1;
      places.set(label, index);
      variables.push(here);
    }
    return termsOf([1n << BigInt(index)]);
  }

  function encode(here: Node): Terms {
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
        return new Map();
      case "unary": {
        if (here.operator === "+") return encode(here.operand);
        remove(here.operand);
        return new Map();
      }
      case "binary": {
        const terms = combine(here);
        atMost(MOST_TERMS, terms.size, "terms", here.at);
        return terms;
      }
    }
  }

  function remove(here: Node): Terms {
    adding = !adding;
    const terms = encode(here);
    adding = !adding;
    return terms;
  }

  function combine(here: BinaryNode): Terms {
    const { operator } = here;
    const offsetsBefore = offsets.length;
    const left = encode(here.left);
    if (operator === "-") {
      const gone = remove(here.right);
      return new Map([...left].filter(([key]) => !gone.has(key)));
    }
    if (operator === "^") return power(left, here.right);
    const right = encode(here.right);
    if (operator === "+") return new Map([...left, ...right]);
    if (offsets.length > offsetsBefore) {
      fault(here.at, "An offset cannot be part of a product.", "Add it as a term of its own.");
    }
    switch (operator) {
      case ":":
        return products(left, right, here.at);
      case "*":
        return new Map([...left, ...right, ...products(left, right, here.at)]);
      case "%in%":
        return within(left, right);
      case "/":
        return new Map([...left, ...within(right, left)]);
      default:
        return fault(here.at, `"${operator}" belongs in parentheses.`, "Write random terms as (1 | group).");
    }
  }

  function products(left: Terms, right: Terms, at: number): Terms {
    made += left.size * right.size;
    atMost(MOST_PRODUCTS, made, "products", at);
    const found = new Map<string, bigint>();
    for (const a of left.values()) {
      for (const b of right.values()) found.set(keyOf(a | b), a | b);
      atMost(MOST_TERMS, found.size, "terms", at);
    }
    return found;
  }

  function power(base: Terms, exponent: Node): Terms {
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
    for (let i = 1; i < (exponent as { value: number }).value; i++) {
      const next = products(terms, base, exponent.at);
      if (next.size === terms.size) break;
      terms = next;
    }
    return terms;
  }

  const found = node === null ? [] : [...encode(node).values()];
  return { intercept, variables, labels, terms: toTerms(found, labels), offsets };
}

function keyOf(term: bigint): string {
  return term.toString(32);
}

function termsOf(terms: readonly bigint[]): Terms {
  return new Map(terms.map((term) => [keyOf(term), term]));
}

/** Every term with all variables of the outer ones. */
function within(terms: Terms, outer: Terms): Terms {
  const all = [...outer.values()].reduce((a, b) => a | b, 0n);
  return termsOf([...terms.values()].map((term) => term | all));
}

function toTerms(found: readonly bigint[], labels: readonly string[]): FormulaTerm[] {
  const members = found
    .filter((term) => term !== 0n)
    .map((term) => ({
      term,
      variables: [...term.toString(2)].reverse().flatMap((bit, i) => (bit === "1" ? [i] : [])),
    }));
  // Stable: terms of one degree stay in the order of the formula.
  members.sort((a, b) => a.variables.length - b.variables.length);
  // Terms seen, and each of them without one variable: as degrees ascend, a term without one of its variables lies
  // within an earlier term only if it is among these.
  const covered = new Set<string>();
  return members.map(({ term, variables }) => {
    const rests = variables.map((i) => keyOf(term & ~(1n << BigInt(i))));
    // A factor needs contrasts if the term without it lies within an earlier one (Chambers & Hastie 1992,
    // p. 38; TermCode() in R's model.c). The empty rest counts as present even without an intercept; the
    // design gives the first factor back its full coding then.
    const byContrasts = rests.map((rest) => variables.length === 1 || covered.has(rest));
    for (const key of [keyOf(term), ...rests]) covered.add(key);
    return { label: variables.map((i) => labels[i]).join(":"), variables, byContrasts };
  });
}
