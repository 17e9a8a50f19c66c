/**
 * Grouping factors of random terms: columns of labels, crossed and nested.
 *
 * @module
 */

import { formulaError } from "./fault.ts";
import { checkExpression } from "./functions.ts";
import { deparse, type Node, quoteName } from "./parser.ts";

/** A grouping factor: one column of labels, or several crossed. */
export interface Group {
  /** As lme4 prints it: `Subject`, `cask:batch`, `c:(b:a)`. */
  readonly label: string;
  /** The same for `a:b` and `b:a`. */
  readonly key: string;
  /** Columns (`name` or `factor(name)`), in the order printed. */
  readonly factors: readonly Node[];
}

/**
 * The groups of the right side of a bar: `a/b/c` is `c:(b:a)`, `b:a` and `a`, innermost first, as in lme4.
 *
 * @throws {FormulaError} `bad-group`
 */
export function groupsOf(node: Node, text: string): Group[] {
  const parts: Node[] = [];
  const split = (here: Node): void => {
    if (here.type === "paren") split(here.inner);
    else if (here.type === "binary" && here.operator === "/") {
      split(here.left);
      split(here.right);
    } else parts.push(here);
  };
  split(node);
  const groups: Group[] = [];
  let nested: Node | undefined;
  for (const part of parts) {
    if (nested !== undefined) {
      const within: Node =
        nested.type === "binary" ? { type: "paren", inner: nested, at: part.at, end: part.end } : nested;
      nested = { type: "binary", operator: ":", left: part, right: within, at: part.at, end: part.end };
    } else nested = part;
    const factors = new Map<string, Node>();
    collectFactors(nested, factors, text);
    groups.unshift({
      label: nested.type === "name" ? nested.name : deparse(nested),
      key: [...factors.keys()].sort().join(":"),
      factors: [...factors.values()],
    });
  }
  return groups;
}

/** The factors of a group by label, each once. */
function collectFactors(node: Node, into: Map<string, Node>, text: string): void {
  if (node.type === "paren") {
    collectFactors(node.inner, into, text);
    return;
  }
  if (node.type === "binary" && node.operator === ":") {
    collectFactors(node.left, into, text);
    collectFactors(node.right, into, text);
    return;
  }
  if (node.type === "name" && node.name !== ".") {
    into.set(quoteName(node.name), node);
    return;
  }
  if (node.type === "call") {
    checkExpression(node, text);
    if (node.name === "factor") {
      into.set(deparse(node), node);
      return;
    }
  }
  const pair = node.type === "binary" ? [deparse(node.left), deparse(node.right)] : [];
  const remedy =
    node.type === "binary" && (node.operator === "+" || node.operator === "*")
      ? `Write (1 | ${pair[0]}) + (1 | ${pair[1]})${node.operator === "*" ? ` + (1 | ${pair[0]}:${pair[1]})` : ""}.`
      : "Name a column of labels, or several joined by : or /.";
  throw formulaError("bad-group", text, node.at, `${deparse(node)} is not a grouping factor.`, remedy);
}
